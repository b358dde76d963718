//! Enrolments (수강 등록).

mod bulk;
mod change;
mod create;
mod list;
mod transfer;
mod waiting;
