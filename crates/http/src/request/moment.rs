//! Moments and spans of time, as clients write them.
//!
//! A filter takes a moment (`2026-09-01T00:00:00Z`) or a day (`2026-09-01`), which is a day where the organisation is.

use chrono::{DateTime, NaiveDate, SubsecRound, Utc};
use madang_domain::calendar::{TimeZone, start_of_day};

use super::{bad_parameter, checks::within_years};
use crate::problem::{FieldFault, Problem};

/// A moment that both databases keep as it is: of a year from 1900 to 2999, cut to microseconds.
pub fn moment(at: DateTime<Utc>) -> Result<DateTime<Utc>, FieldFault> {
    within_years(at.date_naive())?;
    Ok(at.trunc_subsecs(6))
}

/// The filters `from` and `to`, as the first moment that counts and the first that no longer does.
///
/// A day as `to` counts whole.
pub fn span(from: Option<&str>, to: Option<&str>) -> Result<Span, Problem> {
    Ok(Span {
        from: from.map(|text| bound(text, "from", Some)).transpose()?,
        to: to.map(|text| bound(text, "to", |day| day.succ_opt())).transpose()?,
    })
}

/// A span of time; `None` for no bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The first moment that counts.
    pub from: Option<DateTime<Utc>>,
    /// The first moment that no longer counts.
    pub to: Option<DateTime<Utc>>,
}

fn bound(
    text: &str,
    name: &str,
    of_day: impl FnOnce(NaiveDate) -> Option<NaiveDate>,
) -> Result<DateTime<Utc>, Problem> {
    let bad = |fault| bad_parameter(name, fault);
    if let Ok(whole) = text.parse::<NaiveDate>() {
        let edge = of_day(within_years(whole).map_err(bad)?).ok_or_else(|| bad(FieldFault::InvalidFormat))?;
        return Ok(start_of_day(edge, TimeZone::default()));
    }
    let at = DateTime::parse_from_rfc3339(text).map_err(|_| bad(FieldFault::InvalidFormat))?;
    moment(at.to_utc()).map_err(bad)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(from: &str, to: &str) -> (String, String) {
        let span = span(Some(from), Some(to)).unwrap();
        (span.from.unwrap().to_rfc3339(), span.to.unwrap().to_rfc3339())
    }

    #[test]
    fn a_day_is_a_day_in_seoul_and_the_last_one_counts_whole() {
        assert_eq!(
            texts("2026-09-01", "2026-09-30"),
            ("2026-08-31T15:00:00+00:00".to_owned(), "2026-09-30T15:00:00+00:00".to_owned())
        );
    }

    #[test]
    fn a_moment_is_itself_whatever_its_offset() {
        assert_eq!(
            texts("2026-09-01T09:00:00+09:00", "2026-09-01T10:00:00Z"),
            ("2026-09-01T00:00:00+00:00".to_owned(), "2026-09-01T10:00:00+00:00".to_owned())
        );
    }

    #[test]
    fn what_is_neither_or_too_far_away_is_refused() {
        for text in ["", "today", "2026-13-01", "2026-09-01T00:00:00", "9999-01-01", "1899-12-31T00:00:00Z"] {
            assert!(span(Some(text), None).is_err(), "{text}");
            assert!(span(None, Some(text)).is_err(), "{text}");
        }
    }

    #[test]
    fn a_moment_is_cut_to_what_the_databases_keep() {
        let at: DateTime<Utc> = "2026-03-03T10:00:00.123456789Z".parse().unwrap();
        assert_eq!(moment(at).unwrap().to_rfc3339(), "2026-03-03T10:00:00.123456+00:00");
    }
}
