//! What can be done with lectures.

use serde_json::json;
use thiserror::Error;

use super::{
    Lecture, LectureChanges, LectureFilter, LectureSort, LectureWarning, NewLecture, Planned,
    warnings::planned,
};
use crate::{
    access::{Action, Caller, authorize},
    error::{RepositoryError, UniqueKey},
    events::{self, Event},
    idempotency::Answering,
    ids::{ClassId, LectureId},
    learning::classes::{self, ClassError},
    page::{Listed, Listing},
    recurrence::RecurrenceProblem,
    stamps::{Expected, Stamps},
    store::{Repositories, finish},
    yard::Yard,
};

/// Why something could not be done with a lecture.
#[derive(Debug, Error)]
pub enum LectureError {
    /// There is no such lecture, or none that the caller may know of.
    #[error("no such lecture: {0}")]
    NotFound(LectureId),
    /// There is no such class, or none that the caller may know of.
    #[error("no such class: {0}")]
    ClassNotFound(ClassId),
    /// The caller may not do this.
    #[error("forbidden to the caller")]
    Forbidden,
    /// The lecture is not the version that the caller knows.
    #[error("the lecture has changed")]
    Stale,
    /// Another lecture of the class has this sequence.
    #[error("the sequence is taken")]
    SequenceTaken,
    /// The lecture has marks, which would be lost with it.
    #[error("the lecture has {marks} marks")]
    HasMarks {
        /// How many.
        marks: u64,
    },
    /// The class has been closed.
    #[error("the class is closed")]
    ClassClosed,
    /// The lecture is cancelled already.
    #[error("the lecture is cancelled")]
    Cancelled,
    /// The lecture takes place.
    #[error("the lecture is not cancelled")]
    NotCancelled,
    /// The weekly pattern gives no lectures, or too many.
    #[error(transparent)]
    Recurrence(#[from] RecurrenceProblem),
    /// The order names a lecture that the class does not have.
    #[error("no such lecture in the class at {index}")]
    OrderUnknown {
        /// Its place in the order, from 0.
        index: usize,
    },
    /// The order names a lecture again.
    #[error("the lecture at {index} is there twice")]
    OrderTwice {
        /// Its place in the order, from 0.
        index: usize,
    },
    /// The order does not name every lecture of the class.
    #[error("a lecture is missing")]
    OrderIncomplete,
    /// The title has no room for the number of the lecture.
    #[error("the title is too long to be numbered")]
    TitleTooLong,
    /// The data could not be reached or kept.
    #[error("the repository failed")]
    Repository(#[source] RepositoryError),
}

impl From<RepositoryError> for LectureError {
    fn from(error: RepositoryError) -> Self {
        match (error.conflict(), error) {
            (Some(UniqueKey::LectureSequence), _) => Self::SequenceTaken,
            (_, error) => Self::Repository(error),
        }
    }
}

impl From<ClassError> for LectureError {
    fn from(error: ClassError) -> Self {
        match error {
            ClassError::NotFound(id) => Self::ClassNotFound(id),
            ClassError::Closed => Self::ClassClosed,
            ClassError::Repository(error) => error.into(),
            ClassError::CourseNotFound(_)
            | ClassError::Forbidden
            | ClassError::Stale
            | ClassError::DatesReversed(_)
            | ClassError::OutOfCalendar => Self::Forbidden,
        }
    }
}

/// The use cases of lectures.
#[derive(Clone)]
pub struct LectureService {
    pub(super) yard: Yard,
}

impl LectureService {
    /// A service that stands on `yard`.
    pub fn new(yard: Yard) -> Self {
        Self { yard }
    }

    /// One lecture of a class that the caller may see.
    pub async fn find(&self, caller: &Caller, id: LectureId) -> Result<Lecture, LectureError> {
        let mut session = self.yard.store.session().await?;
        let (lecture, class) = session.lectures().find(id).await?.ok_or(LectureError::NotFound(id))?;
        let visible = caller.teaches(class.id)
            || authorize(caller, Action::ReadCatalogue { active: class.is_active }).is_ok();
        if visible { Ok(lecture) } else { Err(LectureError::NotFound(id)) }
    }

    /// Lists the lectures of a class that the caller may see.
    pub async fn list(
        &self,
        caller: &Caller,
        listing: Listing<LectureFilter, LectureSort>,
    ) -> Result<Listed<Lecture>, LectureError> {
        let mut session = self.yard.store.session().await?;
        classes::readable(&mut *session, caller, listing.filter.class_id).await?;
        Ok(session.lectures().list(&listing).await?)
    }

    /// Adds a lecture to a class.
    pub async fn create(
        &self,
        caller: &Caller,
        class: ClassId,
        new: NewLecture,
        answering: &Answering<'_, Planned>,
    ) -> Result<Planned, LectureError> {
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.create_in(&mut *unit, caller, class, new, answering).await;
        finish(unit, outcome).await
    }

    async fn create_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        class: ClassId,
        new: NewLecture,
        answering: &Answering<'_, Planned>,
    ) -> Result<Planned, LectureError> {
        held(repositories, caller, class).await?;
        let mut lecture = Lecture {
            id: LectureId(self.yard.ids.next()),
            class_id: class,
            title: new.title,
            sequence: new.sequence.unwrap_or_default(),
            attendance_type: new.attendance_type,
            starts_at: new.starts_at,
            duration_minutes: new.duration_minutes,
            place: new.place,
            cancellation: None,
            stamps: Stamps::new(caller, self.yard.clock.now()),
        };
        if new.sequence.is_some() {
            repositories.lectures().insert_many(std::slice::from_ref(&lecture)).await?;
        } else {
            lecture.sequence = repositories.lectures().append(&lecture).await?;
        }
        repositories.audit().append(&[self.yard.pen(caller).created(&lecture)]).await?;
        let planned = self.planned_one(repositories, lecture).await?;
        answering.keep(repositories, &planned).await?;
        Ok(planned)
    }

    /// Changes a lecture. One that is moved keeps its marks; who counts at it follows the new day.
    pub async fn update(
        &self,
        caller: &Caller,
        id: LectureId,
        expected: Expected,
        changes: LectureChanges,
    ) -> Result<Planned, LectureError> {
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.update_in(&mut *unit, caller, id, expected, changes).await;
        finish(unit, outcome).await
    }

    async fn update_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        id: LectureId,
        expected: Expected,
        changes: LectureChanges,
    ) -> Result<Planned, LectureError> {
        let old = changeable(repositories, caller, id, expected).await?;
        let mut new = changes.apply_to(&old);
        if new == old {
            return Ok(Planned { lecture: old, warnings: Vec::new() });
        }
        new.stamps = old.stamps.touched(caller, self.yard.clock.now());
        repositories.lectures().update(&new).await?;
        repositories.audit().append(&[self.yard.pen(caller).updated(&old, &new)]).await?;
        let (moved, another_day) = (new.starts_at != old.starts_at, new.day() != old.day());
        let placed = (new.duration_minutes, &new.place) != (old.duration_minutes, &old.place);
        if moved {
            let payload = json!({ "class_id": new.class_id, "from": old.starts_at, "to": new.starts_at });
            let event = Event::new(&self.yard, caller, "lecture.moved", id).with(payload);
            events::record(repositories, &[event]).await?;
        }
        let mut planned = if moved || placed {
            self.planned_one(repositories, new).await?
        } else {
            Planned { lecture: new, warnings: Vec::new() }
        };
        if another_day {
            let (_, marks) = repositories.attendances().count_at(id).await?;
            planned.warnings.extend((marks > 0).then_some(LectureWarning::MarkedNotEnrolled { marks }));
        }
        Ok(planned)
    }

