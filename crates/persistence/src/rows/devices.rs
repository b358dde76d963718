//! Rows of `devices`.

use chrono::{DateTime, Utc};
use madang_domain::{
    devices::{Device, DeviceToken, Platform},
    ids::{DeviceId, UserId},
};

use super::{known, parsed, row};
use crate::error::Corrupt;

row!(DeviceRow, devices, {
    id: DeviceId,
    user_id: UserId,
    token: String,
    platform: String,
    #[serde(serialize_with = "crate::types::instant")]
    created_at: DateTime<Utc>,
    #[serde(serialize_with = "crate::types::instant")]
    seen_at: DateTime<Utc>,
});

impl From<&Device> for DeviceRow {
    fn from(device: &Device) -> Self {
        Self {
            id: device.id,
            user_id: device.user_id,
            token: device.token.as_str().to_owned(),
            platform: device.platform.as_str().to_owned(),
            created_at: device.created_at,
            seen_at: device.seen_at,
        }
    }
}

impl TryFrom<DeviceRow> for Device {
    type Error = Corrupt;

    fn try_from(row: DeviceRow) -> Result<Self, Corrupt> {
        Ok(Self {
            id: row.id,
            user_id: row.user_id,
            token: parsed(DeviceToken::parse(row.token), "devices.token")?,
            platform: known(Platform::parse(&row.platform), "devices.platform")?,
            created_at: row.created_at,
            seen_at: row.seen_at,
        })
    }
}
