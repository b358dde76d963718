//! Sealing months that are over.
//!
//! Rows are read outside of any unit of work, a thousand at once, and what is kept of them is written in short units: a
//! month of a million rows holds up nobody. What was broken off goes on where it stood, because rows never change.

use chrono::NaiveDate;

use super::{
    LedgerDigest, LedgerError, LedgerSegment, LedgerService, Trace, Walk, canonical, is_at_rest, month_after,
    month_of,
};
use crate::store::{Repositories, finish};

impl LedgerService {
    /// Seals every month that is over and has no digest yet, from the month of the first row on; tells which.
    ///
    /// `progress` is told the month and how many of its rows are done.
    pub async fn seal(
        &self,
        progress: &(dyn Fn(NaiveDate, u64) + Sync),
    ) -> Result<Vec<LedgerDigest>, LedgerError> {
        let mut session = self.yard.store.long_session().await?;
        let last = session.ledger().digests().await?.pop();
        let mut month = match &last {
            Some(last) => month_after(last.month),
            None => match Walk::between(None, None).next(&mut *session).await?.first() {
                Some(first) => month_of(first.at),
                None => return Ok(Vec::new()),
            },
        };
        let mut previous = last.map(|last| last.digest);
        let mut sealed = Vec::new();
        while is_at_rest(month, self.yard.clock.now()) {
            let digest = self.seal_month(&mut *session, month, previous, progress).await?;
            tracing::info!(ledger.month = %month, ledger.entries = digest.entries, "sealed the ledger of {month}");
            previous = Some(digest.digest.clone());
            sealed.push(digest);
            month = month_after(month);
        }
        Ok(sealed)
    }

    async fn seal_month(
        &self,
        session: &mut dyn Repositories,
        month: NaiveDate,
        previous: Option<String>,
        progress: &(dyn Fn(NaiveDate, u64) + Sync),
    ) -> Result<LedgerDigest, LedgerError> {
        let kept = session.ledger().segments(month).await?;
        let mut digest = canonical::MonthDigest::new(month, previous.as_deref());
        let mut walk = Walk::of_month(month);
        let mut done = 0;
        for number in 0.. {
            let rows = walk.next(session).await?;
            if rows.is_empty() {
                break;
            }
            let mut traces = Vec::with_capacity(rows.len());
            for row in &rows {
                let hash = canonical::hash(row);
                digest.add(&hash);
                traces.push(Trace::of(row.id, &hash));
            }
            if number >= kept {
                self.keep_segment(&LedgerSegment { month, number, traces }).await?;
            }
            done += rows.len() as u64;
            progress(month, done);
        }
        let (entries, hex) = digest.finish();
        let digest = LedgerDigest { month, entries, previous, digest: hex, sealed_at: self.yard.clock.now() };
        let mut unit = self.yard.store.begin().await?;
        let outcome = unit.ledger().keep_digest(&digest).await;
        finish(unit, outcome).await?;
        Ok(digest)
    }

    async fn keep_segment(&self, segment: &LedgerSegment) -> Result<(), LedgerError> {
        let mut unit = self.yard.store.begin().await?;
        let outcome = unit.ledger().keep_segment(segment).await;
        Ok(finish(unit, outcome).await?)
    }
}
