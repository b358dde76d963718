//! Mailing reports: each morning which ones are over, then one mail after the other.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{NaiveDate, NaiveTime, TimeDelta};
use serde::{Deserialize, Serialize};

use super::{ReportSchedule, ReportScheduleService, model::last_over, service::allowed};
use crate::{
    access::Caller,
    calendar::{Period, TimeZone, local_day},
    error::RepositoryResult,
    ids::{ReportScheduleId, UserId},
    jobs::{self, Job, JobFailure, JobHandler, JobOutcome, NewJob, Rhythm},
    mail::{Attachment, MailMessage, Mailer},
    store::finish,
    text::Email,
};

/// At which hour of the day in Seoul reports are announced.
const HOUR: u32 = 7;

const ANNOUNCE: &str = "reports.announce";
const SEND: &str = "reports.send";

/// Announces the reports of the weeks and months that are over: each morning, in Seoul.
pub struct ReportAnnouncing(ReportScheduleService);

impl ReportAnnouncing {
    /// Announces what `service` schedules.
    pub fn new(service: ReportScheduleService) -> Self {
        Self(service)
    }
}

#[async_trait]
impl JobHandler for ReportAnnouncing {
    fn kind(&self) -> &'static str {
        ANNOUNCE
    }

    async fn run(&self, _job: &Job) -> JobOutcome {
        self.0.announce().await?;
        Ok(())
    }

    fn rhythm(&self) -> Option<Rhythm> {
        NaiveTime::from_hms_opt(HOUR, 0, 0).map(Rhythm::Daily)
    }
}

/// Makes the reports that are mailed.
#[async_trait]
pub trait ReportPress: Send + Sync {
    /// The report of the weeks or months up to this day as a paper, for a reader who may see its figures.
    async fn print(
        &self,
        reader: &Caller,
        schedule: &ReportSchedule,
        last_day: NaiveDate,
    ) -> Result<Attachment, JobFailure>;
}

/// Sends one report to one recipient.
pub struct ReportMailing {
    schedules: ReportScheduleService,
    press: Arc<dyn ReportPress>,
    mailer: Arc<dyn Mailer>,
}

impl ReportMailing {
    /// Sends through `mailer` what `press` makes.
    pub fn new(
        schedules: ReportScheduleService,
        press: Arc<dyn ReportPress>,
        mailer: Arc<dyn Mailer>,
    ) -> Self {
        Self { schedules, press, mailer }
    }
}

#[async_trait]
impl JobHandler for ReportMailing {
    fn kind(&self) -> &'static str {
        SEND
    }

    async fn run(&self, job: &Job) -> JobOutcome {
        let errand: Errand = job.read()?;
        let Some((schedule, reader, message)) = self.schedules.letter(&errand).await? else { return Ok(()) };
        let paper = self.press.print(&reader, &schedule, errand.last_day).await?;
        self.mailer.send(job.id, &message.with_attachment(paper)).await
    }
}

/// What is to be sent, and to whom.
#[derive(Debug, Serialize, Deserialize)]
struct Errand {
    schedule: ReportScheduleId,
    recipient: UserId,
    last_day: NaiveDate,
}

impl Errand {
    fn job(&self) -> NewJob {
        let key = format!("{}:{}:{}", self.schedule, self.last_day, self.recipient);
        NewJob::new(SEND, serde_json::to_value(self).unwrap_or_default()).unique(key)
    }
}

impl ReportScheduleService {
    /// Enqueues a mail to each recipient of the reports that are over and were not announced; tells how many.
    ///
    /// After days without a worker the newest week or month is announced, not those before it.
    pub async fn announce(&self) -> RepositoryResult<usize> {
        // A job of yesterday that comes late at night does not tell before the hour.
        let today = local_day(self.yard.clock.now() - TimeDelta::hours(HOUR.into()), TimeZone::SEOUL);
        let mut unit = self.yard.store.begin().await?;
        let outcome = async {
            let mut errands = Vec::new();
            for period in [Period::Weekly, Period::Monthly] {
                let last_day = last_over(period, today);
                for due in unit.report_schedules().announce(period, last_day).await? {
                    let to = |recipient| Errand { schedule: due.id, recipient, last_day }.job();
                    errands.extend(due.recipients.iter().copied().map(to));
                }
            }
            jobs::enqueue_all(&mut *unit, &self.yard, errands).await
        }
        .await;
        finish(unit, outcome).await
    }

    /// The mail to a recipient who may still see the figures and read mail of ours, while the schedule wants it.
    async fn letter(
        &self,
        errand: &Errand,
    ) -> RepositoryResult<Option<(ReportSchedule, Caller, MailMessage)>> {
        let mut session = self.yard.store.session().await?;
        let found = session.report_schedules().find(errand.schedule).await?;
        let wanted = |one: &ReportSchedule| one.is_active && one.recipients.contains(&errand.recipient);
        let Some(schedule) = found.filter(wanted) else { return Ok(None) };
        let Some(user) = session.users().find(errand.recipient).await? else { return Ok(None) };
        let reader = Caller::user(user.id, user.authorizations.clone());
        let email = user.email.as_ref().filter(|_| user.email_verified_at.is_some());
        let Some(email) = email.filter(|_| user.may_sign_in() && allowed(&reader).is_ok()) else {
            return Ok(None);
        };
        let course = match schedule.course_id {
            Some(course) => session.courses().find(course).await?,
            None => None,
        };
        let of = course.as_ref().map_or("전체 강의", |course| course.title.as_str());
        let message = self.message(&schedule, errand.last_day, of, email);
        Ok(Some((schedule, reader, message)))
    }

    fn message(&self, schedule: &ReportSchedule, last: NaiveDate, of: &str, to: &Email) -> MailMessage {
        let first = schedule.period.bucket(last).start;
        let (korean, english, before) = match schedule.period {
            Period::Weekly => ("주간", "weekly", "주"),
            Period::Monthly => ("월간", "monthly", "개월"),
        };
        let course = schedule.course_id.map_or_else(String::new, |id| format!("&course_id={id}"));
        let period = schedule.period.as_str();
        let link = format!("{}/reports/attendance?period={period}&to={last}{course}", self.web_url);
        let text = format!(
            "{korean} 출석 보고서를 첨부합니다.\n\n대상: {of}\n기간: {first} ~ {last} (비교를 위해 앞선 11{before}도 함께 실었습니다.)\n\n\
             웹에서 보기(로그인 필요): {link}\n\n---\n\n\
             The {english} attendance report is attached; the address above shows it on the web.\n"
        );
        MailMessage::new(to, &format!("[마당] {korean} 출석 보고서 {first} ~ {last}"), text)
    }
}
