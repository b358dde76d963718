//! What the measurements need beside a load generator: data at scale, a paced load, and the time of an import.
//!
//! The data goes through madang's own repositories, so that search texts and dates are what the server writes.

use std::{
    io::Write,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use diesel::{Connection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query, sql_types::Text};
use madang_domain::{access::Caller, clock::SystemClock, ids::RandomIds, yard::Yard};
use madang_interchange::{Bundle, ImportOptions, ImportService, Limits, ReadOptions, read};
use madang_persistence::{Database, DatabaseOptions};

mod hall;
mod jobs;
mod pace;
mod room;
mod titles;

const USAGE: &str = "usage:
  madang-bench room DATABASE_URL USERS LEARNERS UNMARKED_FILE  100 marks for each user, in classes of so many learners
  madang-bench titles DATABASE_URL COUNT               courses with titles of made-up Korean words
  madang-bench plan SQLITE_FILE SQL                    how SQLite would run a statement
  madang-bench import DATABASE_URL FOLDER              how long the import of a data set takes
  madang-bench hall URL TOKEN LEARNERS WATCHERS SECONDS  learners check in while lecturers watch
  madang-bench jobs DATABASE_URL COUNT                 jobs a second, and the time from commit to job
  madang-bench killed DATABASE_URL COUNT MADANG        mails through worker processes that are killed at random
  madang-bench pace URL PATHS TOKEN USERS SECONDS      each user asks once a second";

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match *arguments.as_slice() {
        ["room", url, users, learners, unmarked] => {
            let mut unmarked = std::io::BufWriter::new(std::fs::File::create(unmarked)?);
            room::fill(&open(url).await?, users.parse()?, learners.parse()?, &mut unmarked).await?;
            unmarked.flush()?;
        }
        ["titles", url, count] => titles::fill(&open(url).await?, count.parse()?).await?,
        ["plan", file, sql] => plan(file, sql)?,
        ["import", url, folder] => import(url, &PathBuf::from(folder)).await?,
        ["hall", url, token, learners, watchers, seconds] => {
            let hall = hall::Hall {
                base: url.to_owned(),
                token: token.to_owned(),
                learners: learners.parse()?,
                watchers: watchers.parse()?,
                within: Duration::from_secs(seconds.parse()?),
            };
            for line in hall.run().await? {
                say(&line)?;
            }
        }
        ["jobs", url, count] => say(&jobs::measure(&open(url).await?, count.parse()?).await?)?,
        ["killed", url, count, madang] => {
            let database = open(url).await?;
            say(&jobs::killed(&database, url, count.parse()?, Path::new(madang)).await?)?;
        }
        ["pace", url, paths, token, users, seconds] => {
            let paths = std::fs::read_to_string(paths)?;
            let paths = paths.lines().map(|path| format!("{url}{path}")).collect();
            let load = pace::Load {
                urls: paths,
                token: token.to_owned(),
                users: users.parse()?,
                duration: Duration::from_secs(seconds.parse()?),
            };
            say(&load.run().await?)?;
        }
        _ => bail!(USAGE),
    }
    Ok(())
}

/// A database that is up to date.
async fn open(url: &str) -> Result<Database> {
    let options = DatabaseOptions { statement_timeout: Duration::from_mins(5), ..DatabaseOptions::default() };
    let database = Database::open(url, options)?;
    database.migrations().run_pending().await?;
    Ok(database)
}

/// Prints the steps of SQLite's plan, by the library that the server has in it.
fn plan(file: &str, sql: &str) -> Result<()> {
    let mut connection = SqliteConnection::establish(file)?;
    let steps = sql_query(format!("EXPLAIN QUERY PLAN {sql}")).load::<Step>(&mut connection)?;
    steps.iter().try_for_each(|step| say(&step.detail))
}

#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = Text)]
    detail: String,
}

/// Prints `IMPORT reading-seconds applying-seconds marks`.
async fn import(url: &str, folder: &Path) -> Result<()> {
    let database = open(url).await?;
    let yard = Yard { store: database.store(), clock: Arc::new(SystemClock), ids: Arc::new(RandomIds) };
    let began = Instant::now();
    let reading = read(Bundle::from_path(folder, &Limits::default())?, &ReadOptions::default())?;
    let read = began.elapsed();
    let report = ImportService::new(yard)
        .apply(&Caller::system(), reading, ImportOptions::default(), &|_| {})
        .await
        .context("the import failed")?;
    let applied = began.elapsed().saturating_sub(read);
    let marks = report.counts().attendances.created;
    if !report.is_kept() {
        bail!("the import was refused");
    }
    say(&format!("IMPORT {:.2} {:.2} {marks}", read.as_secs_f64(), applied.as_secs_f64()))
}

fn say(line: &str) -> Result<()> {
    Ok(writeln!(std::io::stdout(), "{line}")?)
}
