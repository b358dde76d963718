//! What staff and users themselves can do with accounts.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{
    AuthType, NewUser, PasswordVerdict, Passwords, Suspension, SuspensionReason, User, UserChanges,
    UserError, UserFilter, UserSort,
    error::NoSuchUser,
    sessions::{SessionEnd, end_all_in, ends_in},
};
use crate::{
    access::{Action, Authorizations, Caller, Role, authorize, may_grant},
    audit::AuditPen,
    error::RepositoryResult,
    idempotency::Answering,
    ids::{ClassId, UserId},
    page::{Listed, Listing},
    stamps::Expected,
    store::{Repositories, finish},
    text::Username,
    yard::Yard,
};

/// The user, if there is one whose records the caller may see.
pub(crate) async fn readable(
    repositories: &mut dyn Repositories,
    caller: &Caller,
    id: UserId,
) -> Result<User, NoSuchUser> {
    authorize(caller, Action::ReadUser(id)).map_err(|_| NoSuchUser::Hidden(id))?;
    repositories.users().find(id).await?.ok_or(NoSuchUser::Hidden(id))
}

/// The use cases of accounts.
#[derive(Clone)]
pub struct UserService {
    yard: Yard,
    passwords: Arc<dyn Passwords>,
}

impl UserService {
    /// A service that stands on `yard`.
    pub fn new(yard: Yard, passwords: Arc<dyn Passwords>) -> Self {
        Self { yard, passwords }
    }

    /// One user: oneself, or anybody for a manager.
    pub async fn find(&self, caller: &Caller, id: UserId) -> Result<User, UserError> {
        let mut session = self.yard.store.session().await?;
        readable(&mut *session, caller, id).await.map_err(|missing| match missing {
            NoSuchUser::Hidden(id) => UserError::NotFound(id),
            NoSuchUser::Repository(error) => error.into(),
        })
    }

    /// Lists users.
    pub async fn list(
        &self,
        caller: &Caller,
        listing: Listing<UserFilter, UserSort>,
    ) -> Result<Listed<User>, UserError> {
        authorize(caller, Action::ListUsers).map_err(|_| UserError::Forbidden)?;
        let mut session = self.yard.store.session().await?;
        Ok(session.users().list(&listing).await?)
    }

    /// Makes an account: `manual` with a password, or `temp` for somebody met at the door.
    pub async fn create(
        &self,
        caller: &Caller,
        new: NewUser,
        answering: &Answering<'_, User>,
    ) -> Result<User, UserError> {
        let action = match new.auth_type {
            AuthType::Temp => Action::CreateTempUser,
            AuthType::Manual | AuthType::Kakao | AuthType::Naver | AuthType::Google | AuthType::Apple => {
                Action::ManageUsers
            }
        };
        authorize(caller, action).map_err(|_| UserError::Forbidden)?;
        let id = UserId(self.yard.ids.next());
        let (username, password) = match (new.auth_type, new.username, new.password) {
            (AuthType::Manual, Some(username), Some(password)) => {
                self.passwords.check(&password, &[username.as_str(), new.name.as_str()])?;
                (username, Some(self.passwords.hash(&password).await?))
            }
            (AuthType::Temp, Some(username), None) => (username, None),
            (AuthType::Temp, None, None) => {
                (Username::parse(format!("temp-{id}")).map_err(|_| UserError::WrongShape)?, None)
            }
            _ => return Err(UserError::WrongShape),
        };
        let now = self.yard.clock.now();
        let user = User {
            id,
            username,
            auth_type: new.auth_type,
            password,
            kakao_id: None,
            authorizations: Authorizations::of_roles([Role::Learner]),
            name: new.name,
            email: new.email,
            phone: new.phone,
            created_at: now,
            updated_at: now,
            last_login: None,
            is_active: true,
            email_verified_at: None,
            suspension: None,
            withdrawn_at: None,
            version: 1,
        };
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.keep_new_in(&mut *unit, caller, &user, answering).await;
        finish(unit, outcome).await?;
        Ok(user)
    }

