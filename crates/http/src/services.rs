//! The services that handlers call: every one of them, made in one place.

use std::sync::Arc;

use madang_domain::{
    accounts::{
        AccountService, Passwords, UserService,
        api_keys::ApiKeyService,
        identities::IdentityService,
        recovery::RecoveryService,
        sessions::{SessionLifetimes, SessionService},
    },
    attendance::{
        AttendanceService, ClosingService, LedgerService,
        capture::{CaptureService, CaptureSettings},
        counters::CounterService,
        leave::LeaveService,
        policies::PolicyService,
    },
    audit::AuditService,
    certification::{
        CertificationService, Issuer, eligible::EligibleService, rules::RuleService,
        templates::TemplateService,
    },
    devices::DeviceService,
    error::RepositoryResult,
    idempotency::IdempotencyService,
    jobs::JobService,
    learning::{
        calendars::CalendarService, classes::ClassService, courses::CourseService,
        enrolments::EnrolmentService, lectures::LectureService,
    },
    merging::MergeService,
    notifications::{NotificationService, NotificationSettings},
    opaque::OpaqueTokens,
    operations::OperationService,
    report_schedules::ReportScheduleService,
    secrets::Secrets,
    stream_tickets::StreamTicketService,
    webhooks::WebhookService,
    withdrawal::WithdrawalService,
    yard::Yard,
};
use madang_reporting::{reports::ReportService, statistics::StatisticsService};

use crate::{imports::ImportDesk, problem::ProblemCode, rebuilding::RebuildDesk, report_desk::ReportDesk};

/// How users prove who they are, and for how long a proof holds.
pub struct Proofs {
    /// Hashes and compares passwords.
    pub passwords: Arc<dyn Passwords>,
    /// Draws tokens.
    pub tokens: Arc<dyn OpaqueTokens>,
    /// How long sessions last.
    pub lifetimes: SessionLifetimes,
    /// Under which address the pages are to which links in mails lead.
    pub web_url: String,
}

/// The use cases that the routes call.
#[derive(Clone)]
pub struct Services {
    /// Registering and signing in.
    pub accounts: AccountService,
    /// Sessions.
    pub sessions: SessionService,
    /// API keys.
    pub api_keys: ApiKeyService,
    /// Devices.
    pub devices: DeviceService,
    /// Links in mails.
    pub recovery: RecoveryService,
    /// Signing in through providers.
    pub identities: IdentityService,
    /// Users.
    pub users: UserService,
    /// Leaving.
    pub withdrawal: WithdrawalService,
    /// Merging temp users.
    pub merging: MergeService,
    /// Courses.
    pub courses: CourseService,
    /// Classes.
    pub classes: ClassService,
    /// Lectures.
    pub lectures: LectureService,
    /// Enrolments.
    pub enrolments: EnrolmentService,
    /// Marks.
    pub attendances: AttendanceService,
    /// Check-in and what else learners do at lectures.
    pub capture: CaptureService,
    /// Closing classes.
    pub closing: ClosingService,
    /// The ledger of marks.
    pub ledger: LedgerService,
    /// Attendance policies.
    pub policies: PolicyService,
    /// Requests for leave.
    pub leave: LeaveService,
    /// Certifications.
    pub certifications: CertificationService,
    /// Completion rules.
    pub completion_rules: RuleService,
    /// Templates of certificates.
    pub templates: TemplateService,
    /// Notices.
    pub notifications: NotificationService,
    /// The audit log.
    pub audit: AuditService,
    /// The figures of attendance.
    pub statistics: StatisticsService,
    /// Figures as documents and charts.
    pub reports: ReportService,
    /// Large reports beside the requests.
    pub report_desk: ReportDesk,
    /// Reports by mail.
    pub report_schedules: ReportScheduleService,
    /// Long work that clients follow.
    pub operations: OperationService,
    /// Counters of attendance.
    pub counters: CounterService,
    /// How many learners may be certified.
    pub eligible: EligibleService,
    /// Remaking of counters beside the requests.
    pub rebuilding: RebuildDesk,
    /// Imports beside the requests.
    pub imports: ImportDesk,
    /// Calendars.
    pub calendars: CalendarService,
    /// Telling other systems.
    pub webhooks: WebhookService,
    /// Work after the requests.
    pub jobs: JobService,
    /// Idempotency keys.
    pub idempotency: IdempotencyService,
    /// Tickets for streams.
    pub stream_tickets: StreamTicketService,
    /// What the services stand on.
    pub yard: Yard,
}

