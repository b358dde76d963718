//! The audit log.

use diesel::prelude::*;
use madang_domain::{
    audit::{AuditEntry, AuditFilter, AuditLog, AuditSort},
    error::Pending,
    ids::AuditEntryId,
    page::{Listed, Listing},
};

use super::{Db, Session, all, dialect, journal::Added};
use crate::{
    listing::{Part, listed},
    rows::audit::AuditRow,
    schema::audit_log,
    types,
};

impl AuditLog for Session {
    fn append<'a>(&'a mut self, entries: &'a [AuditEntry]) -> Pending<'a, ()> {
        Box::pin(async move {
            self.add_to_journal(Added::Audit(entries.iter().map(AuditRow::from).collect())).await
        })
    }

    fn find_many<'a>(&'a mut self, ids: &'a [AuditEntryId]) -> Pending<'a, Vec<AuditEntry>> {
        Box::pin(async move {
            self.write_journal().await?;
            let query = || {
                audit_log::table
                    .filter(dialect::is_one_of("audit_log.id", ids))
                    .order(audit_log::id)
                    .select(AuditRow::as_select())
            };
            all::<AuditRow, _>(self.rows(query).await?)
        })
    }

    fn list<'a>(
        &'a mut self,
        listing: &'a Listing<AuditFilter, AuditSort>,
    ) -> Pending<'a, Listed<AuditEntry>> {
        Box::pin(async move {
            self.write_journal().await?;
            let part = Part::of(listing)?;
            let query = || part.of_query(wanted(&listing.filter)).select(AuditRow::as_select());
            let count = || wanted(&listing.filter).count();
            let (rows, total) = self.listed::<_, _, AuditRow>(&listing.window, query, count).await?;
            Ok(listed(listing, all(rows)?, total))
        })
    }
}

fn wanted(filter: &AuditFilter) -> audit_log::BoxedQuery<'_, Db> {
    let mut query = audit_log::table.into_boxed();
    if let Some(entity) = &filter.entity {
        query = query.filter(audit_log::entity.eq(entity));
    }
    if let Some(entity_id) = filter.entity_id {
        query = query.filter(audit_log::entity_id.eq(types::id(entity_id)));
    }
    if let Some(actor) = filter.actor {
        query = query.filter(audit_log::actor.eq(Some(actor)));
    }
    if let Some(from) = filter.from {
        query = query.filter(audit_log::at.ge(types::time(from)));
    }
    if let Some(to) = filter.to {
        query = query.filter(audit_log::at.lt(types::time(to)));
    }
    query
}
