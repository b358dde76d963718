//! What a user is.

use std::fmt;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    access::{Authorizations, Role},
    audit::Audited,
    ids::UserId,
    page::{Listable, SortKey, sort_fields},
    search::{SearchQuery, SearchText},
    text::{Email, PersonName, Phone, Username, text_type},
};

/// How an account came to be, and how its owner signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AuthType {
    /// By username and password.
    Manual,
    /// Met at the door: can be marked, can't sign in, is merged into a real account later.
    Temp,
    /// Through Kakao.
    Kakao,
    /// Through Naver.
    Naver,
    /// Through Google.
    Google,
    /// Through Apple.
    Apple,
}

impl AuthType {
    /// Every type.
    pub const ALL: [Self; 6] =
        [Self::Manual, Self::Temp, Self::Kakao, Self::Naver, Self::Google, Self::Apple];

    /// Its name in the database and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Manual => "manual",
            Self::Temp => "temp",
            Self::Kakao => "kakao",
            Self::Naver => "naver",
            Self::Google => "google",
            Self::Apple => "apple",
        }
    }

    /// Reads its name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// The hash of a password. It never leaves the server, and never enters a log.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(pub String);

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

/// That an account may not be used for now, by a decision of staff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suspension {
    /// Since when.
    pub since: DateTime<Utc>,
    /// Why, in words for its owner.
    pub reason: SuspensionReason,
}

text_type!(
    /// Why an account is suspended.
    SuspensionReason,
    max = 500
);

/// An account.
#[derive(Debug, Clone, PartialEq)]
pub struct User {
    /// Its id.
    pub id: UserId,
    /// The name to sign in with; unique.
    pub username: Username,
    /// How the account came to be.
    pub auth_type: AuthType,
    /// The hash of the password; `None` when one can't sign in with a password.
    pub password: Option<PasswordHash>,
    /// The id at Kakao, where the account is linked to it: read from its identities, never written with the account.
    pub kakao_id: Option<String>,
    /// What the user may do.
    pub authorizations: Authorizations,
    /// What the user is called.
    pub name: PersonName,
    /// Where mail reaches the user.
    pub email: Option<Email>,
    /// When the user proved to read the mail of that address.
    pub email_verified_at: Option<DateTime<Utc>>,
    /// Where calls and messages reach the user.
    pub phone: Option<Phone>,
    /// When the account came to be.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
    /// When the user last signed in.
    pub last_login: Option<DateTime<Utc>>,
    /// False once it has been deactivated: its owner can't sign in, its records stay.
    pub is_active: bool,
    /// Set while it is suspended: its owner can't sign in until the suspension is lifted.
    pub suspension: Option<Suspension>,
    /// When its owner left; from then on it is a pseudonym that nobody can sign in to.
    pub withdrawn_at: Option<DateTime<Utc>>,
    /// Grows by one with each change, from 1.
    pub version: i32,
}

impl User {
    /// The text in which the search looks.
    pub fn search_text(&self) -> SearchText {
        SearchText::of(&[self.username.as_str(), self.name.as_str()])
    }

    /// Whether its owner can sign in and be served.
    pub fn may_sign_in(&self) -> bool {
        self.is_active && self.suspension.is_none()
    }

    /// What lists of other things show of a user.
    pub fn summary(&self) -> UserSummary {
        UserSummary {
            id: self.id,
            username: self.username.as_str().to_owned(),
            name: self.name.as_str().to_owned(),
        }
    }
}

impl Audited for User {
    const ENTITY: &'static str = "user";

    fn audit_id(&self) -> Uuid {
        self.id.0
    }

    fn document(&self) -> Value {
        json!({
            "username": self.username.as_str(),
            "auth_type": self.auth_type.as_str(),
            "has_password": self.password.is_some(),
            "kakao_id": self.kakao_id,
            "authorizations": self.authorizations,
            "name": self.name.as_str(),
            "email": self.email.as_ref().map(Email::as_str),
            "email_verified_at": self.email_verified_at,
            "phone": self.phone.as_ref().map(Phone::as_str),
            "is_active": self.is_active,
            "suspended_at": self.suspension.as_ref().map(|suspension| suspension.since),
            "suspension_reason": self.suspension.as_ref().map(|suspension| suspension.reason.as_str()),
        })
    }
}

/// What lists of other things show of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserSummary {
    /// The id.
    pub id: UserId,
    /// The name to sign in with.
    pub username: String,
    /// What the user is called.
    pub name: String,
}

/// An account to be made by staff.
#[derive(Debug, Clone, PartialEq)]
pub struct NewUser {
    /// The name to sign in with; `None` makes one up, for a `temp` user.
    pub username: Option<Username>,
    /// `manual` or `temp`; the others come from a provider's sign-in.
    pub auth_type: AuthType,
    /// The first password.
    pub password: Option<String>,
    /// What the user is called.
    pub name: PersonName,
    /// Where mail reaches the user.
    pub email: Option<Email>,
    /// Where calls and messages reach the user.
    pub phone: Option<Phone>,
}

/// What changes on an account; `None` keeps, `Some(None)` clears.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct UserChanges {
    /// Another name to sign in with.
    pub username: Option<Username>,
    /// Another name.
    pub name: Option<PersonName>,
    /// Another address.
    pub email: Option<Option<Email>>,
    /// Another number.
    pub phone: Option<Option<Phone>>,
    /// Deactivated, or active again.
    pub is_active: Option<bool>,
}

impl UserChanges {
    /// Whether mail reaches the account elsewhere after these changes.
    pub fn moves_mail_of(&self, user: &User) -> bool {
        self.email.as_ref().is_some_and(|email| *email != user.email)
    }

    /// The account after these changes.
    pub fn apply_to(self, user: &User) -> User {
        let old = user.clone();
        // Another address is another mailbox, of which nothing is known yet.
        let moved = self.moves_mail_of(user);
        User {
            email_verified_at: if moved { None } else { old.email_verified_at },
            username: self.username.unwrap_or(old.username),
            name: self.name.unwrap_or(old.name),
            email: self.email.unwrap_or(old.email),
            phone: self.phone.unwrap_or(old.phone),
            is_active: self.is_active.unwrap_or(old.is_active),
            ..old
        }
    }
}

/// Which users are wanted; every field that is set narrows the list.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct UserFilter {
    /// Whose username or name holds this.
    pub search: Option<SearchQuery>,
    /// Of this type.
    pub auth_type: Option<AuthType>,
    /// Active, or deactivated.
    pub is_active: Option<bool>,
    /// With this role.
    pub role: Option<Role>,
}

sort_fields! {
    /// What users can be sorted by.
    UserSort { Username = "username", Name = "name", CreatedAt = "created_at", UpdatedAt = "updated_at" }
}

impl Listable<UserSort> for User {
    fn sort_key(&self, field: UserSort) -> SortKey {
        match field {
            UserSort::Username => SortKey::Text(self.username.as_str().to_owned()),
            UserSort::Name => SortKey::Text(self.name.as_str().to_owned()),
            UserSort::CreatedAt => SortKey::Time(self.created_at),
            UserSort::UpdatedAt => SortKey::Time(self.updated_at),
        }
    }

    fn sort_id(&self) -> Uuid {
        self.id.0
    }
}
