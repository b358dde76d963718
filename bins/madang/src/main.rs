//! `madang`: the server and its tools on the command line.

use std::process::ExitCode;

use clap::Parser;
use madang::cli::Cli;
use mimalloc::MiMalloc;

/// Gives memory back that a burst of requests has used, which the allocator of glibc keeps.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    madang::run(Cli::parse())
}
