//! The port through which merges are kept, and what two users share is found.

use chrono::{DateTime, Utc};

use super::{CertificationClash, Holdings, Merge, Traces};
use crate::{
    attendance::Attendance,
    error::Pending,
    ids::{ClassId, MergeId, UserId},
};

/// A mark, with what one wants to see of its lecture.
#[derive(Debug, Clone, PartialEq)]
pub struct PlacedMark {
    /// The mark.
    pub attendance: Attendance,
    /// The class of the lecture.
    pub class_id: ClassId,
    /// The title of the lecture.
    pub lecture_title: String,
    /// When the lecture starts.
    pub lecture_date: DateTime<Utc>,
    /// Whether the class is closed.
    pub closed: bool,
}

/// Keeps merges, and finds what two users share.
pub trait MergeRepository: Send {
    /// Keeps a new one.
    fn insert<'a>(&'a mut self, merge: &'a Merge) -> Pending<'a, ()>;
    /// The merge of this `temp` user that has not been undone, held against other writers until the unit of work ends.
    fn standing_of(&mut self, temp: UserId) -> Pending<'_, Option<Merge>>;
    /// The `temp` users who have been merged into this one and are so still.
    fn merged_into(&mut self, user: UserId) -> Pending<'_, Vec<UserId>>;
    /// Notes that a merge was undone; what it kept for that is forgotten.
    fn note_undone(&mut self, id: MergeId, at: DateTime<Utc>, by: Option<UserId>) -> Pending<'_, ()>;
    /// Forgets what was kept to undo the merges of before this moment; tells how many.
    fn forget(&mut self, before: DateTime<Utc>) -> Pending<'_, usize>;
    /// The classes in which both have an enrolment, in the order of their ids.
    fn shared_classes(&mut self, temp: UserId, into: UserId) -> Pending<'_, Vec<ClassId>>;
    /// Every mark of `temp`, and those of `into` at the same lectures, in the order of the lectures. No class of them is closed
    /// until the unit of work ends.
    fn marks(&mut self, temp: UserId, into: UserId) -> Pending<'_, Vec<PlacedMark>>;
    /// The courses for which both hold a certification that stands.
    fn certified_twice(&mut self, temp: UserId, into: UserId) -> Pending<'_, Vec<CertificationClash>>;
    /// How much hangs on a user.
    fn holdings(&mut self, user: UserId) -> Pending<'_, Holdings>;
    /// Gives the traces of one user to another, all or only these, and tells which. Warnings that both were given stay.
    fn hand_over_traces<'a>(
        &'a mut self,
        from: UserId,
        to: UserId,
        only: Option<&'a Traces>,
    ) -> Pending<'a, Traces>;
}
