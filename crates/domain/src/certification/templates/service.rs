//! What can be done with templates.

use serde_json::Value;
use thiserror::Error;

use super::CertificateTemplate;
use crate::{
    access::{Action, Caller, authorize},
    error::{RepositoryError, UniqueKey},
    ids::{CertificateTemplateId, CourseId},
    learning::courses::Course,
    stamps::Expected,
    store::{Repositories, finish},
    yard::Yard,
};

/// Why something could not be done with a template.
#[derive(Debug, Error)]
pub enum TemplateError {
    /// There is no such course, or none that the caller may know of.
    #[error("no such course: {0}")]
    CourseNotFound(CourseId),
    /// The caller may not do this.
    #[error("forbidden to the caller")]
    Forbidden,
    /// The course has another version than the caller knows.
    #[error("the course has another template by now")]
    Stale,
    /// The data could not be reached or kept.
    #[error("the repository failed")]
    Repository(#[source] RepositoryError),
}

impl From<RepositoryError> for TemplateError {
    fn from(error: RepositoryError) -> Self {
        match (error.conflict(), error) {
            (Some(UniqueKey::CertificateTemplateVersion), _) => Self::Stale,
            (_, error) => Self::Repository(error),
        }
    }
}

/// The use cases of templates. The documents are checked by whoever can print them, before they come here.
#[derive(Clone)]
pub struct TemplateService {
    yard: Yard,
}

impl TemplateService {
    /// A service that stands on `yard`.
    pub fn new(yard: Yard) -> Self {
        Self { yard }
    }

    /// The template of a course with its course, for managers; `None` where it has none of its own.
    pub async fn of_course(
        &self,
        caller: &Caller,
        course: CourseId,
    ) -> Result<(Course, Option<CertificateTemplate>), TemplateError> {
        let mut session = self.yard.store.session().await?;
        let course = manageable(&mut *session, caller, course).await?;
        let template = session.certificate_templates().at(course.id, self.yard.clock.now()).await?;
        Ok((course, template))
    }

    /// Gives a course another template from now on, or with `None` the built-in one. Certificates that were issued keep theirs.
    ///
    /// `expected` is the version that the caller knows; 0 is that of a course which never had one.
    pub async fn change(
        &self,
        caller: &Caller,
        course: CourseId,
        expected: Expected,
        document: Option<Value>,
    ) -> Result<CertificateTemplate, TemplateError> {
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.change_in(&mut *unit, caller, course, expected, document).await;
        finish(unit, outcome).await
    }

    async fn change_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        course: CourseId,
        expected: Expected,
        document: Option<Value>,
    ) -> Result<CertificateTemplate, TemplateError> {
        manageable(repositories, caller, course).await?;
        let now = self.yard.clock.now();
        let version =
            repositories.certificate_templates().at(course, now).await?.map_or(0, |kept| kept.version);
        if !expected.allows(version) {
            return Err(TemplateError::Stale);
        }
        let template = CertificateTemplate {
            id: CertificateTemplateId(self.yard.ids.next()),
            course_id: course,
            version: version + 1,
            document,
            created_at: now,
            created_by: caller.user_id(),
        };
        repositories.certificate_templates().insert(&template).await?;
        repositories.audit().append(&[self.yard.pen(caller).created(&template)]).await?;
        Ok(template)
    }
}

/// The course, for who may change the catalogue.
async fn manageable(
    repositories: &mut dyn Repositories,
    caller: &Caller,
    id: CourseId,
) -> Result<Course, TemplateError> {
    let course = repositories.courses().find(id).await?.ok_or(TemplateError::CourseNotFound(id))?;
    authorize(caller, Action::ReadCatalogue { active: course.is_active })
        .map_err(|_| TemplateError::CourseNotFound(id))?;
    authorize(caller, Action::ManageCatalogue).map_err(|_| TemplateError::Forbidden)?;
    Ok(course)
}
