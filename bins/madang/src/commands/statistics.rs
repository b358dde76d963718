//! `madang statistics verify` and `madang statistics rebuild`.

use std::process::ExitCode;

use anyhow::Result;
use indicatif::{ProgressBar, ProgressStyle};
use madang_domain::attendance::counters::{CounterService, Verified};

use super::with_settings;
use crate::{
    cli::StatisticsAction,
    console::{complain, say},
    failed,
    settings::Settings,
    wiring::{World, open_database, yard},
};

/// The status of a check that found a difference; 1 means that there was no check.
const DIFFERS: u8 = 3;
/// So many differences are named.
const NAMED: usize = 20;

pub fn statistics(action: StatisticsAction) -> ExitCode {
    match action {
        StatisticsAction::Verify => match with_settings(verify) {
            Ok(found) => answer(&found),
            Err(error) => failed(&error),
        },
        StatisticsAction::Rebuild => match with_settings(rebuild) {
            Ok(classes) => {
                say(&format!("수업 {classes}개를 다시 집계했습니다. · classes: {classes}"));
                ExitCode::SUCCESS
            }
            Err(error) => failed(&error),
        },
    }
}

async fn verify(settings: Settings) -> Result<Verified> {
    let database = open_database(&settings)?;
    let bar = bar();
    let service = CounterService::new(yard(&database, World::default()));
    let outcome = service.verify(&|done, total| tell(&bar, done, total)).await;
    bar.finish_and_clear();
    database.close();
    Ok(outcome?)
}

async fn rebuild(settings: Settings) -> Result<u64> {
    let database = open_database(&settings)?;
    database.migrations().run_pending().await?;
    let bar = bar();
    let service = CounterService::new(yard(&database, World::default()));
    let outcome = service.rebuild(&|done, total| tell(&bar, done, total)).await;
    bar.finish_and_clear();
    database.close();
    Ok(outcome?)
}

fn answer(found: &Verified) -> ExitCode {
    say(&format!("수업 {}개를 비교했습니다. · classes: {}", found.classes, found.classes));
    if found.is_whole() {
        say("모든 집계가 출석 기록과 같습니다. · Every counter is what the marks say.");
        return ExitCode::SUCCESS;
    }
    let (lectures, standings) = (found.lectures.len(), found.standings.len());
    complain(&format!(
        "집계가 출석 기록과 다릅니다: 차시 {lectures}개, 수업 {standings}개 · counters differ: {lectures} lectures, {standings} classes"
    ));
    for lecture in found.lectures.iter().take(NAMED) {
        complain(&format!("  lecture {lecture}"));
    }
    for class in found.standings.iter().take(NAMED) {
        complain(&format!("  class {class}"));
    }
    complain("`madang statistics rebuild` 로 다시 집계하세요. · remakes them.");
    ExitCode::from(DIFFERS)
}

fn tell(bar: &ProgressBar, done: u64, total: u64) {
    bar.set_length(total);
    bar.set_position(done);
}

/// A counter on the terminal; none where there is no terminal.
fn bar() -> ProgressBar {
    let bar = ProgressBar::no_length();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {human_pos}/{human_len} {elapsed}") {
        bar.set_style(style);
    }
    bar
}
