//! `/calendars`.

mod feed;
mod manage;
mod standard;