    async fn keep_new_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        user: &User,
        answering: &Answering<'_, User>,
    ) -> Result<(), UserError> {
        repositories.users().insert_many(std::slice::from_ref(user)).await?;
        repositories.audit().append(&[self.yard.pen(caller).created(user)]).await?;
        answering.keep(repositories, user).await?;
        Ok(())
    }

    /// Changes an account: one's own (but not whether it is active), or another's for a manager.
    ///
    /// Another address for one's own account takes its current password, if it has one.
    pub async fn update(
        &self,
        caller: &Caller,
        id: UserId,
        expected: Expected,
        changes: UserChanges,
        current_password: Option<&str>,
    ) -> Result<User, UserError> {
        if caller.is(id) && changes.email.is_some() {
            let user = self.find(caller, id).await?;
            if changes.moves_mail_of(&user) {
                self.confirm(&user, current_password).await?;
            }
        }
        self.change(caller, id, expected, |old| {
            if !caller.is(id) || changes.is_active.is_some() {
                manages(caller, old)?;
            }
            Ok(changes.apply_to(old))
        })
        .await
    }

    /// Deactivates an account: its owner can't sign in any more, its records stay.
    pub async fn deactivate(&self, caller: &Caller, id: UserId, expected: Expected) -> Result<(), UserError> {
        self.change(caller, id, expected, |old| {
            if !caller.is(id) {
                manages(caller, old)?;
            }
            Ok(User { is_active: false, ..old.clone() })
        })
        .await?;
        Ok(())
    }

    /// Suspends an account for this reason, or lifts the suspension where there is no reason any more.
    pub async fn suspend(
        &self,
        caller: &Caller,
        id: UserId,
        expected: Expected,
        reason: Option<SuspensionReason>,
    ) -> Result<User, UserError> {
        let now = self.yard.clock.now();
        self.change(caller, id, expected, |old| {
            manages(caller, old)?;
            let since = old.suspension.as_ref().map_or(now, |suspension| suspension.since);
            Ok(User { suspension: reason.map(|reason| Suspension { since, reason }), ..old.clone() })
        })
        .await
    }

    /// Says what a user may do, as far as the caller may do it too.
    pub async fn set_authorizations(
        &self,
        caller: &Caller,
        id: UserId,
        expected: Expected,
        authorizations: Authorizations,
    ) -> Result<User, UserError> {
        authorize(caller, Action::ManageAuthorizations).map_err(|_| UserError::Forbidden)?;
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.set_authorizations_in(&mut *unit, caller, id, expected, authorizations).await;
        finish(unit, outcome).await
    }

    async fn set_authorizations_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        id: UserId,
        expected: Expected,
        authorizations: Authorizations,
    ) -> Result<User, UserError> {
        let named: Vec<ClassId> = authorizations.classes.keys().copied().collect();
        let known = match named.as_slice() {
            [] => Vec::new(),
            named => repositories.classes().find_many(named).await?,
        };
        let granted = |old: &User| {
            if !may_grant(caller, id, &old.authorizations, &authorizations) {
                return Err(UserError::RightsNotHeld);
            }
            // A role in a class that is gone may stay, not come.
            let unknown = named.iter().find(|class| {
                !old.authorizations.classes.contains_key(class) && !known.iter().any(|one| one.id == **class)
            });
            match unknown {
                Some(class) => Err(UserError::UnknownClass(*class)),
                None => Ok(User { authorizations: authorizations.clone(), ..old.clone() }),
            }
        };
        self.change_in(repositories, caller, id, expected, granted).await
    }

    /// Changes one's own password; the current one has to be given. Every session ends, the caller's too.
    pub async fn change_password(&self, caller: &Caller, current: &str, new: &str) -> Result<(), UserError> {
        let id = caller.user_id().ok_or(UserError::Forbidden)?;
        let user = self.find(caller, id).await?;
        let hash = user.password.as_ref().ok_or(UserError::WrongPassword)?;
        if self.passwords.verify(current, hash).await? == PasswordVerdict::Differs {
            return Err(UserError::WrongPassword);
        }
        self.passwords.check(new, &[user.username.as_str(), user.name.as_str()])?;
        let hash = self.passwords.hash(new).await?;
        self.change(caller, id, Expected::Any, |old| Ok(User { password: Some(hash), ..old.clone() }))
            .await?;
        Ok(())
    }

    /// Refuses who does not know the password of an account that has one.
    pub(crate) async fn confirm(&self, user: &User, current: Option<&str>) -> Result<(), UserError> {
        let Some(hash) = &user.password else { return Ok(()) };
        let current = current.ok_or(UserError::WrongPassword)?;
        match self.passwords.verify(current, hash).await? {
            PasswordVerdict::Differs => Err(UserError::WrongPassword),
            PasswordVerdict::Matches | PasswordVerdict::MatchesOutdated => Ok(()),
        }
    }

    async fn change(
        &self,
        caller: &Caller,
        id: UserId,
        expected: Expected,
        change: impl FnOnce(&User) -> Result<User, UserError> + Send,
    ) -> Result<User, UserError> {
        authorize(caller, Action::ReadUser(id)).map_err(|_| UserError::NotFound(id))?;
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.change_in(&mut *unit, caller, id, expected, change).await;
        finish(unit, outcome).await
    }

    async fn change_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        id: UserId,
        expected: Expected,
        change: impl FnOnce(&User) -> Result<User, UserError> + Send,
    ) -> Result<User, UserError> {
        let old = repositories.users().find_for_update(id).await?.ok_or(UserError::NotFound(id))?;
        if !expected.allows(old.version) {
            return Err(UserError::Stale);
        }
        if old.withdrawn_at.is_some() {
            return Err(UserError::Withdrawn);
        }
        let new = change(&old)?;
        self.keep(repositories, caller, &old, new).await
    }

    async fn keep(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        old: &User,
        mut new: User,
    ) -> Result<User, UserError> {
        if new == *old {
            return Ok(new);
        }
        if loses_last_admin(repositories, old, &new).await? {
            return Err(UserError::LastAdmin);
        }
        let now = self.yard.clock.now();
        new.version = old.version + 1;
        new.updated_at = now;
        repositories.users().update(&new).await?;
        let pen = self.yard.pen(caller);
        let mut entries = vec![pen.updated(old, &new)];
        if let Some(why) = ends_sessions(old, &new) {
            entries.extend(ends_in(repositories, &pen, new.id, why, now).await?);
        }
        repositories.audit().append(&entries).await?;
        Ok(new)
    }
}

