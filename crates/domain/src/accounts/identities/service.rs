//! Signing in through a provider: beginning and finishing. Who it turns out to be is in `admission`.
//!
//! A flow is begun with two secrets: the state goes through the provider, the other stays in the browser's cookie.
//! Both have to come back, once. The provider is asked while no unit of work is open.

use std::sync::Arc;

use chrono::TimeDelta;

use super::{
    ClientToken, CodeGrant, FlowProof, FlowPurpose, Identity, IdentityError, Provider, ProviderAccount,
    Providers, ReleaseJob, SignInFlow,
};
use crate::{
    access::Caller, accounts::User, error::RepositoryError, ids::UserId, store::finish, text::PersonName,
    yard::Yard,
};

/// How long a sign-in at a provider may take.
const FLOW_MINUTES: i64 = 10;
/// How long a web client may take to fetch the tokens of a finished sign-in.
const HANDOFF_SECONDS: i64 = 60;

/// The addresses to which browsers are sent.
#[derive(Debug, Clone)]
pub struct ClientAddresses {
    /// Under which clients reach the API: `https://host/api/v1`.
    pub api: String,
    /// Addresses of web clients, compared as they are: for `redirect_uri` and `return_to`.
    pub allowed: Vec<String>,
}

impl ClientAddresses {
    /// Where a provider sends browsers, unless a client receives the code by itself.
    pub fn callback(&self, provider: Provider) -> String {
        format!("{}/auth/{}/callback", self.api, provider.as_str())
    }

    fn check(&self, address: &str) -> Result<(), IdentityError> {
        if self.allowed.iter().any(|allowed| allowed == address) {
            Ok(())
        } else {
            Err(IdentityError::AddressNotAllowed)
        }
    }
}

/// A sign-in that has begun.
#[derive(Clone)]
pub struct Begun {
    /// Where the browser goes.
    pub authorization_url: String,
    /// The secret that stays in the browser.
    pub browser: String,
}

/// What came back from a provider.
#[derive(Clone, Default)]
pub struct ProviderReply {
    /// The state that went there.
    pub state: String,
    /// The code; `None` where the sign-in failed there.
    pub code: Option<String>,
    /// The secret from the browser.
    pub browser: String,
    /// What was posted beside the code.
    pub profile: Option<String>,
}

/// What a client brings that went to the provider by itself.
#[derive(Clone)]
pub enum Credential {
    /// The code of a sign-in that was begun here.
    Reply(ProviderReply),
    /// The code of a sign-in that the client began.
    Code(CodeGrant),
    /// A token.
    Token(ClientToken),
}

/// What a sign-in came to.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// This user has signed in.
    SignedIn(Box<User>),
    /// This user has signed in; a web client fetches the tokens with this secret.
    HandedOff(String),
    /// This identity was linked.
    Linked(Box<Identity>),
}

/// A finished sign-in, or a failed one that a web client is to be told of.
#[derive(Debug)]
pub struct Finished {
    /// What it came to.
    pub outcome: Result<Outcome, IdentityError>,
    /// Where the browser goes.
    pub return_to: Option<String>,
}

/// The use cases of identities.
#[derive(Clone)]
pub struct IdentityService {
    pub(super) yard: Yard,
    pub(super) providers: Arc<dyn Providers>,
    addresses: Arc<ClientAddresses>,
}

impl IdentityService {
    /// A service that stands on `yard`.
    pub fn new(yard: Yard, providers: Arc<dyn Providers>, addresses: ClientAddresses) -> Self {
        Self { yard, providers, addresses: Arc::new(addresses) }
    }

    /// What does the jobs that undo links at the providers.
    pub fn release_job(&self) -> ReleaseJob {
        ReleaseJob::new(self.providers.clone())
    }

    /// Whether browsers reach us over TLS, so that cookies can be kept to it.
    pub fn is_reached_securely(&self) -> bool {
        self.addresses.api.starts_with("https://")
    }

    /// The providers that are offered.
    pub fn configured(&self) -> Vec<Provider> {
        self.providers.configured()
    }

