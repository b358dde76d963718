//! Files in, files out: rosters and attendance read into typed rows, tables written as CSV or XLSX.
//!
//! Pure: no database, no network, no clock. [`Bundle`] gathers the files, [`read`] turns them into a [`Roster`]
//! with every [`Problem`] found on the way, and whoever applies the roster decides what to do with it.
//! [`write`](mod@write) is the way back; what it writes, `read` understands.
//! The formats, and where their columns come from, are the modules of [`formats`].

mod bundle;
pub mod encoding;
pub mod formats;
mod formula_guard;
mod problem;
mod roster;
mod row;
mod table;
mod workbook;
pub mod write;

pub use bundle::{Bundle, BundleError, Limits, SourceFile};
pub use formats::{Format, ReadError, ReadOptions, Reading, detect, read};
pub use problem::{Language, Problem, ProblemCode, ProblemList, Problems, Severity};
pub use roster::{
    AttendanceRow, AttendanceStatus, AuthType, CertificationRow, ClassRow, CourseRow, EnrolmentRole,
    EnrolmentRow, ExternalId, LectureRow, Position, Roster, UserRow,
};
