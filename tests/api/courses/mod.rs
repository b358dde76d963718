//! Courses (강의).

mod change;
mod create;
mod list;
mod search;
