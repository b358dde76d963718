//! What statistics answer. `as_of` is the moment up to which lectures counted.

use chrono::{DateTime, NaiveDate, Utc};
use madang_domain::{
    attendance::{TallyFilter, Verdict},
    certification::Certification,
    ids::{CertificationId, ClassId, CourseId, LectureId, UserId},
};

use super::{Change, Figures, PeriodRange};

/// The figures of one lecture.
#[derive(Debug, Clone, PartialEq)]
pub struct LectureStats {
    /// The lecture.
    pub lecture_id: LectureId,
    /// Its title.
    pub title: String,
    /// Its number in the class.
    pub sequence: i32,
    /// When it starts.
    pub starts_at: DateTime<Utc>,
    /// Its class.
    pub class_id: ClassId,
    /// What was counted.
    pub figures: Figures,
    /// Up to when.
    pub as_of: DateTime<Utc>,
}

/// The figures of one class, and of each of its lectures.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassStats {
    /// The class.
    pub class_id: ClassId,
    /// Its title.
    pub title: String,
    /// Its course.
    pub course_id: CourseId,
    /// What was counted over all lectures.
    pub figures: Figures,
    /// Each lecture that was counted, in the order of time.
    pub by_lecture: Vec<LectureFigures>,
    /// Up to when.
    pub as_of: DateTime<Utc>,
}

/// The figures of a lecture, among those of its class.
#[derive(Debug, Clone, PartialEq)]
pub struct LectureFigures {
    /// The lecture.
    pub lecture_id: LectureId,
    /// When it starts.
    pub starts_at: DateTime<Utc>,
    /// What was counted.
    pub figures: Figures,
}

/// The figures of one course, and of each of its classes.
#[derive(Debug, Clone, PartialEq)]
pub struct CourseStats {
    /// The course.
    pub course_id: CourseId,
    /// Its title.
    pub title: String,
    /// What was counted over all classes.
    pub figures: Figures,
    /// Each class of which a lecture was counted, first begun first.
    pub by_class: Vec<ClassFigures>,
    /// Up to when.
    pub as_of: DateTime<Utc>,
}

/// The figures of a class, among those of its course.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassFigures {
    /// The class.
    pub class_id: ClassId,
    /// Its title.
    pub title: String,
    /// Its first day.
    pub begin_date: NaiveDate,
    /// Its last day.
    pub end_date: NaiveDate,
    /// What was counted.
    pub figures: Figures,
}

/// What one learner attended.
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    /// The learner.
    pub user_id: UserId,
    /// What was counted over all classes.
    pub figures: Figures,
    /// Each class in which the user is or was a learner, latest first.
    pub classes: Vec<ClassHistory>,
    /// The certifications that hold, first issued first.
    pub certifications: Vec<HeldCertification>,
    /// Up to when.
    pub as_of: DateTime<Utc>,
}

/// A certification that holds, in the history of its holder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldCertification {
    /// Its id.
    pub id: CertificationId,
    /// Its number, as it is written.
    pub number: String,
    /// The course.
    pub course_id: CourseId,
    /// The title of the course when it was issued.
    pub course_title: String,
    /// When it was issued.
    pub issued_at: DateTime<Utc>,
    /// When it expires; `None` for never.
    pub expires_at: Option<DateTime<Utc>>,
}

impl From<&Certification> for HeldCertification {
    fn from(certification: &Certification) -> Self {
        let snapshot = &certification.snapshot;
        Self {
            id: certification.id,
            number: snapshot.number.to_string(),
            course_id: certification.course_id,
            course_title: snapshot.course_title.clone(),
            issued_at: snapshot.issued_at,
            expires_at: snapshot.expires_at,
        }
    }
}

/// What one learner attended of one class, over the lectures of their own enrolment periods.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassHistory {
    /// The course.
    pub course_id: CourseId,
    /// Its title.
    pub course_title: String,
    /// The class.
    pub class_id: ClassId,
    /// Its title.
    pub class_title: String,
    /// The first day of the class.
    pub begin_date: NaiveDate,
    /// The last day of the class.
    pub end_date: NaiveDate,
    /// The learner's first day.
    pub enrolled_on: NaiveDate,
    /// The learner's first day no more; `None` while the enrolment holds.
    pub left_on: Option<NaiveDate>,
    /// What was counted.
    pub figures: Figures,
    /// Whether that is enough, so far.
    pub verdict: Verdict,
    /// Lectures missed one after the other, up to the last one that was held (연속 결석).
    pub absences_in_a_row: u64,
    /// The day of the last lecture at which the learner was (최근 출석일).
    pub last_attended_on: Option<NaiveDate>,
    /// The certification that rests on this class and holds, if there is one.
    pub certification_id: Option<CertificationId>,
}

/// The figures of a span of days, by week or month.
#[derive(Debug, Clone, PartialEq)]
pub struct PeriodStats {
    /// The days, and how they were cut.
    pub range: PeriodRange,
    /// Which classes were looked at.
    pub filter: TallyFilter,
    /// What was counted over all days.
    pub figures: Figures,
    /// Each week or month, empty ones too, in the order of time.
    pub buckets: Vec<BucketFigures>,
    /// Up to when.
    pub as_of: DateTime<Utc>,
}

/// The figures of one week or month.
#[derive(Debug, Clone, PartialEq)]
pub struct BucketFigures {
    /// Its first day: a Monday, or the first of a month.
    pub begins_on: NaiveDate,
    /// Its last day.
    pub ends_on: NaiveDate,
    /// Whether all of its days are over and lie within the range; others count in part only.
    pub complete: bool,
    /// What was counted.
    pub figures: Figures,
    /// By how much the rate differs from that of the week or month before; `None` for the first, and where one has no rate.
    pub change: Option<Change>,
}
