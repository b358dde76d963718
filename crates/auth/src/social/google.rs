//! Google: what is particular about it. All that is needed stands in the ID token.

use madang_domain::{
    accounts::identities::{ClientToken, CodeGrant, Provider, ProviderAccount, ProviderError},
    text::{Email, PersonName},
};

use super::{
    id_token::{Claims, KeySet},
    oauth::Endpoints,
    openid::Application,
    providers::{Workshop, revealed},
    settings::GoogleApp,
};
use crate::secrets::Secret;

const PROVIDER: Provider = Provider::Google;
/// Google signs under either name.
const ISSUERS: [&str; 2] = ["https://accounts.google.com", "accounts.google.com"];

pub(super) struct Google {
    application: Application,
    secret: Secret,
}

impl Google {
    pub(super) fn new(app: GoogleApp, auth: &str, token: &str, keys: &str) -> Self {
        let application = Application {
            endpoints: Endpoints {
                provider: PROVIDER,
                client_id: app.client_id,
                authorize: format!("{auth}/o/oauth2/v2/auth"),
                token: format!("{token}/token"),
            },
            issuers: &ISSUERS,
            natives: app.native_client_ids,
            keys: KeySet::at(PROVIDER, format!("{keys}/oauth2/v3/certs")),
            hashes_nonces: false,
        };
        Self { application, secret: app.client_secret }
    }

    pub(super) fn authorization_url(
        &self,
        shop: &Workshop,
        redirect_uri: &str,
        state: &str,
    ) -> Result<String, ProviderError> {
        let extra = [("scope", "openid email profile"), ("prompt", "select_account")];
        self.application.authorization_url(shop, redirect_uri, state, &extra)
    }

    pub(super) async fn redeem(
        &self,
        shop: &Workshop,
        grant: &CodeGrant,
    ) -> Result<ProviderAccount, ProviderError> {
        let (_, claims) = self.application.redeem(shop, grant, revealed(&self.secret)).await?;
        Ok(account(claims))
    }

    pub(super) async fn check(
        &self,
        shop: &Workshop,
        token: &ClientToken,
    ) -> Result<ProviderAccount, ProviderError> {
        self.application.check(shop, token).await.map(account)
    }
}

fn account(claims: Claims) -> ProviderAccount {
    let email = claims.email.as_deref().and_then(|text| Email::parse(text).ok());
    // For other addresses Google knows only that they were the user's once.
    let authoritative =
        claims.hd.is_some() || email.as_ref().is_some_and(|email| email.as_str().ends_with("@gmail.com"));
    ProviderAccount {
        provider: PROVIDER,
        email_verified: email.is_some() && claims.email_verified && authoritative,
        email,
        name: claims.name.as_deref().and_then(|text| PersonName::parse(text).ok()),
        phone: None,
        sealed_token: None,
        subject: claims.sub,
    }
}
