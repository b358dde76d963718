//! Registering and signing in.

use std::sync::Arc;

use async_trait::async_trait;
use thiserror::Error;

use super::{
    AuthType, PasswordHash, SuspensionReason, User,
    sessions::{Device, SessionService, StartedSession},
};
use crate::{
    access::{Authorizations, Caller, Role},
    error::{RepositoryError, RepositoryResult, UniqueKey},
    idempotency::Answering,
    ids::UserId,
    store::{Repositories, finish},
    text::{Email, PersonName, Phone, Username},
    yard::Yard,
};

/// Why a password can't be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PasswordProblem {
    /// Fewer than 8 characters.
    #[error("the password is too short")]
    TooShort,
    /// More than 1,024 bytes.
    #[error("the password is too long")]
    TooLong,
    /// One of those that everybody tries first.
    #[error("the password is too common")]
    TooCommon,
    /// It holds the username, the name or the like.
    #[error("the password contains what is known of its owner")]
    ContainsContext,
}

/// Why a password could not be hashed or compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum HashError {
    /// Too many are being hashed right now.
    #[error("too many passwords are being hashed; retry after {retry_after_s} s")]
    Busy {
        /// When to try again, in seconds.
        retry_after_s: u64,
    },
    /// The hash function failed.
    #[error("the password could not be hashed")]
    Failed,
}

/// How a password compares with a stored hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordVerdict {
    /// It is the one.
    Matches,
    /// It is the one, and should be hashed anew.
    MatchesOutdated,
    /// It is another.
    Differs,
}

/// The port that hashes passwords, away from the threads that serve requests.
#[async_trait]
pub trait Passwords: Send + Sync {
    /// Whether a password may be used by somebody of whom `context` is known.
    fn check(&self, password: &str, context: &[&str]) -> Result<(), PasswordProblem>;
    /// Hashes a password.
    async fn hash(&self, password: &str) -> Result<PasswordHash, HashError>;
    /// Compares a password with a hash.
    async fn verify(&self, password: &str, hash: &PasswordHash) -> Result<PasswordVerdict, HashError>;
    /// Takes as long as [`Passwords::verify`], for an account that does not exist.
    async fn verify_nothing(&self, password: &str) -> Result<(), HashError>;
}

