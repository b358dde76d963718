//! What the tests of the applying side share: a database of either kind, the published files, and counts of rows.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use madang_domain::access::Caller;
use madang_domain::accounts::UserFilter;
use madang_domain::attendance::AttendanceFilter;
use madang_domain::audit::AuditFilter;
use madang_domain::certification::CertificationFilter;
use madang_domain::clock::SystemClock;
use madang_domain::ids::RandomIds;
use madang_domain::learning::classes::ClassFilter;
use madang_domain::learning::courses::CourseFilter;
use madang_domain::learning::enrolments::EnrolmentFilter;
use madang_domain::page::{Listing, PageSize, Sort, Window};
use madang_domain::yard::Yard;
use madang_interchange::{
    Bundle, ImportOptions, ImportReport, ImportService, Limits, Problem, ReadOptions, Reading, RowCounts,
    SourceFile, read,
};
use madang_testing::TestDatabase;

/// Runs a test on both databases.
macro_rules! on_both {
    ($($(#[$meta:meta])* $name:ident;)+) => {
        $(mod $name {
            use madang_testing::TestDatabase;

            $(#[$meta])*
            #[tokio::test]
            async fn on_sqlite() {
                super::$name(&$crate::support::World::on(TestDatabase::sqlite().await)).await;
            }

            $(#[$meta])*
            #[tokio::test]
            async fn on_postgres() {
                super::$name(&$crate::support::World::on(TestDatabase::postgres().await)).await;
            }
        })+
    };
}
pub(crate) use on_both;

/// A database, and services on it.
pub struct World {
    pub database: TestDatabase,
    pub yard: Yard,
}

/// How many rows each table has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rows {
    pub users: u64,
    pub courses: u64,
    pub classes: u64,
    pub enrolments: u64,
    pub attendances: u64,
    pub certifications: u64,
    pub audit: u64,
    pub external_ids: usize,
}

impl World {
    pub fn on(database: TestDatabase) -> Self {
        let yard = Yard { store: database.store(), clock: Arc::new(SystemClock), ids: Arc::new(RandomIds) };
        Self { database, yard }
    }

    pub async fn apply(&self, reading: Reading) -> ImportReport {
        self.apply_as(&Caller::system(), reading, ImportOptions::default()).await
    }

    pub async fn apply_as(&self, caller: &Caller, reading: Reading, options: ImportOptions) -> ImportReport {
        ImportService::new(self.yard.clone()).apply(caller, reading, options, &|_| {}).await.unwrap()
    }

    /// The text of every row of every table.
    pub async fn everything(&self) -> String {
        let url = self.database.url();
        let Some(file) = url.strip_prefix("sqlite://") else { return all_of_postgres(url).await };
        let files = [file.to_owned(), format!("{file}-wal")];
        files.iter().map(|file| String::from_utf8_lossy(&std::fs::read(file).unwrap()).into_owned()).collect()
    }

    pub async fn rows(&self) -> Rows {
        macro_rules! total {
            ($session:ident.$repository:ident, $filter:expr) => {{
                let window = Window::Page { number: 1, size: PageSize::DEFAULT };
                let listing = Listing { filter: $filter, sort: Sort(Vec::new()), window };
                $session.$repository().list(&listing).await.unwrap().total.unwrap()
            }};
        }
        let mut session = self.yard.store.session().await.unwrap();
        let mut external_ids = 0;
        for source in ["tables", "oneroster", "korean_standard", "oulad"] {
            for entity in ["user", "course", "class", "lecture"] {
                external_ids += session.external_ids().of(source, entity).await.unwrap().len();
            }
        }
        Rows {
            users: total!(session.users, UserFilter::default()),
            courses: total!(session.courses, CourseFilter::default()),
            classes: total!(session.classes, ClassFilter::default()),
            enrolments: total!(session.enrolments, EnrolmentFilter::default()),
            attendances: total!(session.attendances, AttendanceFilter::default()),
            certifications: total!(session.certifications, CertificationFilter::default()),
            audit: total!(session.audit, AuditFilter::default()),
            external_ids,
        }
    }
}

async fn all_of_postgres(url: &str) -> String {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    let connection = tokio::spawn(connection);
    let tables = "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'";
    let mut all = String::new();
    for table in client.query(tables, &[]).await.unwrap() {
        let table: String = table.get(0);
        let rows = client.query(&format!("SELECT t::text FROM {table} t"), &[]).await.unwrap();
        all.extend(rows.iter().map(|row| row.get::<_, String>(0)));
    }
    drop(client);
    connection.await.unwrap().unwrap();
    all
}

/// A file or folder of the published data sets.
pub fn data(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(folder)
}

/// A published data set.
pub fn published(folder: &str) -> Reading {
    read(Bundle::from_path(&data(folder), &Limits::default()).unwrap(), &ReadOptions::default()).unwrap()
}

/// Files as a person would write them.
pub fn files(files: &[(&str, &str)]) -> Reading {
    let source =
        |(name, text): &(&str, &str)| SourceFile { name: (*name).into(), bytes: text.as_bytes().into() };
    read(Bundle::new(files.iter().map(source).collect()).unwrap(), &ReadOptions::default()).unwrap()
}

/// File, line, column and code of every error.
pub fn errors(report: &ImportReport) -> Vec<(&str, u32, &str, &str)> {
    report.errors().iter().map(named).collect()
}

fn named(problem: &Problem) -> (&str, u32, &str, &str) {
    let column = problem.column.as_deref().unwrap_or_default();
    (&*problem.file, problem.line, column, problem.code.as_str())
}

pub fn created(created: u64) -> RowCounts {
    RowCounts { created, ..RowCounts::default() }
}

pub fn unchanged(unchanged: u64) -> RowCounts {
    RowCounts { unchanged, ..RowCounts::default() }
}
