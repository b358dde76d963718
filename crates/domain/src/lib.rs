//! domain

pub mod attendance;
pub mod calendar;
pub mod recurrence;
pub mod search;
#[cfg(test)]
mod shared_data;
pub mod text;
