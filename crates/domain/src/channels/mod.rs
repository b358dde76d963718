//! Channels: the ways in which one message reaches one person (mail, push, Alimtalk), all behind one port.
//!
//! Who is told what, and when, is decided elsewhere; here is what a message is, what became of it, and what whoever sends one
//! must do then. [`MailChannel`] stands on the port of mails; push and Alimtalk are in `madang-delivery`.

mod mail;
mod message;
mod port;

pub use mail::MailChannel;
pub use message::{Address, Channel, Language, Message, Template};
pub use port::{Channels, MessageChannel, Outcome};
