//! What can be done through the mail of an account.

use std::sync::Arc;

use thiserror::Error;

use super::{MailPurpose, MailToken, jobs::forgotten, letters::letter};
use crate::{
    access::{Authorizations, Caller},
    accounts::{
        AuthType, HashError, PasswordHash, PasswordProblem, Passwords, User,
        sessions::{SessionEnd, end_all_in},
    },
    error::{RepositoryError, RepositoryResult, UniqueKey},
    ids::UserId,
    jobs, mail,
    opaque::OpaqueTokens,
    store::{Repositories, finish},
    text::Email,
    yard::Yard,
};

/// How the tokens of links begin.
const PREFIX: &str = "mdm_";

/// Why something could not be done through a mail.
#[derive(Debug, Error)]
pub enum RecoveryError {
    /// The link is unknown, was used, is too old, or the account has changed since.
    #[error("the link is not good")]
    TokenInvalid,
    /// The account has no address to send a mail to.
    #[error("the account has no e-mail address")]
    NoEmail,
    /// Another account has verified the address.
    #[error("the address is verified by another account")]
    EmailTaken,
    /// Who calls is no user.
    #[error("forbidden to the caller")]
    Forbidden,
    /// The password can't be used.
    #[error(transparent)]
    Password(#[from] PasswordProblem),
    /// The password could not be hashed.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The data could not be reached or kept.
    #[error("the repository failed")]
    Repository(#[source] RepositoryError),
}

impl From<RepositoryError> for RecoveryError {
    fn from(error: RepositoryError) -> Self {
        match (error.conflict(), error) {
            (Some(UniqueKey::VerifiedEmail), _) => Self::EmailTaken,
            (_, error) => Self::Repository(error),
        }
    }
}

/// The use cases of links in mails.
#[derive(Clone)]
pub struct RecoveryService {
    yard: Yard,
    passwords: Arc<dyn Passwords>,
    tokens: Arc<dyn OpaqueTokens>,
    web_url: Arc<str>,
}

impl RecoveryService {
    /// A service that stands on `yard`; links lead to pages under `web_url`.
    pub fn new(
        yard: Yard,
        passwords: Arc<dyn Passwords>,
        tokens: Arc<dyn OpaqueTokens>,
        web_url: &str,
    ) -> Self {
        Self { yard, passwords, tokens, web_url: web_url.into() }
    }

    /// Takes note that somebody has forgotten the password of the account with this address, if there is one.
    ///
    /// It does the same for every address: a job looks for the account.
    pub async fn forgot_password(&self, email: &Email) -> Result<(), RecoveryError> {
        let mut unit = self.yard.store.begin().await?;
        let outcome = jobs::enqueue(&mut *unit, &self.yard, forgotten(email)).await;
        finish(unit, outcome).await?;
        Ok(())
    }

    /// Sends links for a new password: to who has verified the address, or else to those who gave it for an account with a
    /// password.
    pub(super) async fn answer_forgotten(&self, email: &Email) -> RepositoryResult<()> {
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.answer_in(&mut *unit, email).await;
        finish(unit, outcome).await
    }

    async fn answer_in(&self, repositories: &mut dyn Repositories, email: &Email) -> RepositoryResult<()> {
        let mut users = repositories.users().find_by_email(email).await?;
        if users.iter().any(|user| user.email_verified_at.is_some()) {
            users.retain(|user| user.email_verified_at.is_some());
        } else {
            users.retain(|user| user.password.is_some());
        }
        users.retain(|user| user.may_sign_in() && user.auth_type != AuthType::Temp);
        for user in users {
            if let Some(user) = repositories.users().find_for_update(user.id).await? {
                self.send_in(repositories, &user, MailPurpose::ResetPassword).await?;
            }
        }
        Ok(())
    }

    /// Sends a link to the address that the account has; `false` where it has none.
    async fn send_in(
        &self,
        repositories: &mut dyn Repositories,
        user: &User,
        purpose: MailPurpose,
    ) -> RepositoryResult<bool> {
        let Some(email) = &user.email else { return Ok(false) };
        let token = self.tokens.draw(PREFIX);
        let now = self.yard.clock.now();
        let kept = MailToken {
            user_id: user.id,
            purpose,
            hash: self.tokens.hash(token.expose()),
            email: email.clone(),
            created_at: now,
            ends_at: now + purpose.lifetime(),
        };
        repositories.mail_tokens().keep(&kept).await?;
        let message = letter(purpose, user, email, &self.web_url, &token);
        mail::enqueue(repositories, &self.yard, message).await?;
        Ok(true)
    }

    /// Sets a new password for the holder of a link, which is used up, and ends every session; tells whose it was.
    ///
    /// A password that can't be used leaves the link as it is.
    pub async fn reset_password(
        &self,
        token: &str,
        new: &str,
        request_id: &str,
    ) -> Result<UserId, RecoveryError> {
        let hash = self.tokens.hash(token);
        let mut session = self.yard.store.session().await?;
        let found = session.mail_tokens().find(MailPurpose::ResetPassword, &hash).await?;
        let kept = found.ok_or(RecoveryError::TokenInvalid)?;
        let user = session.users().find(kept.user_id).await?.ok_or(RecoveryError::TokenInvalid)?;
        drop(session);
        if !kept.is_good_for(&user, self.yard.clock.now()) {
            return Err(RecoveryError::TokenInvalid);
        }
        self.passwords.check(new, &[user.username.as_str(), user.name.as_str()])?;
        let password = self.passwords.hash(new).await?;
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.reset_in(&mut *unit, token, password, request_id).await;
        finish(unit, outcome).await
    }

    async fn reset_in(
        &self,
        repositories: &mut dyn Repositories,
        token: &str,
        password: PasswordHash,
        request_id: &str,
    ) -> Result<UserId, RecoveryError> {
        let old = self.redeem_in(repositories, MailPurpose::ResetPassword, token).await?;
        let caller = by_mail(&old, request_id);
        let new = User { password: Some(password), ..old.clone() };
        self.keep_in(repositories, &caller, &old, new).await?;
        let now = self.yard.clock.now();
        let pen = self.yard.pen(&caller);
        end_all_in(repositories, &pen, old.id, SessionEnd::PasswordReset, now).await?;
        Ok(old.id)
    }

    /// Sends the caller a link that verifies the address of the account. Nothing where it is verified already.
    pub async fn request_verification(&self, caller: &Caller) -> Result<(), RecoveryError> {
        let id = caller.user_id().ok_or(RecoveryError::Forbidden)?;
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.request_in(&mut *unit, id).await;
        finish(unit, outcome).await
    }

    async fn request_in(&self, repositories: &mut dyn Repositories, id: UserId) -> Result<(), RecoveryError> {
        let user = repositories.users().find_for_update(id).await?.ok_or(RecoveryError::Forbidden)?;
        if user.email_verified_at.is_some() {
            return Ok(());
        }
        let sent = self.send_in(repositories, &user, MailPurpose::VerifyEmail).await?;
        if sent { Ok(()) } else { Err(RecoveryError::NoEmail) }
    }

    /// Notes that the holder of a link, which is used up, reads the mail of the account's address; tells whose it is.
    pub async fn verify_email(&self, token: &str, request_id: &str) -> Result<UserId, RecoveryError> {
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.verify_in(&mut *unit, token, request_id).await;
        finish(unit, outcome).await
    }

    async fn verify_in(
        &self,
        repositories: &mut dyn Repositories,
        token: &str,
        request_id: &str,
    ) -> Result<UserId, RecoveryError> {
        let old = self.redeem_in(repositories, MailPurpose::VerifyEmail, token).await?;
        let new = User { email_verified_at: Some(self.yard.clock.now()), ..old.clone() };
        self.keep_in(repositories, &by_mail(&old, request_id), &old, new).await?;
        Ok(old.id)
    }

    /// Uses a link up; its user, held until the unit of work ends.
    async fn redeem_in(
        &self,
        repositories: &mut dyn Repositories,
        purpose: MailPurpose,
        token: &str,
    ) -> Result<User, RecoveryError> {
        let hash = self.tokens.hash(token);
        let link = repositories.mail_tokens().take(purpose, &hash).await?;
        let link = link.ok_or(RecoveryError::TokenInvalid)?;
        let user = repositories.users().find_for_update(link.user_id).await?;
        user.filter(|user| link.is_good_for(user, self.yard.clock.now())).ok_or(RecoveryError::TokenInvalid)
    }

    async fn keep_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        old: &User,
        new: User,
    ) -> RepositoryResult<()> {
        let new = User { version: old.version + 1, updated_at: self.yard.clock.now(), ..new };
        repositories.users().update(&new).await?;
        repositories.audit().append(&[self.yard.pen(caller).updated(old, &new)]).await
    }

    /// Forgets links whose time is over; tells how many.
    pub async fn purge(&self) -> RepositoryResult<usize> {
        let mut unit = self.yard.store.begin().await?;
        let outcome = unit.mail_tokens().purge(self.yard.clock.now()).await;
        finish(unit, outcome).await
    }
}

/// The owner of an account, known by a link in a mail.
fn by_mail(user: &User, request_id: &str) -> Caller {
    Caller::user(user.id, Authorizations::default()).by_request(request_id)
}
