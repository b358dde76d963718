//! A permission as the API tells it: its name, from the one list in `domain::access`.

use std::borrow::Cow;

use madang_domain::access::Permission;
use serde::{Deserialize, Serialize};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, schema::Type},
};

/// One right, given beside the roles or to an API key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PermissionValue(pub Permission);

impl PartialSchema for PermissionValue {
    fn schema() -> RefOr<Schema> {
        let names = Permission::ALL.iter().map(|permission| permission.as_str());
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some(
                "One right, given beside the roles or to an API key; see PERMISSIONS.md. The list may grow.",
            ))
            .enum_values(Some(names))
            .into()
    }
}

impl ToSchema for PermissionValue {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("PermissionValue")
    }
}

impl From<Permission> for PermissionValue {
    fn from(permission: Permission) -> Self {
        Self(permission)
    }
}

impl From<PermissionValue> for Permission {
    fn from(value: PermissionValue) -> Self {
        value.0
    }
}
