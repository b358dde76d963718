//! A completion rule as data.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::{certification::DEFAULT_TEMPLATE, ids::ClassId};

/// What a course asks of who is to be certified. Fields that are absent are those of the plain rule: enough in every class that
/// one attended, nothing more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RuleDocument {
    /// In which classes the attendance policy of the class must be met.
    pub classes: ClassesNeeded,
    /// How many hours must be credited, in the classes that count together; `None` asks for none.
    pub min_hours: Option<u16>,
    /// Whether a person decides in the end, once everything else is met.
    pub approval: bool,
    /// For how many months a certificate holds; `None` for good.
    pub valid_months: Option<u16>,
    /// The template of the document.
    pub template: String,
}

/// In which classes the attendance policy of the class must be met. A class that a learner went on from into another one counts
/// there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ClassesNeeded {
    /// In each class of the course in which one is or was a learner.
    All,
    /// In so many classes of the course.
    Any {
        /// How many.
        count: u16,
    },
    /// In each of these.
    Listed {
        /// Which.
        class_ids: Vec<ClassId>,
    },
}

/// What a rule says that it must not.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RuleFault {
    /// It asks for no class.
    #[error("no class is asked for")]
    NoClasses,
    /// It asks for more classes than a certificate rests on.
    #[error("more than {} classes", RuleDocument::MAX_CLASSES)]
    TooManyClasses,
    /// It names a class twice.
    #[error("a class is named twice")]
    Twice,
    /// It names classes that are none of the course.
    #[error("{} classes are none of the course", .0.len())]
    ForeignClasses(Vec<ClassId>),
    /// It asks for no hours, or for more than can be.
    #[error("1 to {} hours", RuleDocument::MAX_HOURS)]
    Hours,
    /// A certificate would hold for no time, or for more than can be told.
    #[error("1 to {} months", RuleDocument::MAX_MONTHS)]
    Months,
    /// A name of a template has 1 to 50 of `a-z 0-9 -`.
    #[error("no name of a template")]
    Template,
}

impl RuleDocument {
    /// The most classes that a certificate rests on.
    pub const MAX_CLASSES: usize = 100;
    /// The most hours that can be asked for.
    pub const MAX_HOURS: u16 = 10_000;
    /// The longest time for which a certificate holds, where it does not for good.
    pub const MAX_MONTHS: u16 = 600;

    /// Its one text: fields in a fixed order, nothing left out.
    pub fn canonical_json(&self) -> String {
        // Writing a value of strings and numbers into memory can't fail.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The SHA-256 of [`canonical_json`](Self::canonical_json), in hexadecimal.
    pub fn digest(&self) -> String {
        format!("{:x}", Sha256::digest(self.canonical_json()))
    }

    /// What is wrong with it, but for classes that are none of the course.
    pub fn faults(&self) -> Vec<RuleFault> {
        let mut faults = Vec::new();
        match &self.classes {
            ClassesNeeded::All => {}
            ClassesNeeded::Any { count } => match usize::from(*count) {
                0 => faults.push(RuleFault::NoClasses),
                count if count > Self::MAX_CLASSES => faults.push(RuleFault::TooManyClasses),
                _ => {}
            },
            ClassesNeeded::Listed { class_ids } => {
                let distinct: std::collections::BTreeSet<_> = class_ids.iter().collect();
                if class_ids.is_empty() {
                    faults.push(RuleFault::NoClasses);
                } else if class_ids.len() > Self::MAX_CLASSES {
                    faults.push(RuleFault::TooManyClasses);
                } else if distinct.len() < class_ids.len() {
                    faults.push(RuleFault::Twice);
                }
            }
        }
        if self.min_hours.is_some_and(|hours| !(1..=Self::MAX_HOURS).contains(&hours)) {
            faults.push(RuleFault::Hours);
        }
        if self.valid_months.is_some_and(|months| !(1..=Self::MAX_MONTHS).contains(&months)) {
            faults.push(RuleFault::Months);
        }
        let allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
        if !(1..=50).contains(&self.template.len()) || !self.template.bytes().all(allowed) {
            faults.push(RuleFault::Template);
        }
        faults
    }
}

impl Default for RuleDocument {
    fn default() -> Self {
        Self {
            classes: ClassesNeeded::All,
            min_hours: None,
            approval: false,
            valid_months: None,
            template: DEFAULT_TEMPLATE.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_rule_is_read_from_what_differs_from_the_plain_one() {
        let read = |text: &str| serde_json::from_str::<RuleDocument>(text);
        assert_eq!(read("{}").unwrap(), RuleDocument::default());
        let two = read(r#"{"classes":{"kind":"any","count":2},"min_hours":20}"#).unwrap();
        assert_eq!(
            two,
            RuleDocument {
                classes: ClassesNeeded::Any { count: 2 },
                min_hours: Some(20),
                ..RuleDocument::default()
            }
        );
        assert_ne!(two.digest(), RuleDocument::default().digest());
        assert!(read(r#"{"clases":{"kind":"all"}}"#).is_err());
    }

    #[test]
    fn what_a_rule_must_not_say_is_told() {
        let class = ClassId(Uuid::nil());
        let of = |classes| RuleDocument { classes, ..RuleDocument::default() }.faults();
        assert_eq!(of(ClassesNeeded::All), []);
        assert_eq!(of(ClassesNeeded::Any { count: 0 }), [RuleFault::NoClasses]);
        assert_eq!(of(ClassesNeeded::Any { count: 101 }), [RuleFault::TooManyClasses]);
        assert_eq!(of(ClassesNeeded::Listed { class_ids: vec![] }), [RuleFault::NoClasses]);
        assert_eq!(of(ClassesNeeded::Listed { class_ids: vec![class, class] }), [RuleFault::Twice]);
        let odd = RuleDocument {
            min_hours: Some(0),
            valid_months: Some(601),
            template: "../x".to_owned(),
            ..RuleDocument::default()
        };
        assert_eq!(odd.faults(), [RuleFault::Hours, RuleFault::Months, RuleFault::Template]);
    }
}
