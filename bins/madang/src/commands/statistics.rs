//! `madang statistics verify` and `madang statistics rebuild`.

use std::process::ExitCode;

use anyhow::Result;
use indicatif::{ProgressBar, ProgressStyle};
use madang_domain::{
    attendance::counters::{CounterService, Verified},
    certification::eligible::EligibleService,
    ids::CourseId,
};

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
            Ok((found, courses)) => answer(&found, &courses),
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

/// What was found of lectures and classes, and the courses of which it is not right who may be certified.
async fn verify(settings: Settings) -> Result<(Verified, Vec<CourseId>)> {
    let database = open_database(&settings)?;
    let bar = bar();
    let yard = yard(&database, World::default());
    let found = CounterService::new(yard.clone()).verify(&|done, total| tell(&bar, done, total)).await;
    let courses = EligibleService::new(yard).verify().await;
    bar.finish_and_clear();
    database.close();
    Ok((found?, courses?))
}

async fn rebuild(settings: Settings) -> Result<u64> {
    let database = open_database(&settings)?;
    database.migrations().run_pending().await?;
    let bar = bar();
    let yard = yard(&database, World::default());
    let classes = CounterService::new(yard.clone()).rebuild(&|done, total| tell(&bar, done, total)).await;
    // Every class was assessed anew, so that every course is judged anew.
    let judged = EligibleService::new(yard).keep_up().await;
    bar.finish_and_clear();
    database.close();
    judged?;
    Ok(classes?)
}

fn answer(found: &Verified, courses: &[CourseId]) -> ExitCode {
    say(&format!("수업 {}개를 비교했습니다. · classes: {}", found.classes, found.classes));
    if found.is_whole() && courses.is_empty() {
        say("모든 집계가 출석 기록과 같습니다. · Every counter is what the marks say.");
        return ExitCode::SUCCESS;
    }
    let (lectures, standings) = (found.lectures.len(), found.standings.len());
    let judged = courses.len();
    complain(&format!(
        "집계가 출석 기록과 다릅니다: 차시 {lectures}개, 수업 {standings}개, 수료 가능 인원이 다른 강의 {judged}개 · \
         counters differ: {lectures} lectures, {standings} classes, eligible learners of {judged} courses"
    ));
    for lecture in found.lectures.iter().take(NAMED) {
        complain(&format!("  lecture {lecture}"));
    }
    for class in found.standings.iter().take(NAMED) {
        complain(&format!("  class {class}"));
    }
    for course in courses.iter().take(NAMED) {
        complain(&format!("  course {course}"));
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
