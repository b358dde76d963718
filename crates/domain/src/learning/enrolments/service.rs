//! What can be done with enrolments.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};

use super::{
    Enrolment, EnrolmentChanges, EnrolmentError, EnrolmentFilter, EnrolmentPeriod, EnrolmentRefusal,
    EnrolmentSort, EnrolmentStatus, EnrolmentView, NewEnrolment, PeriodReversed,
};
use crate::{
    access::{Action, Caller, ClassRole, authorize},
    calendar::{TimeZone, local_day},
    idempotency::Answering,
    ids::{ClassId, EnrolmentId, UserId},
    learning::classes::{self, Class},
    page::{Listed, Listing},
    stamps::{Expected, Stamps},
    store::{Repositories, finish},
    yard::Yard,
};

/// The most enrolments in one bulk.
pub const MAX_ENROLMENTS: usize = 5_000;

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

    /// Enrols a user in a class.
    pub async fn enrol(
        &self,
        caller: &Caller,
        class: ClassId,
        new: NewEnrolment,
        answering: &Answering<'_, Enrolment>,
    ) -> Result<Enrolment, EnrolmentError> {
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.enrol_in(&mut *unit, caller, class, new, answering).await;
        finish(unit, outcome).await
    }

    async fn enrol_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        class: ClassId,
        new: NewEnrolment,
        answering: &Answering<'_, Enrolment>,
    ) -> Result<Enrolment, EnrolmentError> {
        let class = enrollable(repositories, caller, class, [new.role]).await?;
        let now = self.yard.clock.now();
        let enrolment = self.made(caller, &class, new, now)?;
        self.keep_new(repositories, caller, &class, std::slice::from_ref(&enrolment), now).await?;
        answering.keep(repositories, &enrolment).await?;
        Ok(enrolment)
    }

    /// Enrols many users in a class, all of them or none, in a number of statements that does not depend on how many
    /// they are.
    pub async fn enrol_bulk(
        &self,
        caller: &Caller,
        class: ClassId,
        new: Vec<NewEnrolment>,
        answering: &Answering<'_, Vec<Enrolment>>,
    ) -> Result<Vec<Enrolment>, EnrolmentError> {
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.enrol_bulk_in(&mut *unit, caller, class, new, answering).await;
        finish(unit, outcome).await
    }

    async fn enrol_bulk_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        class: ClassId,
        new: Vec<NewEnrolment>,
        answering: &Answering<'_, Vec<Enrolment>>,
    ) -> Result<Vec<Enrolment>, EnrolmentError> {
        let class = enrollable(repositories, caller, class, new.iter().map(|one| one.role)).await?;
        let now = self.yard.clock.now();
        let users: Vec<UserId> = new.iter().map(|one| one.user_id).collect();
        let existing = repositories.users().existing(&users).await?;
        let mut periods: HashMap<UserId, Vec<(EnrolmentPeriod, EnrolmentRefusal)>> = HashMap::new();
        for held in repositories.enrolments().of_users(class.id, &users).await? {
            periods.entry(held.user_id).or_default().push((held.period, EnrolmentRefusal::AlreadyEnrolled));
        }
        let (mut enrolments, mut refused) = (Vec::with_capacity(new.len()), Vec::new());
        for (index, one) in new.into_iter().enumerate() {
            if !existing.contains(&one.user_id) {
                refused.push((index, EnrolmentRefusal::UserNotFound));
                continue;
            }
            let Ok(enrolment) = self.made(caller, &class, one, now) else {
                refused.push((index, EnrolmentRefusal::PeriodReversed));
                continue;
            };
            let taken = periods.entry(enrolment.user_id).or_default();
            if let Some((_, refusal)) = taken.iter().find(|(period, _)| period.overlaps(enrolment.period)) {
                refused.push((index, *refusal));
            } else {
                taken.push((enrolment.period, EnrolmentRefusal::Twice));
                enrolments.push(enrolment);
            }
        }
        if !refused.is_empty() {
            return Err(EnrolmentError::BulkRefused(refused));
        }
        self.keep_new(repositories, caller, &class, &enrolments, now).await?;
        answering.keep(repositories, &enrolments).await?;
        Ok(enrolments)
    }

    fn made(
        &self,
        caller: &Caller,
        class: &Class,
        new: NewEnrolment,
        now: DateTime<Utc>,
    ) -> Result<Enrolment, PeriodReversed> {
        let today = local_day(now, TimeZone::default());
        let period = EnrolmentPeriod::new(new.enrolled_on.unwrap_or(today), new.left_on)?;
        let status = match period.left_on() {
            None => EnrolmentStatus::Active,
            Some(_) => EnrolmentStatus::Left,
        };
        Ok(Enrolment {
            id: EnrolmentId(self.yard.ids.next()),
            class_id: class.id,
            user_id: new.user_id,
            role: new.role,
            period,
            status,
            stamps: Stamps::new(caller, now),
        })
    }

    async fn keep_new(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        class: &Class,
        enrolments: &[Enrolment],
        now: DateTime<Utc>,
    ) -> Result<(), EnrolmentError> {
        let today = local_day(now, TimeZone::default());
        let joining = enrolments.iter().filter(|one| counts(one, today)).count();
        check_capacity(repositories, class, joining, today).await?;
        repositories.enrolments().insert_many(enrolments).await?;
        let pen = self.yard.pen(caller);
        let entries: Vec<_> = enrolments.iter().map(|one| pen.created(one)).collect();
        repositories.audit().append(&entries).await?;
        Ok(())
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
        let (old, _) = changeable(repositories, caller, id, expected).await?;
        if old.period.left_on().is_some_and(|left| left <= today) {
            return Err(EnrolmentError::NotFound(id));
        }
        let left_on = today.max(old.period.enrolled_on());
        let changes = EnrolmentChanges { left_on: Some(Some(left_on)), ..EnrolmentChanges::default() };
        self.keep(repositories, caller, &old, changes.apply_to(&old)?).await
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

/// The class, held and open, if the caller may enrol people in these roles there.
async fn enrollable(
    repositories: &mut dyn Repositories,
    caller: &Caller,
    class: ClassId,
    roles: impl IntoIterator<Item = ClassRole> + Send,
) -> Result<Class, EnrolmentError> {
    classes::readable(repositories, caller, class).await?;
    for role in roles {
        may_enrol(caller, class, role)?;
    }
    Ok(classes::held_open(repositories, class).await?)
}

/// Whether an enrolment takes a learner's place from `day` on.
fn counts(enrolment: &Enrolment, day: NaiveDate) -> bool {
    enrolment.role == ClassRole::Learner && enrolment.period.left_on().is_none_or(|left| day < left)
}

/// The class is held, so that nobody else takes the last place at the same time.
pub(super) async fn check_capacity(
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
pub(super) fn may_enrol(caller: &Caller, class: ClassId, role: ClassRole) -> Result<(), EnrolmentError> {
    let action = match role {
        ClassRole::Learner => Action::ManageEnrolments(class),
        ClassRole::Lecturer | ClassRole::Assistant => Action::ManageCatalogue,
    };
    authorize(caller, action).map_err(|_| EnrolmentError::Forbidden)
}

/// The enrolment, held against other writers, if the caller may change it.
pub(super) async fn managed(
    repositories: &mut dyn Repositories,
    caller: &Caller,
    id: EnrolmentId,
) -> Result<Enrolment, EnrolmentError> {
    let enrolment =
        repositories.enrolments().find_for_update(id).await?.ok_or(EnrolmentError::NotFound(id))?;
    let record = Action::ReadRecord { user: enrolment.user_id, class: enrolment.class_id };
    authorize(caller, record).map_err(|_| EnrolmentError::NotFound(id))?;
    may_enrol(caller, enrolment.class_id, enrolment.role)?;
    Ok(enrolment)
}

/// The enrolment in the version that the caller knows, with its class held and open.
async fn changeable(
    repositories: &mut dyn Repositories,
    caller: &Caller,
    id: EnrolmentId,
    expected: Expected,
) -> Result<(Enrolment, Class), EnrolmentError> {
    let enrolment = managed(repositories, caller, id).await?;
    let class = classes::held_open(repositories, enrolment.class_id).await?;
    if !expected.allows(enrolment.stamps.version) {
        return Err(EnrolmentError::Stale);
    }
    Ok((enrolment, class))
}
