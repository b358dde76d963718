//! The port through which certifications are kept.

use super::{Certification, CertificationFilter, CertificationSort};
use crate::{
    error::Pending,
    ids::{CertificationId, CourseId, UserId},
    page::{Listed, Listing},
};

/// Keeps certifications. There is no way to change what one says.
pub trait CertificationRepository: Send {
    /// One certification.
    fn find(&mut self, id: CertificationId) -> Pending<'_, Option<Certification>>;
    /// Lists certifications.
    fn list<'a>(
        &'a mut self,
        listing: &'a Listing<CertificationFilter, CertificationSort>,
    ) -> Pending<'a, Listed<Certification>>;
    /// The certifications of these users for a course.
    fn of_users<'a>(&'a mut self, course: CourseId, users: &'a [UserId]) -> Pending<'a, Vec<Certification>>;
    /// Keeps new certifications, in one statement.
    ///
    /// # Errors
    /// `Conflict(Certification)` when a user has one for the course already; `MissingReference`.
    fn insert_many<'a>(&'a mut self, certifications: &'a [Certification]) -> Pending<'a, ()>;
    /// Gives every certification of one user to another, or only these, and tells which; what they say stays.
    ///
    /// # Errors
    /// `Conflict(Certification)` when both have one for a course.
    fn hand_over<'a>(
        &'a mut self,
        from: UserId,
        to: UserId,
        only: Option<&'a [CertificationId]>,
    ) -> Pending<'a, Vec<Certification>>;
}
