//! What is kept of a link in a mail, and the port that keeps it.

use chrono::{DateTime, TimeDelta, Utc};

use crate::{accounts::User, error::Pending, ids::UserId, opaque::TokenHash, text::Email};

/// What a link in a mail is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailPurpose {
    /// Setting a new password.
    ResetPassword,
    /// Proving that one reads the mail of an address.
    VerifyEmail,
}

impl MailPurpose {
    /// Its name in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ResetPassword => "reset_password",
            Self::VerifyEmail => "verify_email",
        }
    }

    /// Reads its name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::ResetPassword, Self::VerifyEmail].into_iter().find(|purpose| purpose.as_str() == text)
    }

    /// How long a link is good.
    pub fn lifetime(self) -> TimeDelta {
        match self {
            Self::ResetPassword => TimeDelta::minutes(30),
            Self::VerifyEmail => TimeDelta::hours(24),
        }
    }
}

/// The token of a link, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailToken {
    /// Whose it is.
    pub user_id: UserId,
    /// What it is good for; a user has one token for each purpose, the newest.
    pub purpose: MailPurpose,
    /// What is kept of its text.
    pub hash: TokenHash,
    /// The address that it was sent to.
    pub email: Email,
    /// When it was sent.
    pub created_at: DateTime<Utc>,
    /// Until when it is good.
    pub ends_at: DateTime<Utc>,
}

impl MailToken {
    /// Whether it is good for this user at this moment: the address is still the user's, who may still sign in.
    pub(super) fn is_good_for(&self, user: &User, now: DateTime<Utc>) -> bool {
        let same = user.email.as_ref().is_some_and(|email| email.is_same_as(&self.email));
        same && now < self.ends_at && user.may_sign_in()
    }
}

/// Keeps the tokens of links in mails.
pub trait MailTokenRepository: Send {
    /// Keeps a token in the place of an earlier one of its user for the same purpose; the user must be held.
    fn keep<'a>(&'a mut self, token: &'a MailToken) -> Pending<'a, ()>;
    /// The token with this hash for this purpose, whether or not its time is over.
    fn find<'a>(&'a mut self, purpose: MailPurpose, hash: &'a TokenHash) -> Pending<'a, Option<MailToken>>;
    /// The same, taken out: whoever gets it is the only one.
    fn take<'a>(&'a mut self, purpose: MailPurpose, hash: &'a TokenHash) -> Pending<'a, Option<MailToken>>;
    /// Forgets those of a user.
    fn forget(&mut self, user: UserId) -> Pending<'_, ()>;
    /// Forgets those whose time was over before this moment; tells how many.
    fn purge(&mut self, before: DateTime<Utc>) -> Pending<'_, usize>;
}
