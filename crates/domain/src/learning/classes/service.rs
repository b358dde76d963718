//! What can be done with classes.

use thiserror::Error;

use super::{Class, ClassChanges, ClassFilter, ClassSort, DatesReversed, NewClass};
use crate::{
    access::{Action, Caller, Denied, authorize},
    error::RepositoryError,
    idempotency::Answering,
    ids::{ClassId, CourseId},
    learning::enrolments,
    page::{Listed, Listing},
    stamps::{Expected, Stamps},
    store::{Repositories, finish},
    yard::Yard,
};

/// Why something could not be done with a class.
#[derive(Debug, Error)]
pub enum ClassError {
    /// There is no such class, or none that the caller may know of.
    #[error("no such class: {0}")]
    NotFound(ClassId),
    /// There is no such course, or none that the caller may know of.
    #[error("no such course: {0}")]
    CourseNotFound(CourseId),
    /// The caller may not do this.
    #[error("forbidden to the caller")]
    Forbidden,
    /// The class is not the version that the caller knows.
    #[error("the class has changed")]
    Stale,
    /// The last day would be before the first.
    #[error(transparent)]
    DatesReversed(#[from] DatesReversed),
    /// A day would lie outside of the years 1900 to 2999.
    #[error("a day outside of the calendar")]
    OutOfCalendar,
    /// The class has been closed.
    #[error("the class is closed")]
    Closed,
    /// The data could not be reached or kept.
    #[error("the repository failed")]
    Repository(#[from] RepositoryError),
}

/// The use cases of classes.
#[derive(Clone)]
pub struct ClassService {
    pub(super) yard: Yard,
}

impl ClassService {
    /// A service that stands on `yard`.
    pub fn new(yard: Yard) -> Self {
        Self { yard }
    }

    /// One class; who does not manage the catalogue sees active ones only.
    pub async fn find(&self, caller: &Caller, id: ClassId) -> Result<Class, ClassError> {
        let mut session = self.yard.store.session().await?;
        readable(&mut *session, caller, id).await
    }

    /// Lists the classes of a course; who does not manage the catalogue sees active ones only.
    ///
    /// The classes of a deactivated course stay in sight of those who manage the catalogue or teach.
    pub async fn list(
        &self,
        caller: &Caller,
        course: CourseId,
        mut listing: Listing<ClassFilter, ClassSort>,
    ) -> Result<Listed<Class>, ClassError> {
        if authorize(caller, Action::ReadCatalogue { active: false }).is_err() {
            listing.filter.is_active = Some(true);
        }
        listing.filter.course_id = Some(course);
        let mut session = self.yard.store.session().await?;
        let found = session.courses().find(course).await?.ok_or(ClassError::CourseNotFound(course))?;
        authorize(caller, Action::ReadClasses { course_active: found.is_active })
            .map_err(|_| ClassError::CourseNotFound(course))?;
        Ok(session.classes().list(&listing).await?)
    }

    /// Plans a run of a course, whether or not the course is still in the catalogue.
    pub async fn create(
        &self,
        caller: &Caller,
        course: CourseId,
        new: NewClass,
        answering: &Answering<'_, Class>,
    ) -> Result<Class, ClassError> {
        manages(caller)?;
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.create_in(&mut *unit, caller, course, new, answering).await;
        finish(unit, outcome).await
    }

    async fn create_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        course: CourseId,
        new: NewClass,
        answering: &Answering<'_, Class>,
    ) -> Result<Class, ClassError> {
        let class = Class {
            id: ClassId(self.yard.ids.next()),
            course_id: course,
            title: new.title,
            lecturer_info: new.lecturer_info,
            date_info: new.date_info,
            dates: new.dates,
            capacity: new.capacity,
            closed_at: None,
            is_active: true,
            stamps: Stamps::new(caller, self.yard.clock.now()),
        };
        match repositories.classes().insert_many(std::slice::from_ref(&class)).await {
            Err(RepositoryError::MissingReference) => return Err(ClassError::CourseNotFound(course)),
            outcome => outcome?,
        }
        repositories.audit().append(&[self.yard.pen(caller).created(&class)]).await?;
        answering.keep(repositories, &class).await?;
        Ok(class)
    }

    /// Changes a class.
    pub async fn update(
        &self,
        caller: &Caller,
        id: ClassId,
        expected: Expected,
        changes: ClassChanges,
    ) -> Result<Class, ClassError> {
        self.change(caller, id, expected, |class| Ok(changes.apply_to(class)?)).await
    }

    /// Deactivates a class; its lectures, marks and certificates stay.
    pub async fn deactivate(
        &self,
        caller: &Caller,
        id: ClassId,
        expected: Expected,
    ) -> Result<(), ClassError> {
        let changes = ClassChanges { is_active: Some(false), ..ClassChanges::default() };
        self.update(caller, id, expected, changes).await?;
        Ok(())
    }

    async fn change(
        &self,
        caller: &Caller,
        id: ClassId,
        expected: Expected,
        change: impl FnOnce(&Class) -> Result<Class, ClassError> + Send,
    ) -> Result<Class, ClassError> {
        manages(caller)?;
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.change_in(&mut *unit, caller, id, expected, change).await;
        finish(unit, outcome).await
    }

    async fn change_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        id: ClassId,
        expected: Expected,
        change: impl FnOnce(&Class) -> Result<Class, ClassError> + Send,
    ) -> Result<Class, ClassError> {
        let old = repositories.classes().find_for_update(id).await?.ok_or(ClassError::NotFound(id))?;
        if !expected.allows(old.stamps.version) {
            return Err(ClassError::Stale);
        }
        let mut new = change(&old)?;
        if new == old {
            return Ok(old);
        }
        new.stamps = old.stamps.touched(caller, self.yard.clock.now());
        repositories.classes().update(&new).await?;
        repositories.audit().append(&[self.yard.pen(caller).updated(&old, &new)]).await?;
        if new.capacity != old.capacity || new.is_active != old.is_active {
            enrolments::promote_waiting(&self.yard, repositories, caller, &new).await?;
        }
        Ok(new)
    }
}

