//! Ids that other systems gave.

use diesel::prelude::*;
use madang_domain::{
    error::Pending,
    external_ids::{ExternalId, ExternalIds},
};
use uuid::Uuid;

use super::Session;
use crate::{rows::external_ids::ExternalIdRow, schema::external_ids};

impl ExternalIds for Session {
    fn of<'a>(&'a mut self, source: &'a str, entity: &'static str) -> Pending<'a, Vec<ExternalId>> {
        Box::pin(async move {
            let query = || {
                external_ids::table
                    .filter(external_ids::source.eq(source))
                    .filter(external_ids::entity.eq(entity))
                    .order(external_ids::external_id)
                    .select((external_ids::external_id, external_ids::id))
            };
            let rows: Vec<(String, Uuid)> = self.rows(query).await?;
            Ok(rows.into_iter().map(|(external_id, id)| ExternalId { entity, external_id, id }).collect())
        })
    }

    fn insert_many<'a>(&'a mut self, source: &'a str, ids: &'a [ExternalId]) -> Pending<'a, ()> {
        Box::pin(async move {
            let rows: Vec<ExternalIdRow> = ids.iter().map(|id| ExternalIdRow::of(source, id)).collect();
            self.insert_rows(&rows).await
        })
    }
}
