//! The port through which certifications are kept.

use chrono::{DateTime, Utc};

use super::{
    Candidacy, CertificateNumber, Certification, CertificationFilter, CertificationSort, Cohort, Holder,
    VerificationCode,
};
use crate::{
    attendance::records::RuledClass,
    error::Pending,
    ids::{CertificationId, CourseId, UserId},
    page::{Listed, Listing},
};

/// What the public is told of the certification that took the place of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Successor {
    /// Its number.
    pub number: CertificateNumber,
    /// Its code.
    pub code: VerificationCode,
    /// When it was issued.
    pub issued_at: DateTime<Utc>,
}

/// Keeps certifications. There is no way to change what one says, and none to remove one.
pub trait CertificationRepository: Send {
    /// One certification.
    fn find(&mut self, id: CertificationId) -> Pending<'_, Option<Certification>>;
    /// One certification, held against other writers until the unit of work ends.
    fn find_for_update(&mut self, id: CertificationId) -> Pending<'_, Option<Certification>>;
    /// The certification with this code and, where another one took its place, that one; in one statement.
    fn find_by_code(
        &mut self,
        code: VerificationCode,
    ) -> Pending<'_, Option<(Certification, Option<Successor>)>>;
    /// Lists certifications.
    fn list<'a>(
        &'a mut self,
        listing: &'a Listing<CertificationFilter, CertificationSort>,
    ) -> Pending<'a, Listed<Certification>>;
    /// The certifications of these users for a course, in the order of issue.
    fn of_users<'a>(&'a mut self, course: CourseId, users: &'a [UserId]) -> Pending<'a, Vec<Certification>>;
    /// A course with the rule that it goes by, and those of these users that there are; `None` where there are none, or no such
    /// course. In one statement.
    fn candidacy<'a>(
        &'a mut self,
        course: CourseId,
        users: &'a [UserId],
        as_of: DateTime<Utc>,
    ) -> Pending<'a, Option<Candidacy>>;
    /// Holds the course of a cohort against others who issue for it, until the unit of work ends; `None` where there is no such course.
    fn hold_course(&mut self, cohort: Cohort) -> Pending<'_, Option<CourseId>>;
    /// The classes that may count for the learners of a cohort: those of the course, or of them those that its learners were in.
    fn classes_of(&mut self, cohort: Cohort) -> Pending<'_, Vec<RuledClass>>;
    /// Takes the next so many numbers of a year for this unit of work, and tells the first.
    ///
    /// Others who take numbers of that year wait for the end of the unit, so that numbers are given in turn; a unit that comes
    /// to nothing gives them back.
    fn take_numbers(&mut self, year: i32, count: u32) -> Pending<'_, CertificateNumber>;
    /// Sees to it that the next number of the year comes after this one, which was brought from elsewhere.
    fn pass_number(&mut self, number: CertificateNumber) -> Pending<'_, ()>;
    /// Those of these numbers that are given to certifications already.
    fn taken_of<'a>(&'a mut self, numbers: &'a [CertificateNumber]) -> Pending<'a, Vec<CertificateNumber>>;
    /// Keeps new certifications, in one statement.
    ///
    /// # Errors
    /// `Conflict(Certification)` when a user has one for the course that holds; `Conflict(CertificateNumber)`.
    fn insert_many<'a>(&'a mut self, certifications: &'a [Certification]) -> Pending<'a, ()>;
    /// Keeps how a certification stands now.
    ///
    /// # Errors
    /// `Stale` unless the kept row has the version before the one in `certification`.
    fn update_standing<'a>(&'a mut self, certification: &'a Certification) -> Pending<'a, ()>;
    /// Gives every certification of one user to another, or only these, and tells which; what they say stays.
    ///
    /// # Errors
    /// `Conflict(Certification)` when both have one for a course that holds.
    fn hand_over<'a>(
        &'a mut self,
        from: UserId,
        to: UserId,
        only: Option<&'a [CertificationId]>,
    ) -> Pending<'a, Vec<Certification>>;
    /// Lets certifications expire whose time is over, so many at most, and tells which.
    fn expire(&mut self, now: DateTime<Utc>, count: u32) -> Pending<'_, Vec<Certification>>;
    /// The same for the certifications of these users for a course.
    fn expire_of<'a>(
        &'a mut self,
        course: CourseId,
        users: &'a [UserId],
        now: DateTime<Utc>,
    ) -> Pending<'a, Vec<Certification>>;
    /// Certifications that expire before a moment and of which nobody was told yet, so many at most: from now on they count as
    /// told.
    fn tell_expiring(
        &mut self,
        now: DateTime<Utc>,
        before: DateTime<Utc>,
        count: u32,
    ) -> Pending<'_, Vec<Certification>>;
    /// The numbers of those that were revoked or superseded, of all from the first number to the last, in order.
    fn withdrawn_within(
        &mut self,
        first: CertificateNumber,
        last: CertificateNumber,
    ) -> Pending<'_, Vec<CertificateNumber>>;
    /// How a user is named on certificates; `None` where nobody has said.
    fn holder(&mut self, user: UserId) -> Pending<'_, Option<Holder>>;
    /// Keeps how a user is named on certificates, new or changed.
    ///
    /// # Errors
    /// `Stale` unless what is kept has the version before the one in `holder`.
    fn keep_holder<'a>(&'a mut self, holder: &'a Holder) -> Pending<'a, ()>;
}
