//! The port through which completion rules are kept.

use super::CompletionRule;
use crate::{error::Pending, ids::CourseId};

/// Keeps completion rules. There is no way to change one.
pub trait CompletionRuleRepository: Send {
    /// The rule that holds for a course; `None` where it has none of its own.
    fn current(&mut self, course: CourseId) -> Pending<'_, Option<CompletionRule>>;
    /// Every version of the rule of a course, the last first.
    fn of_course(&mut self, course: CourseId) -> Pending<'_, Vec<CompletionRule>>;
    /// Keeps a new version.
    ///
    /// # Errors
    /// `Conflict(CompletionRuleVersion)`; `MissingReference` when there is no such course.
    fn insert<'a>(&'a mut self, rule: &'a CompletionRule) -> Pending<'a, ()>;
}
