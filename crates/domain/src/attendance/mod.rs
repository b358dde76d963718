//! The attendance room: marks (출석), what is counted of them, and the policies that make a rate of it.
//!
//! `policy` is the engine, pure: every figure that Madang shows goes through it. `policies` are its documents as they are kept,
//! and which class goes by which. `records` is what the engine reads, `figures` what is counted without it.

mod all_present;
mod batches;
mod bulk;
pub mod capture;
mod closing;
pub mod counters;
mod error;
mod figures;
pub mod leave;
mod ledger;
mod model;
pub mod policies;
pub mod policy;
mod rate;
pub mod records;
mod repository;
mod service;
pub mod sheet;
mod ways;

pub use batches::{AttendanceBatch, AttendanceBatches, BatchEntry, MarkBefore, UndoOutcome, Undone};
pub use bulk::{BulkDone, BulkMode, BulkOutcome, MAX_BULK, OnExisting};
pub use closing::{ClosingError, ClosingPreview, ClosingService, UnmarkedLecture};
pub use error::{AttendanceError, Refusal};
pub use figures::{LectureTally, PeriodTally, TallyFilter, TallyScope};
pub use ledger::{
    Difference, LedgerDigest, LedgerError, LedgerRepository, LedgerSealing, LedgerSegment, LedgerService,
    Trace, Verification,
};
pub use model::{
    AssignmentId, Attendance, AttendanceChanges, AttendanceFilter, AttendanceSort, AttendanceSource,
    AttendanceView, DetailType, Mark, MarkNote, NewAttendance,
};
pub use rate::{AttendanceStatus, Fraction, Tally, Verdict};
pub use repository::AttendanceRepository;
pub use service::AttendanceService;
pub use ways::Ways;
