//! Counters of attendance: what was counted at each lecture, and what the engine says of each class and its learners.
//!
//! Whoever marks writes no counter. The database notes, in the same transaction, that the figures of a class have changed;
//! [`CounterService`] folds the notes into the counters within a second, and lets the engine assess the classes anew. While a note stands,
//! lectures are counted as they are read (`AttendanceRepository::tallies`) and classes assessed as they are read
//! ([`assess`]), so that figures are exact at once. Why so: `docs/decisions/0020-counters-follow.md`.

mod assessing;
mod model;
mod repository;
mod service;

pub use assessing::{PolicyBook, assess, assess_learners};
pub use model::{Assessed, ClassStanding, LearnerStanding, Marks, RATE_BANDS, Wait};
pub use repository::{
    CounterRepository, CounterState, EnrolledLearner, Kept, KeptClass, KeptLearner, MissingMarks,
    ScopeVersion, Unassessed,
};
pub use service::{CounterError, CounterService, Verified};
