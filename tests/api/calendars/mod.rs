//! `/calendars`.

mod feed;
mod manage;
