//! Users (사용자).

mod authorizations;
mod change;
mod create;
mod list;
mod me;
mod merge;
mod merge_undo;
mod withdraw;
