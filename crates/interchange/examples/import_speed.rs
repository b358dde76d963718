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
    let marks = u64::try_from(roster.attendances.len()).unwrap();
    let after = u64::try_from(roster.certifications.len()).unwrap();
    let began = Instant::now();
    let (first_mark, last_mark) = (Mutex::new(Duration::ZERO), Mutex::new(Duration::ZERO));
    let peak = AtomicU64::new(own_memory_mib());
    let note = |now: Progress| {
        peak.fetch_max(own_memory_mib(), Ordering::Relaxed);
        if now.done + marks + after <= now.total {
            *first_mark.lock().unwrap() = began.elapsed();
        }
        if now.done + after <= now.total {
            *last_mark.lock().unwrap() = began.elapsed();
        }
    };
    let service = ImportService::new(yard);
    let reading = Reading { format, roster, problems };
    let report = service.apply(&Caller::system(), reading, ImportOptions::default(), &note).await.unwrap();
    let whole = began.elapsed();
    let marks_in = last_mark.lock().unwrap().saturating_sub(*first_mark.lock().unwrap());
    println!(
        "  {name} read {read_in:.1?}, applied {whole:.1?} (of that {marks} marks {marks_in:.1?}), kept {}, at most {} MiB",
        report.is_kept(),
        peak.into_inner()
    );
}

/// Memory of the process itself; pages of the database file that are mapped into it belong to the page cache.
fn own_memory_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("RssAnon")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).unwrap_or_default() / 1024
}
