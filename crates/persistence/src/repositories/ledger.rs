//! The digests of the ledger.

use chrono::NaiveDate;
use diesel::prelude::*;
use madang_domain::{
    attendance::{LedgerDigest, LedgerRepository, LedgerSegment},
    audit::AuditEntry,
    error::Pending,
    ids::AuditEntryId,
};

use super::{Session, all, one};
use crate::{
    rows::{
        audit::AuditRow,
        ledger::{LedgerDigestRow, LedgerSegmentRow},
    },
    schema::{audit_log, ledger_digests, ledger_segments},
    types,
};

impl LedgerRepository for Session {
    fn digests(&mut self) -> Pending<'_, Vec<LedgerDigest>> {
        Box::pin(async move {
            let query =
                || ledger_digests::table.order(ledger_digests::month).select(LedgerDigestRow::as_select());
            all::<LedgerDigestRow, _>(self.rows(query).await?)
        })
    }

    fn segment(&mut self, month: NaiveDate, number: i32) -> Pending<'_, Option<LedgerSegment>> {
        Box::pin(async move {
            let query =
                move || ledger_segments::table.find((month, number)).select(LedgerSegmentRow::as_select());
            one::<LedgerSegmentRow, _>(self.rows(query).await?)
        })
    }

    fn segments(&mut self, month: NaiveDate) -> Pending<'_, i32> {
        Box::pin(async move {
            let query = move || {
                ledger_segments::table
                    .filter(ledger_segments::month.eq(month))
                    .order(ledger_segments::number.desc())
                    .select(ledger_segments::number)
                    .limit(1)
            };
            let last: Vec<i32> = self.rows(query).await?;
            Ok(last.first().map_or(0, |number| number + 1))
        })
    }

    fn entry(&mut self, id: AuditEntryId) -> Pending<'_, Option<AuditEntry>> {
        Box::pin(async move {
            self.write_journal().await?;
            let query = move || audit_log::table.find(types::id(id)).select(AuditRow::as_select());
            one::<AuditRow, _>(self.rows(query).await?)
        })
    }

    fn keep_segment<'a>(&'a mut self, segment: &'a LedgerSegment) -> Pending<'a, ()> {
        Box::pin(async move { self.insert_rows(&[LedgerSegmentRow::from(segment)]).await })
    }

    fn keep_digest<'a>(&'a mut self, digest: &'a LedgerDigest) -> Pending<'a, ()> {
        Box::pin(async move { self.insert_rows(&[LedgerDigestRow::from(digest)]).await })
    }
}
