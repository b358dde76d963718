//! `madang`: the server and its tools on the command line.

use std::process::ExitCode;

use clap::Parser;
use madang::cli::Cli;
use tikv_jemallocator::Jemalloc;

/// Gives memory back that a burst of requests has used, which the allocator of glibc keeps; SQLite's memory is of it too.
/// How it is set stands in `.cargo/config.toml`.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

fn main() -> ExitCode {
    madang::run(Cli::parse())
}
