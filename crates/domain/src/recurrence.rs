//! Repeated times: every Tuesday and Thursday at 19:00, twelve times, not on holidays.
//!
//! Knows nothing of lectures: it gives the instants at which something begins. Also reads the weekdays that Korean
//! course lists write (`월,수`, `화요일+목요일`). Time zones are in `calendar`.

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, Utc, Weekday, WeekdaySet};
use unicode_normalization::UnicodeNormalization;

use crate::calendar::TimeZone;

/// A plan of repeated times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recurrence {
    /// The day from which on to look, itself included if its weekday fits.
    pub first_day: NaiveDate,
    /// The days of the week.
    pub weekdays: WeekdaySet,
    /// When it begins, by the clocks of the zone.
    pub start_time: NaiveTime,
    /// How long each takes, at most a day, so that no two overlap.
    pub duration_minutes: u32,
    /// The zone whose clocks and days are meant.
    pub tz: TimeZone,
    /// When to stop.
    pub end: RecurrenceEnd,
    /// Days that are left out; with a count, another day is taken for each.
    pub holidays: BTreeSet<NaiveDate>,
}

/// When a recurrence stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecurrenceEnd {
    /// After so many times.
    Count(u32),
    /// After a day, which is itself included.
    Until(NaiveDate),
}

/// What a recurrence gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occurrences {
    /// The instants at which it begins, in order.
    pub starts: Vec<DateTime<Utc>>,
    /// The holidays on which it would have taken place, in order.
    pub skipped: Vec<NaiveDate>,
}

/// Why a recurrence gives no times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RecurrenceProblem {
    /// No weekday is chosen.
    #[error("no weekday is chosen")]
    NoWeekday,
    /// A duration of nothing or of more than a day.
    #[error("the duration is not between 1 and {max} minutes", max = Recurrence::MAX_DURATION_MINUTES)]
    DurationOutOfRange,
    /// Not one day fits.
    #[error("the recurrence never takes place")]
    NoOccurrence,
    /// More times than one class can have.
    #[error("the recurrence takes place more than {max} times", max = Recurrence::MAX_OCCURRENCES)]
    TooMany,
}

impl Recurrence {
    /// The most times of one recurrence.
    pub const MAX_OCCURRENCES: usize = 500;
    /// The longest duration: a day.
    pub const MAX_DURATION_MINUTES: u32 = 24 * 60;

    /// The instants at which it begins, in order.
    pub fn starts(&self) -> Result<Vec<DateTime<Utc>>, RecurrenceProblem> {
        Ok(self.occurrences()?.starts)
    }

    /// The instants at which it begins, and the days that were left out.
    pub fn occurrences(&self) -> Result<Occurrences, RecurrenceProblem> {
        if self.weekdays.is_empty() {
            return Err(RecurrenceProblem::NoWeekday);
        }
        if !(1..=Self::MAX_DURATION_MINUTES).contains(&self.duration_minutes) {
            return Err(RecurrenceProblem::DurationOutOfRange);
        }
        let (count, last_day) = match self.end {
            RecurrenceEnd::Count(count) => (usize::try_from(count).unwrap_or(usize::MAX), NaiveDate::MAX),
            RecurrenceEnd::Until(day) => (usize::MAX, day),
        };
        // One more than allowed tells too many from just enough.
        let most = count.min(Self::MAX_OCCURRENCES + 1);
        let (mut starts, mut skipped) = (Vec::new(), Vec::new());
        let days = self.first_day.iter_days().take_while(|day| *day <= last_day);
        for day in days.filter(|day| self.weekdays.contains(day.weekday())) {
            if starts.len() == most {
                break;
            }
            if self.holidays.contains(&day) {
                skipped.push(day);
            } else {
                starts.push(self.tz.instant(day.and_time(self.start_time)));
            }
        }
        match starts.len() {
            0 => Err(RecurrenceProblem::NoOccurrence),
            1..=Self::MAX_OCCURRENCES => Ok(Occurrences { starts, skipped }),
            _ => Err(RecurrenceProblem::TooMany),
        }
    }
}

