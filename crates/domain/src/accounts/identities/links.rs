//! What a signed-in user does with their own identities, and what happens when Kakao unlinks one.

use super::{
    Identity, IdentityError, IdentityService, Provider, ProviderAccount, ReleaseJob, admission::active,
};
use crate::{
    access::{Authorizations, Caller},
    accounts::User,
    ids::{IdentityId, UserId},
    jobs::{enqueue, enqueue_each},
    store::{Repositories, finish},
};

impl IdentityService {
    /// One's own identities, in the order in which they were linked.
    pub async fn list(&self, caller: &Caller) -> Result<Vec<Identity>, IdentityError> {
        let user = caller.user_id().ok_or(IdentityError::Forbidden)?;
        let mut session = self.yard.store.session().await?;
        Ok(session.identities().of_user(user).await?)
    }

    /// Links a proven account to a user who has signed in otherwise.
    pub(super) async fn link_account(
        &self,
        user: UserId,
        account: ProviderAccount,
        request_id: &str,
    ) -> Result<Identity, IdentityError> {
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.link_to_in(&mut *unit, user, &account, request_id).await;
        finish(unit, outcome).await
    }

    async fn link_to_in(
        &self,
        repositories: &mut dyn Repositories,
        user: UserId,
        account: &ProviderAccount,
        request_id: &str,
    ) -> Result<Identity, IdentityError> {
        let user = active(repositories.users().find_for_update(user).await?)?;
        match repositories.identities().find_by_subject(account.provider, &account.subject).await? {
            Some(identity) if identity.user_id == user.id => Ok(identity),
            Some(_) => Err(IdentityError::Taken),
            None => Ok(self.link_in(repositories, user, account, request_id).await?.1),
        }
    }

    /// Keeps the link of an account that is nobody's yet.
    pub(super) async fn link_in(
        &self,
        repositories: &mut dyn Repositories,
        user: User,
        account: &ProviderAccount,
        request_id: &str,
    ) -> Result<(User, Identity), IdentityError> {
        let identity = self.identity(user.id, account);
        let caller = Caller::user(user.id, Authorizations::default()).by_request(request_id);
        repositories.identities().insert(&identity).await?;
        let user = self.touch(repositories, user).await?;
        repositories.audit().append(&[self.yard.pen(&caller).created(&identity)]).await?;
        let kakao_id = match identity.provider {
            Provider::Kakao => Some(identity.subject.clone()),
            Provider::Naver | Provider::Google | Provider::Apple => user.kakao_id.clone(),
        };
        Ok((User { kakao_id, ..user }, identity))
    }

    /// Removes one of one's own identities, unless it is the last way to sign in.
    pub async fn unlink(&self, caller: &Caller, id: IdentityId) -> Result<(), IdentityError> {
        let user = caller.user_id().ok_or(IdentityError::Forbidden)?;
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.unlink_in(&mut *unit, caller, user, id).await;
        finish(unit, outcome).await
    }

    async fn unlink_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        user: UserId,
        id: IdentityId,
    ) -> Result<(), IdentityError> {
        let user = repositories.users().find_for_update(user).await?.ok_or(IdentityError::NotFound(id))?;
        let identities = repositories.identities().of_user(user.id).await?;
        let identity =
            identities.iter().find(|identity| identity.id == id).ok_or(IdentityError::NotFound(id))?;
        if identities.len() == 1 && user.password.is_none() {
            return Err(IdentityError::LastWayIn);
        }
        self.touch(repositories, user).await?;
        self.remove_in(repositories, caller, identity).await?;
        Ok(enqueue(repositories, &self.yard, ReleaseJob::of(identity)).await?)
    }

    /// Takes note that Kakao has unlinked an account: it is nobody's any more.
    ///
    /// The user stays, and signs in by another way. `false` says that the notice is not Kakao's.
    pub async fn kakao_unlinked(
        &self,
        authorization: &str,
        app_id: &str,
        subject: &str,
        request_id: &str,
    ) -> Result<bool, IdentityError> {
        self.offered(Provider::Kakao)?;
        if !self.providers.is_unlink_notice(authorization, app_id) {
            return Ok(false);
        }
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.forget_in(&mut *unit, Provider::Kakao, subject, request_id).await;
        finish(unit, outcome).await?;
        Ok(true)
    }

    async fn forget_in(
        &self,
        repositories: &mut dyn Repositories,
        provider: Provider,
        subject: &str,
        request_id: &str,
    ) -> Result<(), IdentityError> {
        let Some(identity) = repositories.identities().find_by_subject(provider, subject).await? else {
            return Ok(());
        };
        let Some(user) = repositories.users().find_for_update(identity.user_id).await? else { return Ok(()) };
        let caller = Caller::system().by_request(request_id);
        self.touch(repositories, user).await?;
        self.remove_in(repositories, &caller, &identity).await
    }

    /// Removes every identity of a user who leaves, in the unit of work of the leaving; jobs undo them at the providers.
    pub async fn remove_all_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        user: UserId,
    ) -> Result<(), IdentityError> {
        let identities = repositories.identities().of_user(user).await?;
        for identity in &identities {
            self.remove_in(repositories, caller, identity).await?;
        }
        enqueue_each(repositories, &self.yard, identities.iter().map(ReleaseJob::of)).await?;
        Ok(())
    }

    async fn remove_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        identity: &Identity,
    ) -> Result<(), IdentityError> {
        repositories.identities().delete(identity.id).await?;
        let entry = self.yard.pen(caller).deleted(identity, None);
        Ok(repositories.audit().append(&[entry]).await?)
    }

    /// Gives the account a new version, because what is shown of it changes with its identities.
    async fn touch(&self, repositories: &mut dyn Repositories, user: User) -> Result<User, IdentityError> {
        let touched = User { version: user.version + 1, updated_at: self.yard.clock.now(), ..user };
        repositories.users().update(&touched).await?;
        Ok(touched)
    }
}
