//! What both databases must do alike: every test runs on SQLite and on PostgreSQL, through the ports.
//!
//! All runtimes here have one thread, as those of actix's workers do.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test is to fail where it goes wrong"
)]

mod fixtures;

mod api_keys;
mod attendances;
mod audit;
mod calendars;
mod capture;
mod certifications;
mod classes;
mod closing;
mod counters;
mod courses;
mod devices;
mod enrolments;
mod erasure;
mod events;
mod idempotency;
mod identities;
mod jobs;
mod journal;
mod leave_requests;
mod lectures;
mod ledger;
mod lists;
mod mail_tokens;
mod merges;
mod notices;
mod operations;
mod papers;
mod policies;
mod rebuilding;
mod recovery;
mod replica;
mod report_schedules;
mod search;
mod sessions;
mod signing_keys;
mod tallies;
mod units;
mod users;
mod webhooks;

/// Runs tests on both databases: `on_both!(a_test, another_test)`.
macro_rules! on_both {
    ($($test:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $test() {
                super::$test(&madang_testing::TestDatabase::sqlite().await).await;
            })+
        }

        mod postgres {
            $(#[tokio::test]
            async fn $test() {
                super::$test(&madang_testing::TestDatabase::postgres().await).await;
            })+
        }
    };
}
pub(crate) use on_both;
