//! What clients send to make, change and merge accounts.

use std::collections::{BTreeMap, BTreeSet};

use madang_domain::{
    access::Authorizations,
    accounts::{NewUser, SuspensionReason, UserChanges},
    ids::ClassId,
    text::{Email, PersonName, Phone, Username},
};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{AuthTypeValue, ClassRoleValue, PermissionValue, RoleValue};
use crate::{
    problem::{FieldFault, Problem},
    request::{Checks, clearable, present},
};

/// The most classes in which one user can be given roles by hand.
const MAX_CLASSES: usize = 1_000;

/// An account to be made by staff.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateUserRequest {
    /// `manual`, with a username and a password, or `temp`, for somebody met at the door.
    auth_type: AuthTypeValue,
    /// The name to sign in with: letters of any script, or an e-mail address. One is made up for a `temp` user without.
    #[schema(min_length = 3, max_length = 254, example = "haneul")]
    username: Option<String>,
    /// The first password: 8 characters or more of any kind. A `temp` user has none.
    #[schema(min_length = 8, max_length = 1_024, format = Password, example = "산책하는-고양이-7")]
    password: Option<String>,
    /// What the user is called.
    #[schema(min_length = 1, max_length = 100, example = "김하늘")]
    name: String,
    /// Where mail reaches the user.
    #[schema(max_length = 254, format = Email, example = "haneul@example.org")]
    email: Option<String>,
    /// Where calls and messages reach the user.
    #[schema(max_length = 30, example = "010-1234-5678")]
    phone: Option<String>,
}

impl CreateUserRequest {
    pub(super) fn into_domain(self) -> Result<NewUser, Problem> {
        let mut checks = Checks::new();
        let username = checks.optional("/username", self.username, Username::parse);
        let name = checks.value("/name", PersonName::parse(self.name));
        let email = checks.optional("/email", self.email, Email::parse);
        let phone = checks.optional("/phone", self.phone, Phone::parse);
        checks.done(|| {
            Some(NewUser {
                username: username?,
                auth_type: self.auth_type.into(),
                password: self.password,
                name: name?,
                email: email?,
                phone: phone?,
            })
        })
    }
}

/// The whole of an account, as far as staff may set it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplaceUserRequest {
    /// The name to sign in with.
    #[schema(min_length = 3, max_length = 254, example = "haneul")]
    username: String,
    /// What the user is called.
    #[schema(min_length = 1, max_length = 100, example = "김하늘")]
    name: String,
    /// Where mail reaches the user; null or absent for nowhere.
    #[schema(max_length = 254, format = Email, example = "haneul@example.org")]
    email: Option<String>,
    /// Where calls and messages reach the user; null or absent for nowhere.
    #[schema(max_length = 30, example = "010-1234-5678")]
    phone: Option<String>,
    /// Whether the account is in use.
    #[schema(example = true)]
    is_active: bool,
}

impl ReplaceUserRequest {
    pub(super) fn into_domain(self) -> Result<UserChanges, Problem> {
        let mut checks = Checks::new();
        let username = checks.value("/username", Username::parse(self.username));
        let name = checks.value("/name", PersonName::parse(self.name));
        let email = checks.optional("/email", self.email, Email::parse);
        let phone = checks.optional("/phone", self.phone, Phone::parse);
        checks.done(|| {
            Some(UserChanges {
                username: Some(username?),
                name: Some(name?),
                email: Some(email?),
                phone: Some(phone?),
                is_active: Some(self.is_active),
            })
        })
    }
}

/// What changes on an account (merge patch): absent keeps, null clears.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateUserRequest {
    /// Another name to sign in with.
    #[serde(default, deserialize_with = "present")]
    #[schema(min_length = 3, max_length = 254, nullable = false, example = "haneul")]
    username: Option<String>,
    /// Another name.
    #[serde(default, deserialize_with = "present")]
    #[schema(min_length = 1, max_length = 100, nullable = false, example = "김하늘")]
    name: Option<String>,
    /// Another address; null clears it.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<String>, max_length = 254, format = Email, example = "haneul@example.org")]
    email: Option<Option<String>>,
    /// Another number; null clears it.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<String>, max_length = 30, example = "010-1234-5678")]
    phone: Option<Option<String>>,
    /// Deactivated, or active again; for staff.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, example = true)]
    is_active: Option<bool>,
}

