//! `/admin/jobs`, and mails.

mod change;
mod list;
mod mail;
