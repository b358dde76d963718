//! Moving somebody from one class to another.

use chrono::NaiveDate;
use serde_json::json;

use super::{
    Enrolment, EnrolmentError, EnrolmentPeriod, EnrolmentService, EnrolmentStatus, PeriodReversed, WhenFull,
    enrol::BEYOND_CAPACITY,
    promote_waiting,
    service::{held, learns, managed, may_enrol, may_exceed, refuse_waiting},
};
use crate::{
    access::Caller,
    audit::AuditEntry,
    calendar::{TimeZone, local_day},
    events::{self, Event},
    idempotency::Answering,
    ids::{ClassId, EnrolmentId},
    learning::classes::{self, Class},
    stamps::{Expected, Stamps},
    store::{Repositories, finish},
};

/// How a learner moves to another class of the course.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transfer {
    /// Into this class.
    pub class_id: ClassId,
    /// From this day on; `None` means today, where the organisation is, or the first day after it on which no lecture of
    /// the old class has begun.
    pub on: Option<NaiveDate>,
    /// What happens if the class has no place; a place is not waited for while one holds another.
    pub when_full: WhenFull,
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
    /// Moves a learner to another class of the course: the old place ends on the day on which the new one begins.
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
        let known = managed(repositories, caller, id).await?;
        classes::readable(repositories, caller, transfer.class_id).await?;
        may_enrol(caller, transfer.class_id, known.role)?;
        may_exceed(caller, transfer.when_full)?;
        if known.class_id == transfer.class_id {
            return Err(EnrolmentError::SameClass);
        }
        // In the order of their ids, so that two transfers in opposite directions can't wait for each other.
        let (first, last) = (known.class_id.min(transfer.class_id), known.class_id.max(transfer.class_id));
        let first = classes::held_open(repositories, first).await?;
        let last = classes::held_open(repositories, last).await?;
        let (source, target) = if first.id == transfer.class_id { (last, first) } else { (first, last) };
        if source.course_id != target.course_id {
            return Err(EnrolmentError::OtherCourse);
        }
        let old = held(repositories, id, expected).await?;
        match old.status {
            EnrolmentStatus::Active => {}
            EnrolmentStatus::Waiting => return Err(EnrolmentError::Waiting),
            EnrolmentStatus::Left | EnrolmentStatus::Transferred => return Err(EnrolmentError::Ended),
        }
        let on = self.day_of_move(repositories, &old, transfer.on).await?;
        let from = Enrolment {
            period: EnrolmentPeriod::new(old.period.enrolled_on(), Some(on))?,
            status: EnrolmentStatus::Transferred,
            ..old.clone()
        };
        let to = Enrolment {
            id: EnrolmentId(self.yard.ids.next()),
            class_id: target.id,
            period: EnrolmentPeriod::since(on),
            status: EnrolmentStatus::Active,
            transferred_from: Some(old.id),
            stamps: Stamps::new(caller, self.yard.clock.now()),
            ..old.clone()
        };
        let exceeds = self.exceeds(repositories, caller, &target, &to, transfer.when_full).await?;
        let from = self.keep(repositories, caller, &old, from).await?;
        repositories.enrolments().insert_many(std::slice::from_ref(&to)).await?;
        let reason = exceeds.then(|| BEYOND_CAPACITY.to_owned());
        let entry = AuditEntry { reason, ..self.yard.pen(caller).created(&to) };
        repositories.audit().append(&[entry]).await?;
        let payload = json!({"from_class_id": source.id, "class_id": target.id, "on": on});
        let told = Event::new(&self.yard, caller, "enrolment.transferred", to.id);
        events::record(repositories, &[told.concerning(to.user_id).with(payload)]).await?;
        self.serve_queue(repositories, caller, &source).await?;
        let transferred = Transferred { from, to };
        answering.keep(repositories, &transferred).await?;
        Ok(transferred)
    }

    /// The day of the move, which no mark may be behind: what was marked in the old class goes on counting there. Where no
    /// day is given, lectures that have begun stay behind too, marked or not.
    async fn day_of_move(
        &self,
        repositories: &mut dyn Repositories,
        old: &Enrolment,
        wanted: Option<NaiveDate>,
    ) -> Result<NaiveDate, EnrolmentError> {
        let first = old.period.enrolled_on();
        let Some(on) = wanted else {
            let now = self.yard.clock.now();
            let begun = repositories.lectures().last_day_begun(old.class_id, now).await?;
            return Ok(local_day(now, TimeZone::default()).max(first).max(after(begun).unwrap_or(first)));
        };
        if on < first {
            return Err(PeriodReversed.into());
        }
        let marked = repositories.attendances().last_day_marked(old.class_id, old.user_id).await?;
        match after(marked) {
            Some(earliest) if on < earliest => Err(EnrolmentError::PastWouldChange { earliest }),
            Some(_) | None => Ok(on),
        }
    }

    /// Whether the place goes beyond the capacity of its class, if that is wanted where there is no other.
    async fn exceeds(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        class: &Class,
        place: &Enrolment,
        when_full: WhenFull,
    ) -> Result<bool, EnrolmentError> {
        let Some(capacity) = class.capacity.filter(|_| learns(place)) else { return Ok(false) };
        let seats = promote_waiting(&self.yard, repositories, caller, class).await?;
        if seats.waiting() > 0 {
            refuse_waiting(repositories, class.id, place.user_id).await?;
        }
        match (seats.have_room_for(place.period), when_full) {
            (true, _) => Ok(false),
            (false, WhenFull::Exceed) => Ok(true),
            (false, WhenFull::Refuse | WhenFull::Wait) => Err(EnrolmentError::ClassFull { capacity }),
        }
    }
}

/// The day after.
fn after(day: Option<NaiveDate>) -> Option<NaiveDate> {
    day.and_then(|day| day.succ_opt())
}
