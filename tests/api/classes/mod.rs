//! Classes (수업).

mod change;
mod close;
mod copy;
mod create;
mod list;
