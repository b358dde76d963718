//! `madang`: the server and its tools on the command line.

use std::process::ExitCode;

use clap::Parser;
use madang::cli::Cli;

fn main() -> ExitCode {
    madang::run(Cli::parse())
}
