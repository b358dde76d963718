//! Who may do what, in one place.
//!
//! [`authorize`] is the whole rule: one match over what is asked, answered from the caller's roles, permissions and
//! per-class roles. Services call it first. Workers act as [`Actor::System`] through the same door.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::ids::{ClassId, UserId};

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
}

/// One right, given beside the roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// Sees all users.
    ReadUsers,
    /// Sees figures of the whole organisation.
    ReadStatistics,
    /// Reads the audit log.
    ReadAuditLog,
    /// Imports files.
    ImportData,
    /// Issues certifications.
    IssueCertifications,
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

    /// Whether one of the roles gives power over other people's data.
    pub fn is_privileged(&self) -> bool {
        self.roles.contains(&Role::Admin)
            || self.roles.contains(&Role::Manager)
            || !self.permissions.is_empty()
    }
}

/// Who acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// A signed-in user.
    User(UserId),
    /// Madang itself: its worker and its command line.
    System,
}

/// Who acts, what they hold, and by which request.
#[derive(Debug, Clone)]
pub struct Caller {
    actor: Actor,
    authorizations: Authorizations,
    request_id: Option<String>,
}

impl Caller {
    /// A signed-in user. The roles that current enrolments give belong into `authorizations.classes`.
    pub fn user(id: UserId, authorizations: Authorizations) -> Self {
        Self { actor: Actor::User(id), authorizations, request_id: None }
    }

    /// Madang itself.
    pub fn system() -> Self {
        Self { actor: Actor::System, authorizations: Authorizations::default(), request_id: None }
    }

    /// The same caller, by this request.
    #[must_use]
    pub fn by_request(self, request_id: impl Into<String>) -> Self {
        Self { request_id: Some(request_id.into()), ..self }
    }

    /// The user, or `None` for the system.
    pub fn user_id(&self) -> Option<UserId> {
        match self.actor {
            Actor::User(id) => Some(id),
            Actor::System => None,
        }
    }

    /// The id of the request, where there is one.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// Whether the caller is this user.
    pub fn is(&self, user: UserId) -> bool {
        self.user_id() == Some(user)
    }

    /// Whether the caller plans and corrects for the organisation.
    pub fn is_manager(&self) -> bool {
        self.is_admin() || self.has(Role::Manager)
    }

    /// Whether the caller may do everything.
    pub fn is_admin(&self) -> bool {
        self.actor == Actor::System || self.has(Role::Admin)
    }

    /// Whether the caller teaches or assists this class.
    pub fn teaches(&self, class: ClassId) -> bool {
        self.authorizations.classes.get(&class).is_some_and(|roles| {
            roles.contains(&ClassRole::Lecturer) || roles.contains(&ClassRole::Assistant)
        })
    }

    fn teaches_any(&self) -> bool {
        self.has(Role::Lecturer)
            || self
                .authorizations
                .classes
                .values()
                .any(|roles| roles.contains(&ClassRole::Lecturer) || roles.contains(&ClassRole::Assistant))
    }

    fn has(&self, role: Role) -> bool {
        self.authorizations.roles.contains(&role)
    }

    fn may(&self, permission: Permission) -> bool {
        self.authorizations.permissions.contains(&permission)
    }
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// See a course, class or lecture that is active (`true`) or has been deactivated (`false`).
    ReadCatalogue {
        /// Whether it is active.
        active: bool,
    },
    /// See the classes of a course that is active (`true`) or has been deactivated (`false`).
    ReadClasses {
        /// Whether the course is active.
        course_active: bool,
    },
    /// Create, change, deactivate courses and classes.
    ManageCatalogue,
    /// Create, change, remove lectures of a class.
    ManageLectures(ClassId),
    /// Remove a lecture together with its marks.
    DeleteMarkedLecture,
    /// See who is enrolled in a class, and its marks and figures.
    ReadRoster(ClassId),
    /// Enrol people in a class, move them, let them go.
    ManageEnrolments(ClassId),
    /// Take attendance in a class.
    Mark(ClassId),
    /// Correct a mark of a class that has been closed, for a reason.
    CorrectClosedMark,
    /// See the list of all users.
    ListUsers,
    /// See one user's account and records.
    ReadUser(UserId),
    /// See one mark or enrolment of this user in this class.
    ReadRecord {
        /// Whose it is.
        user: UserId,
        /// In which class.
        class: ClassId,
    },
    /// Create an account for somebody whom staff met at the door.
    CreateTempUser,
    /// Create, change, deactivate accounts that hold no power.
    ManageUsers,
    /// Change accounts that hold power, and who holds it.
    ManageAuthorizations,
    /// See all certifications.
    ListCertifications,
    /// Issue a certification.
    IssueCertifications,
    /// See figures of the whole organisation.
    ReadStatistics,
    /// Read the audit log.
    ReadAuditLog,
    /// Import files.
    Import,
    /// Export all there is, who may do what included.
    ExportAll,
}

/// Why something is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Denied {
    /// The caller may not even know that it exists.
    #[error("hidden from the caller")]
    Hidden,
    /// The caller may know of it, but not do this.
    #[error("forbidden to the caller")]
    Forbidden,
}

/// Decides whether `caller` may do `action`.
///
/// # Errors
/// [`Denied::Hidden`] where the answer would tell that something exists, else [`Denied::Forbidden`].
pub fn authorize(caller: &Caller, action: Action) -> Result<(), Denied> {
    let (allowed, refusal) = match action {
        Action::ReadCatalogue { active } => (active || caller.is_manager(), Denied::Hidden),
        Action::ReadClasses { course_active } => {
            (course_active || caller.is_manager() || caller.teaches_any(), Denied::Hidden)
        }
        Action::ReadUser(user) => {
            (caller.is(user) || caller.is_manager() || caller.may(Permission::ReadUsers), Denied::Hidden)
        }
        Action::ReadRecord { user, class } => {
            (caller.is(user) || caller.is_manager() || caller.teaches(class), Denied::Hidden)
        }
        Action::ReadRoster(class) | Action::Mark(class) | Action::ManageLectures(class) => {
            (caller.is_manager() || caller.teaches(class), Denied::Forbidden)
        }
        Action::ManageEnrolments(class) => (caller.is_manager() || caller.teaches(class), Denied::Forbidden),
        Action::ManageCatalogue
        | Action::DeleteMarkedLecture
        | Action::CorrectClosedMark
        | Action::ManageUsers
        | Action::ListCertifications => (caller.is_manager(), Denied::Forbidden),
        Action::ListUsers => (caller.is_manager() || caller.may(Permission::ReadUsers), Denied::Forbidden),
        Action::CreateTempUser => (caller.is_manager() || caller.teaches_any(), Denied::Forbidden),
        Action::ManageAuthorizations | Action::ExportAll => (caller.is_admin(), Denied::Forbidden),
        Action::IssueCertifications => {
            (caller.is_manager() || caller.may(Permission::IssueCertifications), Denied::Forbidden)
        }
        Action::ReadStatistics => {
            (caller.is_manager() || caller.may(Permission::ReadStatistics), Denied::Forbidden)
        }
        Action::ReadAuditLog => {
            (caller.is_admin() || caller.may(Permission::ReadAuditLog), Denied::Forbidden)
        }
        Action::Import => (caller.is_manager() || caller.may(Permission::ImportData), Denied::Forbidden),
    };
    if allowed { Ok(()) } else { Err(refusal) }
}
