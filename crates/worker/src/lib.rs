//! Runs the jobs that services have kept: claims what is due, hands it to its handler, and keeps how that ended.
//!
//! [`Worker`] is the whole of it; any number of them may work on one database, in one process or in many. `settling`
//! decides what a failed attempt means, `figures` shows the work to Prometheus. What a job is, and what a handler
//! promises, is in `madang_domain::jobs`.

mod figures;
mod round;
mod settling;
mod worker;

pub use figures::Figures;
pub use worker::{Worker, WorkerOptions};
