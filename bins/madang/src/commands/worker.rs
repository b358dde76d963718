//! `madang worker`: does jobs in a process of its own.

use std::time::Duration;

use anyhow::{Error, Result, ensure};
use madang_domain::error::RepositoryError;
use madang_http::Services;
use madang_persistence::{Database, DatabaseKind, MigrateError};
use madang_worker::Figures;

use super::serve::stopped;
use crate::{
    console::say,
    logging,
    settings::Settings,
    wiring::{Metrics, World, keep_counters, mailer, open_database, services, worker},
};

const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

pub async fn work(settings: Settings) -> Result<()> {
    let _guards = logging::begin(&settings)?;
    ensure!(!settings.database.read_only, "READ_ONLY is on: jobs write");
    let database = open_database(&settings)?;
    let services = tokio::select! {
        ready = when_ready(&settings, &database) => ready?,
        () = stopped() => {
            say("Stopped.");
            return Ok(());
        }
    };
    // Nobody asks this process for its figures; servers tell those of the queue.
    let figures = Figures::new(Metrics::new()?.registry())?;
    let worker = worker(&settings, &services, mailer(&settings)?, figures)?;
    say("Madang does jobs; Ctrl-C stops it.");
    let keeper = tokio::spawn(keep_counters(services.counters.clone(), services.eligible.clone()));
    worker.run(stopped()).await;
    keeper.abort();
    database.close();
    say("Stopped.");
    Ok(())
}

/// The services, as soon as the database is there: it may start after us.
async fn when_ready(settings: &Settings, database: &Database) -> Result<Services> {
    let mut pause = FIRST_PAUSE;
    loop {
        match ready(settings, database).await {
            Err(error) if database.kind() == DatabaseKind::Postgres && is_away(&error) => {
                let why = format!("{error:#}");
                tracing::warn!(why, "the database can't be reached; trying again in {} s", pause.as_secs());
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            outcome => return outcome,
        }
    }
}

async fn ready(settings: &Settings, database: &Database) -> Result<Services> {
    for name in database.migrations().run_pending().await? {
        tracing::info!(migration.name = name, "applied the migration {name}");
    }
    services(settings, database, World::default()).await
}

fn is_away(error: &Error) -> bool {
    error.chain().any(|cause| {
        matches!(cause.downcast_ref(), Some(MigrateError::Unreachable(_)))
            || matches!(cause.downcast_ref(), Some(RepositoryError::Unavailable(_)))
    })
}
