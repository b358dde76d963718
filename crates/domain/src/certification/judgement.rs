//! Whether a learner may be certified: the completion rule held against what the policy engine says of each class. Pure.

use std::sync::Arc;

use chrono::NaiveDate;

use super::rules::{ClassesNeeded, RuleDocument};
use crate::{
    attendance::{
        Fraction, Verdict,
        counters::LearnerStanding,
        policies::Policy,
        policy::{Assessment, Comparison, Reason, Unit},
        records::LearnerClass,
    },
    ids::ClassId,
};

/// One class of a learner, with what the engine says of it.
#[derive(Debug, Clone)]
pub struct JudgedClass {
    /// The class.
    pub class_id: ClassId,
    /// Its title.
    pub title: String,
    /// Its first day.
    pub begin_date: NaiveDate,
    /// Its last day.
    pub end_date: NaiveDate,
    /// What it goes by.
    pub policy: Arc<Policy>,
    /// Whether the learner went on from here into another class, and is counted there.
    pub has_gone_on: bool,
    /// What the engine says.
    pub assessment: Assessment,
}

impl JudgedClass {
    pub(super) fn new(class: LearnerClass, assessment: Assessment) -> Self {
        Self {
            class_id: class.class_id,
            title: class.class_title,
            begin_date: class.begin_date,
            end_date: class.end_date,
            policy: class.policy,
            has_gone_on: class.has_gone_on,
            assessment,
        }
    }

    /// How many lectures are planned, without those that were cancelled, and their time in minutes.
    pub(super) fn planned(&self) -> (u64, u64) {
        let planned = self.assessment.lines.iter().filter(|line| line.reason != Reason::Cancelled);
        planned.fold((0, 0), |(lectures, minutes), line| (lectures + 1, minutes + line.minutes()))
    }

    fn lack(&self) -> Lack {
        let threshold = self.policy.document.threshold;
        let sums = self.assessment.sums;
        let (share, parts) = (Fraction::from(threshold.share), u128::from(self.assessment.parts.max(1)));
        // So many parts are needed; one more where the threshold must be exceeded.
        let wanted = u128::from(share.numerator()) * u128::from(sums.whole);
        let needed = match threshold.when {
            Comparison::Reached => wanted.div_ceil(u128::from(share.denominator())),
            Comparison::Exceeded => wanted / u128::from(share.denominator()) + 1,
        };
        let missing = needed.saturating_sub(u128::from(sums.numerator()));
        Lack::Rate {
            class_id: self.class_id,
            rate: self.assessment.rate,
            threshold: share,
            unit: self.assessment.unit,
            units_short: self
                .assessment
                .rate
                .map(|_| u64::try_from(missing.div_ceil(parts)).unwrap_or(u64::MAX)),
        }
    }
}

/// What the rule asks of a class of a learner: as much as is kept of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClassOutcome {
    /// The class.
    pub class_id: ClassId,
    /// Whether the learner went on from here into another class, and is counted there.
    pub has_gone_on: bool,
    /// Whether the attendance policy of the class is met.
    pub is_met: bool,
    /// The time that is credited, in whole minutes.
    pub attended_minutes: u64,
}

impl From<&JudgedClass> for ClassOutcome {
    fn from(class: &JudgedClass) -> Self {
        Self {
            class_id: class.class_id,
            has_gone_on: class.has_gone_on,
            is_met: class.assessment.verdict == Verdict::Met,
            attended_minutes: class.assessment.attended_minutes(),
        }
    }
}

impl ClassOutcome {
    /// The outcome that a kept standing tells.
    pub fn of_standing(class_id: ClassId, standing: &LearnerStanding) -> Self {
        Self {
            class_id,
            has_gone_on: standing.has_gone_on,
            is_met: standing.verdict == Verdict::Met,
            attended_minutes: standing.attended_minutes,
        }
    }
}

/// What a learner lacks, and how far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lack {
    /// The attendance policy of a class is not met.
    Rate {
        /// The class.
        class_id: ClassId,
        /// What was reached; `None` where nothing was recorded.
        rate: Option<Fraction>,
        /// What is needed.
        threshold: Fraction,
        /// What is counted.
        unit: Unit,
        /// So many more units would have been enough; `None` where nothing was recorded.
        units_short: Option<u64>,
    },
    /// The learner was not in a class that is asked for.
    Class {
        /// The class.
        class_id: ClassId,
    },
    /// The policies of too few classes are met.
    Classes {
        /// Of so many they are.
        met: u64,
        /// So many are needed.
        needed: u64,
    },
    /// Too little time is credited.
    Hours {
        /// So much is, in minutes.
        minutes: u64,
        /// So much is needed, in minutes.
        needed_minutes: u64,
    },
}

/// What a person has to decide, because the rule does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Matter {
    /// The rule leaves the last word to a person.
    Approval,
    /// A certification of the learner for this course was revoked.
    RevokedBefore,
    /// A certification of the learner for this course has expired; it can also be renewed.
    ExpiredBefore,
}

impl Matter {
    /// The name in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Approval => "approval",
            Self::RevokedBefore => "revoked_before",
            Self::ExpiredBefore => "expired_before",
        }
    }
}

/// What comes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Eligibility {
    /// The rule is met.
    Eligible,
    /// It is not.
    NotEligible,
    /// It is met as far as it goes; a person decides.
    NeedsDecision,
}

