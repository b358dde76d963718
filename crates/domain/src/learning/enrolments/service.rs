//! What can be done with enrolments.

use chrono::NaiveDate;

use super::{
    Enrolment, EnrolmentChanges, EnrolmentError, EnrolmentFilter, EnrolmentPeriod, EnrolmentSort,
    EnrolmentStatus, EnrolmentView, WhenFull, promote_waiting, waiting,
};
use crate::{
    access::{Action, Caller, ClassRole, authorize},
    calendar::{TimeZone, local_day},
    ids::{ClassId, EnrolmentId, UserId},
    learning::classes::{self, Class},
    page::{Listed, Listing},
    stamps::Expected,
    store::{Repositories, finish},
    yard::Yard,
};

/// The use cases of enrolments.
#[derive(Clone)]
pub struct EnrolmentService {
    pub(super) yard: Yard,
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
    ) -> Result<Enrolment, EnrolmentError> {
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
    ) -> Result<Enrolment, EnrolmentError> {
        let (old, class) = changeable(repositories, caller, id, expected).await?;
        let waits = old.status == EnrolmentStatus::Waiting;
        if !waits && old.period.left_on().is_some_and(|left| left <= today) {
            return Err(EnrolmentError::NotFound(id));
        }
        let new = if waits {
            Enrolment { status: EnrolmentStatus::Left, ..old.clone() }
        } else {
            let left_on = Some(Some(today.max(old.period.enrolled_on())));
            EnrolmentChanges { left_on, ..EnrolmentChanges::default() }.apply_to(&old)?
        };
        let left = self.keep(repositories, caller, &old, new).await?;
        self.serve_queue(repositories, caller, &class).await?;
        Ok(left)
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
        if old.status == EnrolmentStatus::Waiting {
            return Err(EnrolmentError::Waiting);
        }
        let new = changes.apply_to(&old)?;
        may_enrol(caller, class.id, new.role)?;
        if let Some(capacity) = class.capacity.filter(|_| learns(&new)) {
            let mut seats = waiting::seats(repositories, &class, self.yard.clock.now()).await?;
            let had_one = learns(&old) && seats.are_needed_for(old.period);
            let stays_as_long = had_one && !ends_later(new.period, old.period);
            if had_one {
                seats.give_back(old.period);
            }
            if !stays_as_long && !seats.have_room_for(new.period) {
                return Err(EnrolmentError::ClassFull { capacity });
            }
            if !had_one && seats.waiting() > 0 {
                refuse_waiting(repositories, class.id, old.user_id).await?;
            }
        }
        let kept = self.keep(repositories, caller, &old, new).await?;
        self.serve_queue(repositories, caller, &class).await?;
        Ok(kept)
    }

    /// Gives what has become free to those who wait.
    pub(super) async fn serve_queue(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        class: &Class,
    ) -> Result<(), EnrolmentError> {
        if class.capacity.is_some() {
            promote_waiting(&self.yard, repositories, caller, class).await?;
        }
        Ok(())
    }

    pub(super) async fn keep(
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
}

/// Whether it is a learner's: staff take no places.
pub(super) fn learns(enrolment: &Enrolment) -> bool {
    enrolment.role == ClassRole::Learner
}

/// Whether one period ends after another.
fn ends_later(one: EnrolmentPeriod, other: EnrolmentPeriod) -> bool {
    match (one.left_on(), other.left_on()) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(one), Some(other)) => one > other,
    }
}

/// Refuses a user who waits for a place in this class: it comes by itself.
pub(super) async fn refuse_waiting(
    repositories: &mut dyn Repositories,
    class: ClassId,
    user: UserId,
) -> Result<(), EnrolmentError> {
    let held = repositories.enrolments().of_users(class, &[user]).await?;
    let waits = held.iter().any(|one| one.status == EnrolmentStatus::Waiting);
    if waits { Err(EnrolmentError::AlreadyWaiting) } else { Ok(()) }
}

/// Who may set the capacity of a class may go beyond it.
pub(super) fn may_exceed(caller: &Caller, when_full: WhenFull) -> Result<(), EnrolmentError> {
    match when_full {
        WhenFull::Refuse | WhenFull::Wait => Ok(()),
        WhenFull::Exceed => authorize(caller, Action::ManageCatalogue).map_err(|_| EnrolmentError::Forbidden),
    }
}

/// A lecturer enrols learners in their own class; who else teaches there is the managers' to say.
pub(super) fn may_enrol(caller: &Caller, class: ClassId, role: ClassRole) -> Result<(), EnrolmentError> {
    let action = match role {
        ClassRole::Learner => Action::ManageEnrolments(class),
        ClassRole::Lecturer | ClassRole::Assistant => Action::ManageCatalogue,
    };
    authorize(caller, action).map_err(|_| EnrolmentError::Forbidden)
}

/// The enrolment as it is before anything is held, if the caller may change it.
///
/// Classes are held before enrolments, everywhere: who gives a place holds the class and then changes the enrolments of
/// those who wait.
pub(super) async fn managed(
    repositories: &mut dyn Repositories,
    caller: &Caller,
    id: EnrolmentId,
) -> Result<Enrolment, EnrolmentError> {
    let found = repositories.enrolments().find(id).await?.ok_or(EnrolmentError::NotFound(id))?;
    let enrolment = found.enrolment;
    let record = Action::ReadRecord { user: enrolment.user_id, class: enrolment.class_id };
    authorize(caller, record).map_err(|_| EnrolmentError::NotFound(id))?;
    may_enrol(caller, enrolment.class_id, enrolment.role)?;
    Ok(enrolment)
}

/// The enrolment, held against other writers, in the version that the caller knows; its class is held.
pub(super) async fn held(
    repositories: &mut dyn Repositories,
    id: EnrolmentId,
    expected: Expected,
) -> Result<Enrolment, EnrolmentError> {
    let enrolment =
        repositories.enrolments().find_for_update(id).await?.ok_or(EnrolmentError::NotFound(id))?;
    if expected.allows(enrolment.stamps.version) { Ok(enrolment) } else { Err(EnrolmentError::Stale) }
}

/// The enrolment in the version that the caller knows, with its class held and open.
async fn changeable(
    repositories: &mut dyn Repositories,
    caller: &Caller,
    id: EnrolmentId,
    expected: Expected,
) -> Result<(Enrolment, Class), EnrolmentError> {
    let known = managed(repositories, caller, id).await?;
    let class = classes::held_open(repositories, known.class_id).await?;
    Ok((held(repositories, id, expected).await?, class))
}
