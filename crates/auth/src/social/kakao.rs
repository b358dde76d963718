//! Kakao (카카오): what is particular about it.
//!
//! Who somebody is comes from `/v2/user/me`, because its ID token does not say whether the address is verified; an ID token
//! that comes along is checked all the same. Errors are told apart by their codes alone: Kakao may change their texts.

use madang_domain::{
    accounts::identities::{ClientToken, CodeGrant, Provider, ProviderAccount, ProviderError, Release},
    text::{Email, PersonName, Phone},
};
use serde::{Deserialize, de::DeserializeOwned};

use super::{
    id_token::KeySet,
    oauth::Endpoints,
    openid::Application,
    outgoing::{Reply, refused},
    providers::{Workshop, revealed},
    settings::KakaoApp,
};
use crate::secrets::{Secret, constant_time_eq};

const PROVIDER: Provider = Provider::Kakao;
const ISSUERS: [&str; 1] = ["https://kauth.kakao.com"];

pub(super) struct Kakao {
    application: Application,
    secret: Secret,
    admin_key: Option<Secret>,
    app_id: i64,
    scopes: Vec<String>,
    api: String,
}

#[derive(Deserialize)]
struct Me {
    id: i64,
    #[serde(default)]
    kakao_account: Account,
    #[serde(default)]
    properties: Properties,
}

/// What is absent was not consented to.
#[derive(Deserialize, Default)]
struct Account {
    #[serde(default)]
    profile: Properties,
    name: Option<String>,
    email: Option<String>,
    #[serde(default)]
    is_email_valid: bool,
    #[serde(default)]
    is_email_verified: bool,
    phone_number: Option<String>,
}

#[derive(Deserialize, Default)]
struct Properties {
    nickname: Option<String>,
}

#[derive(Deserialize)]
struct TokenInfo {
    id: i64,
    app_id: i64,
}

#[derive(Deserialize)]
struct Failure {
    code: i64,
}

impl Kakao {
    pub(super) fn new(app: KakaoApp, auth: &str, api: String) -> Self {
        let application = Application {
            endpoints: Endpoints {
                provider: PROVIDER,
                client_id: app.rest_api_key,
                authorize: format!("{auth}/oauth/authorize"),
                token: format!("{auth}/oauth/token"),
            },
            issuers: &ISSUERS,
            natives: app.native_app_keys,
            keys: KeySet::at(PROVIDER, format!("{auth}/.well-known/jwks.json")),
            hashes_nonces: false,
        };
        Self {
            application,
            secret: app.client_secret,
            admin_key: app.admin_key,
            app_id: app.app_id,
            scopes: app.scopes,
            api,
        }
    }

    pub(super) fn authorization_url(
        &self,
        shop: &Workshop,
        redirect_uri: &str,
        state: &str,
    ) -> Result<String, ProviderError> {
        // Kakao parts them by commas, unlike the standard.
        let scope = self.scopes.join(",");
        let extra = [("scope", scope.as_str())];
        let extra = if scope.is_empty() { &extra[..0] } else { &extra };
        self.application.authorization_url(shop, redirect_uri, state, extra)
    }

    pub(super) async fn redeem(
        &self,
        shop: &Workshop,
        grant: &CodeGrant,
    ) -> Result<ProviderAccount, ProviderError> {
        let tokens = self.application.exchange(shop, grant, revealed(&self.secret)).await?;
        let account = self.me(shop, tokens.access()).await?;
        match self.application.claims_beside(shop, grant, &tokens).await? {
            Some(claims) if claims.sub != account.subject => {
                Err(refused(PROVIDER, "id_token_of_another", ProviderError::Untrusted))
            }
            None if self.scopes.iter().any(|scope| scope == "openid") => {
                Err(refused(PROVIDER, "no_id_token", ProviderError::Misconfigured))
            }
            Some(_) | None => Ok(account),
        }
    }

