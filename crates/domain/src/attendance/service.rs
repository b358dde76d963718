//! What can be done with marks.

use std::collections::{HashMap, HashSet};

use thiserror::Error;

use super::{
    Attendance, AttendanceChanges, AttendanceFilter, AttendanceSort, AttendanceSource, AttendanceView, Mark,
    NewAttendance,
};
use crate::{
    access::{Action, Caller, ClassRole, authorize},
    accounts::{self, NoSuchUser},
    audit::{AuditEntry, AuditFilter, AuditSort},
    error::{RepositoryError, UniqueKey},
    idempotency::Answering,
    ids::{AttendanceId, LectureId, UserId},
    learning::{classes::Class, lectures::Lecture},
    page::{Listed, Listing},
    stamps::{Expected, Stamps},
    store::{Repositories, finish},
    yard::Yard,
};

/// The most marks that one bulk request may hold.
pub const MAX_BULK: usize = 5_000;
/// How often a bulk request is tried before it gives way to others that mark the same people at the same moment.
const BULK_TRIES: usize = 3;

/// Why something could not be done with a mark.
#[derive(Debug, Error)]
pub enum AttendanceError {
    /// There is no such mark, or none that the caller may know of.
    #[error("no such attendance: {0}")]
    NotFound(AttendanceId),
    /// There is no such lecture, or none that the caller may know of.
    #[error("no such lecture: {0}")]
    LectureNotFound(LectureId),
    /// There is no such user, or none that the caller may know of.
    #[error("no such user: {0}")]
    UserNotFound(UserId),
    /// The caller may not do this.
    #[error("forbidden to the caller")]
    Forbidden,
    /// The mark is not the version that the caller knows.
    #[error("the attendance has changed")]
    Stale,
    /// The class has been closed.
    #[error("the class is closed")]
    ClassClosed,
    /// One mark was refused.
    #[error("the mark was refused: {0:?}")]
    Refused(Refusal),
    /// Marks of a bulk request were refused, so that none was made; each with its place in the request, from 0.
    #[error("{} marks were refused", .0.len())]
    BulkRefused(Vec<(usize, Refusal)>),
    /// The data could not be reached or kept.
    #[error("the repository failed")]
    Repository(#[source] RepositoryError),
}

/// Why one mark was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The user was not enrolled as a learner on the day of the lecture.
    NotEnrolled,
    /// The user is marked at this lecture already.
    AlreadyMarked,
    /// The same user stands in the request twice.
    Twice,
}

impl From<RepositoryError> for AttendanceError {
    fn from(error: RepositoryError) -> Self {
        match (error.conflict(), error) {
            (Some(UniqueKey::AttendanceMark), _) => Self::Refused(Refusal::AlreadyMarked),
            (_, RepositoryError::Stale) => Self::Stale,
            (_, error) => Self::Repository(error),
        }
    }
}

impl From<NoSuchUser> for AttendanceError {
    fn from(missing: NoSuchUser) -> Self {
        match missing {
            NoSuchUser::Hidden(user) => Self::UserNotFound(user),
            NoSuchUser::Repository(error) => error.into(),
        }
    }
}

/// What a bulk request does about marks that exist already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnExisting {
    /// Refuses them.
    #[default]
    Refuse,
    /// Leaves them as they are.
    Keep,
    /// Replaces them; the old ones stay in the history.
    Replace,
}

/// Whether one refused mark stops a whole bulk request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BulkMode {
    /// All marks or none.
    #[default]
    Atomic,
    /// Those that can be made.
    Partial,
}

/// What became of one mark of a bulk request.
#[derive(Debug, Clone, PartialEq)]
pub enum BulkOutcome {
    /// It was made.
    Created(Attendance),
    /// It took the place of another.
    Replaced(Attendance),
    /// The one that was there stayed.
    Kept(Attendance),
    /// It was not made.
    Refused(Refusal),
}

impl BulkOutcome {
    /// The mark that there is now; `None` where it was refused.
    pub fn attendance(&self) -> Option<&Attendance> {
        match self {
            Self::Created(mark) | Self::Replaced(mark) | Self::Kept(mark) => Some(mark),
            Self::Refused(_) => None,
        }
    }
}

