//! Who may do what, in one place.
//!
//! [`authorize`] is the whole rule: one match over what is asked, answered from the caller's roles, permissions and
//! per-class roles (`rights`). Services call it first; nobody else asks what somebody holds. Workers act as
//! [`Actor::System`] through the same door. [`may_grant`] tells who may change the rights of others.

mod rights;

use std::collections::BTreeSet;

use thiserror::Error;
use uuid::Uuid;

use crate::ids::{ApiKeyId, ClassId, SessionId, UserId};

pub use rights::{Authorizations, ClassRole, Permission, Role, permissions_document};

/// Who acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// A signed-in user.
    User(UserId),
    /// A machine with an API key, for the owner of the key and never as the owner.
    Machine {
        /// The key.
        key: ApiKeyId,
        /// Its owner.
        owner: UserId,
    },
    /// Madang itself: its worker and its command line.
    System,
}

/// Who acts, what they hold, and by which request.
#[derive(Debug, Clone)]
pub struct Caller {
    actor: Actor,
    authorizations: Authorizations,
    session_id: Option<SessionId>,
    request_id: Option<String>,
}

impl Caller {
    /// A signed-in user. The roles that current enrolments give belong into `authorizations.classes`.
    pub fn user(id: UserId, authorizations: Authorizations) -> Self {
        Self { actor: Actor::User(id), authorizations, session_id: None, request_id: None }
    }

    /// A machine with this key, which may do this for the key's owner.
    pub fn machine(key: ApiKeyId, owner: UserId, permissions: BTreeSet<Permission>) -> Self {
        let authorizations = Authorizations { permissions, ..Authorizations::default() };
        Self { actor: Actor::Machine { key, owner }, authorizations, session_id: None, request_id: None }
    }

    /// Madang itself.
    pub fn system() -> Self {
        Self {
            actor: Actor::System,
            authorizations: Authorizations::default(),
            session_id: None,
            request_id: None,
        }
    }

    /// The same caller, by this request.
    #[must_use]
    pub fn by_request(self, request_id: impl Into<String>) -> Self {
        Self { request_id: Some(request_id.into()), ..self }
    }

    /// The same caller, in this session.
    #[must_use]
    pub fn in_session(self, id: SessionId) -> Self {
        Self { session_id: Some(id), ..self }
    }

    /// The session, where the caller has signed in to one.
    pub fn session_id(&self) -> Option<SessionId> {
        self.session_id
    }

    /// The user; `None` for a machine and for the system.
    pub fn user_id(&self) -> Option<UserId> {
        match self.actor {
            Actor::User(id) => Some(id),
            Actor::Machine { .. } | Actor::System => None,
        }
    }

    /// On whose account it is done: the user, or the owner of the machine's key; `None` for the system.
    pub fn on_behalf_of(&self) -> Option<UserId> {
        match self.actor {
            Actor::User(id) | Actor::Machine { owner: id, .. } => Some(id),
            Actor::System => None,
        }
    }

    /// Whose writes a report for this caller must not be older than.
    pub fn reader(&self) -> Uuid {
        self.on_behalf_of().map_or(Uuid::nil(), |user| user.0)
    }

    /// The API key, where a machine calls.
    pub fn api_key_id(&self) -> Option<ApiKeyId> {
        match self.actor {
            Actor::Machine { key, .. } => Some(key),
            Actor::User(_) | Actor::System => None,
        }
    }

