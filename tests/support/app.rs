//! The application under test.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use actix_web::{HttpServer, dev::ServerHandle};
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use madang::{
    settings::Settings,
    wiring::{Metrics, World, application, handlers, services, worker},
};
use madang_domain::{
    access::{Authorizations, Role},
    accounts::{
        AuthType, User,
        sessions::{Device, Session, SessionLifetimes},
    },
    channels::Channels,
    clock::{Clock, FixedClock},
    ids::{JobId, NoticeId, OperationId, SequentialIds, SessionId, UserId},
    jobs::{Job, JobOutcome, JobStatus, NewJob},
    mail::{MailMessage, Mailer},
    notifications::{Facts, Notice, NoticeKind},
    operations::{Operation, OperationStatus},
    text::{Email, PersonName, Username},
};
use madang_http::{App, Limits, Readiness};
use madang_persistence::Database;
use madang_testing::TestDatabase;
use madang_worker::{Figures, Worker, WorkerOptions};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{Answer, Client};

/// The moment at which every test begins: a Tuesday, 10:00 in Seoul.
pub const NOW: &str = "2026-09-01T01:00:00Z";

/// As in production, but a body that does not arrive is given up soon, and live lists are read and kept alive more often.
const LIMITS: Limits = Limits {
    body_deadline: Duration::from_millis(500),
    live_every: Duration::from_millis(50),
    live_heartbeat: Duration::from_millis(100),
    ..Limits::DEFAULT
};

/// Keeps mails in place of sending them.
#[derive(Default)]
struct Letterbox(Mutex<Vec<MailMessage>>);

#[async_trait]
impl Mailer for Letterbox {
    async fn send(&self, _: JobId, message: &MailMessage) -> JobOutcome {
        self.0.lock().expect("a letterbox").push(message.clone());
        Ok(())
    }
}

/// No story but those of the limits runs into one.
const UNLIMITED: [(&str, &str); 6] = [
    ("LIMIT_ANONYMOUS", "0"),
    ("LIMIT_USER", "0"),
    ("LIMIT_GUESSES", "0"),
    ("LIMIT_GUESSES_AT_ACCOUNT", "0"),
    ("LIMIT_GUESSES_FROM_PLACE", "0"),
    ("LIMIT_UNKNOWN_CERTIFICATES", "0"),
];

/// The real application on a database of its own.
pub struct TestApp {
    /// The application.
    pub app: App,
    /// Its database.
    pub database: Database,
    /// What removes the database in the end.
    pub owner: TestDatabase,
    /// Its clock, which stands still until it is moved.
    pub clock: Arc<FixedClock>,
    /// Whether it wants requests.
    pub readiness: Readiness,
    settings: Settings,
    letterbox: Arc<Letterbox>,
    base: String,
    http: reqwest::Client,
    server: ServerHandle,
}

/// A class to work with.
pub struct TestClass {
    /// Its course.
    pub course: Uuid,
    /// The class.
    pub id: Uuid,
    /// Its lecturer, enrolled as such.
    pub lecturer: Client,
}

impl TestApp {
    /// On an embedded database, with these settings.
    pub async fn on_sqlite(values: &[(&str, &str)]) -> Self {
        Self::on(TestDatabase::sqlite().await, values).await
    }

    /// On `PostgreSQL`, with these settings.
    pub async fn on_postgres(values: &[(&str, &str)]) -> Self {
        Self::on(TestDatabase::postgres().await, values).await
    }

    /// On this database, with these settings.
    pub async fn on(owner: TestDatabase, values: &[(&str, &str)]) -> Self {
        Self::reaching(owner.database().clone(), owner, values).await
    }

