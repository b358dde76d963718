//! The port through which courses are kept.

use super::{Course, CourseFilter, CourseSort};
use crate::{
    error::Pending,
    ids::CourseId,
    page::{Listed, Listing},
};

/// Keeps courses.
pub trait CourseRepository: Send {
    /// One course.
    fn find(&mut self, id: CourseId) -> Pending<'_, Option<Course>>;
    /// One course, held against other writers until the unit of work ends.
    fn find_for_update(&mut self, id: CourseId) -> Pending<'_, Option<Course>>;
    /// Those of these courses that there are, in no order.
    fn find_many<'a>(&'a mut self, ids: &'a [CourseId]) -> Pending<'a, Vec<Course>>;
    /// Lists courses.
    fn list<'a>(&'a mut self, listing: &'a Listing<CourseFilter, CourseSort>) -> Pending<'a, Listed<Course>>;
    /// Keeps new courses, in one statement.
    fn insert_many<'a>(&'a mut self, courses: &'a [Course]) -> Pending<'a, ()>;
    /// Keeps a changed course.
    ///
    /// # Errors
    /// `Stale` unless the kept row has the version before the one in `course`.
    fn update<'a>(&'a mut self, course: &'a Course) -> Pending<'a, ()>;
}
