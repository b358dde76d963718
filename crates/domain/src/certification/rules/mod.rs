//! Completion rules (수료 기준): what a course asks of who is to be certified, as versions that never change.
//!
//! Each class's part of it, the rate, is judged by the attendance policy that the class goes by; nothing is computed here a
//! second time. A course without a rule of its own goes by the plain one, [`RuleDocument::default`].

mod document;
mod model;
mod repository;
mod service;

pub use document::{ClassesNeeded, RuleDocument, RuleFault};
pub use model::{CompletionRule, NewRule, RuleReason};
pub use repository::CompletionRuleRepository;
pub use service::{RuleError, RuleService};
