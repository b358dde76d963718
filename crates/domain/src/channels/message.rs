//! A message to one person, as every channel takes it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{
    devices::DeviceToken,
    text::{Email, Phone},
};

/// A way to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    /// 이메일.
    Email,
    /// 푸시: to a device, through FCM.
    Push,
    /// 카카오 알림톡: to a phone number, with a text message in its place where it can't be delivered.
    Alimtalk,
}

impl Channel {
    /// Every channel.
    pub const ALL: [Self; 3] = [Self::Email, Self::Push, Self::Alimtalk];

    /// Its name in the database and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Push => "push",
            Self::Alimtalk => "alimtalk",
        }
    }

    /// Reads its name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.as_str() == text)
    }
}

/// The language of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Language {
    /// 한국어.
    #[default]
    Korean,
    /// English.
    English,
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 2] = [Self::Korean, Self::English];

    /// Its name in the database and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Korean => "ko",
            Self::English => "en",
        }
    }

    /// Reads its name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.as_str() == text)
    }
}

/// Where a message goes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Address {
    /// A mailbox.
    Email(Email),
    /// A device.
    Device(DeviceToken),
    /// A phone.
    Phone(Phone),
}

impl Address {
    /// The channel that reaches it.
    pub fn channel(&self) -> Channel {
        match self {
            Self::Email(_) => Channel::Email,
            Self::Device(_) => Channel::Push,
            Self::Phone(_) => Channel::Alimtalk,
        }
    }
}

/// A text that the provider has approved beforehand, with what stands in its places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// Its code at the provider.
    pub code: String,
    /// What stands in the place of `#{name}`, by name; the braces are the channel's to add.
    pub variables: BTreeMap<String, String>,
}

/// A message to one address. Not `Debug`: it is full of what no log may show.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// Tells this message from every other; the same at every attempt.
    pub key: Uuid,
    /// When it was to be sent, and surely had not been before: a look-up searches from here on.
    pub asked_at: DateTime<Utc>,
    /// To where.
    pub to: Address,
    /// What about, in one line.
    pub title: String,
    /// The whole text; of Alimtalk what is sent where the template can't be delivered.
    pub text: String,
    /// The approved text; Alimtalk refuses a message without one.
    pub template: Option<Template>,
    /// The language of title and text.
    pub language: Language,
    /// The page that it leads to.
    pub link: Option<String>,
    /// What an app is told beside the text, by name.
    pub data: BTreeMap<String, String>,
}
