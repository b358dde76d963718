//! `madang import`: files into the data, with a progress bar, and a report of every row that is wrong.

use std::{collections::BTreeSet, path::Path, time::Duration};

use anyhow::{Context, Result, bail};
use chrono::NaiveDate;
use indicatif::{ProgressBar, ProgressStyle};
use madang_domain::{access::Caller, yard::Yard};
use madang_interchange::{
    Bundle, Format, ImportOptions, ImportReport, ImportService, Language, Limits, Problem, Progress,
    ReadOptions, Reading, read,
};

use crate::{
    cli::{ImportArgs, ImportFormat},
    console::say,
    settings::Settings,
    wiring::{World, open_database, yard},
};

/// How often the bar moves.
const TICK: Duration = Duration::from_millis(100);

pub async fn import(settings: Settings, args: ImportArgs) -> Result<()> {
    let database = open_database(&settings)?;
    database.migrations().run_pending().await?;
    let outcome = run(args, yard(&database, World::default()), &progress_bar()).await;
    database.close();
    outcome
}

/// Imports what the arguments name, as Madang itself.
async fn run(args: ImportArgs, yard: Yard, bar: &ProgressBar) -> Result<()> {
    let options = ReadOptions {
        format: args.format.map(Format::from),
        holidays: args.holidays.as_deref().map(holidays).transpose()?.unwrap_or_default(),
    };
    bar.set_message("읽는 중");
    let path = args.path;
    let reading = tokio::task::spawn_blocking(move || reading(&path, &options)).await??;
    bar.set_length(u64::try_from(reading.roster.len())?);
    bar.set_message("가져오는 중");
    let on_progress = |progress: Progress| bar.set_position(progress.done);
    let service = ImportService::new(yard);
    let (caller, options) = (Caller::system(), ImportOptions { skip_bad_rows: args.skip_bad_rows });
    let report = if args.dry_run {
        service.dry_run(&caller, reading, options, &on_progress).await
    } else {
        service.apply(&caller, reading, options, &on_progress).await
    };
    bar.finish_and_clear();
    let report = report?;
    tell(&report);
    match (args.dry_run, report.is_kept(), report.errors().total()) {
        (false, true, _) => say("가져오기를 마쳤습니다."),
        (true, _, 0) => say("오류가 없습니다. --dry-run 없이 실행하면 저장합니다."),
        (_, _, errors) => bail!("오류 {errors}건 때문에 저장하지 않았습니다 · nothing was kept"),
    }
    Ok(())
}

fn reading(path: &Path, options: &ReadOptions) -> Result<Reading> {
    let bundle = Bundle::from_path(path, &Limits::default())
        .with_context(|| format!("{} can't be opened", path.display()))?;
    Ok(read(bundle, options)?)
}

fn holidays(file: &Path) -> Result<BTreeSet<NaiveDate>> {
    let text = std::fs::read_to_string(file).with_context(|| format!("{} can't be read", file.display()))?;
    let days = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    days.map(|day| day.parse().with_context(|| format!("{day} is not a day (YYYY-MM-DD)"))).collect()
}

fn tell(report: &ImportReport) {
    let list = |heading: &str, problems: &mut dyn Iterator<Item = &Problem>, omitted: u64| {
        for problem in problems {
            say(&format!("{heading}  {}", problem.message(Language::Korean)));
        }
        if omitted > 0 {
            say(&format!("{heading}  … 외 {omitted}건"));
        }
    };
    list("참고", &mut report.notices().iter(), report.notices().omitted());
    list("오류", &mut report.errors().iter(), report.errors().omitted());
    say(&format!(
        "\n{:<16}{:>10}{:>10}{:>10}{:>10}",
        report.format().as_str(),
        "new",
        "changed",
        "same",
        "refused"
    ));
    for (table, rows) in report.counts().tables() {
        let counts = [rows.created, rows.updated, rows.unchanged, rows.refused];
        if counts != [0; 4] {
            let [new, changed, same, refused] = counts;
            say(&format!("{table:<16}{new:>10}{changed:>10}{same:>10}{refused:>10}"));
        }
    }
    say("");
}

/// A bar on the terminal; none where there is no terminal.
fn progress_bar() -> ProgressBar {
    let bar = ProgressBar::no_length();
    if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {human_pos}/{human_len} {elapsed}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(TICK);
    bar
}

impl From<ImportFormat> for Format {
    fn from(format: ImportFormat) -> Self {
        match format {
            ImportFormat::Tables => Self::Tables,
            ImportFormat::Oneroster => Self::OneRoster,
            ImportFormat::KoreanStandard => Self::KoreanStandard,
            ImportFormat::Oulad => Self::Oulad,
        }
    }
}
