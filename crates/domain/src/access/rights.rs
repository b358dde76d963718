//! What somebody can hold: roles, permissions, roles in classes. The one list of permissions is here.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

use serde::{Deserialize, Serialize};

use crate::ids::ClassId;

/// What somebody is in the whole organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// 관리자: may do everything.
    Admin,
    /// 담당자: plans courses and classes, enrols, corrects, certifies.
    Manager,
    /// 강사: teaches; power over a class comes from the role in that class.
    Lecturer,
    /// 수강생: sees the catalogue and what is theirs.
    Learner,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 4] = [Self::Admin, Self::Manager, Self::Lecturer, Self::Learner];

    /// Its name in the database and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Manager => "manager",
            Self::Lecturer => "lecturer",
            Self::Learner => "learner",
        }
    }

    /// Reads its name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }

    /// Whether the role holds this right everywhere. What a lecturer may do comes with the role in a class.
    pub fn allows(self, permission: Permission) -> bool {
        match self {
            Self::Admin => true,
            Self::Manager => permission.lowest_role() == self,
            Self::Lecturer | Self::Learner => false,
        }
    }
}

/// Declares the permissions: name, name in the database and the API, the lowest role that holds it (`Manager` or `Admin`),
/// what it allows in Korean and in English.
macro_rules! permissions {
    ($($name:ident = ($code:literal, $role:ident, $ko:literal, $en:literal)),+ $(,)?) => {
        /// One right, given beside the roles or to an API key; a role is a set of them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Permission {
            $(#[doc = $en] #[serde(rename = $code)] $name,)+
        }

        impl Permission {
            /// Every permission.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// Its name in the database and the API.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }

            /// The lowest role that holds it.
            fn lowest_role(self) -> Role {
                match self { $(Self::$name => Role::$role,)+ }
            }

            /// What it allows, in Korean and in English.
            pub fn text(self) -> (&'static str, &'static str) {
                match self { $(Self::$name => ($ko, $en),)+ }
            }
        }
    };
}

permissions! {
    ReadUsers = ("read_users", Manager, "모든 사용자와 그 출석·수료 기록을 봅니다.", "Sees all users and what is recorded of them."),
    ManageUsers = ("manage_users", Manager, "권한이 없는 계정을 만들고, 고치고, 중지하고, 임시 사용자를 합칩니다.", "Creates, changes and deactivates accounts that hold no power; merges temp users."),
    ManageAuthorizations = ("manage_authorizations", Admin, "자신이 가진 범위 안에서 다른 사용자의 권한을 정합니다.", "Says what others may do, as far as one holds it oneself."),
    ManageApiKeys = ("manage_api_keys", Admin, "모든 API 키를 보고 폐기합니다.", "Sees and revokes the API keys of everybody."),
    ManageCatalogue = ("manage_catalogue", Manager, "강의·수업·차시를 관리하고, 중지된 것도 봅니다.", "Manages courses, classes and lectures, and sees those that are deactivated."),
    ManageEnrolments = ("manage_enrolments", Manager, "모든 수업의 수강 등록을 관리합니다.", "Enrols people in any class, moves them, lets them go."),
    ReadRosters = ("read_rosters", Manager, "모든 수업의 수강생, 출석과 통계를 봅니다.", "Sees who is in any class, its marks and its figures."),
    MarkAttendance = ("mark_attendance", Manager, "모든 수업의 출석을 기록합니다.", "Takes attendance in any class."),
    ReadCertifications = ("read_certifications", Manager, "모든 수료 기록을 봅니다.", "Sees all certifications."),
    IssueCertifications = ("issue_certifications", Manager, "수료증을 발급합니다.", "Issues certifications."),
    ReadStatistics = ("read_statistics", Manager, "기관 전체의 통계를 봅니다.", "Sees figures of the whole organisation."),
    ImportData = ("import_data", Manager, "파일을 가져옵니다.", "Imports files."),
    ExportData = ("export_data", Admin, "권한 정보를 포함한 모든 자료를 내보냅니다.", "Exports all there is, who may do what included."),
    ManageWebhooks = ("manage_webhooks", Admin, "다른 시스템에 알리는 웹훅을 관리합니다.", "Says which other systems are told of what happens."),
    ReadAuditLog = ("read_audit_log", Admin, "변경 이력을 봅니다.", "Reads the audit log."),
}

/// What somebody is in one class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClassRole {
    /// 강사.
    Lecturer,
    /// 조교: takes attendance like the lecturer.
    Assistant,
    /// 수강생.
    Learner,
}

impl ClassRole {
    /// Every role in a class.
    pub const ALL: [Self; 3] = [Self::Lecturer, Self::Assistant, Self::Learner];

    /// Its name in the database and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Lecturer => "lecturer",
            Self::Assistant => "assistant",
            Self::Learner => "learner",
        }
    }

    /// Reads its name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }
}

/// The `authorizations` document of a user (권한 정보).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Authorizations {
    /// Roles in the whole organisation.
    pub roles: BTreeSet<Role>,
    /// Rights beside the roles.
    pub permissions: BTreeSet<Permission>,
    /// Roles in single classes, beside those that enrolments give.
    pub classes: BTreeMap<ClassId, BTreeSet<ClassRole>>,
}

impl Authorizations {
    /// Just these roles.
    pub fn of_roles(roles: impl IntoIterator<Item = Role>) -> Self {
        Self { roles: roles.into_iter().collect(), ..Self::default() }
    }

    /// Whether a role or a permission allows this everywhere.
    pub fn allow(&self, permission: Permission) -> bool {
        self.permissions.contains(&permission) || self.roles.iter().any(|role| role.allows(permission))
    }

    /// Whether everything in `other` that gives power stands here too.
    pub fn contains(&self, other: &Self) -> bool {
        other.roles.iter().all(|role| *role == Role::Learner || self.roles.contains(role))
            && other.permissions.is_subset(&self.permissions)
            && other.classes.iter().all(|(class, roles)| {
                roles.is_empty() || self.classes.get(class).is_some_and(|held| roles.is_subset(held))
            })
    }

    /// Whether one of the roles gives power over other people's data.
    pub fn is_privileged(&self) -> bool {
        self.roles.contains(&Role::Admin)
            || self.roles.contains(&Role::Manager)
            || !self.permissions.is_empty()
    }
}

/// The text of `docs/PERMISSIONS.md`.
pub fn permissions_document() -> String {
    let mut text = String::from(
        "# Permissions\n\nGenerated by `make generate` from `crates/domain/src/access/rights.rs`; `crates/domain/src/access.rs` is \
         the one place that asks for them. A user holds those of the roles and those given beside them; an API key holds those \
         that it was made with and its owner still holds. Roles in a class (`lecturer`, `assistant`) give power over that class alone.\n\n\
         | permission | allows | admin | manager | lecturer | learner |\n|---|---|---|---|---|---|\n",
    );
    for permission in Permission::ALL {
        let (korean, english) = permission.text();
        // Writing to a string can't fail.
        _ = write!(text, "| `{}` | {english}<br>{korean} |", permission.as_str());
        for role in Role::ALL {
            text.push_str(if role.allows(*permission) { " yes |" } else { " – |" });
        }
        text.push('\n');
    }
    text
}
