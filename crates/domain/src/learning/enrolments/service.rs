//! What can be done with enrolments.

use chrono::NaiveDate;
use thiserror::Error;

use super::{
    Enrolment, EnrolmentChanges, EnrolmentFilter, EnrolmentPeriod, EnrolmentSort, EnrolmentStatus,
    EnrolmentView, NewEnrolment, PeriodReversed,
};
use crate::{
    access::{Action, Caller, ClassRole, authorize},
    calendar::{TimeZone, local_day},
    error::{RepositoryError, UniqueKey},
    idempotency::Answering,
    ids::{ClassId, EnrolmentId, UserId},
    learning::classes::{self, Class, ClassError},
    page::{Listed, Listing},
    stamps::{Expected, Stamps},
    store::{Repositories, finish},
    yard::Yard,
};

/// Why something could not be done with an enrolment.
#[derive(Debug, Error)]
pub enum EnrolmentError {
    /// There is no such enrolment, or none that the caller may know of.
    #[error("no such enrolment: {0}")]
    NotFound(EnrolmentId),
    /// There is no such class, or none that the caller may know of.
    #[error("no such class: {0}")]
    ClassNotFound(ClassId),
    /// One of the users does not exist.
    #[error("no such user")]
    UserNotFound,
    /// The caller may not do this.
    #[error("forbidden to the caller")]
    Forbidden,
    /// The enrolment is not the version that the caller knows.
    #[error("the enrolment has changed")]
    Stale,
    /// The day of leaving would be before the day of enrolment.
    #[error(transparent)]
    PeriodReversed(#[from] PeriodReversed),
    /// The user has a place in this class at that time already.
    #[error("the user is enrolled at that time already")]
    AlreadyEnrolled,
    /// The class holds no more learners.
    #[error("the class is full: {capacity}")]
    ClassFull {
        /// How many it holds.
        capacity: i32,
    },
    /// The class has been closed.
    #[error("the class is closed")]
    ClassClosed,
    /// A place that has ended can't be moved to another class.
    #[error("the enrolment has ended")]
    Ended,
    /// The place would be moved into the class where it is.
    #[error("the enrolment is in this class already")]
    SameClass,
    /// The data could not be reached or kept.
    #[error("the repository failed")]
    Repository(#[source] RepositoryError),
}

impl From<RepositoryError> for EnrolmentError {
    fn from(error: RepositoryError) -> Self {
        match (error.conflict(), error) {
            (Some(UniqueKey::EnrolmentPeriod), _) => Self::AlreadyEnrolled,
            (_, RepositoryError::MissingReference) => Self::UserNotFound,
            (_, error) => Self::Repository(error),
        }
    }
}

impl From<ClassError> for EnrolmentError {
    fn from(error: ClassError) -> Self {
        match error {
            ClassError::NotFound(id) => Self::ClassNotFound(id),
            ClassError::Closed => Self::ClassClosed,
            ClassError::Repository(error) => error.into(),
            ClassError::CourseNotFound(_)
            | ClassError::Forbidden
            | ClassError::Stale
            | ClassError::DatesReversed(_)
            | ClassError::NotClosed => Self::Forbidden,
        }
    }
}

/// How a learner moves to another class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transfer {
    /// Into this class.
    pub class_id: ClassId,
    /// From this day on; `None` means today, where the organisation is.
    pub on: Option<NaiveDate>,
}

/// A transfer that was made.
#[derive(Debug, Clone, PartialEq)]
pub struct Transferred {
    /// The place that ended.
    pub from: Enrolment,
    /// The place that began.
    pub to: Enrolment,
}

/// The use cases of enrolments.
#[derive(Clone)]
pub struct EnrolmentService {
    yard: Yard,
}

impl EnrolmentService {
    /// A service that stands on `yard`.
    pub fn new(yard: Yard) -> Self {
        Self { yard }
    }

    /// One enrolment: one's own, or one of a class that one teaches.
    pub async fn find(&self, caller: &Caller, id: EnrolmentId) -> Result<EnrolmentView, EnrolmentError> {
        let mut session = self.yard.store.session().await?;
        let view = session.enrolments().find(id).await?.ok_or(EnrolmentError::NotFound(id))?;
        let record = Action::ReadRecord { user: view.enrolment.user_id, class: view.enrolment.class_id };
        authorize(caller, record).map_err(|_| EnrolmentError::NotFound(id))?;
        Ok(view)
    }

    /// Lists the enrolments of a class.
    pub async fn list_of_class(
        &self,
        caller: &Caller,
        class: ClassId,
        mut listing: Listing<EnrolmentFilter, EnrolmentSort>,
    ) -> Result<Listed<EnrolmentView>, EnrolmentError> {
        listing.filter.class_id = Some(class);
        let mut session = self.yard.store.session().await?;
        classes::readable(&mut *session, caller, class).await?;
        authorize(caller, Action::ReadRoster(class)).map_err(|_| EnrolmentError::Forbidden)?;
        Ok(session.enrolments().list(&listing).await?)
    }

