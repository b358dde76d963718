//! What can be done with requests for leave.

use chrono::{Days, NaiveDate};

use super::{
    Decision, LeaveError, LeaveFilter, LeaveNote, LeavePeriod, LeaveReader, LeaveRequest, LeaveRequestView,
    LeaveSort, LeaveStatus, NewLeaveRequest, RequestedPeriod,
};
use crate::{
    access::{Action, Caller, ClassRole, authorize},
    attendance::{policies::Policy, records::RuledClass},
    calendar::{TimeZone, local_day},
    events::{self, Event},
    idempotency::Answering,
    ids::{ClassId, LeaveRequestId},
    learning::{classes, classes::ClassError, enrolments::Enrolment, lectures::Lecture},
    page::{Listed, Listing},
    stamps::{Expected, Stamps},
    store::{Repositories, finish},
    yard::Yard,
};

/// The use cases of requests for leave.
#[derive(Clone)]
pub struct LeaveService {
    yard: Yard,
}

impl LeaveService {
    /// A service that stands on `yard`.
    pub fn new(yard: Yard) -> Self {
        Self { yard }
    }

    /// One request: one's own, or one from a class that one teaches.
    pub async fn find(&self, caller: &Caller, id: LeaveRequestId) -> Result<LeaveRequestView, LeaveError> {
        let mut session = self.yard.store.session().await?;
        readable(&mut *session, caller, id).await
    }

    /// Lists requests: one's own and those from classes that one teaches; all of them for managers.
    pub async fn list(
        &self,
        caller: &Caller,
        mut listing: Listing<LeaveFilter, LeaveSort>,
    ) -> Result<Listed<LeaveRequestView>, LeaveError> {
        if !caller.is_manager() {
            let user_id = caller.user_id().ok_or(LeaveError::Forbidden)?;
            listing.filter.reader = Some(LeaveReader { user_id, classes: caller.taught_classes() });
        }
        let mut session = self.yard.store.session().await?;
        Ok(session.leave_requests().list(&listing).await?)
    }

    /// Asks for leave: a learner for themselves, staff of the class for a learner.
    pub async fn request(
        &self,
        caller: &Caller,
        new: NewLeaveRequest,
        answering: &Answering<'_, LeaveRequest>,
    ) -> Result<LeaveRequest, LeaveError> {
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.request_in(&mut *unit, caller, new, answering).await;
        finish(unit, outcome).await
    }

