//! What can be done with marks.

use std::collections::HashMap;

use super::{
    Attendance, AttendanceChanges, AttendanceError, AttendanceFilter, AttendanceSort, AttendanceSource,
    AttendanceView, Mark, NewAttendance, Refusal,
};
use crate::{
    access::{Action, Caller, ClassRole, authorize},
    accounts,
    audit::{AuditEntry, AuditFilter, AuditSort, Reason},
    error::RepositoryError,
    idempotency::Answering,
    ids::{AttendanceId, LectureId, UserId},
    learning::{classes::Class, lectures::Lecture},
    page::{Listed, Listing},
    stamps::{Expected, Stamps},
    store::{Repositories, finish},
    yard::Yard,
};

/// The use cases of marks.
#[derive(Clone)]
pub struct AttendanceService {
    pub(super) yard: Yard,
}

impl AttendanceService {
    /// A service that stands on `yard`.
    pub fn new(yard: Yard) -> Self {
        Self { yard }
    }

    /// One mark: one's own, or one of a class that one teaches.
    pub async fn find(&self, caller: &Caller, id: AttendanceId) -> Result<AttendanceView, AttendanceError> {
        let mut session = self.yard.store.session().await?;
        let view = session.attendances().find(id).await?.ok_or(AttendanceError::NotFound(id))?;
        let record = Action::ReadRecord { user: view.attendance.user_id, class: view.class_id };
        authorize(caller, record).map_err(|_| AttendanceError::NotFound(id))?;
        Ok(view)
    }

    /// Lists the marks of a lecture.
    pub async fn list_of_lecture(
        &self,
        caller: &Caller,
        lecture: LectureId,
        mut listing: Listing<AttendanceFilter, AttendanceSort>,
    ) -> Result<Listed<AttendanceView>, AttendanceError> {
        listing.filter.lecture_id = Some(lecture);
        let mut session = self.yard.store.session().await?;
        let (_, class) =
            session.lectures().find(lecture).await?.ok_or(AttendanceError::LectureNotFound(lecture))?;
        reads_roster(caller, &class, lecture)?;
        Ok(session.attendances().list(&listing).await?)
    }

    /// Lists the marks of a user: one's own, or anybody's for a manager.
    pub async fn list_of_user(
        &self,
        caller: &Caller,
        user: UserId,
        mut listing: Listing<AttendanceFilter, AttendanceSort>,
    ) -> Result<Listed<AttendanceView>, AttendanceError> {
        listing.filter.user_id = Some(user);
        let mut session = self.yard.store.session().await?;
        accounts::readable(&mut *session, caller, user).await?;
        Ok(session.attendances().list(&listing).await?)
    }

    /// Who changed a mark, when, from what to what; oldest first. A removed mark keeps its history.
    pub async fn history(
        &self,
        caller: &Caller,
        id: AttendanceId,
        mut listing: Listing<AuditFilter, AuditSort>,
    ) -> Result<Listed<AuditEntry>, AttendanceError> {
        listing.filter.entity = Some("attendance".to_owned());
        listing.filter.entity_id = Some(id.0);
        let mut session = self.yard.store.session().await?;
        let mark = session.attendances().find(id).await?;
        let may_read = match &mark {
            Some(view) => {
                let record = Action::ReadRecord { user: view.attendance.user_id, class: view.class_id };
                authorize(caller, record).is_ok()
            }
            None => caller.is_manager(),
        };
        if !may_read {
            return Err(AttendanceError::NotFound(id));
        }
        let history = session.audit().list(&listing).await?;
        let never_was = mark.is_none() && history.items.is_empty();
        if never_was { Err(AttendanceError::NotFound(id)) } else { Ok(history) }
    }

    /// Marks one learner.
    pub async fn create(
        &self,
        caller: &Caller,
        lecture: LectureId,
        new: NewAttendance,
        answering: &Answering<'_, Attendance>,
    ) -> Result<Attendance, AttendanceError> {
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.create_in(&mut *unit, caller, lecture, new, answering).await;
        finish(unit, outcome).await
    }

