//! The door to the data: reads through a session, writes through a unit of work.
//!
//! Only services open units. Nothing is kept unless [`UnitOfWork::commit`] is called; [`finish`] is how a
//! service ends one. No network, hashing or file work happens while a unit is open.

use async_trait::async_trait;
use uuid::Uuid;

use crate::{
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
    error::RepositoryResult,
    events::EventLog,
    external_ids::ExternalIds,
    idempotency::IdempotencyKeys,
    jobs::{Jobs, WakeUps},
    learning::{
        calendars::CalendarRepository, classes::ClassRepository, courses::CourseRepository,
        enrolments::EnrolmentRepository, lectures::LectureRepository,
    },
    merging::MergeRepository,
    notifications::{AnnouncementRepository, CauseRepository, NoticeRepository, PreferenceRepository},
    operations::OperationRepository,
    report_schedules::ReportScheduleRepository,
    stream_tickets::StreamTickets,
    webhooks::WebhookRepository,
    withdrawal::Erasure,
};

mod marks;

pub use marks::{LocalMarks, Needed, WriteMarks};

/// A database.
#[async_trait]
pub trait Store: Send + Sync {
    /// For reading: every statement stands alone.
    async fn session(&self) -> RepositoryResult<Box<dyn Repositories>>;

    /// For long reading (reports, exports), away from the threads that serve short requests.
    async fn long_session(&self) -> RepositoryResult<Box<dyn Repositories>>;

    /// For reports: long reading, from a replica where there is one, but never from one that has not seen what `reader` wrote last.
    async fn report_session(&self, reader: Uuid) -> RepositoryResult<Box<dyn Repositories>>;

    /// The same for figures of one class, lecture or learner: a few short statements that need not wait for long ones.
    async fn figure_session(&self, reader: Uuid) -> RepositoryResult<Box<dyn Repositories>>;

    /// Remembers that somebody may have written, for [`report_session`](Self::report_session).
    async fn wrote(&self, writer: Uuid);

    /// Whether nothing can be written, because the server is being maintained.
    fn is_read_only(&self) -> bool;

    /// For writing: nothing is kept unless it is committed.
    async fn begin(&self) -> RepositoryResult<Box<dyn UnitOfWork>>;

    /// Tells a worker of jobs that are kept from now on; on PostgreSQL by whichever server.
    fn wake_ups(&self) -> Box<dyn WakeUps>;

    /// Whether the database answers.
    async fn ping(&self) -> RepositoryResult<()>;
}

