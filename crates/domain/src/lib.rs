//! The rules of Madang: entities, values, use cases, and the ports through which they reach the world.
//!
//! *The yard* is shared by every room and knows nothing about courses: `accounts`, `audit`, `events`, `idempotency`, `jobs`, `mail`, `operations`
//! and the values (`access`, `clock`, `ids`, `page`, `text`, …). *The rooms* stand around it: `learning`, `attendance`,
//! `certification`, `merging`, `withdrawal`, `notifications`; a room uses the yard and the rooms before it, never one after it. The one exception is `store`,
//! which lists the repositories of all rooms because one connection serves them together.
//!
//! Here is no SQL, no HTTP and no runtime: see `madang-persistence`, `madang-http` and the binary.

pub mod access;
pub mod accounts;
pub mod attendance;
pub mod audit;
pub mod calendar;
pub mod certification;
pub mod channels;
pub mod clock;
pub mod devices;
pub mod error;
pub mod events;
pub mod external_ids;
pub mod idempotency;
pub mod ids;
pub mod jobs;
pub mod learning;
pub mod mail;
pub mod merging;
pub mod notifications;
pub mod opaque;
pub mod operations;
pub mod page;
pub mod public_holidays;
pub mod recurrence;
pub mod report_schedules;
pub mod rescheduling;
pub mod search;
pub mod secrets;
#[cfg(test)]
mod shared_data;
pub mod stamps;
pub mod store;
pub mod stream_tickets;
pub mod text;
pub mod webhooks;
pub mod withdrawal;
pub mod yard;
