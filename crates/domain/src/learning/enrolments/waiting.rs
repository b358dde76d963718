//! The waiting list of a class: who waits gets the first place that becomes free, in the order in which they came.
//!
//! Whatever frees a place (somebody leaves, moves or gets another role, the capacity is raised) calls [`promote_waiting`]
//! in its own unit of work, with the class held, so that nobody can come in between.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::{Enrolment, EnrolmentPeriod, EnrolmentStatus, Seats};
use crate::{
    access::Caller,
    audit::AuditEntry,
    calendar::{TimeZone, local_day},
    error::RepositoryError,
    events::{self, Event},
    learning::classes::Class,
    store::Repositories,
    yard::Yard,
};

/// Why a place was given, in the audit log.
const FROM_THE_QUEUE: &str = "waiting_list";

/// The places of a class as they are now; the class is held, so that they stay as they are.
pub(super) async fn seats(
    repositories: &mut dyn Repositories,
    class: &Class,
    now: DateTime<Utc>,
) -> Result<Seats, RepositoryError> {
    let today = local_day(now, TimeZone::default());
    let taken = repositories.enrolments().taken(class.id, today).await?;
    Ok(Seats::new(class.capacity, today, taken))
}

/// Gives the places that are free to those who wait; the class is held. A closed or deactivated class gives none.
pub(crate) async fn promote_waiting(
    yard: &Yard,
    repositories: &mut dyn Repositories,
    caller: &Caller,
    class: &Class,
) -> Result<Seats, RepositoryError> {
    let now = yard.clock.now();
    let today = local_day(now, TimeZone::default());
    let mut seats = seats(repositories, class, now).await?;
    let count = seats.waiting().min(seats.free_for_good());
    if count == 0 || class.closed_at.is_some() || !class.is_active {
        return Ok(seats);
    }
    let waiting = repositories.enrolments().first_waiting(class.id, today, count).await?;
    let pen = yard.pen(caller);
    let (mut promoted, mut entries, mut told) = (Vec::new(), Vec::new(), Vec::new());
    for old in waiting {
        let Some(free) = seats.first_free_day() else { break };
        let new = Enrolment {
            period: EnrolmentPeriod::since(old.period.enrolled_on().max(free)),
            status: EnrolmentStatus::Active,
            stamps: old.stamps.touched(caller, now),
            ..old.clone()
        };
        seats.serve(new.period);
        entries.push(AuditEntry { reason: Some(FROM_THE_QUEUE.to_owned()), ..pen.updated(&old, &new) });
        let payload = json!({"class_id": new.class_id, "enrolled_on": new.period.enrolled_on()});
        told.push(
            Event::new(yard, caller, "enrolment.promoted", new.id).concerning(new.user_id).with(payload),
        );
        promoted.push(new);
    }
    if !promoted.is_empty() {
        repositories.enrolments().update_many(&promoted).await?;
        repositories.audit().append(&entries).await?;
        events::record(repositories, &told).await?;
    }
    Ok(seats)
}
