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
    oauth::Endpoints,
    openid::Application,
    outgoing::refused,
    providers::{Workshop, revealed},
    settings::NaverApp,
};
use crate::secrets::Secret;

const PROVIDER: Provider = Provider::Naver;
const ISSUERS: [&str; 1] = ["https://nid.naver.com"];

pub(super) struct Naver {
    application: Application,
    secret: Secret,
    api: String,
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
    pub(super) fn new(app: NaverApp, auth: &str, api: String) -> Self {
        let application = Application {
            endpoints: Endpoints {
                provider: PROVIDER,
                client_id: app.client_id,
                authorize: format!("{auth}/oauth2/authorize"),
                token: format!("{auth}/oauth2/token"),
            },
            issuers: &ISSUERS,
            natives: Vec::new(),
            keys: KeySet::at(PROVIDER, format!("{auth}/oauth2/jwks")),
            hashes_nonces: false,
        };
        Self { application, secret: app.client_secret, api }
    }

    pub(super) fn authorization_url(
        &self,
        shop: &Workshop,
        redirect_uri: &str,
        state: &str,
    ) -> Result<String, ProviderError> {
        self.application.authorization_url(shop, redirect_uri, state, &[("scope", "openid profile")])
    }

    pub(super) async fn redeem(
        &self,
        shop: &Workshop,
        grant: &CodeGrant,
    ) -> Result<ProviderAccount, ProviderError> {
        let (tokens, _) = self.application.redeem(shop, grant, revealed(&self.secret)).await?;
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
