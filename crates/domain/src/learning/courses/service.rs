//! What can be done with courses.

use thiserror::Error;

use super::{Course, CourseChanges, CourseFilter, CourseSort, NewCourse};
use crate::{
    access::{Action, Caller, Denied, authorize},
    error::RepositoryError,
    idempotency::Answering,
    ids::CourseId,
    page::{Listed, Listing},
    stamps::{Expected, Stamps},
    store::{Repositories, finish},
    yard::Yard,
};

/// Why something could not be done with a course.
#[derive(Debug, Error)]
pub enum CourseError {
    /// There is no such course, or none that the caller may know of.
    #[error("no such course: {0}")]
    NotFound(CourseId),
    /// The caller may not do this.
    #[error("forbidden to the caller")]
    Forbidden,
    /// The course is not the version that the caller knows.
    #[error("the course has changed")]
    Stale,
    /// The data could not be reached or kept.
    #[error("the repository failed")]
    Repository(#[from] RepositoryError),
}

/// The use cases of courses.
#[derive(Clone)]
pub struct CourseService {
    yard: Yard,
}

impl CourseService {
    /// A service that stands on `yard`.
    pub fn new(yard: Yard) -> Self {
        Self { yard }
    }

    /// One course; who does not manage the catalogue sees active ones only.
    pub async fn find(&self, caller: &Caller, id: CourseId) -> Result<Course, CourseError> {
        let mut session = self.yard.store.session().await?;
        readable(&mut *session, caller, id).await
    }

    /// Lists courses; who does not manage the catalogue sees active ones only.
    pub async fn list(
        &self,
        caller: &Caller,
        mut listing: Listing<CourseFilter, CourseSort>,
    ) -> Result<Listed<Course>, CourseError> {
        if authorize(caller, Action::ReadCatalogue { active: false }).is_err() {
            listing.filter.is_active = Some(true);
        }
        let mut session = self.yard.store.session().await?;
        Ok(session.courses().list(&listing).await?)
    }

    /// Puts a course into the catalogue.
    pub async fn create(
        &self,
        caller: &Caller,
        new: NewCourse,
        answering: &Answering<'_, Course>,
    ) -> Result<Course, CourseError> {
        manages(caller)?;
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.create_in(&mut *unit, caller, new, answering).await;
        finish(unit, outcome).await
    }

    async fn create_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        new: NewCourse,
        answering: &Answering<'_, Course>,
    ) -> Result<Course, CourseError> {
        let course = Course {
            id: CourseId(self.yard.ids.next()),
            title: new.title,
            description: new.description,
            keyword: new.keyword,
            is_active: true,
            stamps: Stamps::new(caller, self.yard.clock.now()),
        };
        repositories.courses().insert_many(std::slice::from_ref(&course)).await?;
        repositories.audit().append(&[self.yard.pen(caller).created(&course)]).await?;
        answering.keep(repositories, &course).await?;
        Ok(course)
    }

    /// Changes a course.
    pub async fn update(
        &self,
        caller: &Caller,
        id: CourseId,
        expected: Expected,
        changes: CourseChanges,
    ) -> Result<Course, CourseError> {
        manages(caller)?;
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.update_in(&mut *unit, caller, id, expected, changes).await;
        finish(unit, outcome).await
    }

    /// Takes a course out of the catalogue; its classes, marks and certificates stay.
    pub async fn deactivate(
        &self,
        caller: &Caller,
        id: CourseId,
        expected: Expected,
    ) -> Result<(), CourseError> {
        let changes = CourseChanges { is_active: Some(false), ..CourseChanges::default() };
        self.update(caller, id, expected, changes).await?;
        Ok(())
    }

    async fn update_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        id: CourseId,
        expected: Expected,
        changes: CourseChanges,
    ) -> Result<Course, CourseError> {
        let old = repositories.courses().find_for_update(id).await?.ok_or(CourseError::NotFound(id))?;
        if !expected.allows(old.stamps.version) {
            return Err(CourseError::Stale);
        }
        let mut new = old.with(changes);
        if new == old {
            return Ok(old);
        }
        new.stamps = old.stamps.touched(caller, self.yard.clock.now());
        repositories.courses().update(&new).await?;
        repositories.audit().append(&[self.yard.pen(caller).updated(&old, &new)]).await?;
        Ok(new)
    }
}

/// The course, if there is one that the caller may know of.
async fn readable(
    repositories: &mut dyn Repositories,
    caller: &Caller,
    id: CourseId,
) -> Result<Course, CourseError> {
    let course = repositories.courses().find(id).await?.ok_or(CourseError::NotFound(id))?;
    authorize(caller, Action::ReadCatalogue { active: course.is_active })
        .map_err(|_| CourseError::NotFound(id))?;
    Ok(course)
}

fn manages(caller: &Caller) -> Result<(), CourseError> {
    authorize(caller, Action::ManageCatalogue).map_err(|denied| match denied {
        Denied::Hidden | Denied::Forbidden => CourseError::Forbidden,
    })
}
