//! The settings: read once, checked together, so that a wrong start names every fault.
//!
//! The environment wins over the file `.env`. Every setting is described in `.env.example`.

use std::{collections::BTreeMap, fmt, net::IpAddr, time::Duration};

use chrono::TimeDelta;
use madang_auth::{
    passwords::{MAX_COST, MIN_COST},
    secrets::Secret,
};
use madang_delivery::{Sender, SmtpMailer, WebhookTargets};
use madang_domain::accounts::sessions::SessionLifetimes;
use madang_domain::attendance::capture::CaptureSettings;
use madang_domain::certification::Issuer;
use madang_domain::notifications::NotificationSettings;
use madang_http::Quotas;
use madang_limits::address::TrustedProxies;
use madang_persistence::DatabaseOptions;
use thiserror::Error;

mod database;
mod messages;
mod notifications;
mod reader;
mod social;

pub use database::SecretUrl;
pub use messages::{AlimtalkRelay, MessageSettings};
pub use social::SocialSettings;

use reader::{NAMES, Reader};

/// Everything that can be set.
#[derive(Debug)]
pub struct Settings {
    /// Where the data is.
    pub database_url: SecretUrl,
    /// Where reports are read, if not there.
    pub replica_url: Option<SecretUrl>,
    /// Pools and time-outs of the database.
    pub database: DatabaseOptions,
    /// The address that the server listens on.
    pub host: IpAddr,
    /// The port that the server listens on.
    pub port: u16,
    /// Threads that serve requests.
    pub workers: usize,
    /// Connections that are served at the same time.
    pub max_connections: usize,
    /// The address under which clients reach the server; the issuer of its tokens.
    pub public_url: String,
    /// The address of the web client, to whose pages links in mails lead.
    pub web_url: String,
    /// Web origins that may call the API from a browser.
    pub cors_origins: Vec<String>,
    /// Whether web clients may hold their session in cookies.
    pub browser_sessions: bool,
    /// How long an access token holds.
    pub access_token: Duration,
    /// How long sessions last.
    pub sessions: SessionLifetimes,
    /// Signs tokens with HS256 in place of the server's own Ed25519 key.
    pub jwt_secret: Option<Secret>,
    /// Sign-in through Kakao, Naver, Google and Apple.
    pub social: SocialSettings,
    /// The work factor of password hashes.
    pub password_cost: u32,
    /// Passwords hashed at the same time.
    pub password_workers: usize,
    /// Passwords that may wait to be hashed.
    pub password_queue: usize,
    /// When check-in opens, and what devices without network may hand in.
    pub capture: CaptureSettings,
    /// In whose name certificates are issued.
    pub issuer: Issuer,
    /// What people are told, and when.
    pub notifications: NotificationSettings,
    /// Jobs that a server does at the same time; with 0 it leaves them to `madang worker`.
    pub job_concurrency: usize,
    /// Whether reports are remembered as long as what they rest on has not changed.
    pub report_cache: bool,
    /// How mails are sent.
    pub mail: MailSettings,
    /// The channels beside mail.
    pub messages: MessageSettings,
    /// Where webhooks may go.
    pub webhook_targets: WebhookTargets,
    /// Where limits are counted for all nodes together; each counts for itself where it is not set.
    pub redis_url: Option<SecretUrl>,
    /// The proxies whose word on the address of a client is taken.
    pub trusted_proxies: TrustedProxies,
    /// How much anybody may do in a quarter of an hour.
    pub quotas: Quotas,
    /// How log lines look on standard output.
    pub log_format: LogFormat,
    /// What is logged, in the syntax of `tracing`'s filter.
    pub log_filter: String,
    /// Where log files go, beside standard output.
    pub log_dir: Option<String>,
    /// How long the server answers "not ready" before it stops taking requests.
    pub shutdown_drain: Duration,
    /// How long requests under way may take to finish.
    pub shutdown_timeout: Duration,
}

