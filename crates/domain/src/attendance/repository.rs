//! The port through which marks are kept and counted.

use chrono::{DateTime, NaiveDate, Utc};

use super::{
    Attendance, AttendanceFilter, AttendanceSort, AttendanceView, LectureTally, PeriodTally, TallyFilter,
    TallyScope,
};
use crate::{
    error::Pending,
    ids::{AttendanceId, ClassId, LectureId, UserId},
    learning::{enrolments::Enrolment, lectures::Lecture},
    page::{Listed, Listing},
};

/// Keeps marks.
pub trait AttendanceRepository: Send {
    /// One mark.
    fn find(&mut self, id: AttendanceId) -> Pending<'_, Option<AttendanceView>>;
    /// One mark, held against other writers until the unit of work ends.
    fn find_for_update(&mut self, id: AttendanceId) -> Pending<'_, Option<Attendance>>;
    /// Lists marks.
    fn list<'a>(
        &'a mut self,
        listing: &'a Listing<AttendanceFilter, AttendanceSort>,
    ) -> Pending<'a, Listed<AttendanceView>>;
    /// Every mark of a lecture.
    fn of_lecture(&mut self, lecture: LectureId) -> Pending<'_, Vec<Attendance>>;
    /// Every mark at the lectures of a class, in no order.
    fn of_class(&mut self, class: ClassId) -> Pending<'_, Vec<Attendance>>;
    /// The marks of these users at a lecture.
    fn of_users<'a>(&'a mut self, lecture: LectureId, users: &'a [UserId]) -> Pending<'a, Vec<Attendance>>;
    /// The last day of a lecture of a class at which a user is marked; `None` where there is no mark.
    fn last_day_marked(&mut self, class: ClassId, user: UserId) -> Pending<'_, Option<NaiveDate>>;
    /// Every enrolment of these users in the class of a lecture, over all time, each with the user's mark at the lecture.
    fn candidates<'a>(
        &'a mut self,
        lecture: &'a Lecture,
        users: &'a [UserId],
    ) -> Pending<'a, Vec<(Enrolment, Option<Attendance>)>>;
    /// How many marks a lecture has, and how many of them are of users who are not expected there.
    fn count_at(&mut self, lecture: LectureId) -> Pending<'_, (u64, u64)>;
    /// Keeps new marks, in one statement at any number.
    ///
    /// # Errors
    /// `Conflict(AttendanceMark)` when one of the users is marked at the lecture already.
    fn insert_many<'a>(&'a mut self, marks: &'a [Attendance]) -> Pending<'a, ()>;
    /// Keeps changed marks, in one statement at any number.
    ///
    /// # Errors
    /// `Stale` unless every kept row has the version before the one given.
    fn update_many<'a>(&'a mut self, marks: &'a [Attendance]) -> Pending<'a, ()>;
    /// Keeps new marks and changed ones together, in one statement at any number.
    ///
    /// # Errors
    /// `Conflict(AttendanceMark)` when a new mark is of somebody who is marked at the lecture already; `Stale` unless
    /// every row that is kept already has the version before the one given.
    fn keep_many<'a>(&'a mut self, marks: &'a [Attendance]) -> Pending<'a, ()>;
    /// Removes a mark.
    fn delete(&mut self, id: AttendanceId) -> Pending<'_, ()>;
    /// Removes marks, in one statement at any number.
    ///
    /// # Errors
    /// `Stale` unless every kept row has the version of the one given.
    fn delete_many<'a>(&'a mut self, marks: &'a [Attendance]) -> Pending<'a, ()>;
    /// Removes every mark of a lecture, and tells which there were.
    fn delete_of_lecture(&mut self, lecture: LectureId) -> Pending<'_, Vec<Attendance>>;
    /// Gives every mark of one user to another, or only these, and tells which.
    ///
    /// # Errors
    /// `Conflict(AttendanceMark)` when both are marked at one lecture.
    fn hand_over<'a>(
        &'a mut self,
        from: UserId,
        to: UserId,
        only: Option<&'a [AttendanceId]>,
    ) -> Pending<'a, Vec<Attendance>>;
    /// One tally for each lecture of the scope that has begun by `as_of` and at which somebody was expected.
    fn tallies(&mut self, scope: TallyScope, as_of: DateTime<Utc>) -> Pending<'_, Vec<LectureTally>>;
    /// What was counted from each of these moments up to the next, for each policy, of lectures that have begun by `as_of`; spans
    /// without such a lecture are left out.
    fn tallies_of_spans<'a>(
        &'a mut self,
        bounds: &'a [DateTime<Utc>],
        filter: &'a TallyFilter,
        as_of: DateTime<Utc>,
    ) -> Pending<'a, Vec<PeriodTally>>;
}
