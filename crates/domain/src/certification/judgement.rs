//! Whether a learner may be certified: the completion rule held against what the policy engine says of each class. Pure.

use std::sync::Arc;

use chrono::NaiveDate;

use super::rules::{ClassesNeeded, RuleDocument};
use crate::{
    attendance::{
        Fraction, Verdict,
        policies::Policy,
        policy::{Assessment, Comparison, Line, Reason, Unit},
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

    fn is_met(&self) -> bool {
        self.assessment.verdict == Verdict::Met
    }

    /// How many lectures are planned, without those that were cancelled, and their time in minutes.
    pub(super) fn planned(&self) -> (u64, u64) {
        let planned = self.assessment.lines.iter().filter(|line| line.reason != Reason::Cancelled);
        planned.fold((0, 0), |(lectures, minutes), line| (lectures + 1, minutes + duration(line)))
    }

    /// The time that the engine credits, lecture by lecture and before conversions, in whole minutes.
    pub(super) fn attended_minutes(&self) -> u64 {
        let parts = self.assessment.parts.max(1);
        let credited = self.assessment.lines.iter().filter(|line| line.weight > 0).map(|line| {
            let minutes = u128::from(duration(line)) * u128::from(parts);
            minutes * u128::from(line.credit) / u128::from(line.weight)
        });
        u64::try_from(credited.sum::<u128>() / u128::from(parts)).unwrap_or(u64::MAX)
    }

    fn lack(&self) -> Option<Lack> {
        if self.is_met() {
            return None;
        }
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
        Some(Lack::Rate {
            class_id: self.class_id,
            rate: self.assessment.rate,
            threshold: share,
            unit: self.assessment.unit,
            units_short: self
                .assessment
                .rate
                .map(|_| u64::try_from(missing.div_ceil(parts)).unwrap_or(u64::MAX)),
        })
    }
}

fn duration(line: &Line) -> u64 {
    u64::try_from(line.lecture.duration_minutes).unwrap_or_default()
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
        match (self.lacks.is_empty(), self.matters.is_empty()) {
            (false, _) => Eligibility::NotEligible,
            (true, false) => Eligibility::NeedsDecision,
            (true, true) => Eligibility::Eligible,
        }
    }
}

/// Holds the rule against the classes of a learner.
pub(super) fn judge(
    rule: &RuleDocument,
    mut classes: Vec<JudgedClass>,
    mut matters: Vec<Matter>,
) -> Judgement {
    classes.sort_by_key(|class| (class.begin_date, class.class_id));
    let mut lacks = Vec::new();
    match &rule.classes {
        ClassesNeeded::All => {
            classes.retain(|class| !class.has_gone_on);
            lacks.extend(classes.iter().filter_map(JudgedClass::lack));
            if classes.is_empty() {
                lacks.push(Lack::Classes { met: 0, needed: 1 });
            }
        }
        ClassesNeeded::Any { count } => {
            classes.retain(|class| !class.has_gone_on);
            let met = classes.iter().filter(|class| class.is_met()).count();
            if met < usize::from(*count) {
                let met = u64::try_from(met).unwrap_or(u64::MAX);
                lacks.push(Lack::Classes { met, needed: u64::from(*count) });
                lacks.extend(classes.iter().filter_map(JudgedClass::lack));
            } else {
                classes.retain(JudgedClass::is_met);
            }
        }
        ClassesNeeded::Listed { class_ids } => {
            let is_there = |id: &ClassId| classes.iter().any(|class| class.class_id == *id);
            lacks.extend(class_ids.iter().filter(|id| !is_there(id)).map(|id| Lack::Class { class_id: *id }));
            classes.retain(|class| class_ids.contains(&class.class_id));
            lacks.extend(classes.iter().filter_map(JudgedClass::lack));
        }
    }
    if let Some(hours) = rule.min_hours {
        let minutes = classes.iter().map(JudgedClass::attended_minutes).sum();
        let needed_minutes = u64::from(hours) * 60;
        if minutes < needed_minutes {
            lacks.push(Lack::Hours { minutes, needed_minutes });
        }
    }
    if rule.approval {
        matters.insert(0, Matter::Approval);
    }
    Judgement { lacks, matters, classes }
}