/// How mails are sent.
#[derive(Debug)]
pub struct MailSettings {
    /// The mail server; mails become files where it is not set.
    pub smtp_url: Option<Secret>,
    /// Whom mails come from.
    pub sender: Sender,
    /// Where mails are laid down while there is no server.
    pub folder: String,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Console,
    /// For programs: one JSON object a line.
    Json,
}

/// Everything that is wrong with the settings.
#[derive(Debug, Error)]
pub struct SettingsError(Vec<String>);

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} setting(s) are wrong; see .env.example", self.0.len())?;
        self.0.iter().try_for_each(|problem| write!(f, "\n  - {problem}"))
    }
}

impl Settings {
    /// The settings of this process: the environment, then `.env`.
    ///
    /// # Errors
    /// With everything that is wrong, not only the first.
    pub fn load() -> Result<Self, SettingsError> {
        let mut values = BTreeMap::new();
        let mut problems = Vec::new();
        match dotenvy::from_path_iter(".env") {
            Ok(lines) => {
                for line in lines {
                    match line {
                        Ok((name, value)) => {
                            if !NAMES.contains(&name.as_str()) {
                                problems.push(format!(".env: `{name}` is not a setting"));
                            }
                            values.insert(name, value);
                        }
                        Err(_) => problems.push(".env: a line can't be read".to_owned()),
                    }
                }
            }
            Err(error) if error.not_found() => {}
            Err(_) => problems.push(".env can't be read".to_owned()),
        }
        values.extend(
            std::env::vars_os()
                .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))),
        );
        Self::read(values, problems)
    }

    /// Settings from these values.
    ///
    /// # Errors
    /// With everything that is wrong, not only the first.
    pub fn from_values(values: impl IntoIterator<Item = (String, String)>) -> Result<Self, SettingsError> {
        Self::read(values.into_iter().collect(), Vec::new())
    }

    fn read(values: BTreeMap<String, String>, problems: Vec<String>) -> Result<Self, SettingsError> {
        let mut reader = Reader { values, problems };
        let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        let host = reader.parsed("HOST", IpAddr::from([127, 0, 0, 1]), "an IP address", |_| true);
        let port = reader.parsed("PORT", 8_080, "a port from 0 to 65535", |_| true);
        let public_url = address(&mut reader, "PUBLIC_URL", || format!("http://{host}:{port}"));
        let web_url = address(&mut reader, "WEB_URL", || public_url.clone());
        let settings = Self {
            database_url: database::url(&mut reader),
            replica_url: database::replica_url(&mut reader),
            database: database::options(&mut reader),
            host,
            port,
            workers: reader.parsed("WORKERS", cores, "a number from 1 to 1024", |n| (1..=1024).contains(n)),
            max_connections: reader.parsed("MAX_CONNECTIONS", 10_000, "a number from 1 to 1000000", |n| {
                (1..=1_000_000).contains(n)
            }),
            social: social::read(&mut reader, &public_url),
            notifications: notifications::read(&mut reader, &web_url),
            browser_sessions: browser_sessions(&mut reader, &public_url),
            report_cache: reader.switch_or("REPORT_CACHE", true),
            public_url,
            web_url,
            cors_origins: cors_origins(&mut reader),
            access_token: Duration::from_secs(
                60 * reader
                    .parsed("ACCESS_TOKEN_MINUTES", 30, "minutes from 5 to 60", |n| (5..=60).contains(n)),
            ),
            sessions: sessions(&mut reader),
            jwt_secret: jwt_secret(&mut reader),
            password_cost: reader.parsed("PASSWORD_COST", 12, "a number from 4 to 16", |cost| {
                (MIN_COST..=MAX_COST).contains(cost)
            }),
            password_workers: reader.parsed(
                "PASSWORD_WORKERS",
                // The database needs the other half, and is no part of this process, to which hashing gives way.
                (cores / 2).max(1),
                "a number from 1 to 256",
                |n| (1..=256).contains(n),
            ),
            password_queue: reader.parsed("PASSWORD_QUEUE", 64, "a number from 0 to 10000", |n| *n <= 10_000),
            capture: capture(&mut reader),
            issuer: issuer(&mut reader),
            job_concurrency: reader.parsed("JOB_CONCURRENCY", 8, "a number from 0 to 256", |n| *n <= 256),
            mail: mail(&mut reader)?,
            messages: messages::read(&mut reader),
            webhook_targets: webhook_targets(&mut reader),
            redis_url: redis_url(&mut reader),
            trusted_proxies: trusted_proxies(&mut reader),
            quotas: quotas(&mut reader),
            log_format: match reader.text("LOG_FORMAT").as_deref() {
                None | Some("console") => LogFormat::Console,
                Some("json") => LogFormat::Json,
                Some(other) => {
                    reader.problems.push(format!("LOG_FORMAT must be console or json, not `{other}`"));
                    LogFormat::Console
                }
            },
            log_filter: reader.text("LOG_FILTER").unwrap_or_else(|| "info".to_owned()),
            log_dir: reader.text("LOG_DIR"),
            shutdown_drain: reader.seconds("SHUTDOWN_DRAIN_SECONDS", 0, 60),
            shutdown_timeout: reader.seconds("SHUTDOWN_TIMEOUT_SECONDS", 30, 600),
        };
        if reader.problems.is_empty() { Ok(settings) } else { Err(SettingsError(reader.problems)) }
    }
}

