//! Lectures on a weekly pattern.

use std::collections::BTreeSet;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header::ACCEPT_LANGUAGE},
    post,
};
use chrono::{NaiveDate, NaiveTime, Weekday};
use madang_domain::{
    calendar::TimeZone,
    ids::ClassId,
    learning::{
        closed_days::ClosedDays,
        lectures::{LecturePlace, LectureTitle, PlannedSeries, RecurringLectures},
    },
    recurrence::{Recurrence, RecurrenceEnd},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    shapes::{AttendanceTypeValue, DURATION, LectureResponse},
    warnings::{SkippedDayResponse, WarningResponse, planned},
};
use crate::{
    answer,
    problem::{FieldFault, Language, Problem},
    request::{Authenticated, Body, Checks, Id, Once, Params, in_range},
};

/// The most days that can be left out.
pub const MAX_HOLIDAYS: usize = 400;

/// A day of the week.
#[derive(Debug, Clone, Copy, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Weekday)]
pub enum WeekdayValue {
    /// 월요일.
    Monday,
    /// 화요일.
    Tuesday,
    /// 수요일.
    Wednesday,
    /// 목요일.
    Thursday,
    /// 금요일.
    Friday,
    /// 토요일.
    Saturday,
    /// 일요일.
    Sunday,
}

impl From<WeekdayValue> for Weekday {
    fn from(value: WeekdayValue) -> Self {
        match value {
            WeekdayValue::Monday => Self::Mon,
            WeekdayValue::Tuesday => Self::Tue,
            WeekdayValue::Wednesday => Self::Wed,
            WeekdayValue::Thursday => Self::Thu,
            WeekdayValue::Friday => Self::Fri,
            WeekdayValue::Saturday => Self::Sat,
            WeekdayValue::Sunday => Self::Sun,
        }
    }
}

/// Lectures to be made on a weekly pattern; exactly one of `count` and `until` ends it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateRecurringLecturesRequest {
    /// The title before the number: `기초` gives `기초 1`, `기초 2`, …
    #[schema(min_length = 1, max_length = 195, example = "수채화 기초")]
    title: String,
    /// The day from which on to look, itself included if its weekday fits.
    #[schema(example = "2026-03-03")]
    first_day: NaiveDate,
    /// The days of the week.
    #[schema(min_items = 1, max_items = 7, example = json!(["tuesday", "thursday"]))]
    weekdays: Vec<WeekdayValue>,
    /// When they start, by the clocks of `tz`.
    #[schema(min_length = 5, max_length = 5, pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$", example = "19:00")]
    start_time: String,
    /// How long each takes, in minutes.
    #[schema(minimum = 1, maximum = 1_440, example = 120)]
    duration_minutes: i32,
    /// How many lectures to make.
    #[schema(minimum = 1, maximum = 500, example = 12)]
    count: Option<i32>,
    /// The last day on which there may be one.
    until: Option<NaiveDate>,
    /// Days on which the organisation is closed; with `count`, another day is taken for each.
    #[serde(default)]
    #[schema(max_items = 400, example = json!(["2026-05-05"]))]
    holidays: Vec<NaiveDate>,
    /// Leaves out the public holidays of Korea too, substitute days (대체공휴일) included, as far as they are published.
    #[serde(default)]
    #[schema(default = false, example = true)]
    public_holidays: bool,
    /// How one attends them; absent for in the room.
    attendance_type: Option<AttendanceTypeValue>,
    /// Where they take place.
    #[schema(min_length = 1, max_length = 200, example = "3층 미술실")]
    place: Option<String>,
    /// The time zone whose clocks and days are meant, by its IANA name; absent for Asia/Seoul.
    #[schema(min_length = 1, max_length = 64, example = "Asia/Seoul")]
    tz: Option<String>,
}

