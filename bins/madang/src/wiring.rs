//! Which adapters stand behind the ports: the one place that knows them all.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Context;
use madang_auth::{
    issuer::IssuerKeyKeeper,
    keyed::InstallationSecrets,
    opaque::RandomTokens,
    passwords::PasswordHasher,
    secrets::{Secret, random_bytes},
    social::SocialProviders,
    tokens::{KeyKeeper, SigningKey, TokenService},
};
use madang_delivery::{FcmChannel, FolderMailer, NhnAlimtalk, SmtpMailer, SolapiAlimtalk, WebhookPoster};
use madang_domain::{
    accounts::{
        identities::{ClientAddresses, IdentityService, Providers, SignInCleaning},
        recovery::{ForgottenPasswords, MailTokenCleaning},
        sessions::SessionCleaning,
    },
    attendance::{
        LedgerSealing,
        capture::{CaptureSettings, CheckInClosing},
        counters::CounterService,
        policies::{WarningService, WarningSweep},
    },
    certification::eligible::EligibleService,
    channels::{Channels, MailChannel, MessageChannel},
    clock::{Clock, SystemClock},
    idempotency::KeyCleaning,
    ids::{IdGenerator, RandomIds},
    jobs::{JobCleaning, JobHandler},
    mail::{MailSending, Mailer},
    merging::MergeCleaning,
    notifications::{
        AnnouncementTelling, DigestCollecting, DigestSending, NoticeCleaning, NoticeLookUp, NoticePlanning,
        NoticeRetracting, NoticeSending,
    },
    operations::OperationFileCleaning,
    report_schedules::{ReportAnnouncing, ReportMailing},
    secrets::Secrets,
    store::{LocalMarks, WriteMarks},
    webhooks::WebhookService,
    yard::Yard,
};
pub use madang_http::Metrics;
use madang_http::{App, BASE, BrowserSessions, Gate, Papers, Proofs, Quotas, Readiness, Services};
use madang_limits::{Limiter, SharedMarks};
use madang_persistence::{Database, DatabaseKind};
use madang_worker::{Figures, Worker, WorkerOptions};

use crate::settings::{AlimtalkRelay, Settings};

/// The audience of our tokens.
const AUDIENCE: &str = "madang";
/// The name under which the pepper of an installation is kept beside its data.
const PEPPER: &str = "password_pepper";
const CHECK_IN_KEY: &str = "check_in_key";
const WEBHOOK_KEY: &str = "webhook_key";
const SIGN_IN_KEY: &str = "sign_in_key";

/// How often the counters of attendance follow.
const FOLD_EVERY: Duration = Duration::from_secs(1);
/// So many times as long as a round took is rested after it.
const REST: u32 = 3;

/// How long a conversation with the mail server may take.
const SMTP_LIMIT: Duration = Duration::from_secs(30);

/// What tests put in the place of the machine's clock and random ids.
pub struct World {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// New ids.
    pub ids: Arc<dyn IdGenerator>,
}

impl Default for World {
    fn default() -> Self {
        Self { clock: Arc::new(SystemClock), ids: Arc::new(RandomIds) }
    }
}

/// Opens the database of the settings.
///
/// # Errors
/// When it can't be opened.
pub fn open_database(settings: &Settings) -> anyhow::Result<Database> {
    let database =
        Database::open(&settings.database_url.0, settings.database.clone()).with_context(|| {
            format!("the database {} can't be opened; `madang doctor` tells more", settings.database_url)
        })?;
    let Some(replica) = &settings.replica_url else { return Ok(database) };
    let marks: Arc<dyn WriteMarks> = match &settings.redis_url {
        Some(redis) => Arc::new(SharedMarks::new(&redis.0)?),
        None => Arc::new(LocalMarks::default()),
    };
    database
        .with_replica(&replica.0, &settings.database, marks)
        .with_context(|| format!("the replica {replica} can't be opened"))
}

/// The services on a database that is up to date.
///
/// # Errors
/// When the secrets of the installation can't be read or made.
pub async fn services(settings: &Settings, database: &Database, world: World) -> anyhow::Result<Services> {
    let pepper = database.server_secret(PEPPER, || random_bytes::<32>().to_vec()).await?;
    let passwords = PasswordHasher::new(
        &Secret::new(pepper),
        settings.password_cost,
        settings.password_workers,
        settings.password_queue,
    )?;
    let proofs = Proofs {
        passwords: Arc::new(passwords),
        tokens: Arc::new(RandomTokens),
        lifetimes: settings.sessions,
        web_url: settings.web_url.clone(),
    };
    let providers = providers(settings, database, world.clock.clone()).await?;
    let yard = yard(database, world);
    let addresses = ClientAddresses {
        api: format!("{}{BASE}", settings.public_url),
        allowed: settings.social.client_urls.clone(),
    };
    let identities = IdentityService::new(yard.clone(), providers, addresses);
    let key = database.server_secret(CHECK_IN_KEY, || random_bytes::<32>().to_vec()).await?;
    let secrets = Arc::new(InstallationSecrets::new(&Secret::new(key)));
    let one_writer = database.kind() == DatabaseKind::Sqlite;
    let capture = CaptureSettings { one_writer, ..settings.capture };
    let webhooks = webhooks(settings, database, &yard).await?;
    let notifications = settings.notifications.clone();
    let issuer = settings.issuer.clone();
    let services = Services::new(yard, proofs, identities, secrets, capture, issuer, notifications, webhooks);
    if !settings.report_cache {
        return Ok(services);
    }
    let statistics = services.statistics.clone().with_cache();
    Ok(Services { statistics, ..services })
}