    /// On a database that is reached in another way than its owner reaches it.
    pub async fn reaching(database: Database, owner: TestDatabase, values: &[(&str, &str)]) -> Self {
        let mut all = vec![("PASSWORD_COST", "4"), ("CORS_ORIGINS", "https://app.example.org")];
        all.extend(UNLIMITED);
        all.extend_from_slice(values);
        let settings =
            Settings::from_values(all.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
                .expect("good settings");
        let clock = Arc::new(FixedClock::at(NOW.parse().expect("a time")));
        let world = World { clock: clock.clone(), ids: Arc::new(SequentialIds::default()) };
        let readiness = Readiness::default();
        let services = services(&settings, &database, world).await.expect("services");
        let app = application(&settings, &database, services, readiness.clone()).await.expect("application");
        let (served, origins) = (app.clone(), settings.cors_origins.clone());
        let server = HttpServer::new(move || madang_http::application(served.clone(), LIMITS, &origins))
            .workers(1)
            // A crowd of clients shares the one thread of its test: what it opens may wait for long until something is sent.
            .client_request_timeout(Duration::from_mins(1))
            .keep_alive(Duration::from_mins(1))
            .disable_signals()
            .bind(("127.0.0.1", 0))
            .expect("a free port");
        let base = format!("http://{}", server.addrs()[0]);
        let server = server.run();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        Self {
            app,
            database,
            owner,
            clock,
            readiness,
            settings,
            letterbox: Arc::default(),
            base,
            http: client(),
            server: handle,
        }
    }

    /// Moves the clock.
    pub fn advance(&self, by: TimeDelta) {
        self.clock.advance(by);
    }

    /// The present moment.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// The address of the server.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// How many statements the database has been given.
    pub fn statements(&self) -> u64 {
        self.database.statements().statements
    }

    /// Brings everything that is kept of attendance and completion in step, as a worker does once a second.
    pub async fn keep_up(&self) {
        let services = self.app.services();
        services.counters.keep_up().await.expect("the counters follow");
        services.eligible.keep_up().await.expect("the courses are judged");
    }

    /// The answer to a request, and how many statements it took. The caller is looked up, as at a first request.
    pub async fn costed(&self, client: &Client, request: impl Future<Output = Answer>) -> (Answer, u64) {
        self.app.forget_caller(UserId(client.id));
        let before = self.statements();
        let answer = request.await;
        (answer, self.statements() - before)
    }

    /// Somebody who is not signed in.
    pub fn anonymous(&self) -> Client {
        Client {
            http: self.http.clone(),
            base: self.base.clone(),
            token: None,
            id: Uuid::nil(),
            session: Uuid::nil(),
        }
    }

    /// A new admin.
    pub async fn admin(&self) -> Client {
        self.user("관리자", Authorizations::of_roles([Role::Admin])).await
    }

    /// A new manager.
    pub async fn manager(&self) -> Client {
        self.user("담당자", Authorizations::of_roles([Role::Manager])).await
    }

    /// A new learner.
    pub async fn learner(&self, name: &str) -> Client {
        self.user(name, Authorizations::of_roles([Role::Learner])).await
    }

    /// A new user who may do this.
    pub async fn user(&self, name: &str, authorizations: Authorizations) -> Client {
        let yard = &self.app.services().yard;
        let id = UserId(yard.ids.next());
        let now = yard.clock.now();
        let user = User {
            id,
            username: Username::parse(format!("user-{id}")).expect("a username"),
            auth_type: AuthType::Manual,
            password: None,
            kakao_id: None,
            authorizations,
            name: PersonName::parse(name).expect("a name"),
            email: None,
            phone: None,
            created_at: now,
            updated_at: now,
            last_login: None,
            is_active: true,
            email_verified_at: None,
            suspension: None,
            withdrawn_at: None,
            version: 1,
        };
        let mut unit = yard.store.begin().await.expect("a unit of work");
        unit.users().insert_many(std::slice::from_ref(&user)).await.expect("a user");
        unit.commit().await.expect("a commit");
        self.client_of(id.0).await
    }

    /// A finished operation that this user asked for.
    pub async fn operation_of(&self, user: Uuid) -> Uuid {
        let yard = &self.app.services().yard;
        let (id, now) = (OperationId(yard.ids.next()), self.now());
        let operation = Operation {
            id,
            kind: "import".to_owned(),
            status: OperationStatus::Succeeded,
            progress: 100,
            requested_by: Some(UserId(user)),
            result: None,
            error: None,
            created_at: now,
            updated_at: now,
        };
        let mut unit = yard.store.begin().await.expect("a unit of work");
        unit.operations().insert(&operation).await.expect("an operation");
        unit.commit().await.expect("a commit");
        id.0
    }

    /// Does every job that is due; mails are kept for [`Self::mails`].
    pub async fn work(&self) {
        self.work_with(self.letterbox.clone()).await;
    }

    /// Does every job that is due, sending mails this way.
    pub async fn work_with(&self, mailer: Arc<dyn Mailer>) {
        self.worker(mailer).run_until_idle().await.expect("the jobs are done");
    }

    /// Does jobs as they come, as a server does, until this is ready.
    pub async fn work_until<T>(&self, ready: impl Future<Output = T>) -> T {
        let worker = self.worker(self.letterbox.clone());
        tokio::select! {
            value = ready => value,
            () = worker.run(std::future::pending()) => unreachable!("nobody tells it to stop"),
        }
    }

    fn worker(&self, mailer: Arc<dyn Mailer>) -> Worker {
        let figures = Figures::new(Metrics::new().expect("figures").registry()).expect("figures");
        worker(&self.settings, self.app.services(), mailer, figures).expect("a worker")
    }

    /// Does every job that is due, reaching people over these channels and no others.
    pub async fn work_over(&self, channels: &Channels) {
        let services = self.app.services();
        let figures = Figures::new(Metrics::new().expect("figures").registry()).expect("figures");
        let handlers = handlers(services, self.letterbox.clone(), channels.clone());
        let worker = Worker::new(services.yard.clone(), handlers, figures, WorkerOptions::default());
        worker.run_until_idle().await.expect("the jobs are done");
    }

    /// Every mail that was sent so far, after doing what is due.
    pub async fn mails(&self) -> Vec<MailMessage> {
        self.work().await;
        self.letterbox.0.lock().expect("a letterbox").clone()
    }

    /// A job of this kind that stands there.
    pub async fn job_of(&self, kind: &'static str, status: JobStatus) -> Uuid {
        let yard = &self.app.services().yard;
        let ended = !matches!(status, JobStatus::Scheduled | JobStatus::Queued | JobStatus::Running);
        let job = Job {
            status,
            finished_at: ended.then(|| self.now()),
            attempts: 1,
            last_error: Some("이유".to_owned()),
            ..NewJob::new(kind, json!({"secret": "열쇠"})).into_job(yard)
        };
        let mut unit = yard.store.begin().await.expect("a unit of work");
        assert_eq!(unit.jobs().insert(std::slice::from_ref(&job)).await.expect("a job"), 1);
        unit.commit().await.expect("a commit");
        job.id.0
    }

    /// A new notice in the inbox of this user.
    pub async fn notice_to(&self, client: &Client) -> Uuid {
        self.notice_through(&self.database, client).await
    }

    /// The same, written by another node through connections of its own.
    pub async fn notice_through(&self, node: &Database, client: &Client) -> Uuid {
        let yard = &self.app.services().yard;
        let (id, now) = (NoticeId(yard.ids.next()), self.now());
        let facts = Facts { course_title: Some("수채화".to_owned()), ..Facts::default() };
        let notice = Notice {
            id,
            user_id: UserId(client.id),
            kind: NoticeKind::CertificateIssued,
            subject_id: yard.ids.next(),
            cause: String::new(),
            subject_at: None,
            facts,
            in_digest: false,
            created_at: now,
            changed_at: now,
            read_at: None,
            deleted_at: None,
            cancelled_at: None,
        };
        let mut unit = node.store().begin().await.expect("a unit of work");
        unit.notices().insert_new(std::slice::from_ref(&notice)).await.expect("a notice");
        unit.commit().await.expect("a commit");
        id.0
    }

    /// From now on mail reaches this user, at an address that the user has verified.
    pub async fn reach_by_mail(&self, client: &Client, address: &str) {
        let yard = &self.app.services().yard;
        let mut unit = yard.store.begin().await.expect("a unit of work");
        let old = unit.users().find(UserId(client.id)).await.expect("an answer").expect("a user");
        let email = Some(Email::parse(address).expect("an address"));
        let version = old.version + 1;
        let new = User { email, email_verified_at: Some(self.now()), version, ..old };
        unit.users().update(&new).await.expect("an update");
        unit.commit().await.expect("a commit");
    }

    /// A client of a user who exists, in a session of its own.
    pub async fn client_of(&self, id: Uuid) -> Client {
        let yard = &self.app.services().yard;
        let (session, now) = (SessionId(yard.ids.next()), self.now());
        let kept = Session {
            id: session,
            user_id: UserId(id),
            device: Device::default(),
            created_at: now,
            last_used_at: now,
            ends_at: SessionLifetimes::DEFAULT.end(now, now),
            ended_at: None,
        };
        let mut unit = yard.store.begin().await.expect("a unit of work");
        unit.sessions().insert(&kept).await.expect("a session");
        unit.commit().await.expect("a commit");
        let token = self.app.tokens().issue(id, session.0, yard.ids.next(), now).expect("a token");
        Client { token: Some(token.token), id, session: session.0, ..self.anonymous() }
    }

    /// A new course.
    pub async fn course(&self, title: &str) -> Uuid {
        self.manager().await.post("/courses", json!({"title": title})).await.expect(201).id()
    }

    /// A new course with a class from 1 June to 31 December 2026 and its lecturer.
    pub async fn class(&self) -> TestClass {
        let manager = self.manager().await;
        let course = manager.post("/courses", json!({"title": "수채화 기초"})).await.expect(201).id();
        let class = json!({"title": "수채화 기초 1기", "begin_date": "2026-06-01", "end_date": "2026-12-31"});
        let id = manager.post(&format!("/courses/{course}/classes"), class).await.expect(201).id();
        let lecturer = self.user("이강사", Authorizations::of_roles([Role::Lecturer])).await;
        let place = json!({"user_id": lecturer.id, "role": "lecturer", "enrolled_on": "2026-06-01"});
        manager.post(&format!("/classes/{id}/enrolments"), place).await.expect(201);
        TestClass { course, id, lecturer }
    }

    /// Another class of the course of this one, with a lecturer of its own.
    pub async fn sister(&self, class: &TestClass) -> TestClass {
        let manager = self.manager().await;
        let body = json!({"title": "수채화 기초 2기", "begin_date": "2026-06-01", "end_date": "2026-12-31"});
        let id = manager.post(&format!("/courses/{}/classes", class.course), body).await.expect(201).id();
        let lecturer = self.user("박강사", Authorizations::of_roles([Role::Lecturer])).await;
        let place = json!({"user_id": lecturer.id, "role": "lecturer", "enrolled_on": "2026-06-01"});
        manager.post(&format!("/classes/{id}/enrolments"), place).await.expect(201);
        TestClass { course: class.course, id, lecturer }
    }

    /// A new lecture of this class that starts at this moment.
    pub async fn lecture(&self, class: &TestClass, starts_at: &str) -> Uuid {
        let lecture = json!({"title": "차시", "lecture_date": starts_at, "duration_minutes": 60});
        class.lecturer.post(&format!("/classes/{}/lectures", class.id), lecture).await.expect(201).id()
    }

    /// A new learner with a place in this class from 1 June 2026.
    pub async fn learner_in(&self, class: &TestClass, name: &str) -> Client {
        let learner = self.learner(name).await;
        let place = json!({"user_id": learner.id, "role": "learner", "enrolled_on": "2026-06-01"});
        class.lecturer.post(&format!("/classes/{}/enrolments", class.id), place).await.expect(201);
        learner
    }

    /// Marks a learner at a lecture.
    pub async fn mark(&self, class: &TestClass, lecture: Uuid, learner: &Client, status: &str) -> Value {
        let mark = json!({"user_id": learner.id, "status": status});
        class.lecturer.post(&format!("/lectures/{lecture}/attendances"), mark).await.expect(201).body
    }
}

/// A connection that has rested is not used again: the server closes those that rest for five seconds, and on a busy machine
/// a request may meet that.
fn client() -> reqwest::Client {
    let builder = reqwest::Client::builder().pool_idle_timeout(Duration::from_secs(2));
    builder.build().expect("a client")
}

impl Drop for TestApp {
    fn drop(&mut self) {
        // The server ends with the runtime of the test; this only makes it let go of its port at once.
        drop(self.server.stop(false));
    }
}
