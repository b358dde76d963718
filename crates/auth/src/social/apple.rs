//! Apple: what is particular about it.
//!
//! The client secret is a token that we sign ourselves; the name comes once, beside the first code; the refresh token is
//! kept, sealed, because Apple wants it revoked when the account goes.

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use madang_domain::{
    accounts::identities::{ClientToken, CodeGrant, Provider, ProviderAccount, ProviderError, Release},
    text::{Email, PersonName},
};
use serde::{Deserialize, Serialize};

use super::{
    id_token::{Claims, KeySet},
    oauth::Endpoints,
    openid::Application,
    outgoing::refused,
    providers::{Workshop, revealed},
    settings::{AppleApp, AppleKeyError},
};

const PROVIDER: Provider = Provider::Apple;
const ISSUERS: [&str; 1] = ["https://appleid.apple.com"];
/// Apple takes up to 180 days; each secret is used once, at once.
const SECRET_HOLDS: TimeDelta = TimeDelta::minutes(5);

pub(super) struct Apple {
    application: Application,
    team_id: String,
    key_id: String,
    key: EncodingKey,
    host: String,
}

#[derive(Serialize)]
struct SecretClaims<'a> {
    iss: &'a str,
    iat: i64,
    exp: i64,
    aud: &'a str,
    sub: &'a str,
}

/// What is posted beside the first code.
#[derive(Deserialize)]
struct FirstConsent {
    name: Option<Name>,
}

#[derive(Deserialize)]
struct Name {
    #[serde(rename = "firstName", default)]
    first: String,
    #[serde(rename = "lastName", default)]
    last: String,
}

impl Name {
    /// 홍길동 as Koreans write it, Gil-dong Hong as others do.
    fn whole(&self) -> String {
        let hangul = |text: &str| text.chars().any(|c| ('가'..='힣').contains(&c));
        if hangul(&self.first) || hangul(&self.last) {
            format!("{}{}", self.last, self.first)
        } else {
            format!("{} {}", self.first, self.last)
        }
    }
}

impl Apple {
    pub(super) fn new(app: AppleApp, host: String) -> Result<Self, AppleKeyError> {
        let key = EncodingKey::from_ec_pem(app.private_key.expose()).map_err(|_| AppleKeyError)?;
        let application = Application {
            endpoints: Endpoints {
                provider: PROVIDER,
                client_id: app.client_id,
                authorize: format!("{host}/auth/authorize"),
                token: format!("{host}/auth/token"),
            },
            issuers: &ISSUERS,
            natives: app.bundle_ids,
            keys: KeySet::at(PROVIDER, format!("{host}/auth/keys")),
            hashes_nonces: true,
        };
        Ok(Self { application, team_id: app.team_id, key_id: app.key_id, key, host })
    }

    pub(super) fn authorization_url(
        &self,
        shop: &Workshop,
        redirect_uri: &str,
        state: &str,
    ) -> Result<String, ProviderError> {
        // With a scope, Apple insists on posting the answer.
        let extra = [("scope", "name email"), ("response_mode", "form_post")];
        self.application.authorization_url(shop, redirect_uri, state, &extra)
    }

    fn client_secret(&self, now: DateTime<Utc>) -> Result<String, ProviderError> {
        let header = Header { kid: Some(self.key_id.clone()), ..Header::new(Algorithm::ES256) };
        let claims = SecretClaims {
            iss: &self.team_id,
            iat: now.timestamp(),
            exp: (now + SECRET_HOLDS).timestamp(),
            aud: "https://appleid.apple.com",
            sub: &self.application.endpoints.client_id,
        };
        jsonwebtoken::encode(&header, &claims, &self.key)
            .map_err(|_| refused(PROVIDER, "secret_unsigned", ProviderError::Misconfigured))
    }

    pub(super) async fn redeem(
        &self,
        shop: &Workshop,
        grant: &CodeGrant,
    ) -> Result<ProviderAccount, ProviderError> {
        let secret = self.client_secret(shop.clock.now())?;
        let (tokens, claims) = self.application.redeem(shop, grant, secret).await?;
        let sealed_token = tokens.refresh().and_then(|token| shop.sealer.seal(token, &owner(&claims.sub)));
        let consent =
            grant.profile.as_deref().and_then(|text| serde_json::from_str::<FirstConsent>(text).ok());
        let name = consent.and_then(|consent| consent.name).map(|name| name.whole());
        Ok(ProviderAccount {
            name: name.and_then(|text| PersonName::parse(text).ok()),
            sealed_token,
            ..account(claims)
        })
    }

    pub(super) async fn check(
        &self,
        shop: &Workshop,
        token: &ClientToken,
    ) -> Result<ProviderAccount, ProviderError> {
        self.application.check(shop, token).await.map(account)
    }

    /// Revokes the kept refresh token.
    pub(super) async fn release(&self, shop: &Workshop, release: &Release) -> Result<(), ProviderError> {
        let Some(sealed) = &release.sealed_token else { return Ok(()) };
        let token = shop
            .sealer
            .open(sealed, &owner(&release.subject))
            .ok_or_else(|| refused(PROVIDER, "sealed_token_unreadable", ProviderError::Misconfigured))?;
        let (token, secret) = (revealed(&token), self.client_secret(shop.clock.now())?);
        let form = [
            ("client_id", self.application.endpoints.client_id.as_str()),
            ("client_secret", &secret),
            ("token", &token),
            ("token_type_hint", "refresh_token"),
        ];
        let reply = shop.outgoing.post(PROVIDER, &format!("{}/auth/revoke", self.host), None, &form).await?;
        if reply.status.is_success() {
            return Ok(());
        }
        let code = reply.error_code().unwrap_or_else(|| "revoke_failed".to_owned());
        Err(refused(PROVIDER, &code, ProviderError::Misconfigured))
    }
}

/// To whom a sealed token belongs.
fn owner(subject: &str) -> String {
    format!("apple:{subject}")
}

fn account(claims: Claims) -> ProviderAccount {
    let email = claims.email.as_deref().and_then(|text| Email::parse(text).ok());
    ProviderAccount {
        provider: PROVIDER,
        email_verified: email.is_some() && claims.email_verified,
        email,
        name: None,
        phone: None,
        sealed_token: None,
        subject: claims.sub,
    }
}
