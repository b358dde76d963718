//! Rows of `identities` and `sign_in_flows`.

use chrono::{DateTime, Utc};
use madang_domain::{
    accounts::identities::{FlowPurpose, Identity, Provider, SignInFlow},
    ids::{IdentityId, UserId},
    text::Email,
};

use super::{known, optional, row};
use crate::error::Corrupt;

row!(IdentityRow, identities, {
    id: IdentityId,
    user_id: UserId,
    provider: String,
    subject: String,
    email: Option<String>,
    email_verified: bool,
    sealed_token: Option<String>,
    #[serde(serialize_with = "crate::types::instant")]
    linked_at: DateTime<Utc>,
    #[serde(serialize_with = "crate::types::instant")]
    last_used_at: DateTime<Utc>,
});

impl From<&Identity> for IdentityRow {
    fn from(identity: &Identity) -> Self {
        Self {
            id: identity.id,
            user_id: identity.user_id,
            provider: identity.provider.as_str().to_owned(),
            subject: identity.subject.clone(),
            email: identity.email.as_ref().map(ToString::to_string),
            email_verified: identity.email_verified,
            sealed_token: identity.sealed_token.clone(),
            linked_at: identity.linked_at,
            last_used_at: identity.last_used_at,
        }
    }
}

impl TryFrom<IdentityRow> for Identity {
    type Error = Corrupt;

    fn try_from(row: IdentityRow) -> Result<Self, Corrupt> {
        Ok(Self {
            id: row.id,
            user_id: row.user_id,
            provider: known(Provider::parse(&row.provider), "identities.provider")?,
            subject: row.subject,
            email: optional(row.email, Email::parse, "identities.email")?,
            email_verified: row.email_verified,
            sealed_token: row.sealed_token,
            linked_at: row.linked_at,
            last_used_at: row.last_used_at,
        })
    }
}

row!(SignInFlowRow, sign_in_flows, {
    key: String,
    browser: String,
    provider: String,
    purpose: String,
    user_id: Option<UserId>,
    redirect_uri: String,
    return_to: Option<String>,
    #[serde(serialize_with = "crate::types::instant")]
    expires_at: DateTime<Utc>,
});

impl From<&SignInFlow> for SignInFlowRow {
    fn from(flow: &SignInFlow) -> Self {
        Self {
            key: flow.key.clone(),
            browser: flow.browser.clone(),
            provider: flow.provider.as_str().to_owned(),
            purpose: flow.purpose.as_str().to_owned(),
            user_id: flow.user_id,
            redirect_uri: flow.redirect_uri.clone(),
            return_to: flow.return_to.clone(),
            expires_at: flow.expires_at,
        }
    }
}

impl TryFrom<SignInFlowRow> for SignInFlow {
    type Error = Corrupt;

    fn try_from(row: SignInFlowRow) -> Result<Self, Corrupt> {
        Ok(Self {
            key: row.key,
            browser: row.browser,
            provider: known(Provider::parse(&row.provider), "sign_in_flows.provider")?,
            purpose: known(FlowPurpose::parse(&row.purpose), "sign_in_flows.purpose")?,
            user_id: row.user_id,
            redirect_uri: row.redirect_uri,
            return_to: row.return_to,
            expires_at: row.expires_at,
        })
    }
}
