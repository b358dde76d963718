//! `madang worker`: does jobs in a process of its own.

use anyhow::{Result, ensure};
use madang_worker::Figures;

use super::serve::stopped;
use crate::{
    console::say,
    logging,
    settings::Settings,
    wiring::{Metrics, World, keep_counters, mailer, open_database, services, worker},
};

pub async fn work(settings: Settings) -> Result<()> {
    let _guards = logging::begin(&settings)?;
    ensure!(!settings.database.read_only, "READ_ONLY is on: jobs write");
    let database = open_database(&settings)?;
    for name in database.migrations().run_pending().await? {
        tracing::info!(migration.name = name, "applied the migration {name}");
    }
    let services = services(&settings, &database, World::default()).await?;
    // Nobody asks this process for its figures; servers tell those of the queue.
    let figures = Figures::new(Metrics::new()?.registry())?;
    let worker = worker(&settings, &services, mailer(&settings)?, figures)?;
    say("Madang does jobs; Ctrl-C stops it.");
    let keeper = tokio::spawn(keep_counters(services.counters.clone()));
    worker.run(stopped()).await;
    keeper.abort();
    database.close();
    say("Stopped.");
    Ok(())
}
