//! Long-running operations.

use chrono::{DateTime, Utc};
use diesel::{dsl::sql, prelude::*, sql_types::Bool};
use madang_domain::{
    error::{Pending, RepositoryError},
    ids::OperationId,
    operations::{Operation, OperationFile, OperationRepository, OperationStatus},
};
use serde_json::Value;

use super::{Session, dialect, one, wrote_one};
use crate::{
    fragment::Fragment,
    rows::operations::OperationRow,
    schema::{operation_files, operations},
    types,
};

/// As the partial index has it.
const UNFINISHED: &str = "operations.status IN ('queued', 'running')";

impl OperationRepository for Session {
    fn find(&mut self, id: OperationId) -> Pending<'_, Option<Operation>> {
        Box::pin(async move {
            let query = move || operations::table.find(types::id(id)).select(OperationRow::as_select());
            one::<OperationRow, _>(self.rows(query).await?)
        })
    }

    // Not as JSON rows like the others: a result may be any JSON value, which text columns of SQLite tell apart here only.
    fn insert<'a>(&'a mut self, operation: &'a Operation) -> Pending<'a, ()> {
        Box::pin(async move {
            let insert = diesel::insert_into(operations::table).values((
                operations::id.eq(types::id(operation.id)),
                operations::kind.eq(&operation.kind),
                operations::status.eq(operation.status.as_str()),
                operations::progress.eq(operation.progress),
                operations::requested_by.eq(operation.requested_by),
                operations::result.eq(operation.result.as_ref()),
                operations::error.eq(operation.error.as_ref()),
                operations::created_at.eq(types::time(operation.created_at)),
                operations::updated_at.eq(types::time(operation.updated_at)),
            ));
            self.execute(insert).await.map(drop)
        })
    }

    fn update<'a>(&'a mut self, operation: &'a Operation) -> Pending<'a, ()> {
        Box::pin(async move {
            let update = diesel::update(operations::table.find(types::id(operation.id))).set((
                operations::status.eq(operation.status.as_str()),
                operations::progress.eq(operation.progress),
                operations::result.eq(operation.result.as_ref()),
                operations::error.eq(operation.error.as_ref()),
                operations::updated_at.eq(types::time(operation.updated_at)),
            ));
            wrote_one(self.execute(update).await?, RepositoryError::Stale)
        })
    }

    fn keep_file<'a>(
        &'a mut self,
        id: OperationId,
        file: &'a OperationFile,
        at: DateTime<Utc>,
    ) -> Pending<'a, ()> {
        Box::pin(async move {
            let insert = diesel::insert_into(operation_files::table).values((
                operation_files::operation_id.eq(types::id(id)),
                operation_files::name.eq(&file.name),
                operation_files::media_type.eq(&file.media_type),
                operation_files::content.eq(&file.content),
                operation_files::created_at.eq(types::time(at)),
            ));
            self.execute(insert).await.map(drop)
        })
    }

    fn file(&mut self, id: OperationId) -> Pending<'_, Option<OperationFile>> {
        Box::pin(async move {
            let query = move || {
                operation_files::table.find(types::id(id)).select((
                    operation_files::name,
                    operation_files::media_type,
                    operation_files::content,
                ))
            };
            let rows: Vec<(String, String, Vec<u8>)> = self.rows(query).await?;
            let found = rows.into_iter().next();
            Ok(found.map(|(name, media_type, content)| OperationFile { name, media_type, content }))
        })
    }

    fn forget_files(&mut self, before: DateTime<Utc>) -> Pending<'_, usize> {
        Box::pin(async move {
            let old = operation_files::table.filter(operation_files::created_at.lt(types::time(before)));
            self.execute(diesel::delete(old)).await
        })
    }

    fn vouch_for<'a>(&'a mut self, ids: &'a [OperationId], at: DateTime<Utc>) -> Pending<'a, ()> {
        Box::pin(async move {
            let vouch = Fragment::sql("UPDATE operations SET updated_at = ")
                .bind(at)
                .then(format!(" WHERE {UNFINISHED} AND "))
                .append(dialect::is_one_of("operations.id", ids));
            self.execute(vouch.into_statement::<()>()).await.map(drop)
        })
    }

    fn fail_forsaken<'a>(
        &'a mut self,
        since: DateTime<Utc>,
        error: &'a Value,
        at: DateTime<Utc>,
    ) -> Pending<'a, usize> {
        Box::pin(async move {
            let forsaken = operations::table
                .filter(sql::<Bool>(UNFINISHED))
                .filter(operations::updated_at.lt(types::time(since)));
            let fail = diesel::update(forsaken).set((
                operations::status.eq(OperationStatus::Failed.as_str()),
                operations::error.eq(Some(error)),
                operations::updated_at.eq(types::time(at)),
            ));
            self.execute(fail).await
        })
    }
}
