//! Reports as documents: what stands in them, whatever form they are written in.
//!
//! [`ReportService`] is the door. A [`Report`] has facts, charts and tables; it is written as JSON by `madang-http`, as CSV and
//! XLSX by `madang-interchange`, on paper by `madang-documents`. `period`, `closing` and `statement` make one each, `drawing`
//! makes charts of figures.

mod closing;
mod drawing;
mod model;
mod period;
mod service;
mod statement;

pub use drawing::{ChartKind, SubjectChart};
pub use model::{Column, ColumnKind, Fact, Report, ReportKind, Table, TableChart, Value};
pub use service::{ReportError, ReportOrder, ReportService};