    /// Lists one's own enrolments.
    pub async fn list_own(
        &self,
        caller: &Caller,
        mut listing: Listing<EnrolmentFilter, EnrolmentSort>,
    ) -> Result<Listed<EnrolmentView>, EnrolmentError> {
        listing.filter.user_id = Some(caller.user_id().ok_or(EnrolmentError::Forbidden)?);
        let mut session = self.yard.store.session().await?;
        Ok(session.enrolments().list(&listing).await?)
    }

    /// Enrols users in a class, all of them or none.
    pub async fn enrol(
        &self,
        caller: &Caller,
        class: ClassId,
        new: Vec<NewEnrolment>,
        answering: &Answering<'_, Vec<Enrolment>>,
    ) -> Result<Vec<Enrolment>, EnrolmentError> {
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.enrol_in(&mut *unit, caller, class, new, answering).await;
        finish(unit, outcome).await
    }

    async fn enrol_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        class: ClassId,
        new: Vec<NewEnrolment>,
        answering: &Answering<'_, Vec<Enrolment>>,
    ) -> Result<Vec<Enrolment>, EnrolmentError> {
        classes::readable(repositories, caller, class).await?;
        for one in &new {
            may_enrol(caller, class, one.role)?;
        }
        let class = classes::held_open(repositories, class).await?;
        let now = self.yard.clock.now();
        let today = local_day(now, TimeZone::default());
        let enrolments = new
            .into_iter()
            .map(|one| {
                let period = EnrolmentPeriod::new(one.enrolled_on.unwrap_or(today), one.left_on)?;
                Ok(Enrolment {
                    id: EnrolmentId(self.yard.ids.next()),
                    class_id: class.id,
                    user_id: one.user_id,
                    role: one.role,
                    period,
                    status: match period.left_on() {
                        None => EnrolmentStatus::Active,
                        Some(_) => EnrolmentStatus::Left,
                    },
                    stamps: Stamps::new(caller, now),
                })
            })
            .collect::<Result<Vec<_>, EnrolmentError>>()?;
        let joining = enrolments.iter().filter(|one| counts(one, today)).count();
        check_capacity(repositories, &class, joining, today).await?;
        repositories.enrolments().insert_many(&enrolments).await?;
        let pen = self.yard.pen(caller);
        let entries: Vec<_> = enrolments.iter().map(|one| pen.created(one)).collect();
        repositories.audit().append(&entries).await?;
        answering.keep(repositories, &enrolments).await?;
        Ok(enrolments)
    }

    /// Changes an enrolment; marks stay as they are, only who counts at which lecture follows the new days.
    pub async fn update(
        &self,
        caller: &Caller,
        id: EnrolmentId,
        expected: Expected,
        changes: EnrolmentChanges,
    ) -> Result<Enrolment, EnrolmentError> {
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.update_in(&mut *unit, caller, id, expected, changes).await;
        finish(unit, outcome).await
    }

    /// Ends an enrolment today; the row, and every mark, stays.
    pub async fn leave(
        &self,
        caller: &Caller,
        id: EnrolmentId,
        expected: Expected,
    ) -> Result<(), EnrolmentError> {
        let today = local_day(self.yard.clock.now(), TimeZone::default());
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.leave_in(&mut *unit, caller, id, expected, today).await;
        finish(unit, outcome).await
    }

