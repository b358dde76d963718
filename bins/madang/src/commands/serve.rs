//! `madang serve`.

use std::{net::SocketAddr, time::Duration};

use actix_web::HttpServer;
use anyhow::{Context, Result, ensure};
use madang_domain::calendar::{TimeZone, local_day};
use madang_http::{App, Limits, Readiness};
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
    let admin = if settings.database.read_only {
        None
    } else {
        services.imports.forget_interrupted().await?;
        first_admin(&services.accounts).await?
    };
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
    let keeper =
        keeps.then(|| tokio::spawn(keep_counters(services.counters.clone(), services.eligible.clone())));
    let origins = settings.cors_origins.clone();
    let server = HttpServer::new(move || madang_http::application(app.clone(), Limits::DEFAULT, &origins))
        .workers(settings.workers)
        .max_connections(settings.max_connections)
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
    if let Some(keeper) = keeper {
        keeper.abort();
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
async fn reload_keys(app: App) {
    let mut ticks = tokio::time::interval(RELOAD_KEYS_EVERY);
    loop {
        ticks.tick().await;
        if let Err(error) = app.reload_keys().await {
            tracing::warn!(%error, "the signing keys could not be read; those at hand go on");
        }
    }
}
