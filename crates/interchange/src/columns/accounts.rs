//! Users, sessions and API keys. No password hash and no hash of a key is in any file; the link to Kakao and the last sign-in can
//! be seen, but not imported.

use madang_domain::{
    accounts::{User, api_keys::ApiKey, sessions::SessionView},
    devices::Device,
};

use super::{id, json, table, time};
use crate::write::Cell;

table!(User as "users", |user| {
    kept "id": id(user.id),
    kept "username": Cell::text(user.username.as_str()),
    kept "auth_type": Cell::text(user.auth_type.as_str()),
    shown "kakao_id": Cell::maybe(user.kakao_id.as_deref(), Cell::text),
    kept "authorizations": json(&user.authorizations),
    kept "name": Cell::text(user.name.as_str()),
    kept "email": Cell::maybe(user.email.as_ref(), |email| Cell::text(email.as_str())),
    kept "phone": Cell::maybe(user.phone.as_ref(), |phone| Cell::text(phone.as_str())),
    shown "created_at": Cell::Time(user.created_at),
    shown "updated_at": Cell::Time(user.updated_at),
    shown "last_login": time(user.last_login),
    kept "is_active": Cell::Bool(user.is_active),
    shown "version": Cell::Integer(user.version.into()),
});

table!(SessionView as "sessions", |view| {
    shown "id": id(view.session.id),
    shown "user_agent": Cell::maybe(view.session.device.user_agent.as_deref(), Cell::text),
    shown "address": Cell::maybe(view.session.device.address.as_deref(), Cell::text),
    shown "created_at": Cell::Time(view.session.created_at),
    shown "last_used_at": Cell::Time(view.session.last_used_at),
    shown "ends_at": Cell::Time(view.session.ends_at),
    shown "is_current": Cell::Bool(view.is_current),
});

table!(Device as "devices", |device| {
    shown "id": id(device.id),
    shown "platform": Cell::text(device.platform.as_str()),
    shown "created_at": Cell::Time(device.created_at),
    shown "seen_at": Cell::Time(device.seen_at),
});

table!(ApiKey as "api_keys", |key| {
    shown "id": id(key.id),
    shown "owner_id": id(key.owner_id),
    shown "name": Cell::text(key.name.as_str()),
    shown "permissions": json(&key.permissions),
    shown "created_at": Cell::Time(key.created_at),
    shown "expires_at": Cell::Time(key.expires_at),
    shown "last_used_at": time(key.last_used_at),
    shown "revoked_at": time(key.revoked_at),
});
