//! Rows of `lectures`.

use chrono::{DateTime, NaiveDate, Utc};
use madang_domain::{
    audit::Reason,
    ids::{ClassId, LectureId},
    learning::lectures::{AttendanceType, Cancellation, Lecture, LecturePlace, LectureTitle},
};

use super::{known, optional, parsed, row};
use crate::error::Corrupt;

row!(LectureRow, lectures, stamped, {
    id: LectureId,
    class_id: ClassId,
    title: String,
    sequence: i32,
    attendance_type: String,
    #[serde(serialize_with = "crate::types::instant")]
    lecture_date: DateTime<Utc>,
    lecture_on: NaiveDate,
    duration_minutes: i32,
    place: Option<String>,
    #[serde(serialize_with = "crate::types::optional_instant")]
    cancelled_at: Option<DateTime<Utc>>,
    cancel_reason: Option<String>,
});

impl From<&Lecture> for LectureRow {
    fn from(lecture: &Lecture) -> Self {
        Self {
            id: lecture.id,
            class_id: lecture.class_id,
            title: lecture.title.as_str().to_owned(),
            sequence: lecture.sequence,
            attendance_type: lecture.attendance_type.as_str().to_owned(),
            lecture_date: lecture.starts_at,
            lecture_on: lecture.day(),
            duration_minutes: lecture.duration_minutes,
            place: lecture.place.as_ref().map(ToString::to_string),
            cancelled_at: lecture.cancellation.as_ref().map(|one| one.at),
            cancel_reason: lecture
                .cancellation
                .as_ref()
                .and_then(|one| one.reason.as_ref())
                .map(ToString::to_string),
            version: lecture.stamps.version,
            created_at: lecture.stamps.created_at,
            created_by: lecture.stamps.created_by,
            updated_at: lecture.stamps.updated_at,
            updated_by: lecture.stamps.updated_by,
        }
    }
}

impl TryFrom<LectureRow> for Lecture {
    type Error = Corrupt;

    fn try_from(row: LectureRow) -> Result<Self, Corrupt> {
        Ok(Self {
            stamps: row.stamps(),
            cancellation: match row.cancelled_at {
                Some(at) => Some(Cancellation {
                    at,
                    reason: optional(row.cancel_reason, Reason::parse, "lectures.cancel_reason")?,
                }),
                None => None,
            },
            id: row.id,
            class_id: row.class_id,
            title: parsed(LectureTitle::parse(row.title), "lectures.title")?,
            sequence: row.sequence,
            attendance_type: known(AttendanceType::parse(&row.attendance_type), "lectures.attendance_type")?,
            starts_at: row.lecture_date,
            duration_minutes: row.duration_minutes,
            place: optional(row.place, LecturePlace::parse, "lectures.place")?,
        })
    }
}