/// Why weekdays could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WeekdayProblem {
    /// No weekday is in the text.
    #[error("there is no weekday in the text")]
    Empty,
    /// Something in the text is not a weekday.
    #[error("the text contains something that is not a weekday")]
    Unknown,
}

/// Reads weekdays as Korean course lists write them.
///
/// `월요일`, `월,수`, `월/수`, `화 목`, `화요일+목요일`, `월·수·금`, `월수금`, ranges (`월~금`, `금~월`), and the words `매일`
/// (every day), `평일` (Monday to Friday), `주중` (the same) and `주말` (Saturday and Sunday).
pub fn parse_weekdays_ko(text: &str) -> Result<WeekdaySet, WeekdayProblem> {
    let text: String = text.nfkc().collect();
    let text = text
        .replace("매일", "월~일")
        .replace("평일", "월~금")
        .replace("주중", "월~금")
        .replace("주말", "토~일")
        .replace("요일", "");
    let mut days = WeekdaySet::EMPTY;
    let mut previous = None;
    let mut range_from = None;
    for c in text.chars() {
        if let Some(day) = weekday(c) {
            if let Some(from) = range_from.take() {
                days = days.union(range(from, day));
            }
            days.insert(day);
            previous = Some(day);
        } else if matches!(c, '~' | '-' | '\u{2013}' | '\u{301C}') && range_from.is_none() {
            range_from = Some(previous.ok_or(WeekdayProblem::Unknown)?);
        } else if !is_separator(c) {
            return Err(WeekdayProblem::Unknown);
        }
    }
    if range_from.is_some() {
        return Err(WeekdayProblem::Unknown);
    }
    if days.is_empty() { Err(WeekdayProblem::Empty) } else { Ok(days) }
}

fn weekday(c: char) -> Option<Weekday> {
    match c {
        '월' => Some(Weekday::Mon),
        '화' => Some(Weekday::Tue),
        '수' => Some(Weekday::Wed),
        '목' => Some(Weekday::Thu),
        '금' => Some(Weekday::Fri),
        '토' => Some(Weekday::Sat),
        '일' => Some(Weekday::Sun),
        _ => None,
    }
}

/// The days from one to another, around the end of the week if need be.
fn range(from: Weekday, to: Weekday) -> WeekdaySet {
    let length = (to.days_since(from) + 1) as usize;
    std::iter::successors(Some(from), |day| Some(day.succ())).take(length).collect()
}