/// Whether nobody who may do everything would be left once `old` has become `new`.
///
/// Whoever takes power from an account asks this in the same unit of work: until it ends, nobody else is told of an admin
/// who is about to go.
pub async fn loses_last_admin(
    repositories: &mut dyn Repositories,
    old: &User,
    new: &User,
) -> RepositoryResult<bool> {
    let is_admin = |user: &User| user.may_sign_in() && user.authorizations.roles.contains(&Role::Admin);
    if !is_admin(old) || is_admin(new) {
        return Ok(false);
    }
    repositories.users().lock_admins().await?;
    Ok(repositories.users().count_admins().await? <= 1)
}

/// Ends the sessions of an account whose change says so: a deactivation, a suspension, another password.
///
/// Whoever changes accounts otherwise than through [`UserService`] calls this in the same unit of work.
pub async fn sign_out_after(
    repositories: &mut dyn Repositories,
    pen: &AuditPen<'_>,
    old: &User,
    new: &User,
    now: DateTime<Utc>,
) -> RepositoryResult<()> {
    match ends_sessions(old, new) {
        Some(why) => end_all_in(repositories, pen, new.id, why, now).await,
        None => Ok(()),
    }
}

/// Why a change of an account signs its owner out, if it does.
fn ends_sessions(old: &User, new: &User) -> Option<SessionEnd> {
    if old.suspension.is_none() && new.suspension.is_some() {
        Some(SessionEnd::Suspended)
    } else if old.is_active && !new.is_active {
        Some(SessionEnd::Deactivated)
    } else if old.password != new.password {
        Some(SessionEnd::PasswordChanged)
    } else {
        None
    }
}

/// A manager looks after accounts that hold no power; the others are the admins' to change.
fn manages(caller: &Caller, user: &User) -> Result<(), UserError> {
    let action =
        if user.authorizations.is_privileged() { Action::ManagePowerfulUsers } else { Action::ManageUsers };
    authorize(caller, action).map_err(|_| UserError::Forbidden)
}
