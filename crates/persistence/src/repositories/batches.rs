//! What bulk requests did.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use madang_domain::{
    attendance::{AttendanceBatch, AttendanceBatches},
    error::{Pending, RepositoryError},
    ids::{AttendanceBatchId, UserId},
    learning::{classes::Class, lectures::Lecture},
};

use super::{Session, dialect, journal::Added, wrote_one};
use crate::{
    rows::{batches::AttendanceBatchRow, classes::ClassRow, lectures::LectureRow},
    schema::{attendance_batches, classes, lectures},
    types,
};

impl AttendanceBatches for Session {
    fn insert<'a>(&'a mut self, batch: &'a AttendanceBatch) -> Pending<'a, ()> {
        Box::pin(async move { self.add_to_journal(Added::Batch(AttendanceBatchRow::from(batch))).await })
    }

    fn find_for_update(
        &mut self,
        id: AttendanceBatchId,
    ) -> Pending<'_, Option<(AttendanceBatch, Lecture, Class)>> {
        Box::pin(async move {
            self.write_journal().await?;
            let query = move || {
                dialect::for_update!(
                    attendance_batches::table
                        .inner_join(lectures::table.on(lectures::id.eq(attendance_batches::lecture_id)))
                        .inner_join(classes::table.on(classes::id.eq(lectures::class_id)))
                        .filter(attendance_batches::id.eq(types::id(id)))
                        .select((
                            AttendanceBatchRow::as_select(),
                            LectureRow::as_select(),
                            ClassRow::as_select(),
                        )),
                    attendance_batches, keeping classes
                )
            };
            let rows: Vec<(AttendanceBatchRow, LectureRow, ClassRow)> = self.rows(query).await?;
            let Some((batch, lecture, class)) = rows.into_iter().next() else { return Ok(None) };
            Ok(Some((batch.try_into()?, lecture.try_into()?, class.try_into()?)))
        })
    }

    fn note_undone(
        &mut self,
        id: AttendanceBatchId,
        at: DateTime<Utc>,
        by: Option<UserId>,
    ) -> Pending<'_, ()> {
        Box::pin(async move {
            let undone = diesel::update(attendance_batches::table.find(types::id(id)))
                .set((attendance_batches::undone_at.eq(Some(at)), attendance_batches::undone_by.eq(by)));
            wrote_one(self.execute(undone).await?, RepositoryError::Stale)
        })
    }
}
