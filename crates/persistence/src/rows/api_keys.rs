//! Rows of `api_keys`.

use chrono::{DateTime, Utc};
use madang_domain::{
    accounts::api_keys::{ApiKey, ApiKeyName},
    ids::{ApiKeyId, UserId},
    opaque::TokenHash,
};
use serde_json::Value;

use super::{parsed, row};
use crate::error::Corrupt;

row!(ApiKeyRow, api_keys, {
    id: ApiKeyId,
    owner_id: UserId,
    name: String,
    hash: String,
    permissions: Value,
    #[serde(serialize_with = "crate::types::instant")]
    created_at: DateTime<Utc>,
    #[serde(serialize_with = "crate::types::instant")]
    expires_at: DateTime<Utc>,
    #[serde(serialize_with = "crate::types::optional_instant")]
    last_used_at: Option<DateTime<Utc>>,
    #[serde(serialize_with = "crate::types::optional_instant")]
    revoked_at: Option<DateTime<Utc>>,
});

impl TryFrom<&ApiKey> for ApiKeyRow {
    type Error = serde_json::Error;

    fn try_from(key: &ApiKey) -> Result<Self, serde_json::Error> {
        Ok(Self {
            id: key.id,
            owner_id: key.owner_id,
            name: key.name.as_str().to_owned(),
            hash: key.hash.0.clone(),
            permissions: serde_json::to_value(&key.permissions)?,
            created_at: key.created_at,
            expires_at: key.expires_at,
            last_used_at: key.last_used_at,
            revoked_at: key.revoked_at,
        })
    }
}

impl TryFrom<ApiKeyRow> for ApiKey {
    type Error = Corrupt;

    fn try_from(row: ApiKeyRow) -> Result<Self, Corrupt> {
        Ok(Self {
            id: row.id,
            owner_id: row.owner_id,
            name: parsed(ApiKeyName::parse(row.name), "api_keys.name")?,
            hash: TokenHash(row.hash),
            permissions: parsed(serde_json::from_value(row.permissions), "api_keys.permissions")?,
            created_at: row.created_at,
            expires_at: row.expires_at,
            last_used_at: row.last_used_at,
            revoked_at: row.revoked_at,
        })
    }
}
