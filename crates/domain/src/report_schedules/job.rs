//! Telling recipients, each morning, which reports are there.

use std::collections::{BTreeSet, HashMap};

use async_trait::async_trait;
use chrono::{NaiveDate, NaiveTime};

use super::{
    ReportSchedule, ReportScheduleFilter, ReportScheduleService, ReportScheduleSort, service::allowed,
};
use crate::{
    access::Caller,
    accounts::User,
    calendar::{Period, TimeZone, local_day},
    error::RepositoryResult,
    ids::{CourseId, UserId},
    jobs::{self, Job, JobHandler, JobOutcome, NewJob, Priority, Rhythm},
    mail::MailMessage,
    page::{Listing, PageSize, Sort, Window},
    store::{Repositories, finish},
};

const KIND: &str = "reports.announce";

/// Announces the reports of the weeks and months that have ended: each morning at seven, in Seoul.
pub struct ReportMailing(ReportScheduleService);

impl ReportMailing {
    /// Announces what `service` schedules.
    pub fn new(service: ReportScheduleService) -> Self {
        Self(service)
    }
}

#[async_trait]
impl JobHandler for ReportMailing {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn run(&self, job: &Job) -> JobOutcome {
        // The day on which it was due: a job that is late announces the same report.
        self.0.announce(local_day(job.run_at, TimeZone::SEOUL)).await.map(drop).map_err(Into::into)
    }

    fn rhythm(&self) -> Option<Rhythm> {
        NaiveTime::from_hms_opt(7, 0, 0).map(Rhythm::Daily)
    }
}

impl ReportScheduleService {
    /// Enqueues the mails of a day; a mail that was enqueued before is not enqueued again. Tells how many are new.
    pub async fn announce(&self, day: NaiveDate) -> RepositoryResult<usize> {
        let letters = {
            let mut session = self.yard.store.long_session().await?;
            self.letters(&mut *session, day).await?
        };
        if letters.is_empty() {
            return Ok(0);
        }
        let mut unit = self.yard.store.begin().await?;
        let outcome = jobs::enqueue_all(&mut *unit, &self.yard, letters).await;
        finish(unit, outcome).await
    }

    async fn letters(
        &self,
        repositories: &mut dyn Repositories,
        day: NaiveDate,
    ) -> RepositoryResult<Vec<NewJob>> {
        let due: Vec<(ReportSchedule, (NaiveDate, NaiveDate))> = active(repositories)
            .await?
            .into_iter()
            .filter_map(|schedule| schedule.due_on(day).map(|days| (schedule, days)))
            .collect();
        if due.is_empty() {
            return Ok(Vec::new());
        }
        let users: BTreeSet<UserId> =
            due.iter().flat_map(|(one, _)| one.recipients.iter().copied()).collect();
        let users: Vec<UserId> = users.into_iter().collect();
        let users: HashMap<UserId, User> =
            repositories.users().find_many(&users).await?.into_iter().map(|user| (user.id, user)).collect();
        let courses: Vec<CourseId> = due.iter().filter_map(|(one, _)| one.course_id).collect();
        let courses: HashMap<CourseId, String> = repositories
            .courses()
            .find_many(&courses)
            .await?
            .into_iter()
            .map(|course| (course.id, course.title.into()))
            .collect();
        let mut letters = Vec::new();
        for (schedule, days) in &due {
            let of = match schedule.course_id {
                Some(course) => courses.get(&course).map_or("–", String::as_str),
                None => "전체 강의",
            };
            for user in schedule.recipients.iter().filter_map(|id| users.get(id)) {
                letters.extend(self.letter(schedule, *days, of, user));
            }
        }
        Ok(letters)
    }

    /// The mail to a recipient, if they may still see the figures and read mail of ours.
    fn letter(
        &self,
        schedule: &ReportSchedule,
        (first, last): (NaiveDate, NaiveDate),
        of: &str,
        user: &User,
    ) -> Option<NewJob> {
        let may_see = allowed(&Caller::user(user.id, user.authorizations.clone())).is_ok();
        let email = user.email.as_ref().filter(|_| user.email_verified_at.is_some())?;
        if !may_see || !user.may_sign_in() {
            return None;
        }
        let (period, korean, english) = match schedule.period {
            Period::Weekly => ("weekly", "주간", "weekly"),
            Period::Monthly => ("monthly", "월간", "monthly"),
        };
        let course = schedule.course_id.map_or_else(String::new, |id| format!("&course_id={id}"));
        let link =
            format!("{}/reports/attendance?period={period}&from={first}&to={last}{course}", self.web_url);
        let text = format!(
            "{korean} 출석 보고서가 준비되었습니다.\n\n대상: {of}\n기간: {first} ~ {last}\n\n{link}\n\n\
             PDF와 엑셀로도 받을 수 있습니다. 로그인이 필요합니다.\n\n---\n\n\
             The {english} attendance report is ready: open the address above.\n"
        );
        let subject = format!("[마당] {korean} 출석 보고서 {first} ~ {last}");
        let key = format!("report:{}:{first}:{}", schedule.id, user.id);
        Some(MailMessage::new(email, &subject, text).into_job().unique(key).priority(Priority::Default))
    }
}

/// Every schedule that is not paused.
async fn active(repositories: &mut dyn Repositories) -> RepositoryResult<Vec<ReportSchedule>> {
    let mut listing = Listing {
        filter: ReportScheduleFilter { is_active: Some(true), ..ReportScheduleFilter::default() },
        sort: Sort::ascending(ReportScheduleSort::CreatedAt),
        window: Window::After { cursor: None, size: PageSize::BATCH },
    };
    let mut schedules = Vec::new();
    loop {
        let listed = repositories.report_schedules().list(&listing).await?;
        schedules.extend(listed.items);
        let Some(cursor) = listed.next else { return Ok(schedules) };
        listing.window = Window::After { cursor: Some(cursor), size: PageSize::BATCH };
    }
}