    async fn request_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        new: NewLeaveRequest,
        answering: &Answering<'_, LeaveRequest>,
    ) -> Result<LeaveRequest, LeaveError> {
        let user = new.user_id.or(caller.user_id()).ok_or(LeaveError::Forbidden)?;
        // With the class held, two requests for one time can't miss each other.
        let ruled = repositories.records().ruled_for_update(new.class_id).await?;
        let RuledClass { class, policy } = ruled.ok_or(ClassError::NotFound(new.class_id))?;
        let class = classes::seen(caller, class)?;
        if !caller.is(user) {
            manages(caller, class.id)?;
        }
        let class = classes::open(class)?;
        let (places, others) = repositories.leave_requests().with_places(class.id, user).await?;
        let lectures = repositories.lectures().of_class(class.id).await?;
        let period = covered(new.period, &lectures, &places)?;
        if caller.is(user) {
            self.in_time(&policy, &period, &lectures)?;
        }
        let mut others = others.into_iter();
        if let Some(other) = others.find(|one| one.is_open() && one.period.overlaps(&period, &lectures)) {
            return Err(LeaveError::Overlaps(other.id));
        }
        let request = LeaveRequest {
            id: LeaveRequestId(self.yard.ids.next()),
            class_id: class.id,
            user_id: user,
            reason: new.reason,
            description: new.description,
            period,
            evidence: new.evidence,
            status: LeaveStatus::Pending,
            decision: None,
            withdrawn_at: None,
            stamps: Stamps::new(caller, self.yard.clock.now()),
        };
        repositories.leave_requests().insert(&request).await?;
        repositories.audit().append(&[self.yard.pen(caller).created(&request)]).await?;
        self.tell(repositories, caller, "leave_request.requested", &request).await?;
        answering.keep(repositories, &request).await?;
        Ok(request)
    }

    /// Learners ask within the deadline of the policy, counted from the first lecture that they ask leave from.
    fn in_time(&self, policy: &Policy, period: &LeavePeriod, lectures: &[Lecture]) -> Result<(), LeaveError> {
        let Some(days) = policy.document.excused.deadline_days else { return Ok(()) };
        let asked = lectures.iter().filter(|one| !one.is_cancelled() && period.covers(one.id, one.day()));
        let last = asked.map(Lecture::day).min().and_then(|day| day.checked_add_days(Days::new(days.into())));
        let today = local_day(self.yard.clock.now(), TimeZone::default());
        match last {
            Some(last) if last < today => Err(LeaveError::TooLate(last)),
            Some(_) | None => Ok(()),
        }
    }

    /// Excuses the absence.
    pub async fn approve(
        &self,
        caller: &Caller,
        id: LeaveRequestId,
        expected: Expected,
        note: Option<LeaveNote>,
    ) -> Result<LeaveRequest, LeaveError> {
        self.decide(caller, id, expected, LeaveStatus::Approved, note).await
    }

    /// Does not excuse the absence.
    pub async fn reject(
        &self,
        caller: &Caller,
        id: LeaveRequestId,
        expected: Expected,
        note: LeaveNote,
    ) -> Result<LeaveRequest, LeaveError> {
        self.decide(caller, id, expected, LeaveStatus::Rejected, Some(note)).await
    }

    async fn decide(
        &self,
        caller: &Caller,
        id: LeaveRequestId,
        expected: Expected,
        status: LeaveStatus,
        note: Option<LeaveNote>,
    ) -> Result<LeaveRequest, LeaveError> {
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.decide_in(&mut *unit, caller, id, expected, status, note).await;
        finish(unit, outcome).await
    }

    async fn decide_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        id: LeaveRequestId,
        expected: Expected,
        status: LeaveStatus,
        note: Option<LeaveNote>,
    ) -> Result<LeaveRequest, LeaveError> {
        let known = readable(repositories, caller, id).await?.request;
        judges(caller, &known)?;
        let old = held(repositories, &known, expected).await?;
        if old.status != LeaveStatus::Pending {
            return Err(LeaveError::NotPending);
        }
        let decision = Decision { at: self.yard.clock.now(), by: caller.on_behalf_of(), note };
        let new = LeaveRequest { status, decision: Some(decision), ..old.clone() };
        let kind =
            if status == LeaveStatus::Approved { "leave_request.approved" } else { "leave_request.rejected" };
        self.keep(repositories, caller, &old, new, kind).await
    }

    /// Takes a request back: the learner a pending one, staff of the class an approval. The figures follow.
    pub async fn withdraw(
        &self,
        caller: &Caller,
        id: LeaveRequestId,
        expected: Expected,
    ) -> Result<LeaveRequest, LeaveError> {
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.withdraw_in(&mut *unit, caller, id, expected).await;
        finish(unit, outcome).await
    }

    async fn withdraw_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        id: LeaveRequestId,
        expected: Expected,
    ) -> Result<LeaveRequest, LeaveError> {
        let known = readable(repositories, caller, id).await?.request;
        let is_own = caller.is(known.user_id);
        if !is_own {
            judges(caller, &known)?;
        }
        let old = held(repositories, &known, expected).await?;
        match (is_own, old.status) {
            (true, LeaveStatus::Pending) | (false, LeaveStatus::Approved) => {}
            (true, LeaveStatus::Approved | LeaveStatus::Rejected | LeaveStatus::Withdrawn) => {
                return Err(LeaveError::NotPending);
            }
            (false, LeaveStatus::Pending | LeaveStatus::Rejected | LeaveStatus::Withdrawn) => {
                return Err(LeaveError::NotApproved);
            }
        }
        let withdrawn_at = Some(self.yard.clock.now());
        let new = LeaveRequest { status: LeaveStatus::Withdrawn, withdrawn_at, ..old.clone() };
        self.keep(repositories, caller, &old, new, "leave_request.withdrawn").await
    }

    async fn keep(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        old: &LeaveRequest,
        mut new: LeaveRequest,
        kind: &str,
    ) -> Result<LeaveRequest, LeaveError> {
        new.stamps = old.stamps.touched(caller, self.yard.clock.now());
        repositories.leave_requests().update(&new).await?;
        repositories.audit().append(&[self.yard.pen(caller).updated(old, &new)]).await?;
        self.tell(repositories, caller, kind, &new).await?;
        Ok(new)
    }

    /// Events say that something happened, not why: whoever receives them need not know.
    async fn tell(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        kind: &str,
        request: &LeaveRequest,
    ) -> Result<(), LeaveError> {
        let payload = serde_json::json!({
            "class_id": request.class_id,
            "first_on": request.period.first_on(),
            "last_on": request.period.last_on(),
        });
        let event =
            Event::new(&self.yard, caller, kind, request.id).concerning(request.user_id).with(payload);
        events::record(repositories, &[event]).await?;
        Ok(())
    }
}