    /// The lecture with its conflicts.
    pub(super) async fn planned_one(
        &self,
        repositories: &mut dyn Repositories,
        lecture: Lecture,
    ) -> Result<Planned, LectureError> {
        let fallback = Planned { lecture: lecture.clone(), warnings: Vec::new() };
        Ok(planned(repositories, vec![lecture]).await?.pop().unwrap_or(fallback))
    }

    /// Removes a lecture. One with marks is removed only by a manager who says `force`; its marks go with it, into the
    /// audit log.
    pub async fn delete(
        &self,
        caller: &Caller,
        id: LectureId,
        expected: Expected,
        force: bool,
    ) -> Result<(), LectureError> {
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.delete_in(&mut *unit, caller, id, expected, force).await;
        finish(unit, outcome).await
    }

    async fn delete_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        id: LectureId,
        expected: Expected,
        force: bool,
    ) -> Result<(), LectureError> {
        let lecture = changeable(repositories, caller, id, expected).await?;
        let marks = if force && authorize(caller, Action::DeleteMarkedLecture).is_ok() {
            repositories.attendances().delete_of_lecture(id).await?
        } else {
            let marks = repositories.attendances().of_lecture(id).await?;
            match marks.len() as u64 {
                0 => marks,
                _ if force => return Err(LectureError::Forbidden),
                marks => return Err(LectureError::HasMarks { marks }),
            }
        };
        let pen = self.yard.pen(caller);
        let reason = (!marks.is_empty()).then_some("the lecture was removed together with its marks");
        repositories.lectures().delete(id).await?;
        let mut entries: Vec<_> = marks.iter().map(|mark| pen.deleted(mark, reason)).collect();
        entries.push(pen.deleted(&lecture, reason));
        repositories.audit().append(&entries).await?;
        Ok(())
    }
}

/// Lets a caller who plans this class go on, with the class held and open.
pub(super) async fn held(
    repositories: &mut dyn Repositories,
    caller: &Caller,
    class: ClassId,
) -> Result<(), LectureError> {
    if authorize(caller, Action::ManageLectures(class)).is_err() {
        classes::readable(repositories, caller, class).await?;
        return Err(LectureError::Forbidden);
    }
    classes::held_open(repositories, class).await?;
    Ok(())
}

pub(super) async fn changeable(
    repositories: &mut dyn Repositories,
    caller: &Caller,
    id: LectureId,
    expected: Expected,
) -> Result<Lecture, LectureError> {
    let (lecture, class) =
        repositories.lectures().find_for_update(id).await?.ok_or(LectureError::NotFound(id))?;
    if authorize(caller, Action::ManageLectures(class.id)).is_err() {
        let visible = authorize(caller, Action::ReadCatalogue { active: class.is_active }).is_ok();
        return Err(if visible { LectureError::Forbidden } else { LectureError::NotFound(id) });
    }
    if class.closed_at.is_some() {
        return Err(LectureError::ClassClosed);
    }
    if !expected.allows(lecture.stamps.version) {
        return Err(LectureError::Stale);
    }
    Ok(lecture)
}
