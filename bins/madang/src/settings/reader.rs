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

    pub(super) fn millis(&mut self, name: &str, default: Duration) -> Duration {
        let default = u64::try_from(default.as_millis()).unwrap_or(u64::MAX);
        Duration::from_millis(
            self.parsed(name, default, "milliseconds from 1 to 3600000", |value| {
                (1..=3_600_000).contains(value)
            }),
        )
    }
}

/// The names that are settings of ours; others in `.env` are probably misspelt.
pub(super) const NAMES: [&str; 75] = [
    "DATABASE_URL",
    "DATABASE_CONNECTIONS",
    "DATABASE_LONG_CONNECTIONS",
    "DATABASE_WAIT_MS",
    "DATABASE_STATEMENT_TIMEOUT_MS",
    "DATABASE_LOCK_TIMEOUT_MS",
    "SLOW_STATEMENT_MS",
    "SQLITE_DURABILITY",
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
    // Read by compose.yaml only.
    "POSTGRES_PASSWORD",
    "REDIS_PASSWORD",
    "MADANG_PORT",
];
