//! Lectures (차시): the sessions of a class.

mod cancelling;
mod model;
mod repository;
mod service;

pub use model::{
    AttendanceType, CancelReason, Cancellation, Lecture, LectureChanges, LectureFilter, LecturePlace,
    LectureSort, LectureTitle, NewLecture, RecurringLectures,
};
pub use repository::LectureRepository;
pub use service::{LectureError, LectureService};
