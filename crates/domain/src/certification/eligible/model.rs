//! What is read of the learners of a course, and what is kept of them.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};

use crate::{
    attendance::counters::{EnrolledLearner, Kept, KeptClass},
    certification::{
        Eligibility,
        judgement::{ClassOutcome, Earlier},
        rules::RuleDocument,
    },
    ids::{ClassId, CourseId, UserId},
};

/// How many learners who are counted in a class may be certified by the rule of its course.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Eligibles {
    /// Those of whom the rule says that they may, whether or not they are certified already.
    pub eligible: u64,
    /// Those who lack nothing but the decision of a person.
    pub needs_decision: u64,
}

impl Eligibles {
    pub(super) fn count(&mut self, one: Eligibility) {
        match one {
            Eligibility::Eligible => self.eligible += 1,
            Eligibility::NeedsDecision => self.needs_decision += 1,
            Eligibility::NotEligible => {}
        }
    }
}

/// What the rule of a course says of all of its learners at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CourseJudgement {
    /// The course.
    pub course_id: CourseId,
    /// Each class that has learners.
    pub classes: BTreeMap<ClassId, Eligibles>,
    /// When that was.
    pub at: DateTime<Utc>,
    /// When the next certificate expires; `None` where none will.
    pub holds_until: Option<DateTime<Utc>>,
}

/// A course that has to be judged anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unjudged {
    /// Which.
    pub course_id: CourseId,
    /// The revision that is to be judged.
    pub revision: i64,
}

/// What must be known to judge courses.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Candidates {
    /// The rule of each course.
    pub rules: HashMap<CourseId, RuleDocument>,
    /// What is kept of learners, but for the classes that are assessed anew.
    pub kept: Vec<KeptCandidate>,
    /// The places in the classes that are assessed anew: by class and user, then in the order of time.
    pub places: Vec<EnrolledLearner>,
    /// The courses of those classes.
    pub course_of: HashMap<ClassId, CourseId>,
    /// What users were certified for earlier; of nobody else.
    pub earlier: HashMap<(CourseId, UserId), EarlierOf>,
}

/// What is kept of a learner in a class, as far as a rule asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeptCandidate {
    /// The course.
    pub course_id: CourseId,
    /// Who.
    pub user_id: UserId,
    /// What came out in the class.
    pub outcome: ClassOutcome,
}

/// Earlier certifications of a user for a course, and when one of them expires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EarlierOf {
    /// What they are.
    pub earlier: Earlier,
    /// When the one that holds expires.
    pub expires_at: Option<DateTime<Utc>>,
}

/// A class with what is kept of it, and of its learners by the rule of the course.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptCompletion {
    /// The class. Its version names both.
    pub class: KeptClass,
    /// Whether the filter lets it through; it is told otherwise because another class of its course was let through.
    pub is_meant: bool,
    /// How many may be certified.
    pub eligibles: Kept<Eligibles>,
}
