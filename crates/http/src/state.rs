//! What every handler can reach: the services, the tokens, and who has called lately.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use actix_web::{HttpRequest, web};
use chrono::{DateTime, Utc};
use madang_auth::tokens::TokenService;
use madang_domain::{
    access::Caller,
    accounts::{AccountService, Passwords, UserService, identities::IdentityService},
    attendance::{AttendanceService, leave::LeaveService, policies::PolicyService},
    audit::AuditService,
    certification::CertificationService,
    idempotency::IdempotencyService,
    ids::UserId,
    learning::{
        classes::ClassService, courses::CourseService, enrolments::EnrolmentService, lectures::LectureService,
    },
    merging::MergeService,
    operations::OperationService,
    yard::Yard,
};
use madang_reporting::statistics::StatisticsService;
use moka::sync::Cache;

use crate::{
    imports::ImportDesk,
    limits::Gate,
    metrics::Metrics,
    problem::{Problem, ProblemCode},
};

/// How long a caller's roles are believed: the most that another node lags behind a change of them.
const CALLER_SECONDS: u64 = 5;

/// The use cases that the routes call.
#[derive(Clone)]
pub struct Services {
    /// Registering and signing in.
    pub accounts: AccountService,
    /// Signing in through providers.
    pub identities: IdentityService,
    /// Users.
    pub users: UserService,
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
    /// Requests for leave.
    pub leave: LeaveService,
    /// Attendance policies.
    pub policies: PolicyService,
    /// Certifications.
    pub certifications: CertificationService,
    /// The audit log.
    pub audit: AuditService,
    /// The figures of attendance.
    pub statistics: StatisticsService,
    /// Long work that clients follow.
    pub operations: OperationService,
    /// Imports beside the requests.
    pub imports: ImportDesk,
    /// Idempotency keys.
    pub idempotency: IdempotencyService,
    /// What the services stand on.
    pub yard: Yard,
}

impl Services {
    /// All services on one yard.
    pub fn new(yard: Yard, passwords: Arc<dyn Passwords>, identities: IdentityService) -> Self {
        Self {
            accounts: AccountService::new(yard.clone(), passwords.clone()),
            identities,
            users: UserService::new(yard.clone(), passwords),
            merging: MergeService::new(yard.clone()),
            courses: CourseService::new(yard.clone()),
            classes: ClassService::new(yard.clone()),
            lectures: LectureService::new(yard.clone()),
            enrolments: EnrolmentService::new(yard.clone()),
            attendances: AttendanceService::new(yard.clone()),
            leave: LeaveService::new(yard.clone()),
            policies: PolicyService::new(yard.clone()),
            certifications: CertificationService::new(yard.clone()),
            audit: AuditService::new(yard.clone()),
            statistics: StatisticsService::new(yard.clone()),
            operations: OperationService::new(yard.clone()),
            imports: ImportDesk::new(&yard),
            idempotency: IdempotencyService::new(yard.store.clone(), yard.clock.clone()),
            yard,
        }
    }
}

/// Whether the server wants requests: no longer, once it has been told to stop.
#[derive(Clone, Default)]
pub struct Readiness(Arc<AtomicBool>);

impl Readiness {
    /// From now on the server is not ready.
    pub fn stop(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether the server wants requests.
    pub fn is_ready(&self) -> bool {
        !self.0.load(Ordering::Relaxed)
    }
}

/// What every handler can reach.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    services: Services,
    tokens: TokenService,
    callers: Cache<UserId, Caller>,
    metrics: Metrics,
    readiness: Readiness,
    gate: Gate,
}

impl App {
    /// An application on these services.
    pub fn new(
        services: Services,
        tokens: TokenService,
        metrics: Metrics,
        readiness: Readiness,
        gate: Gate,
    ) -> Self {
        let callers =
            Cache::builder().max_capacity(100_000).time_to_live(Duration::from_secs(CALLER_SECONDS)).build();
        Self(Arc::new(Inner { services, tokens, callers, metrics, readiness, gate }))
    }

    /// The application of a request.
    pub fn of(request: &HttpRequest) -> Result<Self, Problem> {
        request
            .app_data::<web::Data<Self>>()
            .map(|app| Self::clone(app))
            .ok_or_else(|| Problem::new(ProblemCode::Internal))
    }

    /// The use cases.
    pub fn services(&self) -> &Services {
        &self.0.services
    }

    /// The access tokens.
    pub fn tokens(&self) -> &TokenService {
        &self.0.tokens
    }

    /// The idempotency keys.
    pub fn idempotency(&self) -> &IdempotencyService {
        &self.0.services.idempotency
    }

    /// The metrics.
    pub fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// Who may do how much.
    pub fn gate(&self) -> &Gate {
        &self.0.gate
    }

    /// Whether the server wants requests.
    pub fn readiness(&self) -> &Readiness {
        &self.0.readiness
    }

    /// The present moment.
    pub fn now(&self) -> DateTime<Utc> {
        self.0.services.yard.clock.now()
    }

    /// The active user with this id as a caller, as known at most five seconds ago.
    pub async fn caller(&self, id: UserId) -> Result<Option<Caller>, Problem> {
        if let Some(caller) = self.0.callers.get(&id) {
            return Ok(Some(caller));
        }
        let caller = self.0.services.accounts.caller(id).await?;
        if let Some(caller) = &caller {
            self.0.callers.insert(id, caller.clone());
        }
        Ok(caller)
    }

    /// Forgets what a user may do, because it has changed.
    pub fn forget_caller(&self, id: UserId) {
        self.0.callers.invalidate(&id);
    }
}
