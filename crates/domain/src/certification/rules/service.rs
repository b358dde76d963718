//! What can be done with completion rules.

use thiserror::Error;

use super::{ClassesNeeded, CompletionRule, NewRule, RuleFault, RuleReason};
use crate::{
    access::{Action, Caller, authorize},
    error::{RepositoryError, UniqueKey},
    ids::{ClassId, CompletionRuleId, CourseId},
    learning::courses::Course,
    stamps::Expected,
    store::{Repositories, finish},
    yard::Yard,
};

/// Why something could not be done with a completion rule.
#[derive(Debug, Error)]
pub enum RuleError {
    /// There is no such course, or none that the caller may know of.
    #[error("no such course: {0}")]
    CourseNotFound(CourseId),
    /// The caller may not do this.
    #[error("forbidden to the caller")]
    Forbidden,
    /// The caller does not say which version they know.
    #[error("the version that the caller knows is not told")]
    VersionUnknown,
    /// The course goes by another version than the caller knows.
    #[error("the course has another rule by now")]
    Stale,
    /// The document says what it must not.
    #[error("{} faults in the document", .0.len())]
    Faulty(Vec<RuleFault>),
    /// The data could not be reached or kept.
    #[error("the repository failed")]
    Repository(#[source] RepositoryError),
}

impl From<RepositoryError> for RuleError {
    fn from(error: RepositoryError) -> Self {
        match (error.conflict(), error) {
            (Some(UniqueKey::CompletionRuleVersion), _) => Self::Stale,
            (_, error) => Self::Repository(error),
        }
    }
}

/// The use cases of completion rules.
#[derive(Clone)]
pub struct RuleService {
    yard: Yard,
}

impl RuleService {
    /// A service that stands on `yard`.
    pub fn new(yard: Yard) -> Self {
        Self { yard }
    }

    /// What a course goes by, for everybody who may see it: by which rule one is judged is no secret. `None` is the plain rule.
    pub async fn of_course(
        &self,
        caller: &Caller,
        course: CourseId,
    ) -> Result<Option<CompletionRule>, RuleError> {
        let mut session = self.yard.store.session().await?;
        visible(&mut *session, caller, course).await?;
        Ok(session.completion_rules().current(course).await?)
    }

    /// What a course goes by and went by, the last first.
    pub async fn history(&self, caller: &Caller, course: CourseId) -> Result<Vec<CompletionRule>, RuleError> {
        let mut session = self.yard.store.session().await?;
        visible(&mut *session, caller, course).await?;
        Ok(session.completion_rules().of_course(course).await?)
    }

    /// Lets a course go by another rule from now on: its next version. Certificates that were issued stay as they are.
    ///
    /// `expected` is the version that the caller knows; 0 is the plain rule.
    pub async fn change(
        &self,
        caller: &Caller,
        course: CourseId,
        expected: Option<Expected>,
        new: NewRule,
    ) -> Result<CompletionRule, RuleError> {
        if authorize(caller, Action::ManageCatalogue).is_err() {
            let mut session = self.yard.store.session().await?;
            visible(&mut *session, caller, course).await?;
            return Err(RuleError::Forbidden);
        }
        let expected = expected.ok_or(RuleError::VersionUnknown)?;
        let faults = new.document.faults();
        if !faults.is_empty() {
            return Err(RuleError::Faulty(faults));
        }
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.change_in(&mut *unit, caller, course, expected, new).await;
        finish(unit, outcome).await
    }

    async fn change_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        course: CourseId,
        expected: Expected,
        new: NewRule,
    ) -> Result<CompletionRule, RuleError> {
        repositories.courses().find_for_update(course).await?.ok_or(RuleError::CourseNotFound(course))?;
        let version = repositories.completion_rules().current(course).await?.map_or(0, |rule| rule.version);
        if !expected.allows(version) {
            return Err(RuleError::Stale);
        }
        if let ClassesNeeded::Listed { class_ids } = &new.document.classes {
            let known = repositories.classes().find_many(class_ids).await?;
            let is_known =
                |id: &ClassId| known.iter().any(|class| class.id == *id && class.course_id == course);
            let strange: Vec<ClassId> = class_ids.iter().copied().filter(|id| !is_known(id)).collect();
            if !strange.is_empty() {
                return Err(RuleError::Faulty(vec![RuleFault::ForeignClasses(strange)]));
            }
        }
        let rule = CompletionRule {
            id: CompletionRuleId(self.yard.ids.next()),
            course_id: course,
            version: version + 1,
            digest: new.document.digest(),
            document: new.document,
            reason: new.reason,
            created_at: self.yard.clock.now(),
            created_by: caller.user_id(),
        };
        repositories.completion_rules().insert(&rule).await?;
        let entry = self.yard.pen(caller).created(&rule);
        let reason = rule.reason.as_ref().map(RuleReason::as_str);
        repositories.audit().append(&[entry.because(reason)]).await?;
        Ok(rule)
    }
}

async fn visible(
    repositories: &mut dyn Repositories,
    caller: &Caller,
    id: CourseId,
) -> Result<Course, RuleError> {
    let course = repositories.courses().find(id).await?.ok_or(RuleError::CourseNotFound(id))?;
    authorize(caller, Action::ReadCatalogue { active: course.is_active })
        .map_err(|_| RuleError::CourseNotFound(id))?;
    Ok(course)
}
