//! What a learner who moved between classes of a course takes along into the figures of the new class.
//!
//! The rule, once: a learner's way through a course is made of *stretches*, and on every day the class counts to which the
//! learner belonged on that day. So for a learner of class N who came by a move
//! - the lectures of N count from the first day in N on, as for everybody;
//! - of each class from which the way led here, the lectures on the days of that stretch count too, with the marks and
//!   excuses that were made there: they are *carried over*, and shown with the class that they come from;
//! - lectures of N before the first day in N do not count, for the learner was elsewhere. A policy that charges late joiners for
//!   the whole period charges for the lectures of the *first* class of the way, before its first stretch.
//!
//! Nothing is copied: marks stay where they were made, and the figures of the old class go on counting its own stretch.
//! A stretch in N itself (somebody moved away and came back) is not carried, because N counts it anyway.

use super::EnrolmentPeriod;
use crate::ids::{ClassId, EnrolmentId, UserId};

/// A stretch in another class of the course that counts in the class into which a learner moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarriedStretch {
    /// Whose it is.
    pub user_id: UserId,
    /// The class in whose figures it counts.
    pub into: ClassId,
    /// The place in the other class.
    pub enrolment_id: EnrolmentId,
    /// The other class: its lectures on the days of `period` are carried over.
    pub class_id: ClassId,
    /// The title of the other class.
    pub class_title: String,
    /// The days of the stretch.
    pub period: EnrolmentPeriod,
}