/// The repositories, all on one connection.
pub trait Repositories: Send {
    /// Users.
    fn users(&mut self) -> &mut dyn UserRepository;
    /// Sessions and their refresh tokens.
    fn sessions(&mut self) -> &mut dyn SessionRepository;
    /// The keys that sign access tokens.
    fn signing_keys(&mut self) -> &mut dyn SigningKeyRepository;
    /// Links in mails.
    fn mail_tokens(&mut self) -> &mut dyn MailTokenRepository;
    /// Identities at providers.
    fn identities(&mut self) -> &mut dyn IdentityRepository;
    /// Sign-ins at providers under way.
    fn sign_in_flows(&mut self) -> &mut dyn SignInFlowRepository;
    /// API keys.
    fn api_keys(&mut self) -> &mut dyn ApiKeyRepository;
    /// Devices.
    fn devices(&mut self) -> &mut dyn DeviceRepository;
    /// Courses.
    fn courses(&mut self) -> &mut dyn CourseRepository;
    /// Classes.
    fn classes(&mut self) -> &mut dyn ClassRepository;
    /// Lectures.
    fn lectures(&mut self) -> &mut dyn LectureRepository;
    /// Enrolments.
    fn enrolments(&mut self) -> &mut dyn EnrolmentRepository;
    /// Attendances.
    fn attendances(&mut self) -> &mut dyn AttendanceRepository;
    /// Check-in sessions and what learners do in them.
    fn capture(&mut self) -> &mut dyn CaptureRepository;
    /// What bulk requests did.
    fn attendance_batches(&mut self) -> &mut dyn AttendanceBatches;
    /// The digests of the ledger.
    fn ledger(&mut self) -> &mut dyn LedgerRepository;
    /// Attendance policies, and which class goes by which.
    fn policies(&mut self) -> &mut dyn PolicyRepository;
    /// What the policy engine is given.
    fn records(&mut self) -> &mut dyn RecordRepository;
    /// Counters of attendance.
    fn counters(&mut self) -> &mut dyn CounterRepository;
    /// Requests for leave.
    fn leave_requests(&mut self) -> &mut dyn LeaveRequestRepository;
    /// Certifications.
    fn certifications(&mut self) -> &mut dyn CertificationRepository;
    /// How many learners may be certified.
    fn judgements(&mut self) -> &mut dyn JudgementRepository;
    /// Completion rules.
    fn completion_rules(&mut self) -> &mut dyn CompletionRuleRepository;
    /// Templates of certificates.
    fn certificate_templates(&mut self) -> &mut dyn CertificateTemplateRepository;
    /// The keys that sign certificates as credentials.
    fn issuer_keys(&mut self) -> &mut dyn IssuerKeyRepository;
    /// Merges of users.
    fn merges(&mut self) -> &mut dyn MergeRepository;
    /// The forgetting of who has left.
    fn erasure(&mut self) -> &mut dyn Erasure;
    /// Notices.
    fn notices(&mut self) -> &mut dyn NoticeRepository;
    /// What there is to tell.
    fn causes(&mut self) -> &mut dyn CauseRepository;
    /// How people want to be told.
    fn notice_preferences(&mut self) -> &mut dyn PreferenceRepository;
    /// Announcements, and when classes remind.
    fn announcements(&mut self) -> &mut dyn AnnouncementRepository;
    /// The audit log.
    fn audit(&mut self) -> &mut dyn AuditLog;
    /// Idempotency keys.
    fn idempotency(&mut self) -> &mut dyn IdempotencyKeys;
    /// Long-running operations.
    fn operations(&mut self) -> &mut dyn OperationRepository;
    /// Schedules of reports.
    fn report_schedules(&mut self) -> &mut dyn ReportScheduleRepository;
    /// Ids that other systems gave.
    fn external_ids(&mut self) -> &mut dyn ExternalIds;
    /// Tickets for streams.
    fn stream_tickets(&mut self) -> &mut dyn StreamTickets;
    /// Calendars.
    fn calendars(&mut self) -> &mut dyn CalendarRepository;
    /// Webhook endpoints, and what is delivered to them.
    fn webhooks(&mut self) -> &mut dyn WebhookRepository;
    /// What has happened.
    fn events(&mut self) -> &mut dyn EventLog;
    /// What is still to be done about it.
    fn jobs(&mut self) -> &mut dyn Jobs;
}

/// Writes that are kept together or not at all.
#[async_trait]
pub trait UnitOfWork: Repositories {
    /// Keeps everything.
    async fn commit(self: Box<Self>) -> RepositoryResult<()>;
    /// Keeps nothing.
    async fn rollback(self: Box<Self>) -> RepositoryResult<()>;
}

/// Ends a unit: commits when `outcome` is `Ok`, rolls back when it is not.
///
/// A unit that merely goes out of scope costs its connection; this is how ordinary errors avoid that.
pub async fn finish<T, E>(unit: Box<dyn UnitOfWork>, outcome: Result<T, E>) -> Result<T, E>
where
    E: From<crate::error::RepositoryError>,
{
    match outcome {
        Ok(value) => {
            unit.commit().await?;
            Ok(value)
        }
        Err(error) => {
            if let Err(rollback) = unit.rollback().await {
                tracing::warn!(error = %rollback, "a unit of work could not be rolled back; its connection is closed");
            }
            Err(error)
        }
    }
}
