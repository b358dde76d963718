//! The JSON shapes of lectures.

use std::ops::RangeInclusive;

use chrono::{DateTime, Utc};
use madang_domain::learning::lectures::{
    AttendanceType, Lecture, LectureChanges, LecturePlace, LectureTitle, NewLecture,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::warnings::WarningResponse;
use crate::{
    problem::Problem,
    request::{Checks, clearable, in_range, moment, present},
    routes::shapes::{choices, page_of},
};

/// The numbers that a lecture can have in its class.
const SEQUENCE: RangeInclusive<i32> = 1..=10_000;
/// The lengths that a lecture can have, in minutes.
pub(super) const DURATION: RangeInclusive<i32> = 1..=1_440;

choices! {
    /// How one attends a lecture: in the room, live over the network, by a recording, by handing something in. The list may grow.
    AttendanceTypeValue for AttendanceType { InPerson, Online, Recorded, Assignment }
}

/// One session of a class.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Lecture)]
pub struct LectureResponse {
    /// The id.
    id: Uuid,
    /// The class.
    class_id: Uuid,
    /// The title.
    #[schema(example = "물감과 붓")]
    title: String,
    /// Its number in the class.
    #[schema(minimum = 1, example = 1)]
    sequence: i32,
    /// How one attends it.
    attendance_type: AttendanceTypeValue,
    /// When it starts.
    #[schema(example = "2026-03-03T10:00:00Z")]
    lecture_date: DateTime<Utc>,
    /// How long it takes, in minutes.
    #[schema(minimum = 1, maximum = 1_440, example = 120)]
    duration_minutes: i32,
    /// Where it takes place.
    #[schema(example = "3층 미술실")]
    place: Option<String>,
    /// When it was cancelled (휴강); null while it takes place. A cancelled lecture counts nowhere.
    cancelled_at: Option<DateTime<Utc>>,
    /// Why it was cancelled; null while it takes place.
    #[schema(example = "강사 사정")]
    cancel_reason: Option<String>,
    /// When it came to be.
    created_at: DateTime<Utc>,
    /// Who made it; null for the system itself.
    created_by: Option<Uuid>,
    /// When it was last changed.
    updated_at: DateTime<Utc>,
    /// Who last changed it; null for the system itself.
    updated_by: Option<Uuid>,
    /// Grows by one with each change; the `ETag`.
    #[schema(minimum = 1, example = 1)]
    version: i32,
    /// What to look at after a change; absent where there is nothing, and where lectures are only read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 20)]
    warnings: Vec<WarningResponse>,
}

impl LectureResponse {
    /// The same with these warnings.
    pub(super) fn with(self, warnings: Vec<WarningResponse>) -> Self {
        Self { warnings, ..self }
    }
}

impl From<Lecture> for LectureResponse {
    fn from(lecture: Lecture) -> Self {
        let (cancelled_at, cancel_reason) =
            lecture.cancellation.map_or((None, None), |one| (Some(one.at), one.reason.map(Into::into)));
        Self {
            id: lecture.id.0,
            class_id: lecture.class_id.0,
            title: lecture.title.into(),
            sequence: lecture.sequence,
            attendance_type: lecture.attendance_type.into(),
            lecture_date: lecture.starts_at,
            duration_minutes: lecture.duration_minutes,
            place: lecture.place.map(Into::into),
            cancelled_at,
            cancel_reason,
            created_at: lecture.stamps.created_at,
            created_by: lecture.stamps.created_by.map(|id| id.0),
            updated_at: lecture.stamps.updated_at,
            updated_by: lecture.stamps.updated_by.map(|id| id.0),
            version: lecture.stamps.version,
            warnings: Vec::new(),
        }
    }
}

page_of!(LecturePage of LectureResponse, "One page of lectures.");

/// A lecture to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateLectureRequest {
    /// The title.
    #[schema(min_length = 1, max_length = 200, example = "물감과 붓")]
    title: String,
    /// Its number in the class, which no other lecture of the class has; absent for the one after the last.
    #[schema(minimum = 1, maximum = 10_000, example = 1)]
    sequence: Option<i32>,
    /// How one attends it; absent for in the room.
    attendance_type: Option<AttendanceTypeValue>,
    /// When it starts, with any offset.
    #[schema(example = "2026-03-03T19:00:00+09:00")]
    lecture_date: DateTime<Utc>,
    /// How long it takes, in minutes.
    #[schema(minimum = 1, maximum = 1_440, example = 120)]
    duration_minutes: i32,
    /// Where it takes place.
    #[schema(min_length = 1, max_length = 200, example = "3층 미술실")]
    place: Option<String>,
}

