use super::*;

fn of(values: &[(&str, &str)]) -> Result<Settings, SettingsError> {
    Settings::from_values(values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
}

#[test]
fn without_any_setting_everything_has_a_default() {
    let settings = of(&[]).unwrap();
    assert_eq!(settings.database_url.0, "sqlite://data/madang.db");
    assert_eq!(settings.port, 8_080);
    assert!(settings.cors_origins.is_empty());
}

#[test]
fn every_wrong_setting_is_named_at_once() {
    let error = of(&[
        ("PORT", "99999"),
        ("CORS_ORIGINS", "https://a.example, *"),
        ("JWT_SECRET", "short"),
        ("DATABASE_URL", "mysql://x"),
        ("PASSWORD_COST", "3"),
        ("LOG_FORMAT", "xml"),
        ("SESSION_IDLE_DAYS", "31"),
        ("REDIS_URL", "rediss://x"),
        ("TRUSTED_PROXIES", "10.0.0.0/8, proxy"),
        ("LIMIT_USER", "-1"),
        ("JOB_CONCURRENCY", "many"),
        ("SMTP_URL", "smtp://madang:s3cret@mail.example.org"),
        ("MAIL_FROM", "nobody"),
        ("DATABASE_REPLICA_URL", "sqlite://data/replica.db"),
        ("READ_ONLY", "perhaps"),
        ("DATABASE_LONG_STATEMENT_TIMEOUT_MS", "0"),
    ])
    .unwrap_err();
    assert_eq!(error.0.len(), 16, "{error}");
    assert!(!error.to_string().contains("s3cret"), "{error}");
}

#[test]
fn sessions_in_cookies_are_off_unless_asked_for_and_want_tls() {
    assert!(!of(&[]).unwrap().browser_sessions);
    assert!(of(&[("BROWSER_SESSIONS", "on")]).unwrap().browser_sessions);
    assert!(of(&[("BROWSER_SESSIONS", "on"), ("PUBLIC_URL", "https://api.example.org")]).is_ok());
    assert!(of(&[("BROWSER_SESSIONS", "on"), ("PUBLIC_URL", "http://api.example.org")]).is_err());
    assert!(of(&[("BROWSER_SESSIONS", "yes")]).is_err());
}

#[test]
fn a_replica_needs_postgres_and_slow_statements_need_not_be_logged() {
    let replica = ("DATABASE_REPLICA_URL", "postgres://madang:s3cret@replica.example/madang");
    assert!(of(&[replica]).is_err());
    let settings = of(&[replica, ("DATABASE_URL", "postgres://db.example/madang")]).unwrap();
    assert!(settings.replica_url.is_some() && !format!("{settings:?}").contains("s3cret"));
    assert_eq!(of(&[("SLOW_STATEMENT_MS", "0")]).unwrap().database.slow_statement, None);
    assert_eq!(of(&[]).unwrap().database.slow_statement, Some(Duration::from_millis(500)));
    assert!(of(&[("READ_ONLY", "on")]).unwrap().database.read_only);
}

#[test]
fn a_mail_server_needs_a_sender() {
    assert!(of(&[("SMTP_URL", "smtps://mail.example.org")]).is_err());
    let settings =
        of(&[("SMTP_URL", "smtps://u:s3cret@mail.example.org"), ("MAIL_FROM", "마당 <a@b.example>")]);
    assert!(!format!("{:?}", settings.unwrap()).contains("s3cret"));
}

#[test]
fn a_password_in_the_address_of_the_database_is_not_shown() {
    let url = SecretUrl("postgres://madang:s3cret@db.example:5432/madang".to_owned());
    assert_eq!(
        format!("{url} {url:?}"),
        "postgres://…@db.example:5432/madang postgres://…@db.example:5432/madang"
    );
}

#[test]
fn the_example_file_names_only_settings_that_exist() {
    let example = include_str!("../../../../.env.example");
    let named: Vec<&str> = example
        .lines()
        .filter_map(|line| line.trim_start_matches('#').split_once('='))
        .map(|(name, _)| name)
        .filter(|name| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_'))
        .collect();
    for name in &named {
        assert!(NAMES.contains(name), "{name} is not a setting");
    }
    for name in NAMES {
        assert!(named.contains(&name), "{name} is not in .env.example");
    }
}
