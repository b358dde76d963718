//! Merges of users, and what two users share.

use chrono::{DateTime, Utc};
use diesel::{
    internal::derives::as_expression::Bound,
    prelude::*,
    sql_types::{BigInt, Text},
};
use madang_domain::{
    error::{Pending, RepositoryError},
    ids::{CertificationId, ClassId, CourseId, MergeId, UserId},
    merging::{CertificationClash, Holdings, Merge, MergeRepository, PlacedMark, Traces},
};
use serde_json::{Value, json};

use super::{Session, dialect, one, wrote_one};
use crate::{
    error::backend,
    fragment::{Fragment, Statement},
    rows::{attendances::AttendanceRow, merges::MergeRow},
    schema::{attendances, classes, lectures, user_merges},
    types::{self, Document, Id},
};

/// A mark, its class, its lecture, and when the class was closed.
type MarkRow = (AttendanceRow, ClassId, String, DateTime<Utc>, Option<DateTime<Utc>>);

impl MergeRepository for Session {
    fn insert<'a>(&'a mut self, merge: &'a Merge) -> Pending<'a, ()> {
        Box::pin(async move {
            let row = MergeRow::try_from(merge).map_err(backend)?;
            self.insert_rows(&[row]).await
        })
    }

    fn standing_of(&mut self, temp: UserId) -> Pending<'_, Option<Merge>> {
        Box::pin(async move {
            let query = move || {
                let query = user_merges::table
                    .filter(user_merges::temp_id.eq(types::id(temp)))
                    .filter(user_merges::undone_at.is_null())
                    .select(MergeRow::as_select());
                dialect::for_update!(query, user_merges)
            };
            one::<MergeRow, _>(self.rows(query).await?)
        })
    }

    fn merged_into(&mut self, user: UserId) -> Pending<'_, Vec<UserId>> {
        Box::pin(async move {
            let query = move || {
                user_merges::table
                    .filter(user_merges::into_id.eq(types::id(user)))
                    .filter(user_merges::undone_at.is_null())
                    .order((user_merges::merged_at, user_merges::id))
                    .select(user_merges::temp_id)
            };
            self.rows(query).await
        })
    }

    fn note_undone(&mut self, id: MergeId, at: DateTime<Utc>, by: Option<UserId>) -> Pending<'_, ()> {
        Box::pin(async move {
            let undone = diesel::update(user_merges::table.find(types::id(id))).set((
                user_merges::record.eq(nothing()),
                user_merges::undone_at.eq(Some(at)),
                user_merges::undone_by.eq(by),
            ));
            wrote_one(self.execute(undone).await?, RepositoryError::Stale)
        })
    }

    fn forget(&mut self, before: DateTime<Utc>) -> Pending<'_, usize> {
        Box::pin(async move {
            let over = user_merges::table
                .filter(user_merges::merged_at.lt(types::time(before)))
                .filter(user_merges::record.ne(nothing()));
            self.execute(diesel::update(over).set(user_merges::record.eq(nothing()))).await
        })
    }

    fn shared_classes(&mut self, temp: UserId, into: UserId) -> Pending<'_, Vec<ClassId>> {
        Box::pin(async move {
            let query = move || -> Statement<Id> {
                Fragment::sql(
                    "SELECT DISTINCT theirs.class_id FROM enrolments AS theirs JOIN enrolments AS own \
                     ON own.class_id = theirs.class_id WHERE theirs.user_id = ",
                )
                .bind(temp.0)
                .then(" AND own.user_id = ")
                .bind(into.0)
                .then(" ORDER BY theirs.class_id")
                .into_statement()
            };
            self.rows(query).await
        })
    }

    fn marks(&mut self, temp: UserId, into: UserId) -> Pending<'_, Vec<PlacedMark>> {
        Box::pin(async move {
            let query = move || {
                let of_either = Fragment::sql("(attendances.user_id = ")
                    .bind(temp.0)
                    .then(" OR (attendances.user_id = ")
                    .bind(into.0)
                    .then(" AND attendances.lecture_id IN (SELECT theirs.lecture_id FROM attendances AS theirs WHERE theirs.user_id = ")
                    .bind(temp.0)
                    .then(")))");
                let query = attendances::table
                    .inner_join(lectures::table.inner_join(classes::table))
                    .filter(of_either)
                    .order((lectures::lecture_date, attendances::lecture_id, attendances::user_id))
                    .select((
                        AttendanceRow::as_select(),
                        lectures::class_id,
                        lectures::title,
                        lectures::lecture_date,
                        classes::closed_at,
                    ));
                dialect::keeping!(query, classes)
            };
            let rows: Vec<MarkRow> = self.rows(query).await?;
            rows.into_iter()
                .map(|(row, class_id, lecture_title, lecture_date, closed_at)| {
                    let attendance = row.try_into()?;
                    Ok(PlacedMark {
                        attendance,
                        class_id,
                        lecture_title,
                        lecture_date,
                        closed: closed_at.is_some(),
                    })
                })
                .collect()
        })
    }

    fn certified_twice(&mut self, temp: UserId, into: UserId) -> Pending<'_, Vec<CertificationClash>> {
        Box::pin(async move {
            let query = move || -> Statement<(Id, Id, Id)> {
                Fragment::sql(
                    "SELECT theirs.course_id, theirs.id, own.id FROM certifications AS theirs \
                     JOIN certifications AS own ON own.course_id = theirs.course_id \
                     WHERE theirs.state = 'issued' AND own.state = 'issued' AND theirs.user_id = ",
                )
                .bind(temp.0)
                .then(" AND own.user_id = ")
                .bind(into.0)
                .then(" ORDER BY theirs.course_id")
                .into_statement()
            };
            let rows: Vec<(CourseId, CertificationId, CertificationId)> = self.rows(query).await?;
            let clash = |(course_id, temp, real)| CertificationClash { course_id, temp, real };
            Ok(rows.into_iter().map(clash).collect())
        })
    }

    fn holdings(&mut self, user: UserId) -> Pending<'_, Holdings> {
        Box::pin(async move {
            let query = move || -> Statement<(BigInt, BigInt, BigInt, BigInt)> {
                let counted = |before: &'static str, table: &str| {
                    Fragment::sql(format!("{before}(SELECT count(*) FROM {table} WHERE user_id = "))
                        .bind(user.0)
                        .then(")")
                };
                counted("SELECT ", "enrolments")
                    .append(counted(", ", "attendances"))
                    .append(counted(", ", "leave_requests"))
                    .append(counted(", ", "certifications"))
                    .into_statement()
            };
            let rows: Vec<(i64, i64, i64, i64)> = self.rows(query).await?;
            let count = |number: i64| u64::try_from(number).unwrap_or_default();
            Ok(rows.first().map_or_else(Holdings::default, |row| Holdings {
                enrolments: count(row.0),
                attendances: count(row.1),
                leave_requests: count(row.2),
                certifications: count(row.3),
            }))
        })
    }

    fn hand_over_traces<'a>(
        &'a mut self,
        from: UserId,
        to: UserId,
        only: Option<&'a Traces>,
    ) -> Pending<'a, Traces> {
        Box::pin(async move {
            let named = |name: &'static str, only: Option<&Vec<String>>| match only {
                Some(only) => {
                    Fragment::sql(" AND ").append(dialect::is_one_of_texts(name, &json!(only).to_string()))
                }
                None => Fragment::sql(""),
            };
            let warnings = || -> Statement<Text> {
                Fragment::sql("UPDATE attendance_warnings SET user_id = ")
                    .bind(to.0)
                    .then(" WHERE user_id = ")
                    .bind(from.0)
                    .append(named(WARNING, only.map(|only| &only.warnings)))
                    .then(" AND NOT EXISTS (SELECT 1 FROM attendance_warnings AS given WHERE given.user_id = ")
                    .bind(to.0)
                    .then(" AND given.class_id = attendance_warnings.class_id AND given.kind = attendance_warnings.kind) \
                         RETURNING ")
                    .then(WARNING)
                    .into_statement()
            };
            let external_ids = || -> Statement<Text> {
                Fragment::sql("UPDATE external_ids SET id = ")
                    .bind(to.0)
                    .then(" WHERE entity = 'user' AND id = ")
                    .bind(from.0)
                    .append(named(EXTERNAL_ID, only.map(|only| &only.external_ids)))
                    .then(" RETURNING ")
                    .then(EXTERNAL_ID)
                    .into_statement()
            };
            Ok(Traces { warnings: self.rows(warnings).await?, external_ids: self.rows(external_ids).await? })
        })
    }
}

/// What names a warning of one learner.
const WARNING: &str = "CAST(attendance_warnings.class_id AS text) || ' ' || attendance_warnings.kind";
/// What names an id that another system gave.
const EXTERNAL_ID: &str = "external_ids.source || ' ' || external_ids.external_id";

/// The record of a merge that can't be undone.
fn nothing() -> Bound<Document, Value> {
    types::document(json!({}))
}