    pub(super) async fn check(
        &self,
        shop: &Workshop,
        token: &ClientToken,
    ) -> Result<ProviderAccount, ProviderError> {
        match token {
            ClientToken::Access(token) => {
                let url = format!("{}/v1/user/access_token_info", self.api);
                let info: TokenInfo = read(&shop.outgoing.get(PROVIDER, &url, Some(token)).await?)?;
                if info.app_id != self.app_id {
                    return Err(refused(PROVIDER, "token_of_another_app", ProviderError::Untrusted));
                }
                let account = self.me(shop, token).await?;
                if account.subject != info.id.to_string() {
                    return Err(refused(PROVIDER, "token_of_another_user", ProviderError::Untrusted));
                }
                Ok(account)
            }
            ClientToken::Id { token, nonce } => {
                let claims = self.application.claims(shop, token, nonce.clone()).await?;
                Ok(ProviderAccount {
                    provider: PROVIDER,
                    // The token has no `email_verified`, so nothing may be linked by it.
                    email: claims.email.as_deref().and_then(|text| Email::parse(text).ok()),
                    email_verified: false,
                    name: claims.nickname.as_deref().and_then(|text| PersonName::parse(text).ok()),
                    phone: None,
                    sealed_token: None,
                    subject: claims.sub,
                })
            }
        }
    }

    async fn me(&self, shop: &Workshop, access_token: &str) -> Result<ProviderAccount, ProviderError> {
        let url = format!("{}/v2/user/me", self.api);
        let me: Me = read(&shop.outgoing.get(PROVIDER, &url, Some(access_token)).await?)?;
        let Account { profile, name, email, is_email_valid, is_email_verified, phone_number } =
            me.kakao_account;
        let name = name.or(profile.nickname).or(me.properties.nickname);
        let email = email.and_then(|text| Email::parse(text).ok());
        Ok(ProviderAccount {
            provider: PROVIDER,
            subject: me.id.to_string(),
            email_verified: email.is_some() && is_email_valid && is_email_verified,
            email,
            name: name.and_then(|text| PersonName::parse(text).ok()),
            phone: phone_number.as_deref().and_then(phone),
            sealed_token: None,
        })
    }

    /// Whether a notice carries our admin key and names our application.
    pub(super) fn is_unlink_notice(&self, authorization: &str, app_id: &str) -> bool {
        let Some(admin_key) = &self.admin_key else { return false };
        let expected = format!("KakaoAK {}", revealed(admin_key));
        constant_time_eq(authorization.as_bytes(), expected.as_bytes()) && app_id == self.app_id.to_string()
    }

    /// Unlinks the account; needs the admin key.
    pub(super) async fn release(&self, shop: &Workshop, release: &Release) -> Result<(), ProviderError> {
        let Some(admin_key) = &self.admin_key else { return Ok(()) };
        let authorization = format!("KakaoAK {}", revealed(admin_key));
        let url = format!("{}/v1/user/unlink", self.api);
        let form = [("target_id_type", "user_id"), ("target_id", release.subject.as_str())];
        let reply = shop.outgoing.post(PROVIDER, &url, Some(authorization), &form).await?;
        // -101: not linked, which is what was wanted.
        match reply.json::<Failure>() {
            Some(Failure { code: -101 }) => Ok(()),
            Some(Failure { code }) => Err(failed(code)),
            None if reply.status.is_success() => Ok(()),
            None => Err(ProviderError::Unavailable),
        }
    }
}

fn read<T: DeserializeOwned>(reply: &Reply) -> Result<T, ProviderError> {
    if let Some(Failure { code }) = reply.json() {
        return Err(failed(code));
    }
    reply.json().ok_or_else(|| refused(PROVIDER, "no_answer", ProviderError::Unavailable))
}

fn failed(code: i64) -> ProviderError {
    let meaning = match code {
        // Internal fault, quota, maintenance.
        -1 | -10 | -9798 => ProviderError::Unavailable,
        // Not enabled, no permission, deprecated, blocked or unknown application, missing consent of the application.
        -3 | -5 | -9 | -12 | -301 | -402 => ProviderError::Misconfigured,
        _ => ProviderError::Refused,
    };
    refused(PROVIDER, &code.to_string(), meaning)
}

/// Kakao writes `+82 10-1234-5678` as well as `+82 010-1234-5678`.
fn phone(text: &str) -> Option<Phone> {
    Phone::parse(text.replacen("+82 0", "+82 ", 1)).ok()
}
