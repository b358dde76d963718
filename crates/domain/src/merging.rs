//! Merging: what was recorded of a `temp` user, met at the door, becomes a real user's.
//!
//! It stands above the other rooms, because it touches them all. Nothing is lost: every mark, enrolment and
//! certification changes hands, and the temporary account stays behind, deactivated.

use std::collections::HashMap;

use thiserror::Error;

use crate::{
    access::{Action, Caller, authorize},
    accounts::{AuthType, User},
    attendance::{Attendance, leave::LeaveRequest},
    audit::AuditEntry,
    certification::Certification,
    error::{RepositoryError, UniqueKey},
    idempotency::Answering,
    ids::{EnrolmentId, UserId},
    learning::enrolments::{Enrolment, EnrolmentPeriod, EnrolmentStatus, PeriodReversed},
    store::{Repositories, finish},
    yard::Yard,
};

/// Why two users could not be merged.
#[derive(Debug, Error)]
pub enum MergeError {
    /// There is no such user.
    #[error("no such user: {0}")]
    NotFound(UserId),
    /// The caller may not do this.
    #[error("forbidden to the caller")]
    Forbidden,
    /// Only an active `temp` user can be merged, and only into an active user that is not `temp`.
    #[error("these accounts can't be merged")]
    NotMergeable,
    /// Both users have something of which there can be only one.
    #[error("both users have a {0:?} of their own")]
    Both(SharedRecord),
    /// The data could not be reached or kept.
    #[error("the repository failed")]
    Repository(#[source] RepositoryError),
}

/// What both users have, so that they can't be merged before staff has decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SharedRecord {
    /// Marks at one lecture.
    Mark,
    /// Certifications for one course.
    Certification,
    /// Several periods in one class that can't be joined.
    Enrolment,
}

impl From<RepositoryError> for MergeError {
    fn from(error: RepositoryError) -> Self {
        match (error.conflict(), error) {
            (Some(UniqueKey::AttendanceMark), _) => Self::Both(SharedRecord::Mark),
            (Some(UniqueKey::Certification), _) => Self::Both(SharedRecord::Certification),
            (Some(UniqueKey::EnrolmentPeriod), _) => Self::Both(SharedRecord::Enrolment),
            (_, error) => Self::Repository(error),
        }
    }
}

impl From<PeriodReversed> for MergeError {
    fn from(_: PeriodReversed) -> Self {
        Self::Both(SharedRecord::Enrolment)
    }
}

/// Merges users.
#[derive(Clone)]
pub struct MergeService {
    yard: Yard,
}

impl MergeService {
    /// A service that stands on `yard`.
    pub fn new(yard: Yard) -> Self {
        Self { yard }
    }

    /// Gives everything of `temp` to `into` and deactivates `temp`; tells the real user.
    pub async fn merge(
        &self,
        caller: &Caller,
        temp: UserId,
        into: UserId,
        answering: &Answering<'_, User>,
    ) -> Result<User, MergeError> {
        authorize(caller, Action::ManageUsers).map_err(|_| MergeError::Forbidden)?;
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.merge_in(&mut *unit, caller, temp, into, answering).await;
        finish(unit, outcome).await
    }