async fn webhooks(settings: &Settings, database: &Database, yard: &Yard) -> anyhow::Result<WebhookService> {
    let key = database.server_secret(WEBHOOK_KEY, || random_bytes::<32>().to_vec()).await?;
    let secrets: Arc<dyn Secrets> = Arc::new(InstallationSecrets::new(&Secret::new(key)));
    let poster = WebhookPoster::new(settings.webhook_targets)?;
    Ok(WebhookService::new(yard.clone(), secrets, Arc::new(poster)))
}

/// The providers through which users sign in.
///
/// # Errors
/// When the secrets of the installation can't be read or made.
pub async fn providers(
    settings: &Settings,
    database: &Database,
    clock: Arc<dyn Clock>,
) -> anyhow::Result<Arc<dyn Providers>> {
    let key = database.server_secret(SIGN_IN_KEY, || random_bytes::<32>().to_vec()).await?;
    let apps = settings.social.apps.clone();
    Ok(Arc::new(SocialProviders::new(apps, &Secret::new(key), clock)?))
}

/// What services stand on.
pub fn yard(database: &Database, world: World) -> Yard {
    Yard { store: database.store(), clock: world.clock, ids: world.ids }
}

/// The application that the server serves.
///
/// # Errors
/// When the secrets of the installation can't be read or made.
pub async fn application(
    settings: &Settings,
    database: &Database,
    services: Services,
    readiness: Readiness,
) -> anyhow::Result<App> {
    let issuer = settings.public_url.clone();
    let service = |active, others| TokenService::new(active, others, issuer, AUDIENCE, settings.access_token);
    let (tokens, keeper) = if let Some(secret) = &settings.jwt_secret {
        (service(SigningKey::shared_secret(secret)?, Vec::new()), None)
    } else {
        let keeper = KeyKeeper::new(services.yard.clone(), settings.access_token);
        let keys = keeper.keys().await.context("the signing keys")?;
        (service(keys.active, keys.others), Some(keeper))
    };
    let metrics = Metrics::new()?;
    let counted = database.clone();
    metrics.show_count(
        "madang_database_statements_total",
        "Statements that read or wrote; BEGIN, COMMIT and ROLLBACK are not counted.",
        move || counted.statements().statements,
    )?;
    let gate = gate(settings, &services)?;
    let papers = Papers::new(&settings.public_url, IssuerKeyKeeper::new(services.yard.clone()))?;
    Ok(App::new(services, tokens, keeper, metrics, readiness, gate, browser_sessions(settings), papers))
}

/// The pages that may hold their session in cookies: our own, and those that may call us from a browser at all.
fn browser_sessions(settings: &Settings) -> BrowserSessions {
    if !settings.browser_sessions {
        return BrowserSessions::off();
    }
    let own = [&settings.public_url, &settings.web_url].into_iter().map(|url| origin_of(url));
    BrowserSessions::for_origins(own.chain(settings.cors_origins.iter().cloned()))
}

/// `https://host` of `https://host/path`, as browsers write it.
fn origin_of(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or_default();
    let host = rest.split('/').next().unwrap_or_default();
    format!("{scheme}://{host}").to_ascii_lowercase()
}

fn gate(settings: &Settings, services: &Services) -> anyhow::Result<Gate> {
    let clock = services.yard.clock.clone();
    let limiter = match &settings.redis_url {
        Some(url) => Limiter::shared(clock, Quotas::WINDOW, &url.0)?,
        None => Limiter::local(clock, Quotas::WINDOW),
    };
    Ok(Gate::new(limiter, settings.trusted_proxies.clone(), settings.quotas))
}

