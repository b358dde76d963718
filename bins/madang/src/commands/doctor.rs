//! `madang doctor`: checks what a server needs, one line each, and says what to do.

use std::process::ExitCode;

use chrono::{DateTime, Utc};
use madang_domain::clock::{Clock, SystemClock};
use madang_persistence::{Database, Fact};

use crate::{console::say, settings::Settings, wiring::open_database};

/// No server of ours ran before this moment: a clock that shows less is wrong.
const BUILT_AFTER: &str = "2026-11-01T00:00:00Z";

/// Collects the outcome of the checks.
#[derive(Default)]
struct Report {
    checked: u32,
    failed: u32,
}

impl Report {
    fn good(&mut self, what: &str) {
        self.checked += 1;
        say(&format!("ok     {what}"));
    }

    fn bad(&mut self, what: &str, advice: &str) {
        self.checked += 1;
        self.failed += 1;
        say(&format!("WRONG  {what}\n       → {advice}"));
    }
}

pub fn doctor() -> ExitCode {
    let mut report = Report::default();
    match Settings::load() {
        Ok(settings) => {
            report.good("the settings can be read");
            let outcome = tokio::runtime::Builder::new_multi_thread().enable_all().build();
            match outcome {
                Ok(runtime) => runtime.block_on(check_database(&settings, &mut report)),
                Err(error) => report.bad(&format!("no threads: {error}"), "raise the limits of this process"),
            }
        }
        Err(error) => report.bad(&error.to_string(), "mend the settings in the environment or in .env"),
    }
    check_clock(&mut report);
    say(&format!("{} checks, {} wrong", report.checked, report.failed));
    if report.failed > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

async fn check_database(settings: &Settings, report: &mut Report) {
    let database = match open_database(settings) {
        Ok(database) => database,
        Err(error) => {
            report.bad(
                &format!("{error:#}"),
                "check DATABASE_URL, that the server runs, and that the folder can be written",
            );
            return;
        }
    };
    report.good(&format!("the database {} answers", settings.database_url));
    match database.facts().await {
        Ok(facts) => facts.iter().for_each(|fact| tell(report, fact)),
        Err(error) => report.bad(&format!("the database tells nothing of itself: {error}"), "see its log"),
    }
    check_migrations(&database, report).await;
}

fn tell(report: &mut Report, fact: &Fact) {
    let told = format!("{}: {}", fact.name, fact.value);
    match fact.advice {
        None => report.good(&told),
        Some(advice) => report.bad(&told, advice),
    }
}

async fn check_migrations(database: &Database, report: &mut Report) {
    match database.migrations().pending().await {
        Ok(pending) if pending.is_empty() => report.good("no migration is pending"),
        Ok(pending) => {
            report.bad(&format!("{} migration(s) are pending", pending.len()), "run `madang migrate up`");
        }
        Err(error) => {
            report.bad(&format!("the migrations can't be read: {error}"), "see the log of the database");
        }
    }
}

fn check_clock(report: &mut Report) {
    let now = SystemClock.now();
    let built = BUILT_AFTER.parse::<DateTime<Utc>>().unwrap_or_default();
    if now < built {
        report.bad(&format!("the clock shows {now}"), "set the clock of this machine, best by NTP");
    } else {
        report.good(&format!("the clock shows {now}"));
    }
}