    async fn merge_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        temp: UserId,
        into: UserId,
        answering: &Answering<'_, User>,
    ) -> Result<User, MergeError> {
        let old = repositories.users().find_for_update(temp).await?.ok_or(MergeError::NotFound(temp))?;
        let real = repositories.users().find_for_update(into).await?.ok_or(MergeError::NotFound(into))?;
        let mergeable = old.auth_type == AuthType::Temp && real.auth_type != AuthType::Temp;
        if !mergeable || !old.is_active || !real.is_active {
            return Err(MergeError::NotMergeable);
        }
        let pen = self.yard.pen(caller);
        let (mut entries, replaced) = self.join_periods(repositories, caller, temp, into).await?;
        for now in repositories.enrolments().hand_over(temp, into).await? {
            entries.push(pen.updated(&Enrolment { user_id: temp, ..now.clone() }, &now));
            if let Some(mine) = now.transferred_from.and_then(|from| replaced.get(&from)) {
                let led = Enrolment {
                    transferred_from: Some(*mine),
                    stamps: now.stamps.touched(caller, self.yard.clock.now()),
                    ..now.clone()
                };
                repositories.enrolments().update(&led).await?;
                entries.push(pen.updated(&now, &led));
            }
        }
        for now in repositories.attendances().hand_over(temp, into).await? {
            entries.push(pen.updated(&Attendance { user_id: temp, ..now.clone() }, &now));
        }
        for now in repositories.leave_requests().hand_over(temp, into).await? {
            entries.push(pen.updated(&LeaveRequest { user_id: temp, ..now.clone() }, &now));
        }
        for now in repositories.certifications().hand_over(temp, into).await? {
            entries.push(pen.updated(&Certification { user_id: temp, ..now.clone() }, &now));
        }
        let merged = User {
            is_active: false,
            version: old.version + 1,
            updated_at: self.yard.clock.now(),
            ..old.clone()
        };
        repositories.users().update(&merged).await?;
        entries.push(pen.updated(&old, &merged));
        repositories.audit().append(&entries).await?;
        answering.keep(repositories, &real).await?;
        Ok(real)
    }

    /// Where both were in one class at one time, the real user's period grows over both and the other becomes empty; tells
    /// which took the place of which. Nobody waits twice, or for a class where they have a place.
    async fn join_periods(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        temp: UserId,
        into: UserId,
    ) -> Result<(Vec<AuditEntry>, HashMap<EnrolmentId, EnrolmentId>), MergeError> {
        let pen = self.yard.pen(caller);
        let now = self.yard.clock.now();
        let (mut entries, mut replaced) = (Vec::new(), HashMap::new());
        let mut own = repositories.enrolments().of_user_for_update(into).await?;
        let theirs = repositories.enrolments().of_user_for_update(temp).await?;
        for idle in idle(&theirs, &own) {
            let ended = Enrolment {
                status: EnrolmentStatus::Left,
                stamps: idle.stamps.touched(caller, now),
                ..idle.clone()
            };
            repositories.enrolments().update(&ended).await?;
            entries.push(pen.updated(idle, &ended));
        }
        for theirs in theirs.into_iter().filter(|one| one.status != EnrolmentStatus::Waiting) {
            let Some(mine) = own.iter_mut().find(|mine| {
                mine.class_id == theirs.class_id
                    && mine.role == theirs.role
                    && mine.period.overlaps(theirs.period)
            }) else {
                continue;
            };
            let emptied = Enrolment {
                period: EnrolmentPeriod::new(theirs.period.enrolled_on(), Some(theirs.period.enrolled_on()))?,
                status: EnrolmentStatus::Left,
                stamps: theirs.stamps.touched(caller, now),
                ..theirs.clone()
            };
            repositories.enrolments().update(&emptied).await?;
            entries.push(pen.updated(&theirs, &emptied));
            replaced.insert(theirs.id, mine.id);
            let period = mine.period.joined(theirs.period);
            if period != mine.period {
                let status = if period.left_on().is_none() { EnrolmentStatus::Active } else { mine.status };
                let grown =
                    Enrolment { period, status, stamps: mine.stamps.touched(caller, now), ..mine.clone() };
                repositories.enrolments().update(&grown).await?;
                entries.push(pen.updated(mine, &grown));
                *mine = grown;
            }
        }
        Ok((entries, replaced))
    }
}

/// Whoever waits for a class where the other waits too, or has a place without an end.
fn idle<'a>(theirs: &'a [Enrolment], own: &'a [Enrolment]) -> impl Iterator<Item = &'a Enrolment> {
    let waits = |one: &Enrolment| one.status == EnrolmentStatus::Waiting;
    let theirs_idle = theirs.iter().filter(move |one| {
        let mut there = own.iter().filter(|mine| mine.class_id == one.class_id);
        waits(one) && there.any(|mine| waits(mine) || mine.period.left_on().is_none())
    });
    let own_idle = own.iter().filter(move |mine| {
        let mut there = theirs.iter().filter(|one| one.class_id == mine.class_id);
        waits(mine) && there.any(|one| one.period.left_on().is_none())
    });
    theirs_idle.chain(own_idle)
}
