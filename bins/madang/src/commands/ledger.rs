//! `madang seal-ledger` and `madang verify-ledger`.

use std::process::ExitCode;

use anyhow::Result;
use indicatif::{ProgressBar, ProgressStyle};
use madang_domain::attendance::{LedgerService, Verification};

use super::with_settings;
use crate::{
    cli::VerifyLedgerArgs,
    console::{complain, say},
    failed,
    settings::Settings,
    wiring::{World, open_database, yard},
};

/// The status of a check that found a difference; 1 means that there was no check.
const DIFFERS: u8 = 3;

pub async fn seal(settings: Settings) -> Result<()> {
    let database = open_database(&settings)?;
    database.migrations().run_pending().await?;
    let bar = bar();
    let outcome = LedgerService::new(yard(&database, World::default()))
        .seal(&|month, rows| tell(&bar, month, rows))
        .await;
    bar.finish_and_clear();
    database.close();
    let sealed = outcome?;
    for digest in &sealed {
        say(&format!("{}  {:>10}  {}", digest.month.format("%Y-%m"), digest.entries, digest.digest));
    }
    if sealed.is_empty() {
        say("봉인할 달이 없습니다. · No month is to be sealed.");
    }
    Ok(())
}

pub fn verify(args: VerifyLedgerArgs) -> ExitCode {
    match with_settings(|settings| check(settings, args)) {
        Ok(found) => answer(&found),
        Err(error) => failed(&error),
    }
}

async fn check(settings: Settings, args: VerifyLedgerArgs) -> Result<Verification> {
    let database = open_database(&settings)?;
    let bar = bar();
    let service = LedgerService::new(yard(&database, World::default()));
    let outcome = service.verify(args.expect.as_deref(), &|month, rows| tell(&bar, month, rows)).await;
    bar.finish_and_clear();
    database.close();
    Ok(outcome?)
}

fn answer(found: &Verification) -> ExitCode {
    say(&format!(
        "{}개월 {}건을 확인했습니다. · months: {}, rows: {}",
        found.months, found.entries, found.months, found.entries
    ));
    if let Some(difference) = &found.difference {
        complain(&format!("출석 원장이 봉인된 내용과 다릅니다 · the ledger differs: {difference}"));
        return ExitCode::from(DIFFERS);
    }
    match &found.head {
        Some(head) => say(&format!("{}  {}", head.month.format("%Y-%m"), head.digest)),
        None => say("봉인된 달이 없습니다. · No month is sealed yet."),
    }
    ExitCode::SUCCESS
}

fn tell(bar: &ProgressBar, month: chrono::NaiveDate, rows: u64) {
    bar.set_message(month.format("%Y-%m").to_string());
    bar.set_position(rows);
}

/// A counter on the terminal; none where there is no terminal.
fn bar() -> ProgressBar {
    let bar = ProgressBar::no_length();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {human_pos} {elapsed}") {
        bar.set_style(style);
    }
    bar
}
