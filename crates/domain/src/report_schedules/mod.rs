//! Reports by mail, every week or month: who gets which, and the job that tells them that it is there.
//!
//! A mail holds a link and no figures of anybody: whoever opens it is asked again whether they may see them.

mod job;
mod model;
mod repository;
mod service;

pub use job::ReportMailing;
pub use model::{
    NewReportSchedule, ReportSchedule, ReportScheduleChanges, ReportScheduleFilter, ReportScheduleSort,
};
pub use repository::ReportScheduleRepository;
pub use service::{ReportScheduleError, ReportScheduleService};