fn capture(reader: &mut Reader) -> CaptureSettings {
    let default = CaptureSettings::default();
    let mut minutes = |name, default: TimeDelta| {
        let wants = "minutes from 0 to 1440";
        TimeDelta::minutes(
            reader.parsed(name, default.num_minutes(), wants, |value| (0..=1_440).contains(value)),
        )
    };
    CaptureSettings {
        open_before: minutes("CHECK_IN_OPEN_BEFORE_MINUTES", default.open_before),
        offline_window: minutes("CHECK_IN_OFFLINE_MINUTES", default.offline_window),
        ..default
    }
}

fn issuer(reader: &mut Reader) -> Issuer {
    const LONGEST: usize = 100;
    let mut name = |name: &str| {
        let text = reader.text(name)?;
        if text.chars().count() > LONGEST {
            reader.problems.push(format!("{name} must have at most {LONGEST} characters"));
        }
        Some(text)
    };
    Issuer {
        name: name("CERTIFICATE_ISSUER").unwrap_or_else(|| "마당".to_owned()),
        name_roman: name("CERTIFICATE_ISSUER_ROMAN"),
        representative: name("CERTIFICATE_ISSUER_HEAD"),
    }
}

fn address(reader: &mut Reader, name: &str, default: impl FnOnce() -> String) -> String {
    let Some(url) = reader.text(name) else { return default() };
    if !url.starts_with("https://") && !url.starts_with("http://") {
        reader.problems.push(format!("{name} must begin with https:// or http://, not `{url}`"));
    }
    url.trim_end_matches('/').to_owned()
}

fn cors_origins(reader: &mut Reader) -> Vec<String> {
    let text = reader.text("CORS_ORIGINS").unwrap_or_default();
    let origins: Vec<String> =
        text.split(',').map(str::trim).filter(|origin| !origin.is_empty()).map(str::to_owned).collect();
    for origin in &origins {
        let rest = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
        if !rest.is_some_and(|rest| !rest.is_empty() && !rest.contains(['/', '*', ' '])) {
            reader.problems.push(format!(
                "CORS_ORIGINS must list exact origins like https://app.example.org, never `*`; not `{origin}`"
            ));
        }
    }
    origins
}

fn browser_sessions(reader: &mut Reader, public_url: &str) -> bool {
    let on = reader.switch("BROWSER_SESSIONS");
    // Browsers keep secure cookies of this machine without TLS, of nobody else.
    let local = ["http://127.0.0.1", "http://localhost", "http://[::1]"];
    if on && !public_url.starts_with("https://") && !local.iter().any(|start| public_url.starts_with(start)) {
        reader.problems.push(
            "BROWSER_SESSIONS: browsers keep the cookies only where PUBLIC_URL begins with https://"
                .to_owned(),
        );
    }
    on
}

