//! `madang export`: every table as a file that can be imported again.

use std::{
    fs::{self, File, OpenOptions},
    io::BufWriter,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use madang_domain::{access::Caller, yard::Yard};
use madang_interchange::{
    ExportService,
    write::{CsvWriter, TableWriter, WriteError, XlsxWriter},
};

use crate::{
    cli::{ExportArgs, ExportFormat},
    console::say,
    settings::Settings,
    wiring::{World, open_database, yard},
};

pub async fn export(settings: Settings, args: ExportArgs) -> Result<()> {
    let database = open_database(&settings)?;
    let outcome = run(&args, yard(&database, World::default())).await;
    database.close();
    outcome
}

async fn run(args: &ExportArgs, yard: Yard) -> Result<()> {
    fs::create_dir_all(&args.out).with_context(|| format!("{} can't be made", args.out.display()))?;
    let mut unfinished: Vec<(PathBuf, PathBuf)> = Vec::new();
    let mut open = |table: &'static str| {
        let file = args.out.join(format!("{table}.{}", extension(args.format)));
        let part = args.out.join(format!(".{table}.part"));
        let writer = writer(&part, args.format)?;
        unfinished.push((part, file));
        Ok(writer)
    };
    let tables = ExportService::new(yard).export_all(&Caller::system(), &mut open).await?;
    // Only now, so that a broken export leaves no file that looks whole.
    for (part, file) in &unfinished {
        fs::rename(part, file).with_context(|| format!("{} can't be written", file.display()))?;
    }
    for (table, rows) in tables {
        say(&format!("{table:<16}{rows:>10}"));
    }
    say(&format!("\n{} · {}개 파일", args.out.display(), unfinished.len()));
    Ok(())
}

fn writer(path: &Path, format: ExportFormat) -> Result<Box<dyn TableWriter>, WriteError> {
    let output = BufWriter::new(private_file(path)?);
    Ok(match format {
        ExportFormat::Csv => Box::new(CsvWriter::new(output)?),
        ExportFormat::Xlsx => Box::new(XlsxWriter::new(output)?),
    })
}

/// People's data: nobody else on this machine reads it unless the owner says so.
fn private_file(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)
}

fn extension(format: ExportFormat) -> &'static str {
    match format {
        ExportFormat::Csv => "csv",
        ExportFormat::Xlsx => "xlsx",
    }
}
