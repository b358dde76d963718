//! What bulk requests did.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use madang_domain::{
    attendance::{AttendanceBatch, AttendanceBatches},
    error::{Pending, RepositoryError},
    ids::{AttendanceBatchId, UserId},
};

use super::{Session, dialect, one, wrote_one};
use crate::{rows::batches::AttendanceBatchRow, schema::attendance_batches, types};

impl AttendanceBatches for Session {
    fn insert<'a>(&'a mut self, batch: &'a AttendanceBatch) -> Pending<'a, ()> {
        Box::pin(async move { self.insert_rows(&[AttendanceBatchRow::from(batch)]).await })
    }

    fn find_for_update(&mut self, id: AttendanceBatchId) -> Pending<'_, Option<AttendanceBatch>> {
        Box::pin(async move {
            let query = move || {
                let query =
                    attendance_batches::table.find(types::id(id)).select(AttendanceBatchRow::as_select());
                dialect::for_update!(query, attendance_batches)
            };
            one::<AttendanceBatchRow, _>(self.rows(query).await?)
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
