//! Enrolments (수강 등록): a user's place in a class, with the days from and to which it holds.
//!
//! Leaving and coming back are two rows, and the periods of one user in one class never overlap. Who counts at a lecture
//! follows from the periods alone, so moving a learner never changes a mark.

mod error;
mod model;
mod repository;
mod service;
mod transfer;

pub use error::{EnrolmentError, EnrolmentRefusal};
pub use model::{
    Enrolment, EnrolmentChanges, EnrolmentFilter, EnrolmentPeriod, EnrolmentSort, EnrolmentStatus,
    EnrolmentView, LearnerPlace, NewEnrolment, PeriodReversed,
};
pub use repository::EnrolmentRepository;
pub use service::{EnrolmentService, MAX_ENROLMENTS};
pub use transfer::{Transfer, Transferred};
