//! What the command line offers, one file per command.

mod admin;
mod doctor;
mod export;
mod healthcheck;
mod import;
mod keys;
mod ledger;
mod migrate;
mod serve;
mod statistics;
mod worker;

use std::{future::Future, process::ExitCode};

use crate::{
    cli::{Cli, Command},
    console::say,
    failed,
    settings::Settings,
};

/// Runs a command.
pub fn run(cli: Cli) -> ExitCode {
    let outcome = match cli.command {
        Command::Openapi { errors: true, .. } => {
            say(&madang_http::errors_document());
            Ok(())
        }
        Command::Openapi { permissions: true, .. } => {
            say(&madang_domain::access::permissions_document());
            Ok(())
        }
        Command::Openapi { .. } => serde_json::to_string_pretty(&madang_http::api_document())
            .map(|document| say(&document))
            .map_err(Into::into),
        Command::Serve(args) => with_settings(|settings| serve::serve(settings, args)),
        Command::Worker => with_settings(worker::work),
        Command::Migrate { action } => with_settings(|settings| migrate::migrate(settings, action)),
        Command::Keys { action } => with_settings(|settings| keys::keys(settings, action)),
        Command::CreateAdmin(args) => with_settings(|settings| admin::create_admin(settings, args)),
        Command::Doctor => return doctor::doctor(),
        Command::Healthcheck => with_settings(healthcheck::healthcheck),
        Command::Import(args) => with_settings(|settings| import::import(settings, args)),
        Command::SealLedger => with_settings(ledger::seal),
        Command::VerifyLedger(args) => return ledger::verify(args),
        Command::Statistics { action } => return statistics::statistics(action),
        Command::Export(args) => with_settings(|settings| export::export(settings, args)),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&error),
    }
}

/// Runs a command that needs the settings, on a runtime of its own.
fn with_settings<F, Fut, T>(command: F) -> anyhow::Result<T>
where
    F: FnOnce(Settings) -> Fut,
    Fut: Future<Output = anyhow::Result<T>>,
{
    let settings = Settings::load()?;
    actix_web::rt::System::with_tokio_rt(|| runtime().unwrap_or_else(|error| fatal(&error)))
        .block_on(command(settings))
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()
}

/// Without a runtime nothing can be done at all.
fn fatal(error: &std::io::Error) -> ! {
    crate::console::complain(&format!("no runtime: {error}"));
    std::process::exit(1)
}
