//! The port through which the engine's input is read: each part of it in one statement, for any number of classes.

use std::sync::Arc;

use crate::{
    attendance::{
        leave::{LeavePeriod, LeaveReason},
        policies::Policy,
        policy::RawMark,
    },
    error::Pending,
    ids::{ClassId, CourseId, LectureId, PolicyId, UserId},
    learning::{
        classes::Class,
        courses::Course,
        enrolments::{CarriedStretch, LearnerPlace},
        lectures::Lecture,
    },
};

/// A class with the policy that it goes by.
#[derive(Debug, Clone)]
pub struct RuledClass {
    /// The class.
    pub class: Class,
    /// What it goes by; classes that go by one policy share it.
    pub policy: Arc<Policy>,
}

/// A lecture with its marks, in no order.
#[derive(Debug, Clone)]
pub struct MarkedLecture {
    /// The lecture.
    pub lecture: Lecture,
    /// Who is marked, and how; no more of a mark than the engine needs.
    pub marks: Vec<(UserId, RawMark)>,
}

/// Leave that was approved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApprovedLeave {
    /// From lectures of this class.
    pub class_id: ClassId,
    /// Whose.
    pub user_id: UserId,
    /// Why.
    pub reason: LeaveReason,
    /// What it covers.
    pub period: LeavePeriod,
}

/// Which classes of a learner are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlaceScope {
    /// Every one.
    All,
    /// Those of this course.
    Course(CourseId),
    /// Those of the course to which this class belongs.
    CourseOf(ClassId),
}

/// Reads what the engine is given.
pub trait RecordRepository: Send {
    /// Those of these classes that there are, in no order.
    fn ruled<'a>(&'a mut self, classes: &'a [ClassId]) -> Pending<'a, Vec<RuledClass>>;
    /// A class, held against other writers until the unit of work ends, with the policy that it goes by.
    fn ruled_for_update(&mut self, class: ClassId) -> Pending<'_, Option<RuledClass>>;
    /// A course with its classes; `None` where it has no class, or there is no such course.
    fn ruled_course(&mut self, course: CourseId) -> Pending<'_, Option<(Course, Vec<RuledClass>)>>;
    /// A lecture with its class.
    fn ruled_lecture(&mut self, lecture: LectureId) -> Pending<'_, Option<(Lecture, RuledClass)>>;
    /// Every place of a user as a learner, over all time: latest class first, then in the order of time.
    fn places(&mut self, user: UserId, scope: PlaceScope) -> Pending<'_, Vec<(LearnerPlace, Arc<Policy>)>>;
    /// How learners of these classes, or this one alone, came there from others, by class and user, then in the order of time;
    /// and the leave that was approved in all of these classes, by class and user, then by its first day.
    fn ways<'a>(
        &'a mut self,
        classes: &'a [ClassId],
        user: Option<UserId>,
    ) -> Pending<'a, (Vec<CarriedStretch>, Vec<ApprovedLeave>)>;
    /// [`Self::ways`] of all classes of the courses to which these classes belong.
    fn ways_of_courses_of<'a>(
        &'a mut self,
        classes: &'a [ClassId],
    ) -> Pending<'a, (Vec<CarriedStretch>, Vec<ApprovedLeave>)>;
    /// These policies, in no order.
    fn policies<'a>(&'a mut self, ids: &'a [PolicyId]) -> Pending<'a, Vec<Arc<Policy>>>;
    /// All lectures of these classes, in no order, with the marks of one user or of all.
    fn marked<'a>(
        &'a mut self,
        classes: &'a [ClassId],
        user: Option<UserId>,
    ) -> Pending<'a, Vec<MarkedLecture>>;
}