fn is_separator(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, ',' | '/' | '+' | '&' | '|' | ';' | '·' | '・' | 'ㆍ' | '\u{119E}' | '및' | '(' | ')')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shared_data;
    use chrono::{Days, TimeDelta};
    use proptest::prelude::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn at(hour: u32, minute: u32) -> NaiveTime {
        NaiveTime::from_hms_opt(hour, minute, 0).unwrap()
    }

    /// Tuesdays and Thursdays at 19:00 in Seoul from 3 March 2026 (a Tuesday), four times.
    fn evenings() -> Recurrence {
        Recurrence {
            first_day: day("2026-03-03"),
            weekdays: WeekdaySet::from_array([Weekday::Tue, Weekday::Thu]),
            start_time: at(19, 0),
            duration_minutes: 120,
            tz: TimeZone::SEOUL,
            end: RecurrenceEnd::Count(4),
            holidays: BTreeSet::new(),
        }
    }

    fn texts(recurrence: &Recurrence) -> Vec<String> {
        recurrence.starts().unwrap().iter().map(|start| start.format("%m-%d %H:%M").to_string()).collect()
    }

    #[test]
    fn a_count_gives_so_many_times_on_the_weekdays() {
        assert_eq!(texts(&evenings()), ["03-03 10:00", "03-05 10:00", "03-10 10:00", "03-12 10:00"]);
    }

    #[test]
    fn a_skipped_holiday_does_not_use_up_the_count() {
        let holidays = BTreeSet::from([day("2026-03-05"), day("2026-03-06")]);
        assert_eq!(
            texts(&Recurrence { holidays, ..evenings() }),
            ["03-03 10:00", "03-10 10:00", "03-12 10:00", "03-17 10:00"]
        );
    }

    #[test]
    fn the_days_left_out_are_told_up_to_the_last_time() {
        let holidays = BTreeSet::from([day("2026-03-05"), day("2026-03-06"), day("2026-03-19")]);
        let four = Recurrence { holidays, ..evenings() };
        assert_eq!(four.occurrences().unwrap().skipped, [day("2026-03-05")]);
        let until = Recurrence { end: RecurrenceEnd::Until(day("2026-03-19")), ..four };
        assert_eq!(until.occurrences().unwrap().skipped, [day("2026-03-05"), day("2026-03-19")]);
    }

    #[test]
    fn the_last_day_is_included() {
        let until = |text| Recurrence { end: RecurrenceEnd::Until(day(text)), ..evenings() };
        assert_eq!(texts(&until("2026-03-10")), ["03-03 10:00", "03-05 10:00", "03-10 10:00"]);
        assert_eq!(texts(&until("2026-03-09")), ["03-03 10:00", "03-05 10:00"]);
        assert_eq!(until("2026-03-02").starts(), Err(RecurrenceProblem::NoOccurrence));
    }

    #[test]
    fn the_clock_time_stays_when_summer_time_begins() {
        let sundays = Recurrence {
            first_day: day("2026-03-22"),
            weekdays: WeekdaySet::single(Weekday::Sun),
            start_time: at(2, 30),
            tz: TimeZone::parse("Europe/Berlin").unwrap(),
            end: RecurrenceEnd::Count(3),
            ..evenings()
        };
        // At 02:30 on 29 March no clock in Berlin shows that time; it goes from 02:00 to 03:00, which is 01:00 UTC.
        assert_eq!(texts(&sundays), ["03-22 01:30", "03-29 01:00", "04-05 00:30"]);
    }

    #[test]
    fn a_plan_that_makes_no_sense_says_why() {
        let never = Recurrence { end: RecurrenceEnd::Count(0), ..evenings() };
        assert_eq!(never.starts(), Err(RecurrenceProblem::NoOccurrence));
        let no_weekday = Recurrence { weekdays: WeekdaySet::EMPTY, ..evenings() };
        assert_eq!(no_weekday.starts(), Err(RecurrenceProblem::NoWeekday));
        for duration_minutes in [0, 1441] {
            let wrong = Recurrence { duration_minutes, ..evenings() };
            assert_eq!(wrong.starts(), Err(RecurrenceProblem::DurationOutOfRange));
        }
        let at_the_end_of_time = Recurrence { first_day: NaiveDate::MAX, ..evenings() };
        assert_eq!(at_the_end_of_time.starts(), Err(RecurrenceProblem::NoOccurrence));
    }

    #[test]
    fn at_most_five_hundred_times_are_planned() {
        let starts = |end| Recurrence { end, ..evenings() }.starts().map(|starts| starts.len());
        assert_eq!(starts(RecurrenceEnd::Count(500)), Ok(500));
        assert_eq!(starts(RecurrenceEnd::Count(501)), Err(RecurrenceProblem::TooMany));
        assert_eq!(starts(RecurrenceEnd::Count(u32::MAX)), Err(RecurrenceProblem::TooMany));
        assert_eq!(starts(RecurrenceEnd::Until(NaiveDate::MAX)), Err(RecurrenceProblem::TooMany));
    }

    #[test]
    fn weekdays_are_read_in_every_korean_spelling() {
        use Weekday::{Fri, Mon, Sat, Sun, Thu, Tue, Wed};
        let cases: [(&str, &[Weekday]); 17] = [
            ("월요일", &[Mon]),
            ("일요일", &[Sun]),
            ("월,수", &[Mon, Wed]),
            ("월/수", &[Mon, Wed]),
            ("화 목", &[Tue, Thu]),
            ("화요일+목요일", &[Tue, Thu]),
            ("월·수·금", &[Mon, Wed, Fri]),
            ("월ㆍ수・금", &[Mon, Wed, Fri]),
            ("월수금", &[Mon, Wed, Fri]),
            ("토요일 및 일요일", &[Sat, Sun]),
            ("(목)", &[Thu]),
            ("월~금", &[Mon, Tue, Wed, Thu, Fri]),
            ("월요일 ～ 수요일, 토", &[Mon, Tue, Wed, Sat]),
            ("금-월", &[Fri, Sat, Sun, Mon]),
            ("매일", &[Mon, Tue, Wed, Thu, Fri, Sat, Sun]),
            ("평일", &[Mon, Tue, Wed, Thu, Fri]),
            ("주말", &[Sat, Sun]),
        ];
        for (text, days) in cases {
            assert_eq!(parse_weekdays_ko(text), Ok(days.iter().copied().collect()), "{text}");
        }
        assert_eq!(parse_weekdays_ko("\u{110B}\u{116F}\u{11AF}"), Ok(WeekdaySet::single(Mon)));
    }

    #[test]
    fn what_is_not_a_weekday_is_refused() {
        for text in ["", "  ", ",", "요일"] {
            assert_eq!(parse_weekdays_ko(text), Err(WeekdayProblem::Empty), "{text:?}");
        }
        for text in ["Mon", "월,x", "~금", "월~", "월~~금", "격주 월"] {
            assert_eq!(parse_weekdays_ko(text), Err(WeekdayProblem::Unknown), "{text:?}");
        }
    }

    #[test]
    fn the_weekdays_of_every_real_course_are_read() {
        let mut rows =
            csv::Reader::from_path(shared_data::path("korean/gangnam_lifelong_courses.pseudonymised.csv"))
                .unwrap();
        let column = rows.headers().unwrap().iter().position(|name| name == "운영요일").unwrap();
        let read =
            rows.records().filter(|row| parse_weekdays_ko(&row.as_ref().unwrap()[column]).is_ok()).count();
        assert_eq!(read, 322);
    }

    proptest! {
        #[test]
        fn times_fall_on_the_weekdays_in_order_and_never_on_holidays(
            from in 0u64..20_000,
            chosen in 1u8..128,
            count in 1u32..60,
            holidays in prop::collection::btree_set(0u64..100, 0..20),
        ) {
            let first_day = day("1990-01-01") + Days::new(from);
            let weekdays: WeekdaySet = (0..7).filter(|bit| chosen & (1 << bit) != 0).map(|bit| Weekday::try_from(bit).unwrap()).collect();
            let holidays: BTreeSet<NaiveDate> = holidays.into_iter().map(|offset| first_day + Days::new(offset)).collect();
            let plan = Recurrence { first_day, weekdays, holidays, end: RecurrenceEnd::Count(count), ..evenings() };
            let starts = plan.starts().unwrap();
            prop_assert_eq!(starts.len(), count as usize);
            prop_assert!(starts.windows(2).all(|pair| pair[1] - pair[0] >= TimeDelta::days(1)));
            let days: Vec<NaiveDate> = starts.iter().map(|start| crate::calendar::local_day(*start, plan.tz)).collect();
            prop_assert!(days.iter().all(|day| weekdays.contains(day.weekday()) && !plan.holidays.contains(day) && *day >= first_day));
            let until = Recurrence { end: RecurrenceEnd::Until(*days.last().unwrap()), ..plan };
            prop_assert_eq!(until.starts().unwrap(), starts);
        }
    }
}