/// The request, if the caller may know of it.
async fn readable(
    repositories: &mut dyn Repositories,
    caller: &Caller,
    id: LeaveRequestId,
) -> Result<LeaveRequestView, LeaveError> {
    let view = repositories.leave_requests().find(id).await?.ok_or(LeaveError::NotFound(id))?;
    let record = Action::ReadRecord { user: view.request.user_id, class: view.request.class_id };
    authorize(caller, record).map_err(|_| LeaveError::NotFound(id))?;
    Ok(view)
}

fn manages(caller: &Caller, class: ClassId) -> Result<(), LeaveError> {
    authorize(caller, Action::Mark(class)).map_err(|_| LeaveError::Forbidden)
}

/// Staff of the class decide, but nobody on their own absence.
fn judges(caller: &Caller, request: &LeaveRequest) -> Result<(), LeaveError> {
    manages(caller, request.class_id)?;
    if caller.acts_for(request.user_id) { Err(LeaveError::OwnRequest) } else { Ok(()) }
}

/// The request in the version that the caller knows, held like its class, which is open.
async fn held(
    repositories: &mut dyn Repositories,
    known: &LeaveRequest,
    expected: Expected,
) -> Result<LeaveRequest, LeaveError> {
    classes::held_open(repositories, known.class_id).await?;
    let request = repositories
        .leave_requests()
        .find_for_update(known.id)
        .await?
        .ok_or(LeaveError::NotFound(known.id))?;
    if expected.allows(request.stamps.version) { Ok(request) } else { Err(LeaveError::Stale) }
}

/// What is asked for, if the learner is expected there.
fn covered(
    wanted: RequestedPeriod,
    lectures: &[Lecture],
    places: &[Enrolment],
) -> Result<LeavePeriod, LeaveError> {
    let mut places = places.iter().filter(|one| one.role == ClassRole::Learner);
    let learns_on = |day: NaiveDate| places.clone().any(|one| one.period.holds_on(day));
    match wanted {
        RequestedPeriod::Lectures(ids) => {
            let found: Vec<Option<&Lecture>> = ids
                .iter()
                .map(|id| lectures.iter().find(|one| one.id == *id && learns_on(one.day())))
                .collect();
            let strange: Vec<usize> =
                found.iter().enumerate().filter_map(|(index, one)| one.is_none().then_some(index)).collect();
            if !strange.is_empty() {
                return Err(LeaveError::Lectures(strange));
            }
            let found: Vec<&Lecture> = found.into_iter().flatten().collect();
            Ok(LeavePeriod::of_lectures(&found)?)
        }
        RequestedPeriod::Days(period) => {
            let (first, last) = (period.first_on(), period.last_on());
            let is_there = places.any(|one| {
                let days = one.period;
                days.enrolled_on() <= last
                    && days.left_on().is_none_or(|left| left > first && left > days.enrolled_on())
            });
            if is_there { Ok(period) } else { Err(LeaveError::NotEnrolled) }
        }
    }
}
