//! Reports by mail, every week or month: who gets which, and the jobs that send them.
//!
//! Each morning the schedules whose week or month is over are marked as announced, and in the same unit of work a mail is enqueued for
//! each recipient. Whether a recipient may still see the figures is asked when the mail is sent; the report is made then, as theirs.

mod mailing;
mod model;
mod repository;
mod service;

pub use mailing::{ReportAnnouncing, ReportMailing, ReportPress};
pub use model::{
    NewReportSchedule, ReportSchedule, ReportScheduleChanges, ReportScheduleFilter, ReportScheduleSort,
};
pub use repository::ReportScheduleRepository;
pub use service::{ReportScheduleError, ReportScheduleService};