    /// Whose requests these are, where requests are told apart by who sent them: a machine's are not its owner's.
    pub fn principal(&self) -> Uuid {
        match self.actor {
            Actor::User(id) => id.0,
            Actor::Machine { key, .. } => key.0,
            Actor::System => Uuid::nil(),
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

    /// Whether the caller is this user or a machine of this user, so that what is done is done to oneself.
    pub fn acts_for(&self, user: UserId) -> bool {
        self.on_behalf_of() == Some(user)
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

    /// The classes that the caller teaches or assists.
    pub fn taught_classes(&self) -> Vec<ClassId> {
        self.authorizations.classes.keys().copied().filter(|class| self.teaches(*class)).collect()
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
        self.actor == Actor::System || self.authorizations.allow(permission)
    }

    /// Whether the caller may give this role to others, or take it away.
    fn holds_role(&self, role: Role) -> bool {
        match role {
            Role::Admin => self.is_admin(),
            Role::Manager => self.is_manager(),
            Role::Lecturer => self.is_manager() || self.has(role),
            Role::Learner => true,
        }
    }

    /// Whether the caller may give a role in this class to others, or take it away.
    fn holds_class_role(&self, class: ClassId, role: ClassRole) -> bool {
        role == ClassRole::Learner || self.is_manager() || self.teaches(class)
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
    /// Tell a class something.
    Announce(ClassId),
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
    /// Change accounts that hold power.
    ManagePowerfulUsers,
    /// Say what others may do; [`may_grant`] tells how far.
    ManageAuthorizations,
    /// See all certifications.
    ListCertifications,
    /// Issue a certification.
    IssueCertifications,
    /// See figures of the whole organisation.
    ReadStatistics,
    /// Follow reports that were asked for on one's account.
    FollowReports,
    /// Read the audit log.
    ReadAuditLog,
    /// Look at jobs, have one tried again, take one back.
    ManageJobs,
    /// Import files.
    Import,
    /// See and revoke the API keys of everybody.
    ManageApiKeys,
    /// Say which other systems are told of what happens.
    ManageWebhooks,
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
    use Permission as Right;
    let (allowed, refusal) = match action {
        Action::ReadCatalogue { active } => (active || caller.may(Right::ManageCatalogue), Denied::Hidden),
        Action::ReadClasses { course_active } => {
            (course_active || caller.may(Right::ManageCatalogue) || caller.teaches_any(), Denied::Hidden)
        }
        Action::ReadUser(user) => (caller.is(user) || caller.may(Right::ReadUsers), Denied::Hidden),
        Action::ReadRecord { user, class } => {
            (caller.is(user) || caller.may(Right::ReadRosters) || caller.teaches(class), Denied::Hidden)
        }
        Action::ReadRoster(class) => {
            (caller.may(Right::ReadRosters) || caller.teaches(class), Denied::Forbidden)
        }
        Action::Mark(class) => {
            (caller.may(Right::MarkAttendance) || caller.teaches(class), Denied::Forbidden)
        }
        Action::ManageLectures(class) | Action::Announce(class) => {
            (caller.may(Right::ManageCatalogue) || caller.teaches(class), Denied::Forbidden)
        }
        Action::ManageEnrolments(class) => {
            (caller.may(Right::ManageEnrolments) || caller.teaches(class), Denied::Forbidden)
        }
        Action::ManageCatalogue | Action::DeleteMarkedLecture | Action::CorrectClosedMark => {
            (caller.may(Right::ManageCatalogue), Denied::Forbidden)
        }
        Action::ManageUsers => (caller.may(Right::ManageUsers), Denied::Forbidden),
        Action::ListCertifications => (caller.may(Right::ReadCertifications), Denied::Forbidden),
        Action::ListUsers => (caller.may(Right::ReadUsers), Denied::Forbidden),
        Action::CreateTempUser => (caller.may(Right::ManageUsers) || caller.teaches_any(), Denied::Forbidden),
        Action::ManagePowerfulUsers | Action::ManageJobs => (caller.is_admin(), Denied::Forbidden),
        Action::ManageAuthorizations => (caller.may(Right::ManageAuthorizations), Denied::Forbidden),
        Action::ManageApiKeys => (caller.may(Right::ManageApiKeys), Denied::Forbidden),
        Action::ManageWebhooks => (caller.may(Right::ManageWebhooks), Denied::Forbidden),
        Action::ExportAll => (caller.may(Right::ExportData), Denied::Forbidden),
        Action::IssueCertifications => (caller.may(Right::IssueCertifications), Denied::Forbidden),
        Action::ReadStatistics => (caller.may(Right::ReadStatistics), Denied::Forbidden),
        Action::FollowReports => {
            (caller.may(Right::ReadStatistics) || caller.may(Right::ReadRosters), Denied::Forbidden)
        }
        Action::ReadAuditLog => (caller.may(Right::ReadAuditLog), Denied::Forbidden),
        Action::Import => (caller.may(Right::ImportData), Denied::Forbidden),
    };
    if allowed { Ok(()) } else { Err(refusal) }
}

/// Whether `caller` may make an API key with these permissions: whoever holds them everywhere.
pub fn may_delegate(caller: &Caller, permissions: &BTreeSet<Permission>) -> bool {
    permissions.iter().all(|permission| caller.may(*permission))
}

/// Whether `caller` may change what `user` may do from `old` to `new`.
///
/// Whatever is given or taken away, the caller must hold; and nobody but an admin, who holds everything anyway, adds
/// anything to what they may do themselves.
pub fn may_grant(caller: &Caller, user: UserId, old: &Authorizations, new: &Authorizations) -> bool {
    let raises_self = caller.acts_for(user) && !caller.is_admin() && !old.contains(new);
    let no_roles = BTreeSet::new();
    let mut classes = old.classes.keys().chain(new.classes.keys());
    !raises_self
        && old.roles.symmetric_difference(&new.roles).all(|role| caller.holds_role(*role))
        && old.permissions.symmetric_difference(&new.permissions).all(|permission| caller.may(*permission))
        && classes.all(|class| {
            let held = old.classes.get(class).unwrap_or(&no_roles);
            let wanted = new.classes.get(class).unwrap_or(&no_roles);
            held.symmetric_difference(wanted).all(|role| caller.holds_class_role(*class, *role))
        })
}

#[cfg(test)]
#[path = "access/tests.rs"]
mod tests;
