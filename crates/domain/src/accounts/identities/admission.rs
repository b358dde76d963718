//! Who a proven account turns out to be: a known user, one to whom it belongs by a verified address, or a new one.
//!
//! A verified address links only where both sides have verified it; anything less is for its owner to link after a sign-in.

use super::{Identity, IdentityError, IdentityService, Provider, ProviderAccount, ProviderError};
use crate::{
    access::{Authorizations, Caller, Role},
    accounts::{AccountError, AuthType, User},
    ids::{IdentityId, UserId},
    store::{Repositories, finish},
    text::{Email, PersonName, Username},
};

impl IdentityService {
    /// The user of a proven account: known, linked by a verified address, or new.
    pub(super) async fn admit(
        &self,
        account: ProviderAccount,
        request_id: &str,
    ) -> Result<User, IdentityError> {
        match self.admit_once(&account, request_id).await {
            // Two first sign-ins at once: the other one has registered the user.
            Err(IdentityError::Taken | IdentityError::AlreadyLinked | IdentityError::LinkRequired) => {
                self.admit_once(&account, request_id).await
            }
            outcome => outcome,
        }
    }

    async fn admit_once(&self, account: &ProviderAccount, request_id: &str) -> Result<User, IdentityError> {
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.admit_in(&mut *unit, account, request_id).await;
        finish(unit, outcome).await
    }

    async fn admit_in(
        &self,
        repositories: &mut dyn Repositories,
        account: &ProviderAccount,
        request_id: &str,
    ) -> Result<User, IdentityError> {
        let now = self.yard.clock.now();
        let known = repositories.identities().find_by_subject(account.provider, &account.subject).await?;
        let user = if let Some(identity) = known {
            let user = active(repositories.users().find(identity.user_id).await?)?;
            repositories.identities().record_use(&self.told(&identity, account)).await?;
            user
        } else {
            match self.owner_of_address(repositories, account).await? {
                Some(owner) => self.link_in(repositories, owner, account, request_id).await?.0,
                // Whoever registers has signed in by that.
                None => return self.register_in(repositories, account, request_id).await,
            }
        };
        repositories.users().record_sign_in(user.id, now, None).await?;
        Ok(User { last_login: Some(now), ..user })
    }

    /// The identity after the provider has told about it again.
    fn told(&self, identity: &Identity, account: &ProviderAccount) -> Identity {
        Identity {
            email: account.email.clone(),
            email_verified: account.email_verified,
            sealed_token: account.sealed_token.clone().or_else(|| identity.sealed_token.clone()),
            last_used_at: self.yard.clock.now(),
            ..identity.clone()
        }
    }

    /// The user to whom a new account belongs because both sides have verified its address.
    ///
    /// # Errors
    /// `LinkRequired` where somebody has the address and one side has not verified it.
    async fn owner_of_address(
        &self,
        repositories: &mut dyn Repositories,
        account: &ProviderAccount,
    ) -> Result<Option<User>, IdentityError> {
        let Some(email) = &account.email else { return Ok(None) };
        let mut owners = repositories.users().find_by_email(email).await?;
        // Whoever was met at the door never proved an address, and can't sign in: staff merge them later.
        owners.retain(|user| user.auth_type != AuthType::Temp);
        let owner = match (owners.pop(), owners.is_empty()) {
            (None, _) => return Ok(None),
            (Some(owner), true) if account.email_verified => owner,
            _ => return Err(IdentityError::LinkRequired),
        };
        let identities = repositories.identities().of_user(owner.id).await?;
        let linked = identities.iter().any(|identity| identity.provider == account.provider);
        let verified = owner.email_verified_at.is_some() || has_verified(&identities, email);
        if linked || !verified {
            return Err(IdentityError::LinkRequired);
        }
        active(Some(owner)).map(Some)
    }

    async fn register_in(
        &self,
        repositories: &mut dyn Repositories,
        account: &ProviderAccount,
        request_id: &str,
    ) -> Result<User, IdentityError> {
        let now = self.yard.clock.now();
        let id = UserId(self.yard.ids.next());
        let nameless = account.provider.nameless();
        let unfit = |_| IdentityError::Provider(ProviderError::Untrusted);
        let user = User {
            id,
            username: Username::parse(format!("{}-{id}", account.provider.as_str())).map_err(unfit)?,
            auth_type: account.provider.auth_type(),
            password: None,
            kakao_id: (account.provider == Provider::Kakao).then(|| account.subject.clone()),
            authorizations: Authorizations::of_roles([Role::Learner]),
            name: match &account.name {
                Some(name) => name.clone(),
                None => PersonName::parse(nameless).map_err(unfit)?,
            },
            email: account.email.clone(),
            phone: account.phone.clone(),
            created_at: now,
            updated_at: now,
            last_login: Some(now),
            is_active: true,
            email_verified_at: account.email.as_ref().filter(|_| account.email_verified).map(|_| now),
            suspension: None,
            withdrawn_at: None,
            version: 1,
        };
        let identity = self.identity(id, account);
        let caller = Caller::user(id, Authorizations::default()).by_request(request_id);
        repositories.users().insert_many(std::slice::from_ref(&user)).await?;
        repositories.identities().insert(&identity).await?;
        let pen = self.yard.pen(&caller);
        repositories.audit().append(&[pen.created(&user), pen.created(&identity)]).await?;
        Ok(user)
    }

    pub(super) fn identity(&self, user_id: UserId, account: &ProviderAccount) -> Identity {
        let now = self.yard.clock.now();
        Identity {
            id: IdentityId(self.yard.ids.next()),
            user_id,
            provider: account.provider,
            subject: account.subject.clone(),
            email: account.email.clone(),
            email_verified: account.email_verified,
            sealed_token: account.sealed_token.clone(),
            linked_at: now,
            last_used_at: now,
        }
    }
}

/// Whether one of these identities shows that the address is its user's.
fn has_verified(identities: &[Identity], email: &Email) -> bool {
    identities.iter().any(|identity| {
        identity.email_verified && identity.email.as_ref().is_some_and(|known| known.is_same_as(email))
    })
}

/// The user, if it may sign in.
pub(super) fn active(user: Option<User>) -> Result<User, IdentityError> {
    let user = user.ok_or(AccountError::Deactivated)?;
    user.check_standing()?;
    Ok(user)
}
