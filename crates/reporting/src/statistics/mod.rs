//! Attendance statistics: of a lecture, a class, a course, a learner, the organisation, and by week or month.
//!
//! [`StatisticsService`] is the door; its questions are in `service`, `completions`, `learners` and `overview`. `figures` adds up what
//! the policies of classes make of tallies, `periods` cuts a span of days into weeks or months, `answers` is what comes back. Each
//! answer takes a fixed number of statements.

mod answers;
mod cache;
mod completions;
mod error;
mod figures;
mod history;
mod learners;
mod looked;
mod overview;
mod periods;
mod service;

pub use answers::{
    BucketFigures, ClassFigures, ClassHistory, ClassStats, CourseStats, HeldCertification, History,
    LectureFigures, LectureStats, PeriodStats,
};
pub use cache::Tagged;
pub use completions::{
    ClassCompletions, ComparedClass, CompletionCounts, Completions, CourseComparison, CourseCompletions,
    FunnelStep,
};
pub use error::StatisticsError;
pub use figures::{Change, Figures, Rate, Rule};
pub use learners::{ClassLearners, LearnerFigures};
pub use overview::{Overview, UnmarkedLecture, UnmarkedLectures};
pub use periods::{PeriodRange, RangeProblem};
pub use service::{PeriodQuery, StatisticsService};