/// The use cases of marks.
#[derive(Clone)]
pub struct AttendanceService {
    yard: Yard,
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

    /// Marks many learners at one lecture, in a number of statements that does not depend on how many they are.
    pub async fn create_bulk(
        &self,
        caller: &Caller,
        lecture: LectureId,
        new: Vec<NewAttendance>,
        mode: BulkMode,
        on_existing: OnExisting,
        answering: &Answering<'_, Vec<BulkOutcome>>,
    ) -> Result<Vec<BulkOutcome>, AttendanceError> {
        for _ in 1..BULK_TRIES {
            match self.try_bulk(caller, lecture, &new, mode, on_existing, answering).await {
                // Somebody else marked one of them at the same moment: what there is must be read again.
                Err(AttendanceError::Refused(Refusal::AlreadyMarked) | AttendanceError::Stale) => {}
                outcome => return outcome,
            }
        }
        self.try_bulk(caller, lecture, &new, mode, on_existing, answering).await
    }

    async fn try_bulk(
        &self,
        caller: &Caller,
        lecture: LectureId,
        new: &[NewAttendance],
        mode: BulkMode,
        on_existing: OnExisting,
        answering: &Answering<'_, Vec<BulkOutcome>>,
    ) -> Result<Vec<BulkOutcome>, AttendanceError> {
        let mut unit = self.yard.store.begin().await?;
        let outcome =
            self.create_bulk_in(&mut *unit, caller, lecture, new, mode, on_existing, answering).await;
        finish(unit, outcome).await
    }

