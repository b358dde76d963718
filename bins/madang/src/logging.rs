//! Where log lines go: standard output, and by setting two rotating files (everything, and errors alone).

use std::io::IsTerminal;

use tracing_appender::{
    non_blocking::WorkerGuard,
    rolling::{RollingFileAppender, Rotation},
};
use tracing_subscriber::{
    EnvFilter, Layer, Registry, filter::LevelFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt,
};

use crate::settings::{LogFormat, Settings};

/// How many days of log files are kept.
const KEPT_DAYS: usize = 14;

/// Begins to log. The guards write what is left when they are dropped.
///
/// # Errors
/// When the filter can't be read or the folder not be written.
pub fn begin(settings: &Settings) -> anyhow::Result<Vec<WorkerGuard>> {
    let mut layers: Vec<Box<dyn Layer<Registry> + Send + Sync>> = Vec::new();
    layers.push(match settings.log_format {
        LogFormat::Console => {
            fmt::layer().with_target(false).with_ansi(std::io::stdout().is_terminal()).boxed()
        }
        LogFormat::Json => fmt::layer().json().flatten_event(true).boxed(),
    });
    let mut guards = Vec::new();
    if let Some(folder) = &settings.log_dir {
        for (name, level) in [("madang", LevelFilter::TRACE), ("madang-errors", LevelFilter::ERROR)] {
            let file = RollingFileAppender::builder()
                .rotation(Rotation::DAILY)
                .filename_prefix(name)
                .filename_suffix("log")
                .max_log_files(KEPT_DAYS)
                .build(folder)?;
            let (writer, guard) = tracing_appender::non_blocking(file);
            guards.push(guard);
            layers
                .push(fmt::layer().json().flatten_event(true).with_writer(writer).with_filter(level).boxed());
        }
    }
    let filter: EnvFilter = settings.log_filter.parse()?;
    tracing_subscriber::registry().with(layers.with_filter(filter)).try_init()?;
    Ok(guards)
}
