//! Users (사용자): their shapes here, the requests that write them in `requests`, the handlers in `me` (for oneself),
//! `staff` (for those who look after accounts) and `merging`.

mod me;
mod merging;
mod permission;
mod requests;
mod staff;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use madang_domain::{
    access::{Authorizations, ClassRole, Role},
    accounts::{AuthType, User},
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::shapes::{choices, page_of};
pub use permission::PermissionValue;

/// The routes of users.
pub fn routes(config: &mut ServiceConfig) {
    // `/users/me` first, or `me` would be taken for an id.
    config.configure(me::routes).configure(staff::routes).configure(merging::routes);
}

choices! {
    /// How an account came to be, and how its owner signs in. The list may grow.
    AuthTypeValue for AuthType { Manual, Temp, Kakao, Naver, Google, Apple }
}
choices! {
    /// What somebody is in the whole organisation. The list may grow.
    RoleValue for Role { Admin, Manager, Lecturer, Learner }
}
choices! {
    /// What somebody is in one class. The list may grow.
    ClassRoleValue for ClassRole { Lecturer, Assistant, Learner }
}

/// What a user may do (권한 정보).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Authorizations)]
pub struct AuthorizationsValue {
    /// Roles in the whole organisation.
    #[schema(max_items = 4, example = json!(["manager"]))]
    pub roles: BTreeSet<RoleValue>,
    /// Rights beside the roles.
    #[schema(max_items = 100, example = json!(["read_statistics"]))]
    pub permissions: BTreeSet<PermissionValue>,
    /// Roles in single classes, by the id of the class, beside those that enrolments give.
    #[schema(example = json!({"01980000-0000-7000-8000-000000000002": ["lecturer"]}))]
    pub classes: BTreeMap<Uuid, BTreeSet<ClassRoleValue>>,
}

impl From<Authorizations> for AuthorizationsValue {
    fn from(held: Authorizations) -> Self {
        Self {
            roles: held.roles.into_iter().map(Into::into).collect(),
            permissions: held.permissions.into_iter().map(Into::into).collect(),
            classes: held
                .classes
                .into_iter()
                .map(|(class, roles)| (class.0, roles.into_iter().map(Into::into).collect()))
                .collect(),
        }
    }
}

/// An account.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = User)]
pub struct UserResponse {
    /// The id.
    id: Uuid,
    /// The name to sign in with.
    #[schema(example = "haneul")]
    username: String,
    /// How the account came to be.
    auth_type: AuthTypeValue,
    /// The id at Kakao, where the account is linked to it.
    kakao_id: Option<String>,
    /// What the user may do.
    authorizations: AuthorizationsValue,
    /// What the user is called.
    #[schema(example = "김하늘")]
    name: String,
    /// Where mail reaches the user.
    #[schema(example = "haneul@example.org")]
    email: Option<String>,
    /// When the user proved to read the mail of that address; null where that has not happened.
    email_verified_at: Option<DateTime<Utc>>,
    /// Where calls and messages reach the user, as `+82…`.
    #[schema(example = "+821012345678")]
    phone: Option<String>,
    /// When the account came to be.
    created_at: DateTime<Utc>,
    /// When it was last changed.
    updated_at: DateTime<Utc>,
    /// When the user last signed in; null where that has not happened.
    last_login: Option<DateTime<Utc>>,
    /// False once it has been deactivated.
    is_active: bool,
    /// Since when the account is suspended; null where it is not.
    suspended_at: Option<DateTime<Utc>>,
    /// Why the account is suspended; null where it is not.
    #[schema(example = "다른 수강생 비방")]
    suspension_reason: Option<String>,
    /// Grows by one with each change; the `ETag`.
    #[schema(minimum = 1, example = 1)]
    version: i32,
}

impl From<User> for UserResponse {
    fn from(user: User) -> Self {
        let (suspended_at, suspension_reason) =
            user.suspension.map(|suspension| (suspension.since, suspension.reason.into())).unzip();
        Self {
            id: user.id.0,
            username: user.username.into(),
            auth_type: user.auth_type.into(),
            kakao_id: user.kakao_id,
            authorizations: user.authorizations.into(),
            name: user.name.into(),
            email: user.email.map(Into::into),
            email_verified_at: user.email_verified_at,
            phone: user.phone.map(Into::into),
            created_at: user.created_at,
            updated_at: user.updated_at,
            last_login: user.last_login,
            is_active: user.is_active,
            suspended_at,
            suspension_reason,
            version: user.version,
        }
    }
}

page_of!(UserPage of UserResponse, "One page of users.");
