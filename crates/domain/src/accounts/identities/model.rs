//! What an identity is, and what a sign-in under way is.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    accounts::AuthType,
    audit::Audited,
    ids::{IdentityId, UserId},
    text::Email,
};

/// Where people sign in who do not use a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Provider {
    /// 카카오.
    Kakao,
    /// 네이버.
    Naver,
    /// Google.
    Google,
    /// Apple.
    Apple,
}

impl Provider {
    /// Every provider.
    pub const ALL: [Self; 4] = [Self::Kakao, Self::Naver, Self::Google, Self::Apple];

    /// Its name in the database, the API and addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Kakao => "kakao",
            Self::Naver => "naver",
            Self::Google => "google",
            Self::Apple => "apple",
        }
    }

    /// Reads its name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|provider| provider.as_str() == text)
    }

    /// The type of an account that came to be through it.
    pub fn auth_type(self) -> AuthType {
        match self {
            Self::Kakao => AuthType::Kakao,
            Self::Naver => AuthType::Naver,
            Self::Google => AuthType::Google,
            Self::Apple => AuthType::Apple,
        }
    }

    /// What somebody is called who did not let the provider tell a name.
    pub fn nameless(self) -> &'static str {
        match self {
            Self::Kakao => "카카오 사용자",
            Self::Naver => "네이버 사용자",
            Self::Google => "Google 사용자",
            Self::Apple => "Apple 사용자",
        }
    }
}

/// An account at a provider, with which a user signs in.
///
/// Provider and subject together name it for ever; the rest is what the provider told last.
#[derive(Debug, Clone, PartialEq)]
pub struct Identity {
    /// Its id.
    pub id: IdentityId,
    /// Whose it is.
    pub user_id: UserId,
    /// Where it is.
    pub provider: Provider,
    /// The id of the account there.
    pub subject: String,
    /// The e-mail address of the account there.
    pub email: Option<Email>,
    /// Whether the provider says that the address is its owner's.
    pub email_verified: bool,
    /// With what the link is undone at the provider, sealed; `None` where nothing is needed.
    pub sealed_token: Option<String>,
    /// When it was linked.
    pub linked_at: DateTime<Utc>,
    /// When the user last signed in with it.
    pub last_used_at: DateTime<Utc>,
}

impl Audited for Identity {
    const ENTITY: &'static str = "identity";

    fn audit_id(&self) -> Uuid {
        self.id.0
    }

    fn document(&self) -> Value {
        json!({
            "user_id": self.user_id,
            "provider": self.provider.as_str(),
            "email_verified": self.email_verified,
        })
    }
}

/// What a sign-in under way will come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlowPurpose {
    /// Somebody signs in, or registers.
    SignIn,
    /// A signed-in user links an identity.
    Link,
    /// Somebody has signed in; a web client fetches the tokens.
    Handoff,
}

impl FlowPurpose {
    /// Every purpose.
    pub const ALL: [Self; 3] = [Self::SignIn, Self::Link, Self::Handoff];

    /// Its name in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::Link => "link",
            Self::Handoff => "handoff",
        }
    }

    /// Reads its name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.as_str() == text)
    }
}

/// A sign-in under way, kept so that any node can finish it. It holds no secret: only hashes of them.
#[derive(Debug, Clone, PartialEq)]
pub struct SignInFlow {
    /// The hash of the secret that travels through the provider (`state`) or to the web client.
    pub key: String,
    /// The hash of the secret that stays in the browser.
    pub browser: String,
    /// Where the user signs in.
    pub provider: Provider,
    /// What it will come to.
    pub purpose: FlowPurpose,
    /// Who links, or who has signed in; `None` as long as that is open.
    pub user_id: Option<UserId>,
    /// Where the provider sends the browser.
    pub redirect_uri: String,
    /// Where the browser goes in the end; `None` answers it directly.
    pub return_to: Option<String>,
    /// When it is over.
    pub expires_at: DateTime<Utc>,
}
