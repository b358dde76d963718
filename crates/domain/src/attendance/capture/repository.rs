//! The port through which check-in sessions and what learners do in them are kept.

use chrono::{DateTime, Utc};

use super::{Board, CheckInSession};
use crate::{
    attendance::Attendance,
    error::Pending,
    ids::{AttendanceId, LectureId, UserId},
    learning::{classes::Class, lectures::Lecture},
};

/// Everything that decides whether one user may check in at one lecture.
#[derive(Debug, Clone, PartialEq)]
pub struct Door {
    /// The lecture.
    pub lecture: Lecture,
    /// Its class.
    pub class: Class,
    /// Its check-in session.
    pub session: Option<CheckInSession>,
    /// Whether the user is enrolled as a learner on the day of the lecture.
    pub is_learner: bool,
    /// The user's mark.
    pub mark: Option<Attendance>,
    /// The user's wrong codes.
    pub guesses: Option<Guesses>,
}

/// Wrong codes of one user at one lecture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guesses {
    /// How many.
    pub wrong: i32,
    /// Since when they are counted.
    pub since: DateTime<Utc>,
}

/// Keeps check-in sessions and what learners do in them.
pub trait CaptureRepository: Send {
    /// What decides whether this user may check in, in one statement.
    fn door(&mut self, lecture: LectureId, user: UserId) -> Pending<'_, Option<Door>>;
    /// The session of a lecture.
    fn find_session(&mut self, lecture: LectureId) -> Pending<'_, Option<CheckInSession>>;
    /// Keeps a new session.
    ///
    /// # Errors
    /// `Conflict(CheckInSession)` when the lecture has one.
    fn insert_session<'a>(&'a mut self, session: &'a CheckInSession) -> Pending<'a, ()>;
    /// Keeps a changed session.
    ///
    /// # Errors
    /// `Stale` unless the kept row has the version before the one given.
    fn update_session<'a>(&'a mut self, session: &'a CheckInSession) -> Pending<'a, ()>;
    /// Sessions that are over and whose unmarked learners have not been seen to, oldest first.
    fn unsettled(&mut self, now: DateTime<Utc>, most: i64) -> Pending<'_, Vec<CheckInSession>>;
    /// Keeps those of the new marks whose users are expected at the lecture, not marked there yet, and whose class is open;
    /// tells which they are. In one statement at any number, which waits for nobody but who marks the same user.
    fn insert_expected<'a>(&'a mut self, marks: &'a [Attendance]) -> Pending<'a, Vec<AttendanceId>>;
    /// Counts a wrong code; those from before `forgotten` no longer count.
    fn count_wrong_code(
        &mut self,
        lecture: LectureId,
        user: UserId,
        now: DateTime<Utc>,
        forgotten: DateTime<Utc>,
    ) -> Pending<'_, ()>;
    /// Forgets wrong codes from before this moment.
    fn forget_wrong_codes(&mut self, before: DateTime<Utc>) -> Pending<'_, usize>;
    /// Who is expected at a lecture, by name, each with the mark that there is.
    fn board(&mut self, lecture: LectureId) -> Pending<'_, Board>;
}
