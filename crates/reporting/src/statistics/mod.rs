//! Attendance statistics: of a lecture, a class, a course, a learner, and by week or month.
//!
//! [`StatisticsService`] is the door. `figures` adds up what the policies of classes make of tallies, `periods` cuts a
//! span of days into weeks or months, `answers` is what comes back. Each answer takes a fixed number of statements.

mod answers;
mod figures;
mod periods;
mod service;

pub use answers::{
    BucketFigures, ClassFigures, ClassHistory, ClassStats, CourseStats, History, LectureFigures,
    LectureStats, PeriodStats,
};
pub use figures::{Figures, Rate, Rule};
pub use periods::{PeriodRange, RangeProblem};
pub use service::{PeriodQuery, StatisticsError, StatisticsService};
