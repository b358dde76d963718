//! Rosters become rows: on SQLite and on PostgreSQL, once and twice, whole and broken.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic, as tests may")]

mod published;
mod support;