/// The class, if there is one that the caller may know of.
pub(crate) async fn readable(
    repositories: &mut dyn Repositories,
    caller: &Caller,
    id: ClassId,
) -> Result<Class, ClassError> {
    let class = repositories.classes().find(id).await?.ok_or(ClassError::NotFound(id))?;
    seen(caller, class)
}

/// The same, held against other writers; what the caller may do with it is looked at afterwards.
pub(crate) async fn held(
    repositories: &mut dyn Repositories,
    caller: &Caller,
    id: ClassId,
) -> Result<Class, ClassError> {
    let class = repositories.classes().find_for_update(id).await?.ok_or(ClassError::NotFound(id))?;
    seen(caller, class)
}

/// The class, if the caller may know of it.
pub(crate) fn seen(caller: &Caller, class: Class) -> Result<Class, ClassError> {
    if !caller.teaches(class.id) {
        authorize(caller, Action::ReadCatalogue { active: class.is_active })
            .map_err(|_| ClassError::NotFound(class.id))?;
    }
    Ok(class)
}

/// The class, held against other writers, if it is open.
pub(crate) async fn held_open(repositories: &mut dyn Repositories, id: ClassId) -> Result<Class, ClassError> {
    open(repositories.classes().find_for_update(id).await?.ok_or(ClassError::NotFound(id))?)
}

/// The class, if it is open.
pub(crate) fn open(class: Class) -> Result<Class, ClassError> {
    if class.closed_at.is_some() { Err(ClassError::Closed) } else { Ok(class) }
}

pub(super) fn manages(caller: &Caller) -> Result<(), ClassError> {
    authorize(caller, Action::ManageCatalogue).map_err(|denied| match denied {
        Denied::Hidden | Denied::Forbidden => ClassError::Forbidden,
    })
}
