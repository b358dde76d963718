//! The facts of a certificate, and how each is written.

use chrono::{Datelike, NaiveDate};
use serde::Deserialize;
use utoipa::ToSchema;

/// What one certificate says. Absent facts leave their place in the template empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// The number, e.g. `제2026-0123호`.
    pub number: String,
    /// The name of the learner.
    pub name: String,
    /// The name in Latin letters.
    pub roman_name: Option<String>,
    /// The title of the course.
    pub course: String,
    /// The titles of the classes that it rests on.
    pub classes: Vec<String>,
    /// The first day of the classes.
    pub begins_on: NaiveDate,
    /// The last day of the classes.
    pub ends_on: NaiveDate,
    /// How long the lectures lasted, in minutes; `None` where nobody recorded it.
    pub minutes: Option<u32>,
    /// The rate of attendance for people, e.g. `93.7`, without the sign; `None` where nothing was recorded.
    pub percent: Option<String>,
    /// The day of issue.
    pub issued_on: NaiveDate,
    /// The last day on which it is valid; `None` means for ever.
    pub expires_on: Option<NaiveDate>,
    /// Who issues it.
    pub issuer: String,
    /// The verification code, as people type it.
    pub code: String,
    /// Where anyone may verify it; the QR code leads there.
    pub verification_address: String,
}

/// A fact that a template may print, by its name in `{braces}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// `제2026-0123호`
    Number,
    /// The name.
    Name,
    /// The name in Latin letters.
    RomanName,
    /// The title of the course.
    Course,
    /// The titles of the classes, separated by commas.
    Classes,
    /// `2026년 3월 2일 ~ 2026년 6월 20일`
    Period,
    /// `March 2, 2026 – June 20, 2026`
    PeriodEn,
    /// `32시간`, `1시간 30분`
    Hours,
    /// `32 hours`, `1 hour 30 minutes`
    HoursEn,
    /// `93.7%`
    Rate,
    /// `2026년 6월 25일`
    IssuedOn,
    /// `June 25, 2026`
    IssuedOnEn,
    /// `2029년 6월 24일`
    ExpiresOn,
    /// `June 24, 2029`
    ExpiresOnEn,
    /// Who issues it.
    Issuer,
    /// The verification code.
    Code,
    /// The address that the QR code leads to.
    VerificationAddress,
}

impl Field {
    /// Every field, with its name in templates.
    pub const ALL: [(&'static str, Self); 17] = [
        ("number", Self::Number),
        ("name", Self::Name),
        ("roman_name", Self::RomanName),
        ("course", Self::Course),
        ("classes", Self::Classes),
        ("period", Self::Period),
        ("period_en", Self::PeriodEn),
        ("hours", Self::Hours),
        ("hours_en", Self::HoursEn),
        ("rate", Self::Rate),
        ("issued_on", Self::IssuedOn),
        ("issued_on_en", Self::IssuedOnEn),
        ("expires_on", Self::ExpiresOn),
        ("expires_on_en", Self::ExpiresOnEn),
        ("issuer", Self::Issuer),
        ("code", Self::Code),
        ("verification_address", Self::VerificationAddress),
    ];

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, field)| *field)
    }
}

impl Certificate {
    /// What a field says; empty where the fact is absent.
    pub fn text(&self, field: Field) -> String {
        match field {
            Field::Number => self.number.clone(),
            Field::Name => self.name.clone(),
            Field::RomanName => self.roman_name.clone().unwrap_or_default(),
            Field::Course => self.course.clone(),
            Field::Classes => self.classes.join(", "),
            Field::Period if self.begins_on == self.ends_on => korean_date(self.begins_on),
            Field::Period => format!("{} ~ {}", korean_date(self.begins_on), korean_date(self.ends_on)),
            Field::PeriodEn if self.begins_on == self.ends_on => english_date(self.begins_on),
            Field::PeriodEn => format!("{} – {}", english_date(self.begins_on), english_date(self.ends_on)),
            Field::Hours => self.minutes.map(korean_duration).unwrap_or_default(),
            Field::HoursEn => self.minutes.map(english_duration).unwrap_or_default(),
            Field::Rate => self.percent.as_ref().map(|percent| format!("{percent}%")).unwrap_or_default(),
            Field::IssuedOn => korean_date(self.issued_on),
            Field::IssuedOnEn => english_date(self.issued_on),
            Field::ExpiresOn => self.expires_on.map(korean_date).unwrap_or_default(),
            Field::ExpiresOnEn => self.expires_on.map(english_date).unwrap_or_default(),
            Field::Issuer => self.issuer.clone(),
            Field::Code => self.code.clone(),
            Field::VerificationAddress => self.verification_address.clone(),
        }
    }
}

fn korean_date(date: NaiveDate) -> String {
    format!("{}년 {}월 {}일", date.year(), date.month(), date.day())
}

fn english_date(date: NaiveDate) -> String {
    date.format("%B %-d, %Y").to_string()
}

fn korean_duration(minutes: u32) -> String {
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes}분"),
        (hours, 0) => format!("{hours}시간"),
        (hours, minutes) => format!("{hours}시간 {minutes}분"),
    }
}

fn english_duration(minutes: u32) -> String {
    let counted = |count: u32, unit: &str| match count {
        1 => format!("1 {unit}"),
        count => format!("{count} {unit}s"),
    };
    match (minutes / 60, minutes % 60) {
        (0, minutes) => counted(minutes, "minute"),
        (hours, 0) => counted(hours, "hour"),
        (hours, minutes) => format!("{} {}", counted(hours, "hour"), counted(minutes, "minute")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_dates_are_written_as_people_write_them() {
        assert_eq!(
            [0, 45, 60, 90, 1920].map(korean_duration),
            ["0분", "45분", "1시간", "1시간 30분", "32시간"]
        );
        assert_eq!(
            [1, 60, 61, 90, 1920].map(english_duration),
            ["1 minute", "1 hour", "1 hour 1 minute", "1 hour 30 minutes", "32 hours"]
        );
        let day = NaiveDate::from_ymd_opt(2026, 3, 2).unwrap();
        assert_eq!(
            (korean_date(day).as_str(), english_date(day).as_str()),
            ("2026년 3월 2일", "March 2, 2026")
        );
    }

    #[test]
    fn every_field_has_one_name() {
        for (name, field) in Field::ALL {
            assert_eq!(Field::named(name), Some(field));
        }
        assert_eq!(Field::named("salary"), None);
    }
}
