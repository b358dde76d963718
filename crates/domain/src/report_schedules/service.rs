//! What can be done with schedules of reports: by who may see the figures.

use std::collections::BTreeSet;

use thiserror::Error;

use super::{
    NewReportSchedule, ReportSchedule, ReportScheduleChanges, ReportScheduleFilter, ReportScheduleSort,
    model::last_over,
};
use crate::{
    access::{Action, Caller, authorize},
    calendar::{TimeZone, local_day},
    error::RepositoryError,
    idempotency::Answering,
    ids::{CourseId, ReportScheduleId, UserId},
    page::{Listed, Listing},
    stamps::{Expected, Stamps},
    store::{Repositories, finish},
    yard::Yard,
};

/// Why something could not be done with a schedule.
#[derive(Debug, Error)]
pub enum ReportScheduleError {
    /// There is no such schedule.
    #[error("no such schedule: {0}")]
    NotFound(ReportScheduleId),
    /// The caller may not see statistics.
    #[error("forbidden to the caller")]
    Forbidden,
    /// The schedule is not the version that the caller knows.
    #[error("the schedule has changed")]
    Stale,
    /// There is no such course.
    #[error("no such course: {0}")]
    NoSuchCourse(CourseId),
    /// These recipients may not see statistics, or there are no such users.
    #[error("recipients who may not see statistics")]
    NotForThem(Vec<UserId>),
    /// The data could not be reached or kept.
    #[error("the repository failed")]
    Repository(#[from] RepositoryError),
}

/// The use cases of schedules of reports.
#[derive(Clone)]
pub struct ReportScheduleService {
    pub(super) yard: Yard,
    /// Where the web client is, without a slash at its end.
    pub(super) web_url: String,
}

impl ReportScheduleService {
    /// A service that stands on `yard`; links in mails lead to pages under `web_url`.
    pub fn new(yard: Yard, web_url: &str) -> Self {
        Self { yard, web_url: web_url.trim_end_matches('/').to_owned() }
    }

    /// One schedule.
    pub async fn find(
        &self,
        caller: &Caller,
        id: ReportScheduleId,
    ) -> Result<ReportSchedule, ReportScheduleError> {
        allowed(caller)?;
        let mut session = self.yard.store.session().await?;
        session.report_schedules().find(id).await?.ok_or(ReportScheduleError::NotFound(id))
    }

    /// Lists schedules.
    pub async fn list(
        &self,
        caller: &Caller,
        listing: Listing<ReportScheduleFilter, ReportScheduleSort>,
    ) -> Result<Listed<ReportSchedule>, ReportScheduleError> {
        allowed(caller)?;
        let mut session = self.yard.store.session().await?;
        Ok(session.report_schedules().list(&listing).await?)
    }

    /// Makes a schedule.
    pub async fn create(
        &self,
        caller: &Caller,
        new: NewReportSchedule,
        answering: &Answering<'_, ReportSchedule>,
    ) -> Result<ReportSchedule, ReportScheduleError> {
        allowed(caller)?;
        let now = self.yard.clock.now();
        let schedule = ReportSchedule {
            id: ReportScheduleId(self.yard.ids.next()),
            period: new.period,
            course_id: new.course_id,
            recipients: new.recipients,
            is_active: true,
            announced_until: last_over(new.period, local_day(now, TimeZone::SEOUL)),
            stamps: Stamps::new(caller, now),
        };
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.create_in(&mut *unit, caller, &schedule, answering).await;
        finish(unit, outcome).await?;
        Ok(schedule)
    }

    async fn create_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        schedule: &ReportSchedule,
        answering: &Answering<'_, ReportSchedule>,
    ) -> Result<(), ReportScheduleError> {
        check_recipients(repositories, &schedule.recipients).await?;
        let kept = repositories.report_schedules().insert(schedule).await;
        kept.map_err(|error| of_course(error, schedule))?;
        repositories.audit().append(&[self.yard.pen(caller).created(schedule)]).await?;
        answering.keep(repositories, schedule).await?;
        Ok(())
    }

    /// Changes a schedule.
    pub async fn update(
        &self,
        caller: &Caller,
        id: ReportScheduleId,
        expected: Expected,
        changes: ReportScheduleChanges,
    ) -> Result<ReportSchedule, ReportScheduleError> {
        allowed(caller)?;
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.update_in(&mut *unit, caller, id, expected, changes).await;
        finish(unit, outcome).await
    }

    async fn update_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        id: ReportScheduleId,
        expected: Expected,
        changes: ReportScheduleChanges,
    ) -> Result<ReportSchedule, ReportScheduleError> {
        let old = held(repositories, id, expected).await?;
        let now = self.yard.clock.now();
        let mut new = old.with(changes, local_day(now, TimeZone::SEOUL));
        if new == old {
            return Ok(old);
        }
        let added: BTreeSet<UserId> = new.recipients.difference(&old.recipients).copied().collect();
        check_recipients(repositories, &added).await?;
        new.stamps = old.stamps.touched(caller, now);
        let kept = repositories.report_schedules().update(&new).await;
        kept.map_err(|error| of_course(error, &new))?;
        repositories.audit().append(&[self.yard.pen(caller).updated(&old, &new)]).await?;
        Ok(new)
    }

    /// Removes a schedule.
    pub async fn delete(
        &self,
        caller: &Caller,
        id: ReportScheduleId,
        expected: Expected,
    ) -> Result<(), ReportScheduleError> {
        allowed(caller)?;
        let mut unit = self.yard.store.begin().await?;
        let outcome = async {
            let old = held(&mut *unit, id, expected).await?;
            unit.report_schedules().delete(id).await?;
            unit.audit().append(&[self.yard.pen(caller).deleted(&old, None)]).await?;
            Ok::<_, ReportScheduleError>(())
        }
        .await;
        finish(unit, outcome).await
    }
}

async fn held(
    repositories: &mut dyn Repositories,
    id: ReportScheduleId,
    expected: Expected,
) -> Result<ReportSchedule, ReportScheduleError> {
    let found = repositories.report_schedules().find_for_update(id).await?;
    let schedule = found.ok_or(ReportScheduleError::NotFound(id))?;
    if expected.allows(schedule.stamps.version) { Ok(schedule) } else { Err(ReportScheduleError::Stale) }
}

fn of_course(error: RepositoryError, schedule: &ReportSchedule) -> ReportScheduleError {
    match (error, schedule.course_id) {
        (RepositoryError::MissingReference, Some(course)) => ReportScheduleError::NoSuchCourse(course),
        (error, _) => error.into(),
    }
}

/// Nobody is told of what they may not see.
async fn check_recipients(
    repositories: &mut dyn Repositories,
    recipients: &BTreeSet<UserId>,
) -> Result<(), ReportScheduleError> {
    if recipients.is_empty() {
        return Ok(());
    }
    let ids: Vec<UserId> = recipients.iter().copied().collect();
    let users = repositories.users().find_many(&ids).await?;
    let may_see = |id: &&UserId| {
        users.iter().any(|user| {
            let caller = Caller::user(user.id, user.authorizations.clone());
            user.id == **id && user.may_sign_in() && allowed(&caller).is_ok()
        })
    };
    let others: Vec<UserId> = recipients.iter().filter(|id| !may_see(id)).copied().collect();
    if others.is_empty() { Ok(()) } else { Err(ReportScheduleError::NotForThem(others)) }
}

pub(super) fn allowed(caller: &Caller) -> Result<(), ReportScheduleError> {
    authorize(caller, Action::ReadStatistics).map_err(|_| ReportScheduleError::Forbidden)
}