impl Eligibility {
    /// The name in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Eligible => "eligible",
            Self::NotEligible => "not_eligible",
            Self::NeedsDecision => "needs_decision",
        }
    }
}

/// What the rule says of a learner.
#[derive(Debug, Clone)]
pub struct Judgement {
    /// Everything that is missing.
    pub lacks: Vec<Lack>,
    /// Everything that is left to a person.
    pub matters: Vec<Matter>,
    /// The classes that a certification would rest on, in the order of their first days.
    pub classes: Vec<JudgedClass>,
}

impl Judgement {
    /// What comes out.
    pub fn eligibility(&self) -> Eligibility {
        outcome(self.lacks.is_empty(), self.matters.is_empty())
    }
}

/// Earlier certifications of somebody for a course.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Earlier {
    /// Whether one holds.
    pub holds: bool,
    /// Whether one was revoked.
    pub was_revoked: bool,
    /// Whether one has expired.
    pub has_expired: bool,
}

/// Holds the rule against the classes of a learner.
pub(super) fn judge(rule: &RuleDocument, mut classes: Vec<JudgedClass>, earlier: Earlier) -> Judgement {
    classes.sort_by_key(|class| (class.begin_date, class.class_id));
    let outcomes: Vec<ClassOutcome> = classes.iter().map(ClassOutcome::from).collect();
    let Weighed { shortages, counted } = weigh(rule, &outcomes);
    let lack = |shortage| match shortage {
        Shortage::Rate(id) => classes.iter().find(|class| class.class_id == id).map(JudgedClass::lack),
        Shortage::Other(lack) => Some(lack),
    };
    let lacks = shortages.into_iter().filter_map(lack).collect();
    classes.retain(|class| counted.contains(&class.class_id));
    Judgement { lacks, matters: matters(rule, earlier), classes }
}

/// What comes out where no more than the outcome of each class is asked for.
pub(super) fn eligibility(rule: &RuleDocument, classes: &[ClassOutcome], earlier: Earlier) -> Eligibility {
    outcome(weigh(rule, classes).shortages.is_empty(), matters(rule, earlier).is_empty())
}

fn outcome(lacks_nothing: bool, is_decided: bool) -> Eligibility {
    match (lacks_nothing, is_decided) {
        (false, _) => Eligibility::NotEligible,
        (true, false) => Eligibility::NeedsDecision,
        (true, true) => Eligibility::Eligible,
    }
}

/// Everything that is left to a person.
fn matters(rule: &RuleDocument, earlier: Earlier) -> Vec<Matter> {
    // What came before one that holds is settled.
    let of = |applies: bool, matter| applies.then_some(matter);
    let all = [
        of(rule.approval, Matter::Approval),
        of(earlier.was_revoked && !earlier.holds, Matter::RevokedBefore),
        of(earlier.has_expired && !earlier.holds, Matter::ExpiredBefore),
    ];
    all.into_iter().flatten().collect()
}

/// What the rule finds missing, and the classes that count.
struct Weighed {
    shortages: Vec<Shortage>,
    counted: Vec<ClassId>,
}

/// Something that is missing.
enum Shortage {
    /// The attendance policy of this class is not met.
    Rate(ClassId),
    /// Something that is told without the records of a class.
    Other(Lack),
}

fn weigh(rule: &RuleDocument, classes: &[ClassOutcome]) -> Weighed {
    let mut shortages = Vec::new();
    let short = |classes: &[&ClassOutcome]| -> Vec<Shortage> {
        classes.iter().filter(|class| !class.is_met).map(|class| Shortage::Rate(class.class_id)).collect()
    };
    let mut counted: Vec<&ClassOutcome> = match &rule.classes {
        ClassesNeeded::All | ClassesNeeded::Any { .. } => {
            classes.iter().filter(|class| !class.has_gone_on).collect()
        }
        ClassesNeeded::Listed { class_ids } => {
            classes.iter().filter(|class| class_ids.contains(&class.class_id)).collect()
        }
    };
    match &rule.classes {
        ClassesNeeded::All => {
            shortages.extend(short(&counted));
            if counted.is_empty() {
                shortages.push(Shortage::Other(Lack::Classes { met: 0, needed: 1 }));
            }
        }
        ClassesNeeded::Any { count } => {
            let met = counted.iter().filter(|class| class.is_met).count();
            if met < usize::from(*count) {
                let met = u64::try_from(met).unwrap_or(u64::MAX);
                shortages.push(Shortage::Other(Lack::Classes { met, needed: u64::from(*count) }));
                shortages.extend(short(&counted));
            } else {
                counted.retain(|class| class.is_met);
            }
        }
        ClassesNeeded::Listed { class_ids } => {
            let is_there = |id: &ClassId| counted.iter().any(|class| class.class_id == *id);
            let absent = class_ids.iter().filter(|id| !is_there(id));
            shortages.extend(absent.map(|id| Shortage::Other(Lack::Class { class_id: *id })));
            shortages.extend(short(&counted));
        }
    }
    if let Some(hours) = rule.min_hours {
        let minutes = counted.iter().map(|class| class.attended_minutes).sum();
        let needed_minutes = u64::from(hours) * 60;
        if minutes < needed_minutes {
            shortages.push(Shortage::Other(Lack::Hours { minutes, needed_minutes }));
        }
    }
    Weighed { shortages, counted: counted.into_iter().map(|class| class.class_id).collect() }
}
