//! The neutral model: what every format is read into.
//!
//! Rows refer to each other by external ids, which are unique per format and kind of row, and stay the same when the
//! same file is read again. Every row knows the line it came from, so that problems found later (a user unknown to
//! the database, a mark outside the enrolment) can still be reported by line.
//! References are shared strings: a mark costs no allocation for the ids it repeats.

use std::collections::HashSet;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};

use madang_domain::access::ClassRole;
use madang_domain::accounts::AuthType;
use madang_domain::attendance::AttendanceStatus;
use madang_domain::learning::enrolments::EnrolmentStatus;
use uuid::Uuid;

use crate::problem::{Problem, ProblemCode, shorten};

/// The name that the source has for a thing; cheap to clone.
pub type ExternalId = Arc<str>;

/// Where a row stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Position {
    /// Index into [`Roster::files`].
    pub file: u16,
    /// The physical line on which the row begins, or its row in a sheet, counted from 1.
    pub line: u32,
}

/// A person.
#[derive(Debug, Clone, PartialEq)]
pub struct UserRow {
    /// Where the row stands.
    pub at: Position,
    /// The source's id.
    pub external_id: ExternalId,
    /// The name to sign in with.
    pub username: Box<str>,
    /// The person's name.
    pub name: Option<Box<str>>,
    /// E-mail address.
    pub email: Option<Box<str>>,
    /// Telephone number, as written.
    pub phone: Option<Box<str>>,
    /// How the user signs in; `None` when the source does not say.
    pub auth_type: Option<AuthType>,
    /// Roles that the source gives the user anywhere; the roles in a class are in [`EnrolmentRow`].
    pub roles: Vec<ClassRole>,
    /// The `authorizations` document of an exported file, a JSON object. Applying it grants rights: check who asks.
    pub authorizations: Option<serde_json::Value>,
    /// Whether the account is in use; `None` when the source does not say.
    pub is_active: Option<bool>,
}

/// A programme in the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CourseRow {
    /// Where the row stands.
    pub at: Position,
    /// The source's id.
    pub external_id: ExternalId,
    /// Title.
    pub title: Box<str>,
    /// Description.
    pub description: Option<Box<str>>,
    /// Keywords, separated by `, `.
    pub keyword: Option<Box<str>>,
    /// Whether the course is offered; `None` when the source does not say.
    pub is_active: Option<bool>,
}

/// One run of a course.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassRow {
    /// Where the row stands.
    pub at: Position,
    /// The source's id.
    pub external_id: ExternalId,
    /// The course that it runs.
    pub course_ref: ExternalId,
    /// Title.
    pub title: Box<str>,
    /// Who teaches, as text.
    pub lecturer_info: Option<Box<str>>,
    /// When it takes place, as text.
    pub date_info: Option<Box<str>>,
    /// First day.
    pub begin_date: Option<NaiveDate>,
    /// Last day, included.
    pub end_date: Option<NaiveDate>,
    /// Seats.
    pub capacity: Option<u32>,
    /// Where it takes place; the lectures carry the same place.
    pub place: Option<Box<str>>,
    /// First day on which one can apply.
    pub apply_from: Option<NaiveDate>,
    /// Last day on which one can apply, included.
    pub apply_until: Option<NaiveDate>,
    /// When it was closed (마감); `None` while it is open or when the source does not say.
    pub closed_at: Option<DateTime<Utc>>,
    /// Whether the class takes place; `None` when the source does not say.
    pub is_active: Option<bool>,
}

/// One session of a class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LectureRow {
    /// Where the row stands.
    pub at: Position,
    /// The source's id.
    pub external_id: ExternalId,
    /// The class that it belongs to.
    pub class_ref: ExternalId,
    /// Title.
    pub title: Box<str>,
    /// Place in the class, from 1.
    pub sequence: u32,
    /// Kind of session, as the API names it.
    pub attendance_type: Option<Box<str>>,
    /// Start.
    pub starts_at: DateTime<Utc>,
    /// Length in minutes; `None` when the source does not say.
    pub duration_minutes: Option<u32>,
    /// Where it takes place.
    pub place: Option<Box<str>>,
    /// When it was cancelled (휴강); `None` while it takes place or when the source does not say.
    pub cancelled_at: Option<DateTime<Utc>>,
    /// Why it was cancelled.
    pub cancel_reason: Option<Box<str>>,
}

