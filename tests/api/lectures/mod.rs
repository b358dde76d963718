//! Lectures.

mod cancel;
mod change;
mod create;
mod delete;
mod list;
mod recurring;
