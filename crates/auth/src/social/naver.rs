//! Naver (네이버): what is particular about it.
//!
//! Signs in through its addresses of `OpenID` Connect, which know PKCE. Numbers come as text, errors with status 200, and
//! whether an address is verified is never told, so no account is ever linked by it.

use madang_domain::{
    accounts::identities::{ClientToken, CodeGrant, Provider, ProviderAccount, ProviderError},
    text::{Email, PersonName, Phone},
};
use serde::Deserialize;

use super::{
    id_token::KeySet,
    oauth::{Endpoints, expected_nonce},
    outgoing::refused,
    providers::{Workshop, revealed},
    settings::NaverApp,
};

const PROVIDER: Provider = Provider::Naver;
const ISSUERS: [&str; 1] = ["https://nid.naver.com"];

pub(super) struct Naver {
    app: NaverApp,
    auth: String,
    api: String,
    keys: KeySet,
}

#[derive(Deserialize)]
struct Answer {
    resultcode: String,
    response: Option<Profile>,
}

/// What is absent was not consented to.
#[derive(Deserialize)]
struct Profile {
    id: String,
    name: Option<String>,
    nickname: Option<String>,
    email: Option<String>,
    mobile: Option<String>,
}

impl Naver {
    pub(super) fn new(app: NaverApp, auth: String, api: String) -> Self {
        let keys = KeySet::at(PROVIDER, format!("{auth}/oauth2/jwks"));
        Self { app, auth, api, keys }
    }

    fn endpoints(&self) -> Endpoints<'_> {
        Endpoints {
            provider: PROVIDER,
            client_id: &self.app.client_id,
            authorize: format!("{}/oauth2/authorize", self.auth),
            token: format!("{}/oauth2/token", self.auth),
        }
    }

    pub(super) fn authorization_url(
        &self,
        shop: &Workshop,
        redirect_uri: &str,
        state: &str,
    ) -> Result<String, ProviderError> {
        self.endpoints().authorization_url(&shop.sealer, redirect_uri, state, &[("scope", "openid profile")])
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
        let expected = shop.expected(&ISSUERS, vec![&self.app.client_id], nonces);
        self.keys.verify(&shop.outgoing, token, &expected).await?;
        self.profile(shop, tokens.access()).await
    }

    /// Refuses: Naver tells of no access token for whom it was made.
    pub(super) fn check(token: &ClientToken) -> ProviderError {
        let (ClientToken::Access(_) | ClientToken::Id { .. }) = token;
        refused(PROVIDER, "token_unproven", ProviderError::Untrusted)
    }

    async fn profile(&self, shop: &Workshop, access_token: &str) -> Result<ProviderAccount, ProviderError> {
        let url = format!("{}/v1/nid/me", self.api);
        let reply = shop.outgoing.get(PROVIDER, &url, Some(access_token)).await?;
        let answer: Answer =
            reply.json().ok_or_else(|| refused(PROVIDER, "no_answer", ProviderError::Unavailable))?;
        let profile = match answer {
            Answer { resultcode, response: Some(profile) } if resultcode == "00" => profile,
            Answer { resultcode, .. } => return Err(refused(PROVIDER, &resultcode, ProviderError::Refused)),
        };
        let name = profile.name.or(profile.nickname);
        Ok(ProviderAccount {
            provider: PROVIDER,
            subject: profile.id,
            email: profile.email.and_then(|text| Email::parse(text).ok()),
            email_verified: false,
            name: name.and_then(|text| PersonName::parse(text).ok()),
            phone: profile.mobile.and_then(|text| Phone::parse(text).ok()),
            sealed_token: None,
        })
    }
}
