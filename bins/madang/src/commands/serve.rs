//! `madang serve`.

use std::{net::SocketAddr, time::Duration};

use actix_web::HttpServer;
use anyhow::{Context, Result, ensure};
use madang_domain::calendar::{TimeZone, local_day};
use madang_http::{App, Limits, Readiness, Services};
use madang_worker::Figures;
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::oneshot,
};

use super::admin::first_admin;
use crate::{
    cli::ServeArgs,
    console::say,
    logging,
    sample::load_sample,
    settings::Settings,
    wiring::{World, application, keep_counters, mailer, open_database, services, worker},
};

/// How often the signing keys are read again: how long a rotation may go unnoticed.
const RELOAD_KEYS_EVERY: Duration = Duration::from_secs(30);

/// How often a server says that it is at its operations; see `OperationService::vouch`.
const VOUCH_EVERY: Duration = Duration::from_secs(15);

/// How long a connection may rest between requests: longer than proxies keep theirs (60 s mostly), because whoever closes first must not
/// be the one to whom the next request is just on its way.
const KEEP_ALIVE: Duration = Duration::from_secs(75);

pub async fn serve(settings: Settings, args: ServeArgs) -> Result<()> {
    let _guards = logging::begin(&settings)?;
    let database = open_database(&settings)?;
    if settings.database.read_only {
        tracing::warn!("READ_ONLY is on: nothing is written, and no job is done");
        let pending = database.migrations().pending().await?;
        ensure!(
            pending.is_empty(),
            "{} migration(s) are pending; start once without READ_ONLY",
            pending.len()
        );
    } else {
        for name in database.migrations().run_pending().await? {
            tracing::info!(migration.name = name, "applied the migration {name}");
        }
    }
    let services = services(&settings, &database, World::default()).await?;
    let admin = if settings.database.read_only { None } else { first_admin(&services.accounts).await? };
    if args.sample {
        let today = local_day(services.yard.clock.now(), TimeZone::default());
        if let Some(facts) = load_sample(&services.yard, today).await? {
            tracing::info!(?facts, "loaded the sample");
        }
    }
    let readiness = Readiness::default();
    let app = application(&settings, &database, services.clone(), readiness.clone()).await?;
    let figures = Figures::new(app.metrics().registry())?;
    let worker = worker(&settings, &services, mailer(&settings)?, figures)?;
    let reloader = tokio::spawn(reload_keys(app.clone()));
    let keeps = settings.job_concurrency > 0 && !settings.database.read_only;
    let voucher =
        (!settings.database.read_only).then(|| tokio::spawn(vouch_for_operations(services.clone())));
    let keeper =
        keeps.then(|| tokio::spawn(keep_counters(services.counters.clone(), services.eligible.clone())));
    let origins = settings.cors_origins.clone();
    let server = HttpServer::new(move || madang_http::application(app.clone(), Limits::DEFAULT, &origins))
        .workers(settings.workers)
        .max_connections(settings.max_connections)
        .keep_alive(KEEP_ALIVE)
        .shutdown_timeout(settings.shutdown_timeout.as_secs())
        .disable_signals()
        .bind(SocketAddr::new(settings.host, settings.port))
        .with_context(|| format!("{}:{} can't be listened on", settings.host, settings.port))?;
    let address = server.addrs().first().copied().context("the server listens nowhere")?;
    greet(address, admin.as_ref().map(|(user, password)| (user.username.as_str(), password.as_str())));
    let server = server.run();
    let handle = server.handle();
    let drain = settings.shutdown_drain;
    let (working, stop_working) = oneshot::channel::<()>();
    let stopper = tokio::spawn(async move {
        stopped().await;
        tracing::info!("stopping: no new requests and jobs, those under way finish");
        readiness.stop();
        drop(working);
        tokio::time::sleep(drain).await;
        handle.stop(true).await;
    });
    let work = tokio::spawn(async move {
        if settings.job_concurrency > 0 && !settings.database.read_only {
            worker.run(async { drop(stop_working.await) }).await;
        }
    });
    server.await?;
    stopper.abort();
    reloader.abort();
    for task in [keeper, voucher].into_iter().flatten() {
        task.abort();
    }
    work.await?;
    database.close();
    say("Stopped.");
    Ok(())
}

/// Tells what a newcomer needs to go on.
fn greet(address: SocketAddr, admin: Option<(&str, &str)>) {
    say(&format!("\n  Madang serves http://{address}"));
    say(&format!("  API documents   http://{address}/docs"));
    match admin {
        Some((username, password)) => {
            say(&format!("  First admin     {username} / {password}   (shown this once)"));
            say(&format!(
                "  Try             curl -s http://{address}/api/v1/auth/login -H 'Content-Type: application/json' \\\n                    -d '{{\"username\":\"{username}\",\"password\":\"{password}\"}}'"
            ));
        }
        None => say(&format!("  Try             curl -s http://{address}/health/ready")),
    }
    say("  Ctrl-C stops it.\n");
}

pub async fn stopped() {
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        tracing::error!("signals can't be listened to");
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}

/// Notices that the signing keys were rotated by a command or another node.
async fn vouch_for_operations(services: Services) {
    loop {
        match services.vouch_for_operations().await {
            Ok(0) => {}
            Ok(ended) => tracing::warn!("ended {ended} operations of a server that is gone"),
            // While an import writes, SQLite lets nobody else; nobody else can end it either.
            Err(error) => tracing::debug!(%error, "could not vouch for operations; it is tried again"),
        }
        tokio::time::sleep(VOUCH_EVERY).await;
    }
}

async fn reload_keys(app: App) {
    let mut ticks = tokio::time::interval(RELOAD_KEYS_EVERY);
    loop {
        ticks.tick().await;
        if let Err(error) = app.reload_keys().await {
            tracing::warn!(%error, "the signing keys could not be read; those at hand go on");
        }
    }
}