impl Services {
    /// All services on one yard.
    #[expect(
        clippy::too_many_arguments,
        reason = "each is a thing of its own, and one place makes the services"
    )]
    pub fn new(
        yard: Yard,
        proofs: Proofs,
        identities: IdentityService,
        secrets: Arc<dyn Secrets>,
        capture: CaptureSettings,
        issuer: Issuer,
        notifications: NotificationSettings,
        webhooks: WebhookService,
    ) -> Self {
        let Proofs { passwords, tokens, lifetimes, web_url } = proofs;
        let users = UserService::new(yard.clone(), passwords.clone());
        let sessions = SessionService::new(yard.clone(), tokens.clone(), lifetimes);
        let operations = OperationService::new(yard.clone());
        Self {
            accounts: AccountService::new(yard.clone(), passwords.clone(), sessions.clone()),
            sessions,
            api_keys: ApiKeyService::new(yard.clone(), tokens.clone()),
            devices: DeviceService::new(yard.clone()),
            calendars: CalendarService::new(yard.clone(), tokens.clone()),
            recovery: RecoveryService::new(yard.clone(), passwords, tokens, &web_url),
            withdrawal: WithdrawalService::new(yard.clone(), users.clone(), identities.clone()),
            identities,
            users,
            merging: MergeService::new(yard.clone()),
            courses: CourseService::new(yard.clone()),
            classes: ClassService::new(yard.clone()),
            lectures: LectureService::new(yard.clone()),
            enrolments: EnrolmentService::new(yard.clone()),
            attendances: AttendanceService::new(yard.clone()),
            stream_tickets: StreamTicketService::new(yard.clone(), Arc::clone(&secrets)),
            capture: CaptureService::new(yard.clone(), secrets, capture),
            closing: ClosingService::new(yard.clone()),
            ledger: LedgerService::new(yard.clone()),
            policies: PolicyService::new(yard.clone()),
            leave: LeaveService::new(yard.clone()),
            certifications: CertificationService::new(yard.clone(), issuer),
            completion_rules: RuleService::new(yard.clone()),
            templates: TemplateService::new(yard.clone()),
            notifications: NotificationService::new(yard.clone(), notifications),
            audit: AuditService::new(yard.clone()),
            statistics: StatisticsService::new(yard.clone()),
            reports: ReportService::new(yard.clone()),
            report_desk: ReportDesk::new(&yard, operations.clone()),
            report_schedules: ReportScheduleService::new(yard.clone(), &web_url),
            counters: CounterService::new(yard.clone()),
            eligible: EligibleService::new(yard.clone()),
            rebuilding: RebuildDesk::new(&yard, operations.clone()),
            imports: ImportDesk::new(&yard, operations.clone()),
            operations,
            webhooks,
            jobs: JobService::new(yard.clone()),
            idempotency: IdempotencyService::new(yard.store.clone(), yard.clock.clone()),
            yard,
        }
    }

    /// Vouches for the long work that this server is at, and ends what was left behind by one that is gone; tells how much that was.
    ///
    /// # Errors
    /// When the database can't be reached.
    pub async fn vouch_for_operations(&self) -> RepositoryResult<usize> {
        self.operations.vouch(&ProblemCode::OperationInterrupted.document()).await
    }
}
