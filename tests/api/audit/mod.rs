//! The audit log.

mod entries;
mod list;
