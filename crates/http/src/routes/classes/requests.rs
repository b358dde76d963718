//! What clients send to plan, change and copy classes.

use std::ops::RangeInclusive;

use chrono::NaiveDate;
use madang_domain::learning::{
    classes::{
        ClassChanges, ClassCopy, ClassDates, ClassNote, ClassTitle, CopyStart, DatesReversed, NewClass,
    },
    closed_days::ClosedDays,
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    problem::{FieldFault, Problem},
    request::{Checks, clearable, present},
    routes::lectures::MAX_HOLIDAYS,
};

/// By how many days a copy can be moved: a century.
const SHIFT_DAYS: RangeInclusive<i32> = -36_500..=36_500;
/// The most learners that a class can be made to hold.
const MAX_CAPACITY: i32 = 100_000;

/// A class to be planned.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateClassRequest {
    /// The title.
    #[schema(min_length = 1, max_length = 200, example = "수채화 기초 3기")]
    title: String,
    /// On the lecturer, in words.
    #[schema(max_length = 2_000, example = "김하늘 (한국수채화협회)")]
    lecturer_info: Option<String>,
    /// On the dates, in words.
    #[schema(max_length = 2_000, example = "매주 화·목 19:00")]
    date_info: Option<String>,
    /// The first day, in the years 1900 to 2999.
    #[schema(example = "2026-09-01")]
    begin_date: NaiveDate,
    /// The last day; not before the first.
    #[schema(example = "2026-11-26")]
    end_date: NaiveDate,
    /// How many learners it holds; null or absent for as many as come.
    #[schema(minimum = 1, maximum = 100_000, example = 20)]
    capacity: Option<i32>,
}

impl CreateClassRequest {
    pub(super) fn into_domain(self) -> Result<NewClass, Problem> {
        let mut checks = Checks::new();
        let title = checks.value("/title", ClassTitle::parse(self.title));
        let lecturer_info = checks.optional("/lecturer_info", self.lecturer_info, ClassNote::parse);
        let date_info = checks.optional("/date_info", self.date_info, ClassNote::parse);
        let dates = dates(&mut checks, self.begin_date, self.end_date);
        let capacity = capacity(&mut checks, self.capacity);
        checks.done(|| {
            Some(NewClass {
                title: title?,
                lecturer_info: lecturer_info?,
                date_info: date_info?,
                dates: dates?,
                capacity: capacity?,
            })
        })
    }
}

/// The whole of a class.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplaceClassRequest {
    /// The title.
    #[schema(min_length = 1, max_length = 200, example = "수채화 기초 3기")]
    title: String,
    /// On the lecturer, in words; null or absent for nothing.
    #[schema(max_length = 2_000, example = "김하늘 (한국수채화협회)")]
    lecturer_info: Option<String>,
    /// On the dates, in words; null or absent for nothing.
    #[schema(max_length = 2_000, example = "매주 화·목 19:00")]
    date_info: Option<String>,
    /// The first day, in the years 1900 to 2999.
    #[schema(example = "2026-09-01")]
    begin_date: NaiveDate,
    /// The last day; not before the first.
    #[schema(example = "2026-11-26")]
    end_date: NaiveDate,
    /// How many learners it holds; null or absent for as many as come.
    #[schema(minimum = 1, maximum = 100_000, example = 20)]
    capacity: Option<i32>,
    /// Whether it is on offer.
    #[schema(example = true)]
    is_active: bool,
}

impl ReplaceClassRequest {
    pub(super) fn into_domain(self) -> Result<ClassChanges, Problem> {
        let mut checks = Checks::new();
        let title = checks.value("/title", ClassTitle::parse(self.title));
        let lecturer_info = checks.optional("/lecturer_info", self.lecturer_info, ClassNote::parse);
        let date_info = checks.optional("/date_info", self.date_info, ClassNote::parse);
        let dates = dates(&mut checks, self.begin_date, self.end_date);
        let capacity = capacity(&mut checks, self.capacity);
        checks.done(|| {
            let dates = dates?;
            Some(ClassChanges {
                title: Some(title?),
                lecturer_info: Some(lecturer_info?),
                date_info: Some(date_info?),
                begin_date: Some(dates.begin()),
                end_date: Some(dates.end()),
                capacity: Some(capacity?),
                is_active: Some(self.is_active),
            })
        })
    }
}

