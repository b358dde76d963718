//! The binary as a library: settings, wiring and commands. No rules and no SQL live here.
//!
//! - [`settings`] reads the environment, all of it at once, and tells everything that is wrong with it.
//! - [`wiring`] names the concrete adapters and puts the application together; the tests use the same one.
//! - [`sample`] makes a small Korean centre for a first look.
//! - `commands` are what the command line offers; [`cli`] describes it.

pub mod cli;
mod commands;
mod console;
mod logging;
pub mod sample;
pub mod settings;
pub mod wiring;

use std::process::ExitCode;

pub use commands::run;

/// Ends the process after a failed command.
fn failed(error: &anyhow::Error) -> ExitCode {
    console::complain(&format!("{error:#}"));
    ExitCode::FAILURE
}