    /// Refuses a provider that is not offered.
    pub fn offered(&self, provider: Provider) -> Result<(), IdentityError> {
        if self.providers.configured().contains(&provider) {
            Ok(())
        } else {
            Err(IdentityError::NotConfigured(provider))
        }
    }

    /// Begins a sign-in, or with a caller the linking of an identity to that user.
    ///
    /// `browser` is the secret that the browser holds from a sign-in that it began before; it goes on holding it, so that
    /// two tabs do not disturb each other.
    pub async fn begin(
        &self,
        provider: Provider,
        caller: Option<&Caller>,
        redirect_uri: Option<String>,
        return_to: Option<String>,
        browser: Option<String>,
    ) -> Result<Begun, IdentityError> {
        self.offered(provider)?;
        for address in redirect_uri.iter().chain(&return_to) {
            self.addresses.check(address)?;
        }
        let redirect_uri = redirect_uri.unwrap_or_else(|| self.addresses.callback(provider));
        let state = self.providers.draw();
        let browser = browser.unwrap_or_else(|| self.providers.draw());
        let user_id = match caller {
            Some(caller) => Some(caller.user_id().ok_or(IdentityError::Forbidden)?),
            None => None,
        };
        let authorization_url = self.providers.authorization_url(provider, &redirect_uri, &state)?;
        self.keep_flow(SignInFlow {
            key: self.providers.digest(&state),
            browser: self.providers.digest(&browser),
            provider,
            purpose: if user_id.is_some() { FlowPurpose::Link } else { FlowPurpose::SignIn },
            user_id,
            redirect_uri,
            return_to,
            expires_at: self.yard.clock.now() + TimeDelta::minutes(FLOW_MINUTES),
        })
        .await?;
        Ok(Begun { authorization_url, browser })
    }

    async fn keep_flow(&self, flow: SignInFlow) -> Result<(), IdentityError> {
        let mut unit = self.yard.store.begin().await?;
        let outcome = unit.sign_in_flows().insert(&flow).await;
        Ok(finish(unit, outcome).await?)
    }

    /// Takes out the flow of this secret, if it was begun in this browser and its time is not over.
    async fn take_flow(&self, secret: &str) -> Result<SignInFlow, IdentityError> {
        let mut unit = self.yard.store.begin().await?;
        let outcome = unit.sign_in_flows().take(&self.providers.digest(secret)).await;
        let flow = finish(unit, outcome).await?.ok_or(IdentityError::FlowUnknown)?;
        if flow.expires_at > self.yard.clock.now() { Ok(flow) } else { Err(IdentityError::FlowUnknown) }
    }

    async fn take_reply(
        &self,
        provider: Provider,
        reply: &ProviderReply,
    ) -> Result<SignInFlow, IdentityError> {
        self.offered(provider)?;
        let flow = self.take_flow(&reply.state).await?;
        let held = flow.purpose != FlowPurpose::Handoff
            && flow.provider == provider
            && flow.browser == self.providers.digest(&reply.browser);
        if held { Ok(flow) } else { Err(IdentityError::FlowUnknown) }
    }

    /// Finishes a sign-in at our own callback.
    ///
    /// # Errors
    /// Where it is not known which sign-in this was, so that nobody but the browser itself can be told.
    pub async fn finish(
        &self,
        provider: Provider,
        reply: ProviderReply,
        request_id: &str,
    ) -> Result<Finished, IdentityError> {
        let flow = self.take_reply(provider, &reply).await?;
        let return_to = flow.return_to.clone();
        let outcome = match self.conclude(flow, reply, request_id).await {
            Ok(Outcome::SignedIn(user)) if return_to.is_some() => self.hand_off(provider, user.id).await,
            outcome => outcome,
        };
        Ok(Finished { outcome, return_to })
    }

