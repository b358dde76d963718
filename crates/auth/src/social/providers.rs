//! The domain's port to the providers, served by those that the installation has registered with.

use std::sync::Arc;

use async_trait::async_trait;
use madang_domain::{
    accounts::identities::{
        ClientToken, CodeGrant, FlowProof, Provider, ProviderAccount, ProviderError, Providers, Release,
    },
    clock::Clock,
};
use thiserror::Error;

use super::{
    apple::Apple,
    google::Google,
    kakao::Kakao,
    naver::Naver,
    oauth::is_verifier,
    outgoing::{Outgoing, refused},
    seal::{self, Sealer},
    settings::{AppleKeyError, SocialApps},
};
use crate::secrets::Secret;

/// What every provider works with.
pub(super) struct Workshop {
    pub(super) outgoing: Outgoing,
    pub(super) sealer: Sealer,
    pub(super) clock: Arc<dyn Clock>,
}

/// A secret as text, for the one call that it goes into.
pub(super) fn revealed(secret: &Secret) -> String {
    String::from_utf8_lossy(secret.expose()).into_owned()
}

/// The providers that an installation offers.
pub struct SocialProviders {
    shop: Workshop,
    kakao: Option<Kakao>,
    naver: Option<Naver>,
    google: Option<Google>,
    apple: Option<Apple>,
}

/// Why the providers can't be set up.
#[derive(Debug, Error)]
pub enum SocialSetupError {
    /// Apple's private key is none.
    #[error("the private key of Apple can't be read")]
    AppleKey(#[from] AppleKeyError),
    /// The key that sign-ins under way follow from has not 32 bytes.
    #[error("the key of sign-ins is not 32 bytes long")]
    Key,
    /// There is no TLS, or no certificates to trust.
    #[error("there is no client for outgoing calls")]
    Client(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl SocialProviders {
    /// Sets up the providers. `key` has 32 random bytes and is the same on every node.
    ///
    /// # Errors
    /// When a key can't be used, or no outgoing call is possible.
    pub fn new(apps: SocialApps, key: &Secret, clock: Arc<dyn Clock>) -> Result<Self, SocialSetupError> {
        let SocialApps { kakao, naver, google, apple, hosts } = apps;
        let outgoing = Outgoing::new().map_err(|error| SocialSetupError::Client(Box::new(error)))?;
        let sealer = Sealer::new(key).map_err(|_| SocialSetupError::Key)?;
        Ok(Self {
            shop: Workshop { outgoing, sealer, clock },
            kakao: kakao.map(|app| Kakao::new(app, &hosts.kakao_auth, hosts.kakao_api)),
            naver: naver.map(|app| Naver::new(app, &hosts.naver_auth, hosts.naver_api)),
            google: google
                .map(|app| Google::new(app, &hosts.google_auth, &hosts.google_token, &hosts.google_keys)),
            apple: apple.map(|app| Apple::new(app, hosts.apple)).transpose()?,
        })
    }
}

/// One of the providers, or that it is not offered.
fn offered<T>(provider: Provider, one: Option<&T>) -> Result<&T, ProviderError> {
    one.ok_or(ProviderError::NotConfigured(provider))
}

#[async_trait]
impl Providers for SocialProviders {
    fn configured(&self) -> Vec<Provider> {
        let offers = |provider: &Provider| match provider {
            Provider::Kakao => self.kakao.is_some(),
            Provider::Naver => self.naver.is_some(),
            Provider::Google => self.google.is_some(),
            Provider::Apple => self.apple.is_some(),
        };
        Provider::ALL.into_iter().filter(offers).collect()
    }

    fn draw(&self) -> String {
        seal::draw()
    }

    fn digest(&self, secret: &str) -> String {
        seal::digest(secret)
    }

    fn authorization_url(
        &self,
        provider: Provider,
        redirect_uri: &str,
        state: &str,
    ) -> Result<String, ProviderError> {
        let shop = &self.shop;
        match provider {
            Provider::Kakao => {
                offered(provider, self.kakao.as_ref())?.authorization_url(shop, redirect_uri, state)
            }
            Provider::Naver => {
                offered(provider, self.naver.as_ref())?.authorization_url(shop, redirect_uri, state)
            }
            Provider::Google => {
                offered(provider, self.google.as_ref())?.authorization_url(shop, redirect_uri, state)
            }
            Provider::Apple => {
                offered(provider, self.apple.as_ref())?.authorization_url(shop, redirect_uri, state)
            }
        }
    }

    async fn redeem(&self, provider: Provider, grant: CodeGrant) -> Result<ProviderAccount, ProviderError> {
        if let FlowProof::Client { verifier, .. } = &grant.proof
            && !is_verifier(verifier)
        {
            return Err(refused(provider, "verifier_malformed", ProviderError::Refused));
        }
        let shop = &self.shop;
        match provider {
            Provider::Kakao => offered(provider, self.kakao.as_ref())?.redeem(shop, &grant).await,
            Provider::Naver => offered(provider, self.naver.as_ref())?.redeem(shop, &grant).await,
            Provider::Google => offered(provider, self.google.as_ref())?.redeem(shop, &grant).await,
            Provider::Apple => offered(provider, self.apple.as_ref())?.redeem(shop, &grant).await,
        }
    }

    async fn check(&self, provider: Provider, token: ClientToken) -> Result<ProviderAccount, ProviderError> {
        let shop = &self.shop;
        match provider {
            Provider::Kakao => offered(provider, self.kakao.as_ref())?.check(shop, &token).await,
            Provider::Naver => {
                offered(provider, self.naver.as_ref())?;
                Err(Naver::check(&token))
            }
            Provider::Google => offered(provider, self.google.as_ref())?.check(shop, &token).await,
            Provider::Apple => offered(provider, self.apple.as_ref())?.check(shop, &token).await,
        }
    }

    fn is_unlink_notice(&self, authorization: &str, app_id: &str) -> bool {
        self.kakao.as_ref().is_some_and(|kakao| kakao.is_unlink_notice(authorization, app_id))
    }

    async fn release(&self, release: &Release) -> Result<(), ProviderError> {
        match release.provider {
            Provider::Kakao => match &self.kakao {
                Some(kakao) => kakao.release(&self.shop, release).await,
                None => Ok(()),
            },
            Provider::Apple => match &self.apple {
                Some(apple) => apple.release(&self.shop, release).await,
                None => Ok(()),
            },
            // No token of theirs is kept, and none is needed to forget the link.
            Provider::Naver | Provider::Google => Ok(()),
        }
    }
}
