//! Three worker processes, of which one after the other is killed while its database loses its connections and its clock is set.

use std::{
    fmt::Write as _,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use madang_domain::ids::{IdGenerator, RandomIds};
use madang_testing::TestDatabase;

const WORKERS: usize = 3;
/// How long nothing may arrive before the leases of those that were killed are taken to have run out.
const QUIET: Duration = Duration::from_millis(700);

#[expect(clippy::disallowed_methods, reason = "tests have no settings to take the number from")]
pub fn how_many() -> usize {
    std::env::var("MADANG_TEST_KILLED_JOBS").map_or(400, |number| number.parse().unwrap())
}

/// What is done to the workers of a database.
pub struct Chaos<'a> {
    pub db: &'a TestDatabase,
    /// What the workers are told beside where the database is.
    pub settings: &'a [(&'a str, String)],
    /// Of which kinds of jobs all have to end.
    pub kinds: &'a str,
    /// While so many have not arrived, workers are killed.
    pub count: usize,
    /// What is kept of a moment and moves with the clock, beside jobs: table and column.
    pub moments: &'a [(&'a str, &'a str)],
}

impl Chaos<'_> {
    /// Lets workers do all jobs and kills them meanwhile; `arrived` tells how far they are.
    pub async fn reign(&self, arrived: impl Fn() -> usize) {
        let patience =
            Duration::from_mins(2).max(Duration::from_millis(60) * u32::try_from(self.count).unwrap());
        let began = Instant::now();
        let mut workers: Vec<Worker> = (0..WORKERS).map(|_| self.hire()).collect();
        let (mut kills, mut seen, mut quiet_since) = (0, 0, Instant::now());
        let mut next_kill = self.count / 20;
        let mut ticks = tokio::time::interval(Duration::from_millis(20));
        while self.unfinished().await > 0 {
            ticks.tick().await;
            assert!(began.elapsed() < patience, "{} of {} arrived", arrived(), self.count);
            let now = arrived();
            if now > seen {
                (seen, quiet_since) = (now, Instant::now());
            } else if quiet_since.elapsed() > QUIET {
                // The leases of the dead run out.
                self.set_clock(2).await;
                quiet_since = Instant::now();
            }
            if seen < next_kill || seen >= self.count {
                continue;
            }
            let random = RandomIds.next().as_u128();
            next_kill = seen + self.count / 20 + usize::try_from(random % 16).unwrap();
            kills += 1;
            match kills % 5 {
                1 => self.db.end_connections().await,
                2 => self.set_clock(2).await,
                3 => self.set_clock(-1).await,
                4 => workers.clear(),
                _ => {}
            }
            // Dropping one kills it outright.
            if !workers.is_empty() {
                workers.remove(usize::try_from(random / 16).unwrap_or_default() % workers.len());
            }
            while workers.len() < WORKERS {
                workers.push(self.hire());
            }
        }
        workers.clear();
        assert!(kills >= 8, "workers were killed {kills} times only");
        let ended = format!("SELECT DISTINCT status AS value FROM jobs WHERE kind IN ({})", self.kinds);
        assert_eq!(self.db.read(&ended).await.unwrap(), ["succeeded"]);
        eprintln!("{}: killed {kills} times, {:.1} s", self.engine(), began.elapsed().as_secs_f64());
    }

    fn engine(&self) -> &str {
        self.db.url().split(':').next().unwrap_or_default()
    }

    /// Processes look at the machine's clock: for them it jumps when what is kept is moved the other way.
    async fn set_clock(&self, hours: i32) {
        let moved = |column: &str| match self.engine() {
            "sqlite" => format!("strftime('%Y-%m-%dT%H:%M:%f', {column}, '{:+} hours') || '000Z'", -hours),
            _ => format!("{column} + interval '{:+} hours'", -hours),
        };
        // Others write too.
        let mut sql =
            String::from(if self.engine() == "sqlite" { "PRAGMA busy_timeout = 20000; " } else { "" });
        for (column, status) in [("leased_until", "running"), ("run_at", "scheduled")] {
            let moved = moved(column);
            write!(sql, "UPDATE jobs SET {column} = {moved} WHERE status = '{status}'; ").unwrap();
        }
        for (table, column) in self.moments {
            write!(sql, "UPDATE {table} SET {column} = {}; ", moved(column)).unwrap();
        }
        self.db.run(&sql).await.unwrap();
    }

    /// Whether jobs of ours have not ended; while the database is away, nobody knows.
    async fn unfinished(&self) -> usize {
        let kinds = self.kinds;
        let open = format!(
            "SELECT CAST(id AS text) AS value FROM jobs WHERE kind IN ({kinds}) AND finished_at IS NULL LIMIT 1"
        );
        self.db.read(&open).await.map_or(1, |open| open.len())
    }

    fn hire(&self) -> Worker {
        let mut command = Command::new(env!("CARGO_BIN_EXE_madang"));
        command
            .arg("worker")
            .env_clear()
            .env("DATABASE_URL", self.db.url())
            .env("DATABASE_CONNECTIONS", "4")
            // Processes die here, not machines.
            .env("SQLITE_DURABILITY", "process_death")
            .env("LOG_FILTER", "off")
            .envs(self.settings.iter().map(|(name, value)| (*name, value)))
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        Worker(command.spawn().unwrap())
    }
}

/// A `madang worker`; killed with SIGKILL when it is dropped.
struct Worker(Child);

impl Drop for Worker {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}