/// A user's place in a class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnrolmentRow {
    /// Where the row stands.
    pub at: Position,
    /// The source's id.
    pub external_id: ExternalId,
    /// The class.
    pub class_ref: ExternalId,
    /// The user.
    pub user_ref: ExternalId,
    /// What the user is in the class.
    pub role: ClassRole,
    /// First day of the enrolment; `None` when the source does not say, which means from the beginning of the class.
    pub enrolled_on: Option<NaiveDate>,
    /// First day on which the user is no longer enrolled; `None` while the enrolment lasts. May equal `enrolled_on`.
    pub left_on: Option<NaiveDate>,
    /// Whether it holds or why it ended; `None` when the source does not say.
    pub status: Option<EnrolmentStatus>,
    /// The id that the place had, in an export, from which this one goes on.
    pub transferred_from: Option<Uuid>,
}

/// The mark of one user at one lecture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttendanceRow {
    /// Where the row stands.
    pub at: Position,
    /// The id that an exported mark had; it is not what finds the mark.
    pub id: Option<Uuid>,
    /// The lecture; together with the user it identifies the mark.
    pub lecture_ref: ExternalId,
    /// The user.
    pub user_ref: ExternalId,
    /// The mark.
    pub status: AttendanceStatus,
    /// A finer kind of the mark, as text.
    pub detail_type: Option<Box<str>>,
    /// Remark.
    pub description: Option<Box<str>>,
    /// An assignment that stands for the session.
    pub assignment_ref: Option<Box<str>>,
    /// When the mark was taken.
    pub checked_at: Option<DateTime<Utc>>,
}

/// A completion.
#[derive(Debug, Clone, PartialEq)]
pub struct CertificationRow {
    /// Where the row stands.
    pub at: Position,
    /// The source's id.
    pub external_id: ExternalId,
    /// The course that was completed.
    pub course_ref: ExternalId,
    /// The classes that it rests on.
    pub class_refs: Vec<ExternalId>,
    /// Who completed it.
    pub user_ref: ExternalId,
    /// When it was issued; a source that knows only the day means the beginning of that day in Korea.
    pub issued_at: DateTime<Utc>,
    /// What an exported certification says, a JSON object; `None` when the source does not have it.
    pub snapshot: Option<serde_json::Value>,
    /// How an exported certification stands, a JSON object; `None` for one that holds.
    pub standing: Option<serde_json::Value>,
    /// The id of the exported certification that it took the place of.
    pub supersedes: Option<uuid::Uuid>,
}

/// Everything that a bundle holds, in the order of its files.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Roster {
    /// The names of the files that were read; [`Position::file`] points here.
    pub files: Vec<Arc<str>>,
    /// People.
    pub users: Vec<UserRow>,
    /// Courses.
    pub courses: Vec<CourseRow>,
    /// Classes.
    pub classes: Vec<ClassRow>,
    /// Sessions.
    pub lectures: Vec<LectureRow>,
    /// Places in classes.
    pub enrolments: Vec<EnrolmentRow>,
    /// Marks.
    pub attendances: Vec<AttendanceRow>,
    /// Completions.
    pub certifications: Vec<CertificationRow>,
}

impl Roster {
    /// A problem with a row of this roster, found after reading.
    pub fn problem(
        &self,
        at: Position,
        code: ProblemCode,
        column: Option<&str>,
        detail: Option<&str>,
    ) -> Problem {
        let file = self.files.get(usize::from(at.file)).map_or_else(|| Arc::from(""), Arc::clone);
        Problem { file, line: at.line, column: column.map(Into::into), code, detail: detail.map(shorten) }
    }

    /// How many rows there are in all.
    pub fn len(&self) -> usize {
        self.users.len()
            + self.courses.len()
            + self.classes.len()
            + self.lectures.len()
            + self.enrolments.len()
            + self.attendances.len()
            + self.certifications.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Gives equal ids one shared allocation.
#[derive(Debug, Default)]
pub(crate) struct Ids {
    known: HashSet<ExternalId>,
}

impl Ids {
    pub(crate) fn share(&mut self, id: &str) -> ExternalId {
        if let Some(known) = self.known.get(id) {
            return Arc::clone(known);
        }
        let id: ExternalId = id.into();
        self.known.insert(Arc::clone(&id));
        id
    }
}