/// Why somebody could not register or sign in.
#[derive(Debug, Error)]
pub enum AccountError {
    /// The username and the password do not belong together; which of them is wrong is not told.
    #[error("wrong credentials")]
    WrongCredentials,
    /// The account has been deactivated.
    #[error("the account is deactivated")]
    Deactivated,
    /// The account is suspended.
    #[error("the account is suspended")]
    Suspended {
        /// Why, in words for its owner.
        reason: SuspensionReason,
    },
    /// The username is taken.
    #[error("the username is taken")]
    UsernameTaken,
    /// The password can't be used.
    #[error(transparent)]
    Password(#[from] PasswordProblem),
    /// The password could not be hashed or compared.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The data could not be reached or kept.
    #[error("the repository failed")]
    Repository(#[source] RepositoryError),
}

impl From<RepositoryError> for AccountError {
    fn from(error: RepositoryError) -> Self {
        match (error.conflict(), error) {
            (Some(UniqueKey::Username), _) => Self::UsernameTaken,
            (_, error) => Self::Repository(error),
        }
    }
}

impl User {
    /// Refuses who has proved who they are but may not sign in.
    pub fn check_standing(&self) -> Result<(), AccountError> {
        match &self.suspension {
            Some(suspension) => Err(AccountError::Suspended { reason: suspension.reason.clone() }),
            None if self.is_active => Ok(()),
            None => Err(AccountError::Deactivated),
        }
    }
}

/// Somebody who wants an account.
#[derive(Clone)]
pub struct Registration {
    /// The name to sign in with.
    pub username: Username,
    /// The password.
    pub password: String,
    /// What the user is called.
    pub name: PersonName,
    /// Where mail reaches the user.
    pub email: Option<Email>,
    /// Where calls and messages reach the user.
    pub phone: Option<Phone>,
}

/// Registers users and signs them in.
#[derive(Clone)]
pub struct AccountService {
    yard: Yard,
    passwords: Arc<dyn Passwords>,
    sessions: SessionService,
}

impl AccountService {
    /// A service that stands on `yard`.
    pub fn new(yard: Yard, passwords: Arc<dyn Passwords>, sessions: SessionService) -> Self {
        Self { yard, passwords, sessions }
    }

    /// Makes an account with the role `learner`.
    pub async fn register(
        &self,
        registration: Registration,
        request_id: &str,
        answering: &Answering<'_, User>,
    ) -> Result<User, AccountError> {
        let roles = Authorizations::of_roles([Role::Learner]);
        self.open_account(registration, roles, Some(request_id), answering).await
    }

    /// Makes an account with the role `admin`, from the command line.
    pub async fn create_admin(&self, registration: Registration) -> Result<User, AccountError> {
        let roles = Authorizations::of_roles([Role::Admin]);
        self.open_account(registration, roles, None, &Answering::nothing()).await
    }

    /// Whether there is an admin yet.
    pub async fn has_admin(&self) -> Result<bool, AccountError> {
        let mut session = self.yard.store.session().await?;
        Ok(session.users().count_admins().await? > 0)
    }

    async fn open_account(
        &self,
        registration: Registration,
        authorizations: Authorizations,
        request_id: Option<&str>,
        answering: &Answering<'_, User>,
    ) -> Result<User, AccountError> {
        let Registration { username, password, name, email, phone } = registration;
        self.passwords.check(&password, &[username.as_str(), name.as_str()])?;
        let hash = self.passwords.hash(&password).await?;
        let now = self.yard.clock.now();
        let user = User {
            id: UserId(self.yard.ids.next()),
            username,
            auth_type: AuthType::Manual,
            password: Some(hash),
            kakao_id: None,
            authorizations,
            name,
            email,
            phone,
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
        let outcome = self.keep_in(&mut *unit, &user, request_id, answering).await;
        finish(unit, outcome).await?;
        Ok(user)
    }

    async fn keep_in(
        &self,
        repositories: &mut dyn Repositories,
        user: &User,
        request_id: Option<&str>,
        answering: &Answering<'_, User>,
    ) -> Result<(), AccountError> {
        let caller = match request_id {
            Some(id) => Caller::user(user.id, Authorizations::default()).by_request(id),
            None => Caller::system(),
        };
        repositories.users().insert_many(std::slice::from_ref(user)).await?;
        repositories.audit().append(&[self.yard.pen(&caller).created(user)]).await?;
        answering.keep(repositories, user).await?;
        Ok(())
    }

    /// Starts a session of the user with this username and password.
    ///
    /// Takes as long for a username that does not exist as for a wrong password.
    pub async fn sign_in(
        &self,
        username: &str,
        password: &str,
        device: Device,
        request_id: &str,
    ) -> Result<StartedSession, AccountError> {
        let found = match Username::parse(username) {
            Ok(username) => {
                let mut session = self.yard.store.session().await?;
                session.users().find_by_username(username.as_str()).await?
            }
            Err(_) => None,
        };
        let Some((user, hash)) = found.and_then(|user| user.password.clone().map(|hash| (user, hash))) else {
            self.passwords.verify_nothing(password).await?;
            return Err(AccountError::WrongCredentials);
        };
        let rehashed = match self.passwords.verify(password, &hash).await? {
            PasswordVerdict::Differs => return Err(AccountError::WrongCredentials),
            PasswordVerdict::Matches => None,
            PasswordVerdict::MatchesOutdated => Some(self.passwords.hash(password).await?),
        };
        user.check_standing()?;
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.admit_in(&mut *unit, &user, rehashed.as_ref(), device, request_id).await;
        Ok(finish(unit, outcome).await?)
    }

    /// From where the user with this username, if there is one, has signed in lately.
    pub async fn addresses_of(&self, username: &str) -> Result<Vec<String>, AccountError> {
        let mut session = self.yard.store.session().await?;
        Ok(session.sessions().addresses(username).await?)
    }

    async fn admit_in(
        &self,
        repositories: &mut dyn Repositories,
        user: &User,
        rehashed: Option<&PasswordHash>,
        device: Device,
        request_id: &str,
    ) -> RepositoryResult<StartedSession> {
        repositories.users().record_sign_in(user.id, self.yard.clock.now(), rehashed).await?;
        self.sessions.start_in(repositories, user.id, device, request_id).await
    }
}
