//! What is counted before a rule makes a rate of it: one [`Tally`] per lecture.
//!
//! A lecture counts once it has begun, unless it was cancelled. Expected at it is every learner whose enrolment holds on its day; a mark counts
//! for the same people only, so that a rate never exceeds one and moving a learner never changes a mark.

use chrono::{DateTime, Utc};

use super::Tally;
use crate::ids::{ClassId, CourseId, LectureId};

/// Which lectures are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TallyScope {
    /// This one.
    Lecture(LectureId),
    /// Those of this class.
    Class(ClassId),
    /// Those of all classes of this course.
    Course(CourseId),
    /// Those that start in a span of time, of one course or of all.
    Between {
        /// From this moment on.
        from: DateTime<Utc>,
        /// Before this moment.
        to: DateTime<Utc>,
        /// Of this course only.
        course: Option<CourseId>,
    },
}

/// The tally of one lecture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LectureTally {
    /// The lecture.
    pub lecture_id: LectureId,
    /// Its class.
    pub class_id: ClassId,
    /// When it started.
    pub starts_at: DateTime<Utc>,
    /// What was counted.
    pub tally: Tally,
}
