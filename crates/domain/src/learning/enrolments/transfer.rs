//! Moving somebody from one class to another.

use chrono::NaiveDate;

use super::{
    Enrolment, EnrolmentError, EnrolmentPeriod, EnrolmentService, EnrolmentStatus,
    service::{check_capacity, managed, may_enrol},
};
use crate::{
    access::{Caller, ClassRole},
    calendar::{TimeZone, local_day},
    idempotency::Answering,
    ids::{ClassId, EnrolmentId},
    learning::classes,
    stamps::{Expected, Stamps},
    store::{Repositories, finish},
};

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

impl EnrolmentService {
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
        let old = managed(repositories, caller, id).await?;
        classes::readable(repositories, caller, transfer.class_id).await?;
        may_enrol(caller, transfer.class_id, old.role)?;
        if old.class_id == transfer.class_id {
            return Err(EnrolmentError::SameClass);
        }
        // In the order of their ids, so that two transfers in opposite directions can't wait for each other.
        let (first, last) = (old.class_id.min(transfer.class_id), old.class_id.max(transfer.class_id));
        let first = classes::held_open(repositories, first).await?;
        let last = classes::held_open(repositories, last).await?;
        let target = if first.id == transfer.class_id { first } else { last };
        if !expected.allows(old.stamps.version) {
            return Err(EnrolmentError::Stale);
        }
        if old.status != EnrolmentStatus::Active {
            return Err(EnrolmentError::Ended);
        }
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
