//! Who is to be certified, for what and by which rule: what a certification needs beside the records of attendance.

use chrono::NaiveDate;

use super::{CompletionStamp, judgement::Earlier};
use crate::ids::{CertificationId, UserId};

/// A course with its rule, and the people who may be certified for it.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidacy {
    /// The title of the course.
    pub course_title: String,
    /// The rule of the course; the plain one where it has none of its own.
    pub rule: CompletionStamp,
    /// The people, in no order.
    pub people: Vec<Candidate>,
}

/// Somebody who may be certified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Who.
    pub user_id: UserId,
    /// What they are called.
    pub name: String,
    /// How they are named on certificates beside that.
    pub details: HolderDetails,
    /// The certification for the course that they have and that holds.
    pub holds: Option<CertificationId>,
    /// Whether one was revoked.
    pub was_revoked: bool,
    /// Whether one has expired.
    pub has_expired: bool,
}

/// How somebody is named on certificates, beside their name in Korean, and when they were born.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HolderDetails {
    /// The name in Latin letters.
    pub name_roman: Option<String>,
    /// When they were born.
    pub birth_date: Option<NaiveDate>,
}

impl Candidate {
    /// Their certifications for the course.
    pub(super) fn earlier(&self) -> Earlier {
        Earlier { holds: self.holds.is_some(), was_revoked: self.was_revoked, has_expired: self.has_expired }
    }
}
