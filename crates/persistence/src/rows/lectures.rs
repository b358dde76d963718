//! Rows of `lectures`.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::{
    backend::Backend,
    expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate},
    query_builder::{AstPass, QueryFragment, QueryId},
    result::QueryResult,
    serialize::ToSql,
    sql_types::{HasSqlType, Nullable, Text},
};
use madang_domain::{
    audit::Reason,
    ids::{ClassId, LectureId, UserId},
    learning::lectures::{AttendanceType, Cancellation, Lecture, LecturePlace, LectureTitle},
};

use super::{known, optional, parsed, row};
use crate::{error::Corrupt, types::Id};

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

/// The marks at a row of `lectures`, of one user or of all, a line each: who, how, and the times of check-in as they are kept.
///
/// As one text, because a row for each mark costs several times as much: a sheet has tens of thousands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MarksOf(pub(crate) Option<UserId>);

impl<DB> QueryFragment<DB> for MarksOf
where
    DB: Backend + HasSqlType<Id>,
    uuid::Uuid: ToSql<Id, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        // Both databases know the function by this name.
        out.push_sql(
            "(SELECT string_agg(CAST(attendances.user_id AS text) || ' ' || attendances.status || ' ' \
             || coalesce(CAST(attendances.presence AS text), ''), '\n') \
             FROM attendances WHERE attendances.lecture_id = lectures.id",
        );
        if let Some(user) = &self.0 {
            out.push_sql(" AND attendances.user_id = ");
            out.push_bind_param::<Id, _>(&user.0)?;
        }
        out.push_sql(")");
        Ok(())
    }
}

impl Expression for MarksOf {
    type SqlType = Nullable<Text>;
}

/// Statements are told apart by their text.
impl QueryId for MarksOf {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<QS> AppearsOnTable<QS> for MarksOf {}

impl<QS> SelectableExpression<QS> for MarksOf {}

impl<GB> ValidGrouping<GB> for MarksOf {
    type IsAggregate = is_aggregate::Never;
}

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