/// Who does which kind of job. A room that adds a kind adds its handler here.
pub fn handlers(
    services: &Services,
    mailer: Arc<dyn Mailer>,
    channels: Channels,
) -> Vec<Arc<dyn JobHandler>> {
    let notifications = &services.notifications;
    let mut handlers: Vec<Arc<dyn JobHandler>> = vec![
        Arc::new(MailSending::new(mailer.clone())),
        Arc::new(JobCleaning::new(services.yard.clone())),
        Arc::new(KeyCleaning::new(services.idempotency.clone())),
        Arc::new(CheckInClosing::new(services.capture.clone())),
        Arc::new(SessionCleaning::new(services.sessions.clone())),
        Arc::new(ForgottenPasswords::new(services.recovery.clone())),
        Arc::new(MailTokenCleaning::new(services.recovery.clone())),
        Arc::new(SignInCleaning::new(services.identities.clone())),
        Arc::new(MergeCleaning::new(services.merging.clone())),
        Arc::new(services.identities.release_job()),
        Arc::new(LedgerSealing::new(services.ledger.clone())),
        Arc::new(services.certifications.expiry_job()),
        Arc::new(OperationFileCleaning::new(services.operations.clone())),
        Arc::new(ReportAnnouncing::new(services.report_schedules.clone())),
        Arc::new(ReportMailing::new(
            services.report_schedules.clone(),
            Arc::new(services.report_desk.clone()),
            mailer,
        )),
        Arc::new(WarningSweep::new(WarningService::new(services.yard.clone()))),
        Arc::new(NoticePlanning::new(notifications.clone(), channels.clone())),
        Arc::new(NoticeRetracting::new(notifications.clone())),
        Arc::new(AnnouncementTelling::new(notifications.clone(), channels.clone())),
        Arc::new(NoticeSending::new(notifications.clone(), channels.clone())),
        Arc::new(NoticeLookUp::new(notifications.clone(), channels.clone())),
        Arc::new(DigestCollecting::new(notifications.clone())),
        Arc::new(DigestSending::new(notifications.clone(), channels)),
        Arc::new(NoticeCleaning::new(notifications.clone())),
    ];
    handlers.extend(services.webhooks.jobs());
    handlers
}

/// Who sends mails: a server, or a folder where none is set.
///
/// # Errors
/// When the server's address can't be read.
pub fn mailer(settings: &Settings) -> anyhow::Result<Arc<dyn Mailer>> {
    let mail = &settings.mail;
    let Some(url) = &mail.smtp_url else {
        tracing::warn!("SMTP_URL is not set: mails are not sent but written into {}", mail.folder);
        return Ok(Arc::new(FolderMailer::new(&mail.folder, mail.sender.clone())));
    };
    let url = std::str::from_utf8(url.expose())?;
    Ok(Arc::new(SmtpMailer::new(url, mail.sender.clone(), SMTP_LIMIT)?))
}

/// The ways to a person that are set up: mail always, the others once their settings are there.
///
/// # Errors
/// When no calls can be made.
pub fn channels(
    settings: &Settings,
    mailer: Arc<dyn Mailer>,
    clock: &Arc<dyn Clock>,
) -> anyhow::Result<Channels> {
    let mut channels: Vec<Arc<dyn MessageChannel>> = vec![Arc::new(MailChannel::new(mailer))];
    if let Some((account, hosts)) = &settings.messages.fcm {
        channels.push(Arc::new(FcmChannel::new(account.clone(), hosts, clock.clone(), None)?));
    }
    match &settings.messages.alimtalk {
        Some(AlimtalkRelay::Nhn(nhn)) => {
            channels.push(Arc::new(NhnAlimtalk::new(nhn.clone(), clock.clone(), None)?));
        }
        Some(AlimtalkRelay::Solapi(solapi)) => {
            channels.push(Arc::new(SolapiAlimtalk::new(solapi.clone(), clock.clone(), None)?));
        }
        None => {}
    }
    Ok(Channels::new(channels))
}

/// A worker that does all jobs.
///
/// # Errors
/// When a channel can't be made ready.
pub fn worker(
    settings: &Settings,
    services: &Services,
    mailer: Arc<dyn Mailer>,
    figures: Figures,
) -> anyhow::Result<Worker> {
    let options = WorkerOptions {
        concurrency: settings.job_concurrency.max(1),
        grace: settings.shutdown_timeout,
        ..WorkerOptions::default()
    };
    let channels = channels(settings, Arc::clone(&mailer), &services.yard.clock)?;
    let handlers = handlers(services, mailer, channels);
    Ok(Worker::new(services.yard.clone(), handlers, figures, options))
}

/// Keeps the counters of attendance in step: folds what is noted once a second, or less often where that takes long.
pub async fn keep_counters(counters: CounterService, eligible: EligibleService) {
    loop {
        let began = Instant::now();
        if let Err(error) = counters.keep_up().await {
            tracing::warn!(%error, "the counters could not be kept in step; they are tried again");
        } else if let Err(error) = eligible.keep_up().await {
            tracing::warn!(%error, "who may be certified could not be counted; it is tried again");
        }
        tokio::time::sleep(FOLD_EVERY.max(began.elapsed() * REST)).await;
    }
}
