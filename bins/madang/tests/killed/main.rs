//! Worker processes that are killed outright, a database whose connections all end, a clock that is set: no job is lost, each takes effect
//! once where the receiver de-duplicates, and every recipient is told in order.
//!
//! Some hundred messages here; `make test-killed` does it with 10,000 (`MADANG_TEST_KILLED_JOBS`). In `bench/run.sh jobs` PostgreSQL itself
//! crashes.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test is to fail where it goes wrong")]

mod chaos;
mod mails;
mod notices;
