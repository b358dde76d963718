//! Rosters become rows: on SQLite and on PostgreSQL, once and twice, whole and broken.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests may panic, as tests may")]

mod broken;
mod changes;
mod published;
mod round_trip;
mod support;
