//! Giving people places in a class: one, or thousands at once.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};

use super::{
    Enrolled, Enrolment, EnrolmentError, EnrolmentPeriod, EnrolmentRefusal, EnrolmentService,
    EnrolmentStatus, NewEnrolment, PeriodReversed, Seats, WhenFull, promote_waiting,
    service::{learns, may_enrol, may_exceed},
};
use crate::{
    access::{Caller, ClassRole},
    audit::AuditEntry,
    calendar::{TimeZone, local_day},
    idempotency::Answering,
    ids::{ClassId, EnrolmentId, UserId},
    learning::classes::{self, Class},
    stamps::Stamps,
    store::{Repositories, finish},
};

/// The most enrolments in one bulk.
pub const MAX_ENROLMENTS: usize = 5_000;

/// Why a place was given that the class did not have, in the audit log.
pub(super) const BEYOND_CAPACITY: &str = "over_capacity";

/// How one user of a request fares: a place, one beyond the capacity, or the queue.
enum Seated {
    Placed(Enrolment),
    Exceeding(Enrolment),
    Queued(Enrolment, u64),
}

impl Seated {
    fn enrolment(&self) -> &Enrolment {
        match self {
            Self::Placed(enrolment) | Self::Exceeding(enrolment) | Self::Queued(enrolment, _) => enrolment,
        }
    }
}

impl From<Seated> for Enrolled {
    fn from(seated: Seated) -> Self {
        match seated {
            Seated::Placed(enrolment) | Seated::Exceeding(enrolment) => {
                Self { enrolment, waiting_place: None }
            }
            Seated::Queued(enrolment, place) => Self { enrolment, waiting_place: Some(place) },
        }
    }
}

impl EnrolmentService {
    /// Enrols a user in a class.
    pub async fn enrol(
        &self,
        caller: &Caller,
        class: ClassId,
        new: NewEnrolment,
        when_full: WhenFull,
        answering: &Answering<'_, Enrolled>,
    ) -> Result<Enrolled, EnrolmentError> {
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.enrol_in(&mut *unit, caller, class, new, when_full, answering).await;
        finish(unit, outcome).await
    }

