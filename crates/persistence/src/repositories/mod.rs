//! The queries of all repositories, written once and compiled for each database.
//!
//! Each adapter mounts this folder under itself: `super::{Conn, Db, Session, dialect}` are that adapter's. What the
//! databases say differently is in `dialect`; nothing here asks which one it runs on.

use diesel_async::methods::LoadQuery;
use madang_domain::{
    accounts::{
        UserRepository,
        api_keys::ApiKeyRepository,
        identities::{IdentityRepository, SignInFlowRepository},
        recovery::MailTokenRepository,
        sessions::SessionRepository,
        signing_keys::SigningKeyRepository,
    },
    attendance::{
        AttendanceBatches, AttendanceRepository, LedgerRepository, capture::CaptureRepository,
        counters::CounterRepository, leave::LeaveRequestRepository, policies::PolicyRepository,
        records::RecordRepository,
    },
    audit::AuditLog,
    certification::{
        CertificationRepository, eligible::JudgementRepository, issuer_keys::IssuerKeyRepository,
        rules::CompletionRuleRepository, templates::CertificateTemplateRepository,
    },
    devices::DeviceRepository,
    error::{Pending, RepositoryError, RepositoryResult},
    events::EventLog,
    external_ids::ExternalIds,
    idempotency::IdempotencyKeys,
    jobs::Jobs,
    learning::{
        calendars::CalendarRepository, classes::ClassRepository, courses::CourseRepository,
        enrolments::EnrolmentRepository, lectures::LectureRepository,
    },
    merging::MergeRepository,
    notifications::{AnnouncementRepository, CauseRepository, NoticeRepository, PreferenceRepository},
    operations::OperationRepository,
    page::Window,
    report_schedules::ReportScheduleRepository,
    search::SearchQuery,
    store::Repositories,
    stream_tickets::StreamTickets,
    webhooks::WebhookRepository,
    withdrawal::Erasure,
};
use uuid::Uuid;

use super::{Conn, Db, Session, dialect};
use crate::{error::Corrupt, fragment::Fragment, listing::Part};

mod announcements;
mod api_keys;
mod attendances;
mod audit;
mod batches;
mod bulk;
mod calendars;
mod capture;
mod cause_conditions;
mod causes;
mod certificate_numbers;
mod certificate_templates;
mod certifications;
mod classes;
mod cohorts;
mod completion_rules;
mod counters;
mod courses;
mod devices;
mod enrolments;
mod erasure;
mod events;
mod external_ids;
mod idempotency;
mod identities;
mod issuer_keys;
mod jobs;
mod journal;
mod judgements;
mod leave_requests;
mod lectures;
mod ledger;
mod mail_tokens;
mod merges;
mod notices;
mod operations;
mod policies;
mod records;
mod report_schedules;
mod secrets;
mod sessions;
mod signing_keys;
mod standings;
mod stream_tickets;
mod tallies;
mod users;
mod webhooks;

impl Repositories for Session {
    fn users(&mut self) -> &mut dyn UserRepository {
        self
    }

    fn sessions(&mut self) -> &mut dyn SessionRepository {
        self
    }

    fn signing_keys(&mut self) -> &mut dyn SigningKeyRepository {
        self
    }

    fn mail_tokens(&mut self) -> &mut dyn MailTokenRepository {
        self
    }

    fn identities(&mut self) -> &mut dyn IdentityRepository {
        self
    }

    fn sign_in_flows(&mut self) -> &mut dyn SignInFlowRepository {
        self
    }

    fn api_keys(&mut self) -> &mut dyn ApiKeyRepository {
        self
    }

    fn devices(&mut self) -> &mut dyn DeviceRepository {
        self
    }

    fn courses(&mut self) -> &mut dyn CourseRepository {
        self
    }

    fn classes(&mut self) -> &mut dyn ClassRepository {
        self
    }

    fn lectures(&mut self) -> &mut dyn LectureRepository {
        self
    }

    fn enrolments(&mut self) -> &mut dyn EnrolmentRepository {
        self
    }

    fn attendances(&mut self) -> &mut dyn AttendanceRepository {
        self
    }

    fn capture(&mut self) -> &mut dyn CaptureRepository {
        self
    }

    fn attendance_batches(&mut self) -> &mut dyn AttendanceBatches {
        self
    }

    fn stream_tickets(&mut self) -> &mut dyn StreamTickets {
        self
    }

    fn ledger(&mut self) -> &mut dyn LedgerRepository {
        self
    }

    fn policies(&mut self) -> &mut dyn PolicyRepository {
        self
    }

    fn records(&mut self) -> &mut dyn RecordRepository {
        self
    }

    fn counters(&mut self) -> &mut dyn CounterRepository {
        self
    }

    fn leave_requests(&mut self) -> &mut dyn LeaveRequestRepository {
        self
    }