    async fn conclude(
        &self,
        flow: SignInFlow,
        reply: ProviderReply,
        request_id: &str,
    ) -> Result<Outcome, IdentityError> {
        let (purpose, linker) = (flow.purpose, flow.user_id);
        let account = self.redeem(flow, reply).await?;
        match (purpose, linker) {
            (FlowPurpose::Link, Some(user)) => {
                self.link_account(user, account, request_id).await.map(Box::new).map(Outcome::Linked)
            }
            _ => self.admit(account, request_id).await.map(Box::new).map(Outcome::SignedIn),
        }
    }

    async fn redeem(&self, flow: SignInFlow, reply: ProviderReply) -> Result<ProviderAccount, IdentityError> {
        let grant = CodeGrant {
            code: reply.code.ok_or(IdentityError::Cancelled)?,
            redirect_uri: flow.redirect_uri,
            proof: FlowProof::State(reply.state),
            profile: reply.profile,
        };
        Ok(self.providers.redeem(flow.provider, grant).await?)
    }

    /// Who has signed in, by what a client brings. `name` is what a new user is called where the provider tells no name.
    pub async fn sign_in(
        &self,
        provider: Provider,
        credential: Credential,
        name: Option<PersonName>,
        request_id: &str,
    ) -> Result<User, IdentityError> {
        let account = self.prove(provider, credential, None).await?;
        self.admit(ProviderAccount { name: account.name.or(name), ..account }, request_id).await
    }

    /// Links an identity to the caller, by what a client brings.
    pub async fn link(
        &self,
        caller: &Caller,
        provider: Provider,
        credential: Credential,
    ) -> Result<Identity, IdentityError> {
        let user = caller.user_id().ok_or(IdentityError::Forbidden)?;
        let account = self.prove(provider, credential, Some(user)).await?;
        self.link_account(user, account, caller.request_id().unwrap_or_default()).await
    }

    /// The account that a client proves; a flow that was begun here must have been begun for the same purpose.
    async fn prove(
        &self,
        provider: Provider,
        credential: Credential,
        linker: Option<UserId>,
    ) -> Result<ProviderAccount, IdentityError> {
        self.offered(provider)?;
        match credential {
            Credential::Reply(reply) => {
                let flow = self.take_reply(provider, &reply).await?;
                if flow.user_id != linker {
                    return Err(IdentityError::FlowUnknown);
                }
                self.redeem(flow, reply).await
            }
            Credential::Code(grant) => {
                self.addresses.check(&grant.redirect_uri)?;
                Ok(self.providers.redeem(provider, grant).await?)
            }
            Credential::Token(token) => Ok(self.providers.check(provider, token).await?),
        }
    }

    async fn hand_off(&self, provider: Provider, user: UserId) -> Result<Outcome, IdentityError> {
        let ticket = self.providers.draw();
        self.keep_flow(SignInFlow {
            key: self.providers.digest(&ticket),
            browser: String::new(),
            provider,
            purpose: FlowPurpose::Handoff,
            user_id: Some(user),
            redirect_uri: String::new(),
            return_to: None,
            expires_at: self.yard.clock.now() + TimeDelta::seconds(HANDOFF_SECONDS),
        })
        .await?;
        Ok(Outcome::HandedOff(ticket))
    }

    /// Who has signed in, by the secret that our callback gave to a web client.
    pub async fn sign_in_with_ticket(&self, provider: Provider, ticket: &str) -> Result<User, IdentityError> {
        let flow = self.take_flow(ticket).await?;
        let user = match (flow.purpose, flow.user_id) {
            (FlowPurpose::Handoff, Some(user)) if flow.provider == provider => user,
            _ => return Err(IdentityError::FlowUnknown),
        };
        let mut session = self.yard.store.session().await?;
        let user = session.users().find(user).await?.ok_or(IdentityError::FlowUnknown)?;
        user.check_standing()?;
        Ok(user)
    }

    /// Forgets sign-ins under way whose time is over; tells how many.
    pub async fn purge(&self) -> Result<usize, RepositoryError> {
        let now = self.yard.clock.now();
        let mut unit = self.yard.store.begin().await?;
        let outcome = unit.sign_in_flows().purge(now).await;
        finish(unit, outcome).await
    }
}