    async fn create_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        lecture: LectureId,
        new: NewAttendance,
        answering: &Answering<'_, Attendance>,
    ) -> Result<Attendance, AttendanceError> {
        let lecture = markable(repositories, caller, lecture).await?;
        let learners = learners(repositories, &lecture, &[new.user_id]).await?;
        match learners.get(&new.user_id) {
            None => return Err(AttendanceError::Refused(Refusal::NotEnrolled)),
            Some(Some(_)) => return Err(AttendanceError::Refused(Refusal::AlreadyMarked)),
            Some(None) => {}
        }
        let attendance = self.made(caller, &lecture, new);
        repositories.attendances().insert_many(std::slice::from_ref(&attendance)).await?;
        repositories.audit().append(&[self.yard.pen(caller).created(&attendance)]).await?;
        answering.keep(repositories, &attendance).await?;
        Ok(attendance)
    }

    /// Corrects a mark; the old one stays in its history. In a closed class only a manager does, for a reason.
    pub async fn update(
        &self,
        caller: &Caller,
        id: AttendanceId,
        expected: Expected,
        changes: AttendanceChanges,
        reason: Option<Reason>,
    ) -> Result<Attendance, AttendanceError> {
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.update_in(&mut *unit, caller, id, expected, changes, reason).await;
        finish(unit, outcome).await
    }

    async fn update_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        id: AttendanceId,
        expected: Expected,
        changes: AttendanceChanges,
        reason: Option<Reason>,
    ) -> Result<Attendance, AttendanceError> {
        let (old, closed) = changeable(repositories, caller, id, expected).await?;
        let corrects = reason.is_some() && authorize(caller, Action::CorrectClosedMark).is_ok();
        if closed && !corrects {
            return Err(AttendanceError::ClassClosed);
        }
        let mark = changes.apply_to(&old.mark);
        if mark == old.mark {
            return Ok(old);
        }
        let new = self.corrected(caller, &old, mark);
        repositories.attendances().update_many(std::slice::from_ref(&new)).await?;
        let entry = self.yard.pen(caller).updated(&old, &new);
        let entry = entry.because(reason.as_ref().map(Reason::as_str)).after_closing(closed);
        repositories.audit().append(&[entry]).await?;
        Ok(new)
    }

    /// Takes a mark back, as if it had not been made; it stays in the audit log.
    pub async fn delete(
        &self,
        caller: &Caller,
        id: AttendanceId,
        expected: Expected,
    ) -> Result<(), AttendanceError> {
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.delete_in(&mut *unit, caller, id, expected).await;
        finish(unit, outcome).await
    }

    async fn delete_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        id: AttendanceId,
        expected: Expected,
    ) -> Result<(), AttendanceError> {
        let (old, closed) = changeable(repositories, caller, id, expected).await?;
        if closed {
            return Err(AttendanceError::ClassClosed);
        }
        repositories.attendances().delete(id).await?;
        repositories.audit().append(&[self.yard.pen(caller).deleted(&old, None)]).await?;
        Ok(())
    }

    pub(super) fn made(&self, caller: &Caller, lecture: &Lecture, new: NewAttendance) -> Attendance {
        Attendance {
            id: AttendanceId(self.yard.ids.next()),
            lecture_id: lecture.id,
            user_id: new.user_id,
            mark: new.mark,
            source: AttendanceSource::Staff,
            presence: None,
            stamps: Stamps::new(caller, self.yard.clock.now()),
        }
    }

    pub(super) fn corrected(&self, caller: &Caller, old: &Attendance, mark: Mark) -> Attendance {
        Attendance {
            mark,
            source: AttendanceSource::Staff,
            stamps: old.stamps.touched(caller, self.yard.clock.now()),
            ..old.clone()
        }
    }
}

fn reads_roster(caller: &Caller, class: &Class, lecture: LectureId) -> Result<(), AttendanceError> {
    staff(caller, class, Action::ReadRoster(class.id), AttendanceError::LectureNotFound(lecture))
}

/// Lets staff of the class go on; others learn no more than the catalogue tells them.
fn staff(
    caller: &Caller,
    class: &Class,
    action: Action,
    hidden: AttendanceError,
) -> Result<(), AttendanceError> {
    match authorize(caller, action) {
        Ok(()) => Ok(()),
        Err(_) if authorize(caller, Action::ReadCatalogue { active: class.is_active }).is_err() => {
            Err(hidden)
        }
        Err(_) => Err(AttendanceError::Forbidden),
    }
}

/// The lecture, if the caller may mark there, it takes place and its class is open.
pub(super) async fn markable(
    repositories: &mut dyn Repositories,
    caller: &Caller,
    id: LectureId,
) -> Result<Lecture, AttendanceError> {
    let (lecture, class) =
        repositories.lectures().find_to_mark(id).await?.ok_or(AttendanceError::LectureNotFound(id))?;
    may_mark(caller, lecture, &class)
}

/// The lecture, if the caller may mark at it, its class is open, and it takes place.
pub(super) fn may_mark(caller: &Caller, lecture: Lecture, class: &Class) -> Result<Lecture, AttendanceError> {
    staff(caller, class, Action::Mark(class.id), AttendanceError::LectureNotFound(lecture.id))?;
    if class.closed_at.is_some() {
        return Err(AttendanceError::ClassClosed);
    }
    if lecture.is_cancelled() { Err(AttendanceError::LectureCancelled) } else { Ok(lecture) }
}

/// Who of these users is enrolled as a learner on the day of the lecture, each with the mark that there is.
pub(super) async fn learners(
    repositories: &mut dyn Repositories,
    lecture: &Lecture,
    users: &[UserId],
) -> Result<HashMap<UserId, Option<Attendance>>, RepositoryError> {
    let candidates = repositories.attendances().candidates(lecture, users).await?;
    Ok(candidates
        .into_iter()
        .filter(|(one, _)| one.role == ClassRole::Learner && one.period.holds_on(lecture.day()))
        .map(|(one, mark)| (one.user_id, mark))
        .collect())
}

/// The mark in the version that the caller knows, and whether its class has been closed.
async fn changeable(
    repositories: &mut dyn Repositories,
    caller: &Caller,
    id: AttendanceId,
    expected: Expected,
) -> Result<(Attendance, bool), AttendanceError> {
    let attendance =
        repositories.attendances().find_for_update(id).await?.ok_or(AttendanceError::NotFound(id))?;
    let lecture = attendance.lecture_id;
    let (_, class) = repositories
        .lectures()
        .find_to_mark(lecture)
        .await?
        .ok_or(AttendanceError::LectureNotFound(lecture))?;
    let record = Action::ReadRecord { user: attendance.user_id, class: class.id };
    authorize(caller, record).map_err(|_| AttendanceError::NotFound(id))?;
    authorize(caller, Action::Mark(class.id)).map_err(|_| AttendanceError::Forbidden)?;
    if !expected.allows(attendance.stamps.version) {
        return Err(AttendanceError::Stale);
    }
    Ok((attendance, class.closed_at.is_some()))
}
