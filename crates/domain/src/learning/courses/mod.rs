//! Courses (강의): programmes in the catalogue. A class is one run of a course.

mod model;
mod repository;
mod service;

pub use model::{
    Course, CourseChanges, CourseDescription, CourseFilter, CourseKeyword, CourseSort, CourseTitle, NewCourse,
};
pub use repository::CourseRepository;
pub use service::{CourseError, CourseService};
