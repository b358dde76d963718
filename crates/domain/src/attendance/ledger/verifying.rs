//! Checking that the ledger still is what was sealed.
//!
//! Every row of every sealed month is hashed anew, in the memory of a few thousand rows. The segments, which stand beside
//! the digests, tell which row differs; the digests tell that none does. What has not been sealed yet can't be checked.

use std::{collections::VecDeque, fmt};

use chrono::NaiveDate;

use super::{LedgerDigest, LedgerError, LedgerService, Trace, Walk, canonical, month_after};
use crate::{
    calendar::{TimeZone, start_of_day},
    error::RepositoryError,
    ids::AuditEntryId,
    store::Repositories,
};

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// How many months were checked and found whole.
    pub months: u64,
    /// How many rows they have.
    pub entries: u64,
    /// The last digest, to be kept somewhere else: who can write to the database can make all digests anew.
    pub head: Option<LedgerDigest>,
    /// The first thing that differs; `None` where nothing does.
    pub difference: Option<Difference>,
}

/// How the ledger differs from what was sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// A row is not what it was.
    RowChanged {
        /// In this month.
        month: NaiveDate,
        /// This one.
        entry: AuditEntryId,
    },
    /// A row is no more.
    RowRemoved {
        /// In this month.
        month: NaiveDate,
        /// This one.
        entry: AuditEntryId,
    },
    /// A row was not there.
    RowInserted {
        /// In this month.
        month: NaiveDate,
        /// This one.
        entry: AuditEntryId,
    },
    /// The rows are whole, but the digest of the month, or what stands beside it, is not theirs.
    DigestChanged {
        /// Of this month.
        month: NaiveDate,
    },
    /// The digest of a month between others is no more, or does not follow from the one before.
    ChainBroken {
        /// Here.
        month: NaiveDate,
    },
    /// No month has the digest that was kept elsewhere.
    Unexpected,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RowChanged { month, entry } => {
                write!(f, "{}: row {entry} was changed", month.format("%Y-%m"))
            }
            Self::RowRemoved { month, entry } => {
                write!(f, "{}: row {entry} was removed", month.format("%Y-%m"))
            }
            Self::RowInserted { month, entry } => {
                write!(f, "{}: row {entry} was inserted", month.format("%Y-%m"))
            }
            Self::DigestChanged { month } => write!(f, "{}: the digest was changed", month.format("%Y-%m")),
            Self::ChainBroken { month } => {
                write!(f, "{}: the digest is missing or not chained to the one before", month.format("%Y-%m"))
            }
            Self::Unexpected => f.write_str("no month has the expected digest"),
        }
    }
}

impl LedgerService {
    /// Hashes all sealed months anew and tells the first difference. `expected` is a digest that was kept elsewhere.
    ///
    /// `progress` is told the month and how many of its rows are done.
    pub async fn verify(
        &self,
        expected: Option<&str>,
        progress: &(dyn Fn(NaiveDate, u64) + Sync),
    ) -> Result<Verification, LedgerError> {
        let mut session = self.yard.store.long_session().await?;
        let digests = session.ledger().digests().await?;
        let mut found =
            Verification { months: 0, entries: 0, head: digests.last().cloned(), difference: None };
        let known = |digest: &str| digests.iter().any(|one| one.digest.eq_ignore_ascii_case(digest));
        if let Some(first) = digests.first() {
            let before = start_of_day(first.month, TimeZone::default());
            let rows = Walk::between(None, Some(before)).next(&mut *session).await?;
            found.difference =
                rows.first().map(|row| Difference::RowInserted { month: first.month, entry: row.id });
        }
        let mut before: Option<&LedgerDigest> = None;
        for digest in &digests {
            if found.difference.is_some() {
                return Ok(found);
            }
            let follows = before.is_none_or(|before| {
                month_after(before.month) == digest.month
                    && digest.previous.as_deref() == Some(before.digest.as_str())
            }) && (before.is_some() || digest.previous.is_none());
            found.difference = if follows {
                verify_month(&mut *session, digest, progress).await?
            } else {
                let month = before.map_or(digest.month, |before| month_after(before.month));
                Some(Difference::ChainBroken { month })
            };
            if found.difference.is_none() {
                found.months += 1;
                found.entries += digest.entries;
            }
            before = Some(digest);
        }
        if found.difference.is_none() && expected.is_some_and(|digest| !known(digest)) {
            found.difference = Some(Difference::Unexpected);
        }
        Ok(found)
    }
}

async fn verify_month(
    session: &mut dyn Repositories,
    sealed: &LedgerDigest,
    progress: &(dyn Fn(NaiveDate, u64) + Sync),
) -> Result<Option<Difference>, LedgerError> {
    let month = sealed.month;
    let mut digest = canonical::MonthDigest::new(month, sealed.previous.as_deref());
    let mut walk = Walk::of_month(month);
    let mut traces = Traces { month, number: 0, ahead: VecDeque::new() };
    let mut done = 0;
    let mut rows: VecDeque<_> = walk.next(session).await?.into();
    loop {
        let row = rows.pop_front();
        let trace = traces.next(session).await?;
        let (row, trace) = match (row, trace) {
            (None, None) => break,
            (None, Some(trace)) => return missing(session, month, trace, None).await,
            (Some(row), None) => {
                return Ok(Some(Difference::RowInserted { month, entry: row.id }));
            }
            (Some(row), Some(trace)) => (row, trace),
        };
        if row.id != trace.id {
            return missing(session, month, trace, Some(row.id)).await;
        }
        let hash = canonical::hash(&row);
        if Trace::of(row.id, &hash) != trace {
            return Ok(Some(Difference::RowChanged { month, entry: row.id }));
        }
        digest.add(&hash);
        done += 1;
        if rows.is_empty() {
            progress(month, done);
            rows = walk.next(session).await?.into();
        }
    }
    let same = digest.finish() == (sealed.entries, sealed.digest.clone());
    Ok((!same).then_some(Difference::DigestChanged { month }))
}

/// Why a row that was sealed is not at its place, where there is another one or none.
async fn missing(
    session: &mut dyn Repositories,
    month: NaiveDate,
    trace: Trace,
    instead: Option<AuditEntryId>,
) -> Result<Option<Difference>, LedgerError> {
    let entry = trace.id;
    let there = session.ledger().entry(entry).await?;
    Ok(Some(match (there, instead) {
        (None, _) => Difference::RowRemoved { month, entry },
        (Some(row), Some(other)) if Trace::from(&row) == trace => {
            Difference::RowInserted { month, entry: other }
        }
        (Some(_), _) => Difference::RowChanged { month, entry },
    }))
}

/// The traces of a month, read a segment at once.
struct Traces {
    month: NaiveDate,
    number: i32,
    ahead: VecDeque<Trace>,
}

impl Traces {
    async fn next(&mut self, session: &mut dyn Repositories) -> Result<Option<Trace>, RepositoryError> {
        if self.ahead.is_empty() {
            let segment = session.ledger().segment(self.month, self.number).await?;
            self.number += 1;
            self.ahead.extend(segment.into_iter().flat_map(|segment| segment.traces));
        }
        Ok(self.ahead.pop_front())
    }
}
