//! How settings are read: by name, each with its default and its bounds.

use std::{collections::BTreeMap, str::FromStr, time::Duration};

/// Reads values by name and collects what is wrong with them.
pub(super) struct Reader {
    pub(super) values: BTreeMap<String, String>,
    pub(super) problems: Vec<String>,
}

impl Reader {
    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.values.get(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    pub(super) fn parsed<T: FromStr>(
        &mut self,
        name: &str,
        default: T,
        wants: &str,
        fits: impl Fn(&T) -> bool,
    ) -> T {
        let Some(text) = self.text(name) else { return default };
        match text.parse::<T>() {
            Ok(value) if fits(&value) => value,
            _ => {
                self.problems.push(format!("{name} must be {wants}, not `{text}`"));
                default
            }
        }
    }

    pub(super) fn seconds(&mut self, name: &str, default: u64, max: u64) -> Duration {
        let wants = format!("seconds from 0 to {max}");
        Duration::from_secs(self.parsed(name, default, &wants, |value| *value <= max))
    }

    pub(super) fn switch(&mut self, name: &str) -> bool {
        self.switch_or(name, false)
    }

    pub(super) fn switch_or(&mut self, name: &str, default: bool) -> bool {
        match self.text(name).as_deref() {
            None => default,
            Some("off") => false,
            Some("on") => true,
            Some(other) => {
                self.problems.push(format!("{name} must be on or off, not `{other}`"));
                default
            }
        }
    }

    pub(super) fn millis(&mut self, name: &str, default: Duration) -> Duration {
        let default = u64::try_from(default.as_millis()).unwrap_or(u64::MAX);
        Duration::from_millis(
            self.parsed(name, default, "milliseconds from 1 to 3600000", |value| {
                (1..=3_600_000).contains(value)
            }),
        )
    }

    /// The address of a server, without a slash at its end.
    pub(super) fn host(&mut self, name: &str, default: &str) -> String {
        let Some(url) = self.text(name) else { return default.to_owned() };
        if !url.starts_with("https://") && !url.starts_with("http://") {
            self.problems.push(format!("{name} must begin with https:// or http://, not `{url}`"));
        }
        url.trim_end_matches('/').to_owned()
    }

    /// All of these settings, or `None` where none of them and of the optional ones is set; some of them are a fault.
    pub(super) fn together<const N: usize>(
        &mut self,
        required: [&str; N],
        optional: &[&str],
    ) -> Option<[String; N]> {
        let values = required.map(|name| self.text(name));
        let missing: Vec<&str> = required
            .iter()
            .zip(&values)
            .filter(|(_, value)| value.is_none())
            .map(|(name, _)| *name)
            .collect();
        let mentioned = optional.iter().find(|name| self.text(name).is_some());
        if missing.is_empty() {
            return Some(values.map(Option::unwrap_or_default));
        }
        if missing.len() < N || mentioned.is_some() {
            let set = required.iter().chain(optional).find(|name| self.text(name).is_some()).copied();
            self.problems.push(format!(
                "{} needs {} as well; set all of them or none",
                set.unwrap_or_default(),
                missing.join(", ")
            ));
        }
        None
    }
}

/// The names that are settings of ours; others in `.env` are probably misspelt.
pub(super) const NAMES: [&str; 99] = [
    "DATABASE_URL",
    "DATABASE_REPLICA_URL",
    "DATABASE_CONNECTIONS",
    "DATABASE_LONG_CONNECTIONS",
    "DATABASE_REPLICA_CONNECTIONS",
    "DATABASE_WAIT_MS",
    "DATABASE_CONNECT_TIMEOUT_MS",
    "DATABASE_STATEMENT_TIMEOUT_MS",
    "DATABASE_LONG_STATEMENT_TIMEOUT_MS",
    "DATABASE_LOCK_TIMEOUT_MS",
    "DATABASE_IDLE_TRANSACTION_TIMEOUT_MS",
    "SLOW_STATEMENT_MS",
    "SQLITE_DURABILITY",
    "READ_ONLY",
    "HOST",
    "PORT",
    "WORKERS",
    "MAX_CONNECTIONS",
    "PUBLIC_URL",
    "WEB_URL",
    "CORS_ORIGINS",
    "BROWSER_SESSIONS",
    "ACCESS_TOKEN_MINUTES",
    "SESSION_IDLE_DAYS",
    "SESSION_MAX_DAYS",
    "JWT_SECRET",
    "SOCIAL_CLIENT_URLS",
    "KAKAO_REST_API_KEY",
    "KAKAO_CLIENT_SECRET",
    "KAKAO_APP_ID",
    "KAKAO_ADMIN_KEY",
    "KAKAO_NATIVE_APP_KEYS",
    "KAKAO_SCOPES",
    "KAKAO_AUTH_URL",
    "KAKAO_API_URL",
    "NAVER_CLIENT_ID",
    "NAVER_CLIENT_SECRET",
    "NAVER_AUTH_URL",
    "NAVER_API_URL",
    "GOOGLE_CLIENT_ID",
    "GOOGLE_CLIENT_SECRET",
    "GOOGLE_NATIVE_CLIENT_IDS",
    "GOOGLE_AUTH_URL",
    "GOOGLE_TOKEN_URL",
    "GOOGLE_KEYS_URL",
    "APPLE_CLIENT_ID",
    "APPLE_TEAM_ID",
    "APPLE_KEY_ID",
    "APPLE_PRIVATE_KEY_FILE",
    "APPLE_PRIVATE_KEY",
    "APPLE_BUNDLE_IDS",
    "APPLE_URL",
    "PASSWORD_COST",
    "PASSWORD_WORKERS",
    "PASSWORD_QUEUE",
    "CHECK_IN_OPEN_BEFORE_MINUTES",
    "CHECK_IN_OFFLINE_MINUTES",
    "CERTIFICATE_ISSUER",
    "CERTIFICATE_ISSUER_ROMAN",
    "CERTIFICATE_ISSUER_HEAD",
    "REPORT_CACHE",
    "REMIND_BEFORE_START_MINUTES",
    "REMIND_CHECK_IN_MINUTES",
    "REMIND_MARKING_MINUTES",
    "DIGEST_AT",
    "ALIMTALK_TEMPLATES",
    "REDIS_URL",
    "TRUSTED_PROXIES",
    "LIMIT_ANONYMOUS",
    "LIMIT_USER",
    "LIMIT_GUESSES",
    "LIMIT_GUESSES_AT_ACCOUNT",
    "LIMIT_GUESSES_FROM_PLACE",
    "LIMIT_UNKNOWN_CERTIFICATES",
    "LOG_FORMAT",
    "LOG_FILTER",
    "LOG_DIR",
    "SHUTDOWN_DRAIN_SECONDS",
    "SHUTDOWN_TIMEOUT_SECONDS",
    "JOB_CONCURRENCY",
    "SMTP_URL",
    "MAIL_FROM",
    "MAIL_DIR",
    "WEBHOOK_TARGETS",
    "FCM_SERVICE_ACCOUNT_FILE",
    "FCM_URL",
    "FCM_TOKEN_URL",
    "NHN_APP_KEY",
    "NHN_SECRET_KEY",
    "NHN_SENDER_KEY",
    "NHN_URL",
    "SOLAPI_API_KEY",
    "SOLAPI_API_SECRET",
    "SOLAPI_PF_ID",
    "SOLAPI_URL",
    "ALIMTALK_SMS_FROM",
    // Read by compose.yaml only.
    "POSTGRES_PASSWORD",
    "REDIS_PASSWORD",
    "MADANG_PORT",
];