    #[expect(clippy::too_many_arguments, reason = "the request, spread out, and the unit that it runs in")]
    async fn create_bulk_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        lecture: LectureId,
        new: &[NewAttendance],
        mode: BulkMode,
        on_existing: OnExisting,
        answering: &Answering<'_, Vec<BulkOutcome>>,
    ) -> Result<Vec<BulkOutcome>, AttendanceError> {
        let lecture = markable(repositories, caller, lecture).await?;
        let users: Vec<UserId> = new.iter().map(|one| one.user_id).collect();
        let learners = learners(repositories, &lecture, &users).await?;
        let mut seen = HashSet::new();
        let outcomes: Vec<BulkOutcome> = new
            .iter()
            .map(|one| {
                if !seen.insert(one.user_id) {
                    return BulkOutcome::Refused(Refusal::Twice);
                }
                let Some(existing) = learners.get(&one.user_id) else {
                    return BulkOutcome::Refused(Refusal::NotEnrolled);
                };
                match (existing, on_existing) {
                    (None, _) => BulkOutcome::Created(self.made(caller, &lecture, one.clone())),
                    (Some(_), OnExisting::Refuse) => BulkOutcome::Refused(Refusal::AlreadyMarked),
                    (Some(old), OnExisting::Replace) if old.mark != one.mark => {
                        BulkOutcome::Replaced(self.corrected(caller, old, one.mark.clone()))
                    }
                    (Some(old), OnExisting::Keep | OnExisting::Replace) => BulkOutcome::Kept(old.clone()),
                }
            })
            .collect();
        let refused: Vec<(usize, Refusal)> = outcomes
            .iter()
            .enumerate()
            .filter_map(|(index, outcome)| match outcome {
                BulkOutcome::Refused(refusal) => Some((index, *refusal)),
                BulkOutcome::Created(_) | BulkOutcome::Replaced(_) | BulkOutcome::Kept(_) => None,
            })
            .collect();
        if mode == BulkMode::Atomic && !refused.is_empty() {
            return Err(AttendanceError::BulkRefused(refused));
        }
        self.keep_all(repositories, caller, &outcomes, &learners).await?;
        answering.keep(repositories, &outcomes).await?;
        Ok(outcomes)
    }

    async fn keep_all(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        outcomes: &[BulkOutcome],
        learners: &HashMap<UserId, Option<Attendance>>,
    ) -> Result<(), AttendanceError> {
        let pen = self.yard.pen(caller);
        let (mut marks, mut entries) = (Vec::new(), Vec::new());
        for outcome in outcomes {
            match outcome {
                BulkOutcome::Created(mark) => {
                    entries.push(pen.created(mark));
                    marks.push(mark.clone());
                }
                BulkOutcome::Replaced(mark) => {
                    let old = learners.get(&mark.user_id).and_then(Option::as_ref);
                    entries.extend(old.map(|old| pen.updated(old, mark)));
                    marks.push(mark.clone());
                }
                BulkOutcome::Kept(_) | BulkOutcome::Refused(_) => {}
            }
        }
        // Everybody writes in the same order, so that two bulk requests can't wait for each other in a circle.
        marks.sort_by_key(|mark| mark.user_id);
        if !marks.is_empty() {
            repositories.attendances().keep_many(&marks).await?;
            repositories.audit().append(&entries).await?;
        }
        Ok(())
    }

    /// Corrects a mark; the old one stays in its history.
    pub async fn update(
        &self,
        caller: &Caller,
        id: AttendanceId,
        expected: Expected,
        changes: AttendanceChanges,
    ) -> Result<Attendance, AttendanceError> {
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.update_in(&mut *unit, caller, id, expected, changes).await;
        finish(unit, outcome).await
    }

    async fn update_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        id: AttendanceId,
        expected: Expected,
        changes: AttendanceChanges,
    ) -> Result<Attendance, AttendanceError> {
        let old = changeable(repositories, caller, id, expected).await?;
        let mark = changes.apply_to(&old.mark);
        if mark == old.mark {
            return Ok(old);
        }
        let new = self.corrected(caller, &old, mark);
        repositories.attendances().update_many(std::slice::from_ref(&new)).await?;
        repositories.audit().append(&[self.yard.pen(caller).updated(&old, &new)]).await?;
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
        let old = changeable(repositories, caller, id, expected).await?;
        repositories.attendances().delete(id).await?;
        repositories.audit().append(&[self.yard.pen(caller).deleted(&old, None)]).await?;
        Ok(())
    }

    fn made(&self, caller: &Caller, lecture: &Lecture, new: NewAttendance) -> Attendance {
        Attendance {
            id: AttendanceId(self.yard.ids.next()),
            lecture_id: lecture.id,
            user_id: new.user_id,
            mark: new.mark,
            source: AttendanceSource::Staff,
            stamps: Stamps::new(caller, self.yard.clock.now()),
        }
    }

    fn corrected(&self, caller: &Caller, old: &Attendance, mark: Mark) -> Attendance {
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

/// The lecture, if the caller may mark there and its class is open.
async fn markable(
    repositories: &mut dyn Repositories,
    caller: &Caller,
    id: LectureId,
) -> Result<Lecture, AttendanceError> {
    let (lecture, class) =
        repositories.lectures().find(id).await?.ok_or(AttendanceError::LectureNotFound(id))?;
    staff(caller, &class, Action::Mark(class.id), AttendanceError::LectureNotFound(id))?;
    if class.closed_at.is_some() { Err(AttendanceError::ClassClosed) } else { Ok(lecture) }
}

/// Who of these users is enrolled as a learner on the day of the lecture, each with the mark that there is.
async fn learners(
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

async fn changeable(
    repositories: &mut dyn Repositories,
    caller: &Caller,
    id: AttendanceId,
    expected: Expected,
) -> Result<Attendance, AttendanceError> {
    let attendance =
        repositories.attendances().find_for_update(id).await?.ok_or(AttendanceError::NotFound(id))?;
    let lecture = attendance.lecture_id;
    let (_, class) =
        repositories.lectures().find(lecture).await?.ok_or(AttendanceError::LectureNotFound(lecture))?;
    let record = Action::ReadRecord { user: attendance.user_id, class: class.id };
    authorize(caller, record).map_err(|_| AttendanceError::NotFound(id))?;
    authorize(caller, Action::Mark(class.id)).map_err(|_| AttendanceError::Forbidden)?;
    if class.closed_at.is_some() {
        return Err(AttendanceError::ClassClosed);
    }
    if !expected.allows(attendance.stamps.version) {
        return Err(AttendanceError::Stale);
    }
    Ok(attendance)
}