    async fn enrol_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        class: ClassId,
        new: NewEnrolment,
        when_full: WhenFull,
        answering: &Answering<'_, Enrolled>,
    ) -> Result<Enrolled, EnrolmentError> {
        let class = enrollable(repositories, caller, class, [new.role], when_full).await?;
        let now = self.yard.clock.now();
        let mut seats = self.seats_for(repositories, caller, &class, [new.role]).await?;
        // Only a queue can hold the user already; other places are guarded by the rule of the database.
        let held = match &seats {
            Some(seats) if seats.waiting() > 0 || when_full == WhenFull::Wait => {
                repositories.enrolments().of_users(class.id, &[new.user_id]).await?
            }
            Some(_) | None => Vec::new(),
        };
        if held.iter().any(|one| one.status == EnrolmentStatus::Waiting) {
            return Err(EnrolmentError::AlreadyWaiting);
        }
        let made = self.made(caller, &class, new, now)?;
        if held.iter().any(|one| one.period.overlaps(made.period)) {
            return Err(EnrolmentError::AlreadyEnrolled);
        }
        let seated = seat(made, &mut seats, &class, when_full, local_day(now, TimeZone::default()))?;
        self.keep_new(repositories, caller, std::slice::from_ref(&seated)).await?;
        let enrolled = seated.into();
        answering.keep(repositories, &enrolled).await?;
        Ok(enrolled)
    }

    /// Enrols many users in a class, all of them or none, in a number of statements that does not depend on how many
    /// they are. Where some have to wait, they do so in the order of `new`.
    pub async fn enrol_bulk(
        &self,
        caller: &Caller,
        class: ClassId,
        new: Vec<NewEnrolment>,
        when_full: WhenFull,
        answering: &Answering<'_, Vec<Enrolled>>,
    ) -> Result<Vec<Enrolled>, EnrolmentError> {
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.enrol_bulk_in(&mut *unit, caller, class, new, when_full, answering).await;
        finish(unit, outcome).await
    }

    async fn enrol_bulk_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        class: ClassId,
        new: Vec<NewEnrolment>,
        when_full: WhenFull,
        answering: &Answering<'_, Vec<Enrolled>>,
    ) -> Result<Vec<Enrolled>, EnrolmentError> {
        let roles = || new.iter().map(|one| one.role);
        let class = enrollable(repositories, caller, class, roles(), when_full).await?;
        let now = self.yard.clock.now();
        let today = local_day(now, TimeZone::default());
        let mut seats = self.seats_for(repositories, caller, &class, roles()).await?;
        let users: Vec<UserId> = new.iter().map(|one| one.user_id).collect();
        let mut held: HashMap<UserId, Vec<(EnrolmentPeriod, EnrolmentRefusal)>> = HashMap::new();
        for (user, place) in repositories.enrolments().of_known_users(class.id, &users).await? {
            let places = held.entry(user).or_default();
            places.extend(place.map(|one| match one.status {
                EnrolmentStatus::Waiting => (EnrolmentPeriod::ALWAYS, EnrolmentRefusal::AlreadyWaiting),
                EnrolmentStatus::Active | EnrolmentStatus::Left | EnrolmentStatus::Transferred => {
                    (one.period, EnrolmentRefusal::AlreadyEnrolled)
                }
            }));
        }
        let (mut seated, mut refused) = (Vec::with_capacity(new.len()), Vec::new());
        for (index, one) in new.into_iter().enumerate() {
            if !held.contains_key(&one.user_id) {
                refused.push((index, EnrolmentRefusal::UserNotFound));
                continue;
            }
            let Ok(enrolment) = self.made(caller, &class, one, now) else {
                refused.push((index, EnrolmentRefusal::PeriodReversed));
                continue;
            };
            let taken = held.entry(enrolment.user_id).or_default();
            if let Some((_, refusal)) = taken.iter().find(|(period, _)| period.overlaps(enrolment.period)) {
                refused.push((index, *refusal));
                continue;
            }
            taken.push((enrolment.period, EnrolmentRefusal::Twice));
            match seat(enrolment, &mut seats, &class, when_full, today) {
                Ok(one) => seated.push(one),
                Err(EnrolmentError::WaitingWithEnd) => {
                    refused.push((index, EnrolmentRefusal::WaitingWithEnd));
                }
                Err(error) => return Err(error),
            }
        }
        if !refused.is_empty() {
            return Err(EnrolmentError::BulkRefused(refused));
        }
        self.keep_new(repositories, caller, &seated).await?;
        let enrolled = seated.into_iter().map(Into::into).collect();
        answering.keep(repositories, &enrolled).await?;
        Ok(enrolled)
    }

    /// The places of a class of limited capacity, once those who wait have got what is free; `None` where nobody needs one.
    async fn seats_for(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        class: &Class,
        roles: impl IntoIterator<Item = ClassRole> + Send,
    ) -> Result<Option<Seats>, EnrolmentError> {
        if class.capacity.is_none() || !roles.into_iter().any(|role| role == ClassRole::Learner) {
            return Ok(None);
        }
        Ok(Some(promote_waiting(&self.yard, repositories, caller, class).await?))
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
            transferred_from: None,
            stamps: Stamps::new(caller, now),
        })
    }

    async fn keep_new(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        seated: &[Seated],
    ) -> Result<(), EnrolmentError> {
        let enrolments: Vec<Enrolment> = seated.iter().map(|one| one.enrolment().clone()).collect();
        repositories.enrolments().insert_many(&enrolments).await?;
        let pen = self.yard.pen(caller);
        let entries: Vec<AuditEntry> = seated
            .iter()
            .map(|one| match one {
                Seated::Placed(enrolment) | Seated::Queued(enrolment, _) => pen.created(enrolment),
                Seated::Exceeding(enrolment) => {
                    AuditEntry { reason: Some(BEYOND_CAPACITY.to_owned()), ..pen.created(enrolment) }
                }
            })
            .collect();
        repositories.audit().append(&entries).await?;
        Ok(())
    }
}

/// Gives an enrolment one of the places, or what `when_full` says where none is left.
fn seat(
    enrolment: Enrolment,
    seats: &mut Option<Seats>,
    class: &Class,
    when_full: WhenFull,
    today: NaiveDate,
) -> Result<Seated, EnrolmentError> {
    let Some((seats, capacity)) = seats.as_mut().zip(class.capacity).filter(|_| learns(&enrolment)) else {
        return Ok(Seated::Placed(enrolment));
    };
    if seats.have_room_for(enrolment.period) {
        seats.take(enrolment.period);
        return Ok(Seated::Placed(enrolment));
    }
    match when_full {
        WhenFull::Refuse => Err(EnrolmentError::ClassFull { capacity }),
        WhenFull::Exceed => {
            seats.take(enrolment.period);
            Ok(Seated::Exceeding(enrolment))
        }
        WhenFull::Wait if enrolment.period.left_on().is_some() => Err(EnrolmentError::WaitingWithEnd),
        WhenFull::Wait => {
            let period = EnrolmentPeriod::empty(enrolment.period.enrolled_on().max(today));
            let waiting = Enrolment { period, status: EnrolmentStatus::Waiting, ..enrolment };
            Ok(Seated::Queued(waiting, seats.queue()))
        }
    }
}

/// The class, held and open, if the caller may enrol people in these roles there.
async fn enrollable(
    repositories: &mut dyn Repositories,
    caller: &Caller,
    class: ClassId,
    roles: impl IntoIterator<Item = ClassRole> + Send,
    when_full: WhenFull,
) -> Result<Class, EnrolmentError> {
    let class = classes::held(repositories, caller, class).await?;
    for role in roles {
        may_enrol(caller, class.id, role)?;
    }
    may_exceed(caller, when_full)?;
    Ok(classes::open(class)?)
}
