//! Files in, files out: rosters and attendance read into typed rows, tables written as CSV or XLSX.
//!
//! [`Bundle`] gathers the files, [`read`] turns them into a [`Roster`] with every [`Problem`] found on the way; both are
//! pure. [`ImportService`] brings a roster into the data, through the ports of the domain.
//! [`write`](mod@write) is the way back; what it writes, `read` understands.
//! The formats, and where their columns come from, are the modules of [`formats`].

mod apply;
mod bundle;
pub mod columns;
pub mod encoding;
mod export;
pub mod formats;
mod formula_guard;
pub mod ical;
mod problem;
pub mod report;
mod roster;
mod row;
pub mod sheet;
mod table;
mod workbook;
pub mod write;

pub use apply::{
    ImportError, ImportOptions, ImportReport, ImportService, OnProgress, Progress, RowCounts, TableCounts,
};
pub use bundle::{Bundle, BundleError, Limits, SourceFile};
pub use export::{ExportError, ExportService, OnTable};
pub use formats::{Format, ReadError, ReadOptions, Reading, detect, read};
pub use problem::{Language, Problem, ProblemCode, ProblemList, Problems, Severity};
pub use roster::{
    AttendanceRow, CertificationRow, ClassRow, CourseRow, EnrolmentRow, ExternalId, LectureRow, Position,
    Roster, UserRow,
};
