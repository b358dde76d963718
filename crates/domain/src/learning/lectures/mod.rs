//! Lectures (차시): the sessions of a class.

mod cancelling;
mod model;
mod ordering;
mod recurring;
mod repository;
mod service;
mod warnings;

pub use model::{
    AttendanceType, Cancellation, Lecture, LectureChanges, LectureFilter, LecturePlace, LectureSort,
    LectureTitle, NewLecture, RecurringLectures,
};
pub use recurring::PlannedSeries;
pub use repository::LectureRepository;
pub use service::{LectureError, LectureService};
pub use warnings::{LectureWarning, NearbyLecture, OtherLecture, Planned};