    async fn leave_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        id: EnrolmentId,
        expected: Expected,
        today: NaiveDate,
    ) -> Result<(), EnrolmentError> {
        let (old, _) = changeable(repositories, caller, id, expected).await?;
        if old.status != EnrolmentStatus::Active {
            return Err(EnrolmentError::NotFound(id));
        }
        let left_on = today.max(old.period.enrolled_on());
        let changes = EnrolmentChanges { left_on: Some(Some(left_on)), ..EnrolmentChanges::default() };
        self.keep(repositories, caller, &old, changes.apply_to(&old)?).await?;
        Ok(())
    }

    async fn update_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        id: EnrolmentId,
        expected: Expected,
        changes: EnrolmentChanges,
    ) -> Result<Enrolment, EnrolmentError> {
        let (old, class) = changeable(repositories, caller, id, expected).await?;
        let today = local_day(self.yard.clock.now(), TimeZone::default());
        let new = changes.apply_to(&old)?;
        may_enrol(caller, class.id, new.role)?;
        if counts(&new, today) && !counts(&old, today) {
            check_capacity(repositories, &class, 1, today).await?;
        }
        self.keep(repositories, caller, &old, new).await
    }

    async fn keep(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        old: &Enrolment,
        mut new: Enrolment,
    ) -> Result<Enrolment, EnrolmentError> {
        if new == *old {
            return Ok(new);
        }
        new.stamps = old.stamps.touched(caller, self.yard.clock.now());
        repositories.enrolments().update(&new).await?;
        repositories.audit().append(&[self.yard.pen(caller).updated(old, &new)]).await?;
        Ok(new)
    }

    /// Moves a learner to another class: the old place ends on the day on which the new one begins.
    pub async fn transfer(
        &self,
        caller: &Caller,
        id: EnrolmentId,
        expected: Expected,
        transfer: Transfer,
        answering: &Answering<'_, Transferred>,
    ) -> Result<Transferred, EnrolmentError> {
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.transfer_in(&mut *unit, caller, id, expected, transfer, answering).await;
        finish(unit, outcome).await
    }

    async fn transfer_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        id: EnrolmentId,
        expected: Expected,
        transfer: Transfer,
        answering: &Answering<'_, Transferred>,
    ) -> Result<Transferred, EnrolmentError> {
        let (old, _) = changeable(repositories, caller, id, expected).await?;
        if old.status != EnrolmentStatus::Active {
            return Err(EnrolmentError::Ended);
        }
        if old.class_id == transfer.class_id {
            return Err(EnrolmentError::SameClass);
        }
        classes::readable(repositories, caller, transfer.class_id).await?;
        may_enrol(caller, transfer.class_id, old.role)?;
        let target = classes::held_open(repositories, transfer.class_id).await?;
        let now = self.yard.clock.now();
        let today = local_day(now, TimeZone::default());
        let on = transfer.on.unwrap_or(today);
        if old.role == ClassRole::Learner {
            check_capacity(repositories, &target, 1, today).await?;
        }
        let from = Enrolment {
            period: EnrolmentPeriod::new(old.period.enrolled_on(), Some(on))?,
            status: EnrolmentStatus::Transferred,
            ..old.clone()
        };
        let from = self.keep(repositories, caller, &old, from).await?;
        let to = Enrolment {
            id: EnrolmentId(self.yard.ids.next()),
            class_id: target.id,
            period: EnrolmentPeriod::new(on, None)?,
            status: EnrolmentStatus::Active,
            stamps: Stamps::new(caller, now),
            ..old
        };
        repositories.enrolments().insert_many(std::slice::from_ref(&to)).await?;
        repositories.audit().append(&[self.yard.pen(caller).created(&to)]).await?;
        let transferred = Transferred { from, to };
        answering.keep(repositories, &transferred).await?;
        Ok(transferred)
    }
}

/// Whether an enrolment takes a learner's place from `day` on.
fn counts(enrolment: &Enrolment, day: NaiveDate) -> bool {
    enrolment.role == ClassRole::Learner && enrolment.period.left_on().is_none_or(|left| day < left)
}

/// The class is held, so that nobody else takes the last place at the same time.
async fn check_capacity(
    repositories: &mut dyn Repositories,
    class: &Class,
    joining: usize,
    day: NaiveDate,
) -> Result<(), EnrolmentError> {
    let Some(capacity) = class.capacity.filter(|_| joining > 0) else { return Ok(()) };
    let learners = repositories.enrolments().learners_from(class.id, day).await?;
    if learners + joining as u64 > u64::from(capacity.unsigned_abs()) {
        return Err(EnrolmentError::ClassFull { capacity });
    }
    Ok(())
}

/// A lecturer enrols learners in their own class; who else teaches there is the managers' to say.
fn may_enrol(caller: &Caller, class: ClassId, role: ClassRole) -> Result<(), EnrolmentError> {
    let action = match role {
        ClassRole::Learner => Action::ManageEnrolments(class),
        ClassRole::Lecturer | ClassRole::Assistant => Action::ManageCatalogue,
    };
    authorize(caller, action).map_err(|_| EnrolmentError::Forbidden)
}

async fn changeable(
    repositories: &mut dyn Repositories,
    caller: &Caller,
    id: EnrolmentId,
    expected: Expected,
) -> Result<(Enrolment, Class), EnrolmentError> {
    let enrolment =
        repositories.enrolments().find_for_update(id).await?.ok_or(EnrolmentError::NotFound(id))?;
    let record = Action::ReadRecord { user: enrolment.user_id, class: enrolment.class_id };
    authorize(caller, record).map_err(|_| EnrolmentError::NotFound(id))?;
    may_enrol(caller, enrolment.class_id, enrolment.role)?;
    let class = classes::held_open(repositories, enrolment.class_id).await?;
    if !expected.allows(enrolment.stamps.version) {
        return Err(EnrolmentError::Stale);
    }
    Ok((enrolment, class))
}

/// Who of these users is enrolled as a learner in this class on this day.
pub(crate) async fn learners_on(
    repositories: &mut dyn Repositories,
    class: ClassId,
    users: &[UserId],
    day: NaiveDate,
) -> Result<std::collections::HashSet<UserId>, RepositoryError> {
    let enrolments = repositories.enrolments().of_users(class, users).await?;
    Ok(enrolments
        .into_iter()
        .filter(|one| one.role == ClassRole::Learner && one.period.holds_on(day))
        .map(|one| one.user_id)
        .collect())
}
