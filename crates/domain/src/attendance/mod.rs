//! The attendance room: marks (출석), what is counted of them, and the rule that makes a rate of the counts.
//!
//! `rate` and `rule` are pure: every figure that Madang shows goes through them. `figures` says what is counted.

mod all_present;
mod batches;
mod bulk;
pub mod capture;
mod error;
mod figures;
pub mod leave;
mod model;
pub mod policy;
mod rate;
mod repository;
mod rule;
mod service;
mod ways;

pub use batches::{AttendanceBatch, AttendanceBatches, BatchEntry, MarkBefore, UndoOutcome, Undone};
pub use bulk::{BulkDone, BulkMode, BulkOutcome, MAX_BULK, OnExisting};
pub use error::{AttendanceError, Refusal};
pub use figures::{LearnerTally, LectureTally, TallyScope};
pub use model::{
    AssignmentId, Attendance, AttendanceChanges, AttendanceFilter, AttendanceSort, AttendanceSource,
    AttendanceView, DetailType, Mark, MarkNote, NewAttendance,
};
pub use rate::{AttendanceStatus, Fraction, Tally};
pub use repository::AttendanceRepository;
pub use rule::{AttendanceRule, Credits, Verdict};
pub use service::AttendanceService;
pub use ways::Ways;