impl CreateLectureRequest {
    pub(super) fn into_domain(self) -> Result<NewLecture, Problem> {
        let mut checks = Checks::new();
        let title = checks.value("/title", LectureTitle::parse(self.title));
        let sequence = checks.optional("/sequence", self.sequence, |number| in_range(number, SEQUENCE));
        let starts_at = checks.value("/lecture_date", moment(self.lecture_date));
        let duration_minutes = checks.range("/duration_minutes", self.duration_minutes, DURATION);
        let place = checks.optional("/place", self.place, LecturePlace::parse);
        checks.done(|| {
            Some(NewLecture {
                title: title?,
                sequence: sequence?,
                attendance_type: self.attendance_type.map(Into::into).unwrap_or_default(),
                starts_at: starts_at?,
                duration_minutes: duration_minutes?,
                place: place?,
            })
        })
    }
}

/// The whole of a lecture.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplaceLectureRequest {
    /// The title.
    #[schema(min_length = 1, max_length = 200, example = "물감과 붓")]
    title: String,
    /// Its number in the class.
    #[schema(minimum = 1, maximum = 10_000, example = 1)]
    sequence: i32,
    /// How one attends it.
    attendance_type: AttendanceTypeValue,
    /// When it starts, with any offset.
    #[schema(example = "2026-03-03T19:00:00+09:00")]
    lecture_date: DateTime<Utc>,
    /// How long it takes, in minutes.
    #[schema(minimum = 1, maximum = 1_440, example = 120)]
    duration_minutes: i32,
    /// Where it takes place; null or absent for nowhere.
    #[schema(min_length = 1, max_length = 200, example = "3층 미술실")]
    place: Option<String>,
}

impl ReplaceLectureRequest {
    pub(super) fn into_domain(self) -> Result<LectureChanges, Problem> {
        let mut checks = Checks::new();
        let title = checks.value("/title", LectureTitle::parse(self.title));
        let sequence = checks.range("/sequence", self.sequence, SEQUENCE);
        let starts_at = checks.value("/lecture_date", moment(self.lecture_date));
        let duration_minutes = checks.range("/duration_minutes", self.duration_minutes, DURATION);
        let place = checks.optional("/place", self.place, LecturePlace::parse);
        checks.done(|| {
            Some(LectureChanges {
                title: Some(title?),
                sequence: Some(sequence?),
                attendance_type: Some(self.attendance_type.into()),
                starts_at: Some(starts_at?),
                duration_minutes: Some(duration_minutes?),
                place: Some(place?),
            })
        })
    }
}

/// What changes on a lecture (merge patch): absent keeps, null clears.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateLectureRequest {
    /// Another title.
    #[serde(default, deserialize_with = "present")]
    #[schema(min_length = 1, max_length = 200, nullable = false)]
    title: Option<String>,
    /// Another number in the class.
    #[serde(default, deserialize_with = "present")]
    #[schema(minimum = 1, maximum = 10_000, nullable = false)]
    sequence: Option<i32>,
    /// Another way to attend.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    attendance_type: Option<AttendanceTypeValue>,
    /// Another start, with any offset.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, example = "2026-03-03T19:30:00+09:00")]
    lecture_date: Option<DateTime<Utc>>,
    /// Another length, in minutes.
    #[serde(default, deserialize_with = "present")]
    #[schema(minimum = 1, maximum = 1_440, nullable = false)]
    duration_minutes: Option<i32>,
    /// Another place; null clears it.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200, example = "2층 강당")]
    place: Option<Option<String>>,
}

impl UpdateLectureRequest {
    pub(super) fn into_domain(self) -> Result<LectureChanges, Problem> {
        let mut checks = Checks::new();
        let title = checks.optional("/title", self.title, LectureTitle::parse);
        let sequence = checks.optional("/sequence", self.sequence, |number| in_range(number, SEQUENCE));
        let starts_at = checks.optional("/lecture_date", self.lecture_date, moment);
        let duration_minutes = checks
            .optional("/duration_minutes", self.duration_minutes, |minutes| in_range(minutes, DURATION));
        let place = checks.clearable("/place", self.place, LecturePlace::parse);
        checks.done(|| {
            Some(LectureChanges {
                title: title?,
                sequence: sequence?,
                attendance_type: self.attendance_type.map(Into::into),
                starts_at: starts_at?,
                duration_minutes: duration_minutes?,
                place: place?,
            })
        })
    }
}
