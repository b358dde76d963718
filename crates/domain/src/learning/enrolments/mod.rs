//! Enrolments (수강 등록): a user's place in a class, with the days from and to which it holds.
//!
//! Leaving and coming back are two rows, and the periods of one user in one class never overlap. Who counts at a lecture
//! follows from the periods alone, so moving a learner never changes a mark.
//!
//! `seats` counts what a class of limited capacity has left, `waiting` is its queue, `transfer` moves somebody to another
//! class of the course, and `carried` says what goes along into the figures there.

mod carried;
mod enrol;
mod error;
mod model;
mod repository;
mod seats;
mod service;
mod transfer;
mod waiting;

pub use carried::CarriedStretch;
pub use enrol::MAX_ENROLMENTS;
pub use error::{EnrolmentError, EnrolmentRefusal};
pub use model::{
    Enrolled, Enrolment, EnrolmentChanges, EnrolmentFilter, EnrolmentPeriod, EnrolmentSort, EnrolmentStatus,
    EnrolmentView, LearnerPlace, NewEnrolment, PeriodReversed, WhenFull,
};
pub use repository::EnrolmentRepository;
pub use seats::{Seats, Taken};
pub use service::EnrolmentService;
pub use transfer::{Transfer, Transferred};
pub(crate) use waiting::promote_waiting;