    fn certifications(&mut self) -> &mut dyn CertificationRepository {
        self
    }

    fn judgements(&mut self) -> &mut dyn JudgementRepository {
        self
    }

    fn completion_rules(&mut self) -> &mut dyn CompletionRuleRepository {
        self
    }

    fn certificate_templates(&mut self) -> &mut dyn CertificateTemplateRepository {
        self
    }

    fn issuer_keys(&mut self) -> &mut dyn IssuerKeyRepository {
        self
    }

    fn merges(&mut self) -> &mut dyn MergeRepository {
        self
    }

    fn erasure(&mut self) -> &mut dyn Erasure {
        self
    }

    fn notices(&mut self) -> &mut dyn NoticeRepository {
        self
    }

    fn causes(&mut self) -> &mut dyn CauseRepository {
        self
    }

    fn notice_preferences(&mut self) -> &mut dyn PreferenceRepository {
        self
    }

    fn announcements(&mut self) -> &mut dyn AnnouncementRepository {
        self
    }

    fn audit(&mut self) -> &mut dyn AuditLog {
        self
    }

    fn idempotency(&mut self) -> &mut dyn IdempotencyKeys {
        self
    }

    fn report_schedules(&mut self) -> &mut dyn ReportScheduleRepository {
        self
    }

    fn operations(&mut self) -> &mut dyn OperationRepository {
        self
    }

    fn external_ids(&mut self) -> &mut dyn ExternalIds {
        self
    }

    fn calendars(&mut self) -> &mut dyn CalendarRepository {
        self
    }

    fn webhooks(&mut self) -> &mut dyn WebhookRepository {
        self
    }

    fn events(&mut self) -> &mut dyn EventLog {
        self
    }

    fn jobs(&mut self) -> &mut dyn Jobs {
        self
    }
}

impl Session {
    /// The rows of a list that may be searched and, where pages are counted, how many there are in all.
    ///
    /// `rows` is asked first for what lies near, if the part says what that is, and for all where that does not fill it.
    fn searched<'s, 'q, Q, C, U>(
        &'s mut self,
        window: &'s Window,
        part: &'s Part,
        rows: impl Fn(Option<&Fragment>) -> Q + Send + Sync + 's,
        count: impl Fn() -> C + Send + 's,
    ) -> Pending<'s, (Vec<U>, Option<i64>)>
    where
        'q: 's,
        Q: LoadQuery<'q, Conn, U> + Send + 'q,
        C: LoadQuery<'q, Conn, i64> + Send + 'q,
        U: Send + 's,
    {
        Box::pin(async move {
            if let Some(near) = part.near() {
                let found = self.rows(|| rows(Some(near))).await?;
                if part.is_filled_by(found.len()) {
                    return Ok((found, None));
                }
            }
            self.listed(window, || rows(None), count).await
        })
    }
}

/// Rows of a searched table that the search finds: by the index, or one after the other among those that are near.
fn found(table: &'static str, search: &SearchQuery, near: Option<&Fragment>) -> Fragment {
    match near {
        Some(near) => dialect::holds(table, search).then(" AND ").append(near.clone()),
        None => found_by_index(table, search),
    }
}

/// Rows of a searched table that the search finds by the index, and of several terms those that hold the text itself.
fn found_by_index(table: &'static str, search: &SearchQuery) -> Fragment {
    let candidates = dialect::has_terms(table, search);
    if search.is_one_term() {
        return candidates;
    }
    Fragment::sql("(").append(candidates).then(" AND ").append(dialect::holds(table, search)).then(")")
}

/// Rows of which this column is one of these ids, or all where nothing is said of them.
fn is_one_of_some<T: Copy + Into<Uuid>>(column: &'static str, ids: Option<&[T]>) -> Fragment {
    ids.map_or_else(|| Fragment::sql("true"), |ids| dialect::is_one_of(column, ids))
}

/// The entity of the one row that was asked for, if there is one.
fn one<R, T>(rows: Vec<R>) -> RepositoryResult<Option<T>>
where
    T: TryFrom<R, Error = Corrupt>,
{
    Ok(rows.into_iter().next().map(T::try_from).transpose()?)
}

/// The entities of rows, in their order.
fn all<R, T>(rows: Vec<R>) -> RepositoryResult<Vec<T>>
where
    T: TryFrom<R, Error = Corrupt>,
{
    Ok(rows.into_iter().map(T::try_from).collect::<Result<_, _>>()?)
}

/// Whether a statement wrote the one row that it was meant for; `missing` if it found none.
fn wrote_one(written: usize, missing: RepositoryError) -> RepositoryResult<()> {
    if written == 1 { Ok(()) } else { Err(missing) }
}

/// A count as the domain has it.
fn count_of(rows: Vec<i64>) -> u64 {
    rows.into_iter().next().and_then(|count| u64::try_from(count).ok()).unwrap_or_default()
}
