//! Rows of `mail_tokens`.

use chrono::{DateTime, Utc};
use madang_domain::{
    accounts::recovery::{MailPurpose, MailToken},
    ids::UserId,
    opaque::TokenHash,
    text::Email,
};

use super::{known, parsed, row};
use crate::error::Corrupt;

row!(MailTokenRow, mail_tokens, {
    user_id: UserId,
    purpose: String,
    hash: String,
    email: String,
    #[serde(serialize_with = "crate::types::instant")]
    created_at: DateTime<Utc>,
    #[serde(serialize_with = "crate::types::instant")]
    ends_at: DateTime<Utc>,
});

impl From<&MailToken> for MailTokenRow {
    fn from(token: &MailToken) -> Self {
        Self {
            user_id: token.user_id,
            purpose: token.purpose.as_str().to_owned(),
            hash: token.hash.0.clone(),
            email: token.email.as_str().to_owned(),
            created_at: token.created_at,
            ends_at: token.ends_at,
        }
    }
}

impl TryFrom<MailTokenRow> for MailToken {
    type Error = Corrupt;

    fn try_from(row: MailTokenRow) -> Result<Self, Corrupt> {
        Ok(Self {
            user_id: row.user_id,
            purpose: known(MailPurpose::parse(&row.purpose), "mail_tokens.purpose")?,
            hash: TokenHash(row.hash),
            email: parsed(Email::parse(&row.email), "mail_tokens.email")?,
            created_at: row.created_at,
            ends_at: row.ends_at,
        })
    }
}
