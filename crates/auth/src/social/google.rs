//! Google: what is particular about it. All that is needed stands in the ID token.

use madang_domain::{
    accounts::identities::{ClientToken, CodeGrant, Provider, ProviderAccount, ProviderError},
    text::{Email, PersonName},
};

use super::{
    id_token::{Claims, KeySet},
    oauth::{Endpoints, expected_nonce},
    outgoing::refused,
    providers::{Workshop, revealed},
    settings::GoogleApp,
};

const PROVIDER: Provider = Provider::Google;
/// Google signs under either name.
const ISSUERS: [&str; 2] = ["https://accounts.google.com", "accounts.google.com"];

pub(super) struct Google {
    app: GoogleApp,
    auth: String,
    token: String,
    keys: KeySet,
}

impl Google {
    pub(super) fn new(app: GoogleApp, auth: String, token: String, keys: &str) -> Self {
        let keys = KeySet::at(PROVIDER, format!("{keys}/oauth2/v3/certs"));
        Self { app, auth, token, keys }
    }

    fn endpoints(&self) -> Endpoints<'_> {
        Endpoints {
            provider: PROVIDER,
            client_id: &self.app.client_id,
            authorize: format!("{}/o/oauth2/v2/auth", self.auth),
            token: format!("{}/token", self.token),
        }
    }

    pub(super) fn authorization_url(
        &self,
        shop: &Workshop,
        redirect_uri: &str,
        state: &str,
    ) -> Result<String, ProviderError> {
        let extra = [("scope", "openid email profile"), ("prompt", "select_account")];
        self.endpoints().authorization_url(&shop.sealer, redirect_uri, state, &extra)
    }

    pub(super) async fn redeem(
        &self,
        shop: &Workshop,
        grant: &CodeGrant,
    ) -> Result<ProviderAccount, ProviderError> {
        let secret = revealed(&self.app.client_secret);
        let tokens = self.endpoints().exchange(&shop.outgoing, &shop.sealer, grant, secret).await?;
        let token = tokens
            .id_token()
            .ok_or_else(|| refused(PROVIDER, "no_id_token", ProviderError::Misconfigured))?;
        let nonces = expected_nonce(&shop.sealer, &grant.proof).into_iter().collect();
        self.claims(shop, token, nonces).await.map(account)
    }

    pub(super) async fn check(
        &self,
        shop: &Workshop,
        token: &ClientToken,
    ) -> Result<ProviderAccount, ProviderError> {
        match token {
            ClientToken::Id { token, nonce } => {
                self.claims(shop, token, nonce.iter().cloned().collect()).await.map(account)
            }
            ClientToken::Access(_) => Err(refused(PROVIDER, "token_unproven", ProviderError::Untrusted)),
        }
    }

    async fn claims(
        &self,
        shop: &Workshop,
        token: &str,
        nonces: Vec<String>,
    ) -> Result<Claims, ProviderError> {
        let mut audiences = vec![self.app.client_id.as_str()];
        audiences.extend(self.app.native_client_ids.iter().map(String::as_str));
        self.keys.verify(&shop.outgoing, token, &shop.expected(&ISSUERS, audiences, nonces)).await
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