/// What changes on a class (merge patch): absent keeps, null clears.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateClassRequest {
    /// Another title.
    #[serde(default, deserialize_with = "present")]
    #[schema(min_length = 1, max_length = 200, nullable = false, example = "수채화 기초 3기")]
    title: Option<String>,
    /// Another remark on the lecturer; null clears it.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<String>, max_length = 2_000, example = "김하늘 (한국수채화협회)")]
    lecturer_info: Option<Option<String>>,
    /// Another remark on the dates; null clears it.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<String>, max_length = 2_000, example = "매주 화·목 19:30")]
    date_info: Option<Option<String>>,
    /// Another first day, in the years 1900 to 2999.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, example = "2026-09-08")]
    begin_date: Option<NaiveDate>,
    /// Another last day; not before the first.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, example = "2026-12-03")]
    end_date: Option<NaiveDate>,
    /// Another capacity; null for as many as come. Nobody loses a place by it.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<i32>, minimum = 1, maximum = 100_000, example = 25)]
    capacity: Option<Option<i32>>,
    /// Deactivated, or active again.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, example = true)]
    is_active: Option<bool>,
}

impl UpdateClassRequest {
    pub(super) fn into_domain(self) -> Result<ClassChanges, Problem> {
        let mut checks = Checks::new();
        let title = checks.optional("/title", self.title, ClassTitle::parse);
        let lecturer_info = checks.clearable("/lecturer_info", self.lecturer_info, ClassNote::parse);
        let date_info = checks.clearable("/date_info", self.date_info, ClassNote::parse);
        let begin_date = checks.optional_day("/begin_date", self.begin_date);
        let end_date = checks.optional_day("/end_date", self.end_date);
        let capacity = match self.capacity {
            None => Some(None),
            Some(given) => capacity(&mut checks, given).map(Some),
        };
        checks.done(|| {
            Some(ClassChanges {
                title: title?,
                lecturer_info: lecturer_info?,
                date_info: date_info?,
                begin_date: begin_date?,
                end_date: end_date?,
                capacity: capacity?,
                is_active: self.is_active,
            })
        })
    }
}

/// How a class is copied into a new run; exactly one of `begin_date` and `shift_days` says when that begins.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CopyClassRequest {
    /// The first day of the copy, in the years 1900 to 2999. The last day moves by the same number of days; the lectures keep
    /// their weekdays, so they move by whole weeks, and none lies before this day.
    #[schema(example = "2027-03-02")]
    begin_date: Option<NaiveDate>,
    /// By how many days everything moves, the lectures too, whatever weekday that is.
    #[schema(minimum = -36_500, maximum = 36_500, example = 364)]
    shift_days: Option<i32>,
    /// Another title; null or absent keeps that of the original.
    #[schema(min_length = 1, max_length = 200, example = "수채화 기초 4기")]
    title: Option<String>,
    /// Whether the lectures are copied too; cancelled ones never are.
    #[serde(default = "with_lectures")]
    #[schema(default = true, example = true)]
    with_lectures: bool,
    /// Days on which the organisation is closed: a lecture that would fall there, and all after it, take the next place of the
    /// pattern.
    #[serde(default)]
    #[schema(max_items = 400, example = json!(["2027-05-03"]))]
    holidays: Vec<NaiveDate>,
    /// Leaves out the public holidays of Korea too, substitute days (대체공휴일) included, as far as they are published.
    #[serde(default)]
    #[schema(default = false, example = true)]
    public_holidays: bool,
}

fn with_lectures() -> bool {
    true
}

impl CopyClassRequest {
    pub(super) fn into_domain(self) -> Result<ClassCopy, Problem> {
        let mut checks = Checks::new();
        let start = match (self.begin_date, self.shift_days) {
            (Some(day), None) => checks.day("/begin_date", day).map(CopyStart::On),
            (None, Some(days)) => {
                checks.range("/shift_days", days, SHIFT_DAYS).map(|days| CopyStart::ShiftedBy(days.into()))
            }
            (Some(_), Some(_)) => {
                checks.fault("/shift_days", FieldFault::Inconsistent);
                None
            }
            (None, None) => {
                checks.fault("/begin_date", FieldFault::Missing);
                None
            }
        };
        let title = checks.optional("/title", self.title, ClassTitle::parse);
        if self.holidays.len() > MAX_HOLIDAYS {
            checks.fault("/holidays", FieldFault::TooLong { max: MAX_HOLIDAYS });
        }
        checks.done(|| {
            Some(ClassCopy {
                start: start?,
                title: title?,
                with_lectures: self.with_lectures,
                closed_days: ClosedDays {
                    own: self.holidays.into_iter().collect(),
                    public_holidays: self.public_holidays,
                },
            })
        })
    }
}

fn dates(checks: &mut Checks, begin: NaiveDate, end: NaiveDate) -> Option<ClassDates> {
    let begin = checks.day("/begin_date", begin);
    let end = checks.day("/end_date", end);
    checks.value("/end_date", ClassDates::new(begin?, end?))
}

fn capacity(checks: &mut Checks, learners: Option<i32>) -> Option<Option<i32>> {
    match learners {
        None => Some(None),
        Some(learners) => checks.range("/capacity", learners, 1..=MAX_CAPACITY).map(Some),
    }
}

impl From<DatesReversed> for FieldFault {
    fn from(_: DatesReversed) -> Self {
        Self::Reversed
    }
}
