//! The ledger: every change of a mark, sealed month by month, so that tampering shows.
//!
//! Its rows are the entries of the audit log about marks, which is only ever appended to: see
//! `docs/decisions/0005-the-ledger-is-the-audit-log.md`. A month that is over gets a digest of all its rows, chained to that of the
//! month before. `canonical` says what is hashed, `sealing` makes digests, which `job` asks for, `verifying` finds what does not fit them.

mod canonical;
mod job;
mod repository;
mod sealing;
mod verifying;

use chrono::{DateTime, Datelike, Months, NaiveDate, TimeDelta, Utc};
use thiserror::Error;
use uuid::Uuid;

pub use job::LedgerSealing;
pub use repository::LedgerRepository;
pub use verifying::{Difference, Verification};

use super::Attendance;
use crate::{
    audit::{AuditEntry, AuditFilter, AuditSort, Audited},
    calendar::{Period, TimeZone, start_of_day},
    error::RepositoryError,
    ids::AuditEntryId,
    page::{Cursor, Listing, PageSize, Sort, Window},
    store::Repositories,
    yard::Yard,
};

/// How long a month must be over before it is sealed: longer than any unit of work may take, and than clocks differ.
const REST_HOURS: i64 = 24;

/// What a month held when it was sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerDigest {
    /// The first day of the month, where the organisation is.
    pub month: NaiveDate,
    /// How many rows it had.
    pub entries: u64,
    /// The digest of the month before; `None` for the first.
    pub previous: Option<String>,
    /// SHA-256 over the month, the digest before and every row, in lower-case hex.
    pub digest: String,
    /// When it was sealed.
    pub sealed_at: DateTime<Utc>,
}

/// Some rows of a sealed month, in order: enough to name the one that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerSegment {
    /// The first day of the month.
    pub month: NaiveDate,
    /// Its place in the month, from 0.
    pub number: i32,
    /// The rows.
    pub traces: Vec<Trace>,
}

/// A row as a segment remembers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trace {
    /// Its id.
    pub id: AuditEntryId,
    /// The first eight bytes of its hash.
    pub hash: [u8; 8],
}

/// Why the ledger could not be sealed or checked.
#[derive(Debug, Error)]
pub enum LedgerError {
    /// The data could not be reached or kept.
    #[error("the repository failed")]
    Repository(#[from] RepositoryError),
}

/// Seals the ledger and checks it. Only Madang itself does: its worker and its command line.
#[derive(Clone)]
pub struct LedgerService {
    yard: Yard,
}

impl LedgerService {
    /// A service that stands on `yard`.
    pub fn new(yard: Yard) -> Self {
        Self { yard }
    }
}

/// The ledger's rows of a span of time, read in order, a thousand at once.
struct Walk {
    filter: AuditFilter,
    cursor: Option<Cursor>,
    over: bool,
}

impl Walk {
    fn of_month(month: NaiveDate) -> Self {
        let end = Period::Monthly.bucket(month).end;
        Self::between(
            Some(start_of_day(month, TimeZone::default())),
            Some(start_of_day(end, TimeZone::default())),
        )
    }

    fn between(from: Option<DateTime<Utc>>, to: Option<DateTime<Utc>>) -> Self {
        let filter =
            AuditFilter { entity: Some(Attendance::ENTITY.to_owned()), from, to, ..AuditFilter::default() };
        Self { filter, cursor: None, over: false }
    }

    /// The next rows; none at the end.
    async fn next(
        &mut self,
        repositories: &mut dyn Repositories,
    ) -> Result<Vec<AuditEntry>, RepositoryError> {
        if self.over {
            return Ok(Vec::new());
        }
        let window = Window::After { cursor: self.cursor.take(), size: PageSize::BATCH };
        let sort = Sort::ascending(AuditSort::At);
        let listed =
            repositories.audit().list(&Listing { filter: self.filter.clone(), sort, window }).await?;
        self.over = listed.next.is_none();
        self.cursor = listed.next;
        Ok(listed.items)
    }
}

fn month_after(month: NaiveDate) -> NaiveDate {
    month.checked_add_months(Months::new(1)).unwrap_or(NaiveDate::MAX)
}

fn month_of(at: DateTime<Utc>) -> NaiveDate {
    Period::Monthly.bucket(crate::calendar::local_day(at, TimeZone::default())).start
}

/// Whether a month may be sealed at this moment.
fn is_at_rest(month: NaiveDate, now: DateTime<Utc>) -> bool {
    month.year() < NaiveDate::MAX.year()
        && start_of_day(month_after(month), TimeZone::default()) + TimeDelta::hours(REST_HOURS) <= now
}

impl From<&AuditEntry> for Trace {
    fn from(entry: &AuditEntry) -> Self {
        Self::of(entry.id, &canonical::hash(entry))
    }
}

impl Trace {
    fn of(id: AuditEntryId, hash: &canonical::Hash) -> Self {
        let mut short = [0; 8];
        for (to, from) in short.iter_mut().zip(hash) {
            *to = *from;
        }
        Self { id, hash: short }
    }

    /// How it is kept: the id and the hash, in 48 hex digits.
    pub fn to_hex(self) -> String {
        let bytes = self.id.0.into_bytes().into_iter().chain(self.hash);
        bytes.fold(String::with_capacity(48), |mut hex, byte| {
            canonical::push_hex(&mut hex, byte);
            hex
        })
    }

    /// Reads what [`Self::to_hex`] wrote.
    pub fn parse(hex: &str) -> Option<Self> {
        let (id, hash) = hex.split_at_checked(32)?;
        let id = AuditEntryId(Uuid::try_parse(id).ok()?);
        let hash = u64::from_str_radix(hash, 16).ok().filter(|_| hash.len() == 16)?;
        Some(Self { id, hash: hash.to_be_bytes() })
    }
}