fn mail(reader: &mut Reader) -> Result<MailSettings, SettingsError> {
    const NOBODY: &str = "no-reply@localhost";
    let smtp_url = reader.text("SMTP_URL");
    let from = reader.text("MAIL_FROM");
    if smtp_url.is_some() && from.is_none() {
        reader.problems.push("MAIL_FROM must be set where SMTP_URL is".to_owned());
    }
    let sender = from.as_deref().map_or_else(|| Sender::parse(NOBODY), Sender::parse).or_else(|problem| {
        reader.problems.push(format!("MAIL_FROM {problem}"));
        Sender::parse(NOBODY)
    });
    let sender = sender.map_err(|problem| SettingsError(vec![format!("MAIL_FROM {problem}")]))?;
    if let Some(url) = &smtp_url
        && let Err(problem) = SmtpMailer::new(url, sender.clone(), Duration::from_secs(1))
    {
        reader.problems.push(format!("SMTP_URL {problem}"));
    }
    let folder = reader.text("MAIL_DIR").unwrap_or_else(|| "data/mail".to_owned());
    Ok(MailSettings { smtp_url: smtp_url.map(Secret::new), sender, folder })
}

fn webhook_targets(reader: &mut Reader) -> WebhookTargets {
    match reader.text("WEBHOOK_TARGETS").as_deref() {
        None | Some("public") => WebhookTargets::Public,
        Some("any") => WebhookTargets::Any,
        Some(other) => {
            reader.problems.push(format!("WEBHOOK_TARGETS must be public or any, not `{other}`"));
            WebhookTargets::Public
        }
    }
}

fn sessions(reader: &mut Reader) -> SessionLifetimes {
    let wants = "days from 1 to 365";
    let days = |days: &i64| (1..=365).contains(days);
    let idle = reader.parsed("SESSION_IDLE_DAYS", SessionLifetimes::DEFAULT.idle.num_days(), wants, days);
    let longest =
        reader.parsed("SESSION_MAX_DAYS", SessionLifetimes::DEFAULT.longest.num_days(), wants, days);
    if idle > longest {
        reader.problems.push("SESSION_IDLE_DAYS must not be more than SESSION_MAX_DAYS".to_owned());
    }
    SessionLifetimes { idle: TimeDelta::days(idle), longest: TimeDelta::days(longest) }
}

fn redis_url(reader: &mut Reader) -> Option<SecretUrl> {
    let url = reader.text("REDIS_URL")?;
    if !url.starts_with("redis://") {
        reader.problems.push("REDIS_URL must begin with redis://".to_owned());
    }
    Some(SecretUrl(url))
}

fn trusted_proxies(reader: &mut Reader) -> TrustedProxies {
    let networks = reader.text("TRUSTED_PROXIES").unwrap_or_default();
    TrustedProxies::parse(&networks).unwrap_or_else(|piece| {
        reader
            .problems
            .push(format!("TRUSTED_PROXIES must list networks like 10.0.0.0/8 or addresses, not `{piece}`"));
        TrustedProxies::default()
    })
}

fn quotas(reader: &mut Reader) -> Quotas {
    let mut quota = |name: &str, default| {
        reader.parsed(name, default, "a number from 0 (no limit) to 1000000000", |n| *n <= 1_000_000_000)
    };
    Quotas {
        anonymous: quota("LIMIT_ANONYMOUS", 100),
        user: quota("LIMIT_USER", 6_000),
        guesses: quota("LIMIT_GUESSES", 5),
        guesses_at_account: quota("LIMIT_GUESSES_AT_ACCOUNT", 30),
        guesses_from_place: quota("LIMIT_GUESSES_FROM_PLACE", 100),
        unknown_certificates: quota("LIMIT_UNKNOWN_CERTIFICATES", 30),
    }
}

fn jwt_secret(reader: &mut Reader) -> Option<Secret> {
    let secret = Secret::new(reader.text("JWT_SECRET")?);
    if let Err(weak) = secret.check_strength() {
        reader.problems.push(format!("JWT_SECRET: {weak}; make one with `openssl rand -base64 48`"));
    }
    Some(secret)
}

#[cfg(test)]
mod tests;
