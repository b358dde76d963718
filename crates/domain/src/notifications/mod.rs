//! Notices: what a person is told, once, and never about what is no longer true.
//!
//! `kind` has what there is to tell, `model` one notice, `texts` the words, `preferences` how somebody wants to be told.
//! A notice is *planned* (`planning`) by looking for causes that nobody was told of yet; that puts it into the inbox (`inbox`).
//! Outer channels get a job for each notice, which looks at the cause again before it sends (`sending`, `digest`) and is asked after where it did not say (`looking_up`). `announcements`
//! and `reminders` are what staff of a class set. What is told of whom, and what cancels it: docs/NOTIFICATIONS.md.

mod announcements;
mod cleaning;
mod deliveries;
mod digest;
mod error;
mod inbox;
mod kind;
mod looking_up;
mod model;
mod planning;
mod preferences;
mod reminders;
mod repository;
mod risk;
mod sending;
mod service;
mod texts;

pub use announcements::{
    Announcement, AnnouncementBody, AnnouncementFilter, AnnouncementSort, AnnouncementTelling,
    AnnouncementTitle, NewAnnouncement,
};
pub use cleaning::NoticeCleaning;
pub use deliveries::{Delivery, DeliveryState};
pub use digest::{DigestCollecting, DigestSending};
pub use error::NotificationError;
pub use inbox::{InboxChange, InboxItem};
pub use kind::NoticeKind;
pub use looking_up::NoticeLookUp;
pub use model::{Facts, Notice, NoticeFilter, NoticeSort};
pub use planning::{NoticePlanning, NoticeRetracting};
pub use preferences::{Choice, KeptPreferences, MailChoice, Preferences, QuietHours, SameTime};
pub use reminders::{ClassReminders, REMINDER_MINUTES, Reminders};
pub use repository::{
    Addressee, AnnouncementRepository, Candidate, CauseRepository, DueLecture, LectureCause,
    NoticeRepository, PreferenceRepository,
};
pub use sending::NoticeSending;
pub use service::{NotificationService, NotificationSettings};
pub use texts::{Template, Text, TextPreview};
