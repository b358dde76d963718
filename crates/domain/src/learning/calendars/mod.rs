//! Calendars: the lectures of a user as a feed that calendar programs subscribe to.
//!
//! The address of a feed is the only key to it, so it can be taken back. What stands in a feed follows from the places of the user
//! at the moment of asking. How a feed is written is in `madang-interchange`.

mod model;
mod repository;
mod service;

pub use model::{Calendar, CalendarEntry, CalendarFeed, CalendarPlace, CalendarSort, IssuedCalendar};
pub use repository::CalendarRepository;
pub use service::{CalendarError, CalendarService};
