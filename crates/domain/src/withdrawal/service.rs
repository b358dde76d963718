//! The one use case of leaving.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Pseudonym, WithdrawalError};
use crate::{
    access::{Authorizations, Caller},
    accounts::{
        User, UserError, UserService,
        identities::IdentityService,
        loses_last_admin,
        sessions::{SessionEnd, end_all_in},
    },
    events::{self, Event},
    ids::UserId,
    stamps::Expected,
    store::{Repositories, finish},
    text::{PersonName, Username},
    yard::Yard,
};

/// For how long a sign-in proves who somebody is, where there is no password.
const FRESH: TimeDelta = TimeDelta::minutes(15);

/// Lets users leave.
#[derive(Clone)]
pub struct WithdrawalService {
    yard: Yard,
    users: UserService,
    identities: IdentityService,
}

impl WithdrawalService {
    /// A service that stands on `yard`.
    pub fn new(yard: Yard, users: UserService, identities: IdentityService) -> Self {
        Self { yard, users, identities }
    }

    /// Erases who the caller is, and who was merged into that user.
    ///
    /// An account with a password is given up by who knows it, another one by who has just signed in.
    pub async fn withdraw(
        &self,
        caller: &Caller,
        expected: Expected,
        current_password: Option<&str>,
    ) -> Result<(), WithdrawalError> {
        let id = caller.user_id().ok_or(UserError::Forbidden)?;
        let user = self.users.find(caller, id).await?;
        self.users.confirm(&user, current_password).await?;
        if user.password.is_none() {
            self.check_fresh(caller).await?;
        }
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.withdraw_in(&mut *unit, caller, id, expected).await;
        finish(unit, outcome).await
    }

    async fn check_fresh(&self, caller: &Caller) -> Result<(), WithdrawalError> {
        let id = caller.session_id().ok_or(WithdrawalError::NotFresh)?;
        let mut session = self.yard.store.session().await?;
        let began = session.sessions().find(id).await?.map(|session| session.created_at);
        let is_fresh = began.is_some_and(|began| self.yard.clock.now() - began < FRESH);
        if is_fresh { Ok(()) } else { Err(WithdrawalError::NotFresh) }
    }

    async fn withdraw_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        id: UserId,
        expected: Expected,
    ) -> Result<(), WithdrawalError> {
        let now = self.yard.clock.now();
        let old = repositories.users().find_for_update(id).await?.ok_or(UserError::NotFound(id))?;
        if !expected.allows(old.version) {
            return Err(UserError::Stale.into());
        }
        let pseudonym = self.pseudonym(id)?;
        let new = emptied(&old, &pseudonym, now);
        if loses_last_admin(repositories, &old, &new).await? {
            return Err(UserError::LastAdmin.into());
        }
        let pen = self.yard.pen(caller);
        repositories.users().update(&new).await?;
        let entry = pen.updated(&old, &new).because(Some(SessionEnd::Withdrawn.as_str()));
        repositories.audit().append(&[entry]).await?;
        self.identities.remove_all_in(repositories, caller, id).await?;
        end_all_in(repositories, &pen, id, SessionEnd::Withdrawn, now).await?;
        events::record(repositories, &[Event::new(&self.yard, caller, "user.withdrawn", id).concerning(id)])
            .await?;
        for merged in repositories.merges().merged_into(id).await? {
            self.erase_merged_in(repositories, caller, merged).await?;
        }
        repositories.erasure().remove_belongings(id, old.email.as_ref()).await?;
        // Last, so that what was just written is erased too.
        repositories.erasure().take_out_names(id, &pseudonym).await?;
        Ok(())
    }

    /// A `temp` account that was merged into the one that is given up is the same person's.
    async fn erase_merged_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        id: UserId,
    ) -> Result<(), WithdrawalError> {
        let Some(old) = repositories.users().find_for_update(id).await? else { return Ok(()) };
        let pseudonym = self.pseudonym(id)?;
        let new = emptied(&old, &pseudonym, self.yard.clock.now());
        repositories.users().update(&new).await?;
        let entry = self.yard.pen(caller).updated(&old, &new);
        repositories.audit().append(&[entry.because(Some(SessionEnd::Withdrawn.as_str()))]).await?;
        repositories.erasure().remove_belongings(id, old.email.as_ref()).await?;
        repositories.erasure().take_out_names(id, &pseudonym).await?;
        Ok(())
    }

    /// What the account of somebody who has left is called: the end of the id tells one from the other in lists. The username is
    /// drawn, so that nobody can take it beforehand.
    fn pseudonym(&self, id: UserId) -> Result<Pseudonym, UserError> {
        let text = id.0.simple().to_string();
        let tail: String = text.chars().skip(24).collect();
        Ok(Pseudonym {
            username: Username::parse(format!("withdrawn-{}", self.yard.ids.next()))
                .map_err(|_| UserError::WrongShape)?,
            name: PersonName::parse(format!("탈퇴회원 {tail}")).map_err(|_| UserError::WrongShape)?,
        })
    }
}

/// The account without its owner.
fn emptied(old: &User, pseudonym: &Pseudonym, now: DateTime<Utc>) -> User {
    User {
        username: pseudonym.username.clone(),
        name: pseudonym.name.clone(),
        password: None,
        kakao_id: None,
        authorizations: Authorizations::default(),
        email: None,
        email_verified_at: None,
        phone: None,
        last_login: None,
        is_active: false,
        suspension: None,
        withdrawn_at: Some(now),
        updated_at: now,
        version: old.version + 1,
        ..old.clone()
    }
}