impl CreateRecurringLecturesRequest {
    fn into_domain(self) -> Result<RecurringLectures, Problem> {
        let mut checks = Checks::new();
        let title = checks.value("/title", LectureTitle::parse(self.title));
        let first_day = checks.day("/first_day", self.first_day);
        if self.weekdays.is_empty() {
            checks.fault("/weekdays", FieldFault::Empty);
        }
        let start_time = checks.value("/start_time", clock_time(&self.start_time));
        let duration_minutes = checks.range("/duration_minutes", self.duration_minutes, DURATION);
        let end = end(&mut checks, self.count, self.until);
        if self.holidays.len() > MAX_HOLIDAYS {
            checks.fault("/holidays", FieldFault::TooLong { max: MAX_HOLIDAYS });
        }
        let place = checks.optional("/place", self.place, LecturePlace::parse);
        let tz = checks
            .optional("/tz", self.tz, |name| TimeZone::parse(&name).map_err(|_| FieldFault::InvalidFormat));
        checks.done(|| {
            Some(RecurringLectures {
                recurrence: Recurrence {
                    first_day: first_day?,
                    weekdays: self.weekdays.into_iter().map(Weekday::from).collect(),
                    start_time: start_time?,
                    duration_minutes: duration_minutes?.unsigned_abs(),
                    tz: tz?.unwrap_or_default(),
                    end: end?,
                    holidays: BTreeSet::new(),
                },
                closed_days: ClosedDays {
                    own: BTreeSet::from_iter(self.holidays),
                    public_holidays: self.public_holidays,
                },
                title: title?,
                attendance_type: self.attendance_type.map(Into::into).unwrap_or_default(),
                place: place?,
            })
        })
    }
}

/// `HH:MM`, nothing shorter or longer.
fn clock_time(text: &str) -> Result<NaiveTime, FieldFault> {
    let time = NaiveTime::parse_from_str(text, "%H:%M").ok().filter(|_| text.len() == 5);
    time.ok_or(FieldFault::InvalidFormat)
}

fn end(checks: &mut Checks, count: Option<i32>, until: Option<NaiveDate>) -> Option<RecurrenceEnd> {
    match (count, until) {
        (Some(count), None) => {
            let count = checks.value("/count", in_range(count, 1..=500))?;
            Some(RecurrenceEnd::Count(count.unsigned_abs()))
        }
        (None, Some(until)) => checks.day("/until", until).map(RecurrenceEnd::Until),
        (Some(_), Some(_)) => {
            checks.fault("/until", FieldFault::Inconsistent);
            None
        }
        (None, None) => {
            checks.fault("/count", FieldFault::Missing);
            None
        }
    }
}

/// The lectures that a weekly pattern gave.
#[derive(Debug, Serialize, ToSchema)]
pub struct LectureSeries {
    /// The lectures, in order; each with its own warnings.
    #[schema(max_items = 500)]
    items: Vec<LectureResponse>,
    /// The days on which there would have been one, and why there is none.
    #[schema(max_items = 1_000)]
    skipped: Vec<SkippedDayResponse>,
    /// What to look at.
    #[schema(max_items = 1_000)]
    warnings: Vec<WarningResponse>,
}

impl LectureSeries {
    fn of(series: PlannedSeries, language: Language) -> Self {
        Self {
            items: series.lectures.into_iter().map(|one| planned(one, language)).collect(),
            skipped: series.skipped.into_iter().map(Into::into).collect(),
            warnings: WarningResponse::unpublished(&series.unpublished, language),
        }
    }
}

/// The query of `POST /classes/{id}/lectures/recurring`.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RecurringLecturesQuery {
    /// Answers what would be made, with the days that are left out and every warning, and keeps nothing.
    #[serde(default)]
    #[param(default = false)]
    dry_run: bool,
}

/// Create recurring lectures.
///
/// Adds lectures to a class on a weekly pattern, numbered on from its last one; all of them or none. For managers and the lecturers of the class. 반복 차시 등록.
#[utoipa::path(tag = "lectures", params(("id" = Uuid, Path, description = "The id of the class."), RecurringLecturesQuery), request_body = CreateRecurringLecturesRequest,
    responses((status = 201, description = "The new lectures.", body = LectureSeries),
        (status = 200, description = "What would be made (`dry_run`).", body = LectureSeries)))]
#[post("/classes/{id}/lectures/recurring")]
pub(super) async fn create_recurring_lectures(
    request: HttpRequest,
    once: Once,
    caller: Authenticated,
    id: Id<ClassId>,
    query: Params<RecurringLecturesQuery>,
    body: Body<CreateRecurringLecturesRequest>,
) -> Result<HttpResponse, Problem> {
    let new = body.0.into_domain()?;
    let lectures = once.app().services().lectures.clone();
    let language = Language::of(request.headers().get(ACCEPT_LANGUAGE));
    if query.0.dry_run {
        let series = lectures.preview_recurring(&caller, id.0, new).await?;
        return Ok(HttpResponse::Ok().json(LectureSeries::of(series, language)));
    }
    let render = |made: &PlannedSeries| {
        answer::created_many(StatusCode::CREATED, &LectureSeries::of(made.clone(), language))
    };
    once.run(Some(&caller), render, async |answering| {
        lectures.create_recurring(&caller, id.0, new, answering).await
    })
    .await
}
