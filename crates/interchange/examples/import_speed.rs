//! How long the Open University set takes to import, and how much memory.
//!
//! `scripts/with-services.sh --durable cargo run --release -p madang-interchange --example import_speed -- FOLDER`

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement, not a program for users")]

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use madang_domain::access::Caller;
use madang_domain::clock::SystemClock;
use madang_domain::ids::RandomIds;
use madang_domain::yard::Yard;
use madang_interchange::{
    Bundle, ImportOptions, ImportService, Limits, Progress, ReadOptions, Reading, read,
};
use madang_testing::TestDatabase;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let folder = Path::new(arguments.first().map_or("../shared/data/oulad", String::as_str));
    for product in ["sqlite", "postgres"] {
        if arguments.len() > 1 && !arguments.iter().any(|argument| argument == product) {
            continue;
        }
        tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(async {
            let database = match product {
                "sqlite" => TestDatabase::sqlite().await,
                _ => TestDatabase::postgres().await,
            };
            println!("{product}");
            measure("first ", folder, &database).await;
            measure("second", folder, &database).await;
        });
    }
}

async fn measure(name: &str, folder: &Path, database: &TestDatabase) {
    let yard = Yard { store: database.store(), clock: Arc::new(SystemClock), ids: Arc::new(RandomIds) };
    let began = Instant::now();
    let Reading { format, roster, problems } =
        read(Bundle::from_path(folder, &Limits::default()).unwrap(), &ReadOptions::default()).unwrap();
    let read_in = began.elapsed();
    let tables = [
        ("users", roster.users.len()),
        ("courses", roster.courses.len()),
        ("classes", roster.classes.len()),
        ("lectures", roster.lectures.len()),
        ("enrolments", roster.enrolments.len()),
        ("attendances", roster.attendances.len()),
        ("certifications", roster.certifications.len()),
    ];
    let (peak, times) = (AtomicU64::new(own_memory_mib()), Mutex::new(Vec::new()));
    let began = Instant::now();
    let note = |now: Progress| {
        peak.fetch_max(own_memory_mib(), Ordering::Relaxed);
        times.lock().unwrap().push((now.done, began.elapsed()));
    };
    let reading = Reading { format, roster, problems };
    let service = ImportService::new(yard);
    let report = service.apply(&Caller::system(), reading, ImportOptions::default(), &note).await.unwrap();
    let whole = began.elapsed();
    let peak = peak.into_inner();
    println!(
        "  {name}: read {read_in:.1?}, applied {whole:.1?}, kept {}, at most {peak} MiB",
        report.is_kept()
    );
    let (times, mut done, mut before) = (times.into_inner().unwrap(), 0, Duration::ZERO);
    for (table, rows) in tables {
        done += u64::try_from(rows).unwrap();
        let at = times.iter().find(|(rows, _)| *rows >= done).map_or(whole, |(_, at)| *at);
        println!("    {table:<16}{rows:>8} rows {:>8.2?}", at.saturating_sub(before));
        before = at;
    }
}

/// Memory of the process itself; pages of the database file that are mapped into it belong to the page cache.
fn own_memory_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("RssAnon")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).unwrap_or_default() / 1024
}
