//! Lectures.

mod cancel;
mod change;
mod create;
mod delete;
mod list;
mod order;
mod recurring;
mod warnings;