impl UpdateUserRequest {
    pub(super) fn into_domain(self) -> Result<UserChanges, Problem> {
        let mut checks = Checks::new();
        let username = checks.optional("/username", self.username, Username::parse);
        let name = checks.optional("/name", self.name, PersonName::parse);
        let email = checks.clearable("/email", self.email, Email::parse);
        let phone = checks.clearable("/phone", self.phone, Phone::parse);
        checks.done(|| {
            Some(UserChanges {
                username: username?,
                name: name?,
                email: email?,
                phone: phone?,
                is_active: self.is_active,
            })
        })
    }
}

/// What changes on one's own account (merge patch): absent keeps, null clears.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateMeRequest {
    /// Another name.
    #[serde(default, deserialize_with = "present")]
    #[schema(min_length = 1, max_length = 100, nullable = false, example = "김하늘")]
    name: Option<String>,
    /// Another address; null clears it.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<String>, max_length = 254, format = Email, example = "haneul@example.org")]
    email: Option<Option<String>>,
    /// Another number; null clears it.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<String>, max_length = 30, example = "010-1234-5678")]
    phone: Option<Option<String>>,
    /// The current password: needed for another address, where the account has a password.
    #[schema(max_length = 1_024, format = Password, example = "산책하는-고양이-7")]
    current_password: Option<String>,
}

impl UpdateMeRequest {
    /// What changes, and the current password.
    pub(super) fn into_domain(self) -> Result<(UserChanges, Option<String>), Problem> {
        let Self { name, email, phone, current_password } = self;
        let changes = UpdateUserRequest { username: None, name, email, phone, is_active: None };
        Ok((changes.into_domain()?, current_password))
    }
}

/// A new password, and the one that it takes the place of.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangePasswordRequest {
    /// The current password.
    #[schema(min_length = 1, max_length = 1_024, format = Password, example = "산책하는-고양이-7")]
    pub(super) current_password: String,
    /// The new password: 8 characters or more of any kind.
    #[schema(min_length = 8, max_length = 1_024, format = Password, example = "낮잠자는-강아지-8")]
    pub(super) new_password: String,
}

/// What proves that one may give up one's account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WithdrawRequest {
    /// The current password, where the account has one.
    #[schema(max_length = 1_024, format = Password, example = "산책하는-고양이-7")]
    pub(super) current_password: Option<String>,
}

/// The whole of what a user may do (권한 정보); what is absent is taken away.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetAuthorizationsRequest {
    /// Roles in the whole organisation.
    #[serde(default)]
    #[schema(max_items = 4, example = json!(["manager"]))]
    roles: BTreeSet<RoleValue>,
    /// Rights beside the roles.
    #[serde(default)]
    #[schema(max_items = 100, example = json!(["read_statistics"]))]
    permissions: BTreeSet<PermissionValue>,
    /// Roles in single classes, by the id of the class, beside those that enrolments give; 1,000 classes at most.
    #[serde(default)]
    #[schema(example = json!({"01980000-0000-7000-8000-000000000002": ["lecturer"]}))]
    classes: BTreeMap<Uuid, BTreeSet<ClassRoleValue>>,
}

impl SetAuthorizationsRequest {
    pub(super) fn into_domain(self) -> Result<Authorizations, Problem> {
        if self.classes.len() > MAX_CLASSES {
            return Err(Problem::invalid_field("/classes", FieldFault::TooLong { max: MAX_CLASSES }));
        }
        Ok(Authorizations {
            roles: self.roles.into_iter().map(Into::into).collect(),
            permissions: self.permissions.into_iter().map(Into::into).collect(),
            classes: self
                .classes
                .into_iter()
                .map(|(class, roles)| (ClassId(class), roles.into_iter().map(Into::into).collect()))
                .collect(),
        })
    }
}

/// That an account is suspended, or no longer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SuspendUserRequest {
    /// False lifts the suspension.
    #[serde(default = "yes")]
    #[schema(default = true, example = true)]
    suspended: bool,
    /// Why, in words for the user; required to suspend.
    #[schema(min_length = 1, max_length = 500, example = "다른 수강생 비방")]
    reason: Option<String>,
}

fn yes() -> bool {
    true
}

impl SuspendUserRequest {
    pub(super) fn into_domain(self) -> Result<Option<SuspensionReason>, Problem> {
        match (self.suspended, self.reason) {
            (false, None) => Ok(None),
            (false, Some(_)) => Err(Problem::invalid_field("/reason", FieldFault::Inconsistent)),
            (true, None) => Err(Problem::invalid_field("/reason", FieldFault::Missing)),
            (true, Some(reason)) => SuspensionReason::parse(reason)
                .map(Some)
                .map_err(|problem| Problem::invalid_field("/reason", problem.into())),
        }
    }
}
