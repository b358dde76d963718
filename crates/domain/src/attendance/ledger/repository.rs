//! The port through which digests are kept. The rows themselves are read through the audit log's own port.

use chrono::NaiveDate;

use super::{LedgerDigest, LedgerSegment};
use crate::{audit::AuditEntry, error::Pending, ids::AuditEntryId};

/// Keeps digests. Both databases refuse to change or remove what is kept.
pub trait LedgerRepository: Send {
    /// Every digest, first month first.
    fn digests(&mut self) -> Pending<'_, Vec<LedgerDigest>>;
    /// One segment of a month.
    fn segment(&mut self, month: NaiveDate, number: i32) -> Pending<'_, Option<LedgerSegment>>;
    /// How many segments of a month there are.
    fn segments(&mut self, month: NaiveDate) -> Pending<'_, i32>;
    /// One row, of whatever kind.
    fn entry(&mut self, id: AuditEntryId) -> Pending<'_, Option<AuditEntry>>;
    /// Keeps a segment.
    ///
    /// # Errors
    /// `Conflict(PrimaryKey)` when it is there already.
    fn keep_segment<'a>(&'a mut self, segment: &'a LedgerSegment) -> Pending<'a, ()>;
    /// Keeps the digest of a month.
    ///
    /// # Errors
    /// `Conflict(PrimaryKey)` when the month has one.
    fn keep_digest<'a>(&'a mut self, digest: &'a LedgerDigest) -> Pending<'a, ()>;
}
