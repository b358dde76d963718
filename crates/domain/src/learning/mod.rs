//! The learning room: courses (강의), their classes (수업), the lectures (차시) of a class and the enrolments (수강 등록) in it.
//!
//! Marks live in `attendance`, certificates in `certification`; both look down on this room, never the reverse.

pub mod calendars;
pub mod classes;
pub mod closed_days;
pub mod courses;
pub mod enrolments;
pub mod lectures;
