//! What goes in and out at a sign-in through a provider.

use chrono::{DateTime, Utc};
use madang_domain::{
    accounts::identities::{
        ClientToken, CodeGrant, Credential, FlowProof, Identity, Provider, ProviderReply,
    },
    text::PersonName,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    problem::{FieldFault, Problem},
    request::Checks,
    routes::{auth::TokenResponse, shapes::choices},
};

choices! {
    /// Where people sign in who do not use a password. The list may grow.
    ProviderValue for Provider { Kakao, Naver, Google, Apple }
}

/// The providers that this installation offers.
#[derive(Serialize, ToSchema)]
#[schema(as = Providers)]
pub struct ProvidersResponse {
    /// Their names, as they stand in addresses.
    #[schema(max_items = 4, example = json!(["kakao", "google"]))]
    pub items: Vec<ProviderValue>,
}

/// The query of `GET /auth/{provider}`.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct BeginQuery {
    /// Answers 302 to the provider in place of its address: for links that a browser follows.
    #[param(default = false, example = false)]
    pub redirect: Option<bool>,
    /// Where the provider sends the code, for a client that receives it by itself; one of the addresses of the settings.
    #[param(max_length = 2_000, example = "https://app.example.org/sign-in/kakao")]
    pub redirect_uri: Option<String>,
    /// Where our callback sends the browser in the end; one of the addresses of the settings.
    #[param(max_length = 2_000, example = "https://app.example.org/signed-in")]
    pub return_to: Option<String>,
}

/// Which identity is to be linked.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BeginLinkRequest {
    /// Where it is.
    pub provider: ProviderValue,
    /// Where the provider sends the code, for a client that receives it by itself; one of the addresses of the settings.
    #[schema(max_length = 2_000, example = "https://app.example.org/link/kakao")]
    pub redirect_uri: Option<String>,
    /// Where our callback sends the browser in the end; one of the addresses of the settings.
    #[schema(max_length = 2_000, example = "https://app.example.org/linked")]
    pub return_to: Option<String>,
}

/// Where to sign in.
#[derive(Serialize, ToSchema)]
#[schema(as = Authorization)]
pub struct AuthorizationResponse {
    /// The address at the provider to which the browser goes.
    #[schema(example = "https://kauth.kakao.com/oauth/authorize?response_type=code&client_id=…")]
    pub authorization_url: String,
}

/// What a provider sends the browser back with. Others that it may add are passed over.
#[derive(Deserialize, IntoParams, ToSchema)]
#[into_params(parameter_in = Query)]
pub struct CallbackRequest {
    /// What went to the provider.
    #[param(max_length = 200)]
    #[schema(max_length = 200)]
    state: Option<String>,
    /// The code, where the user agreed.
    #[param(max_length = 4_000)]
    #[schema(max_length = 4_000)]
    code: Option<String>,
    /// Why there is none.
    #[param(max_length = 200, example = "access_denied")]
    #[schema(max_length = 200, example = "access_denied")]
    error: Option<String>,
    /// What Apple tells of the user, once.
    #[param(max_length = 4_000)]
    #[schema(max_length = 4_000, example = "{\"name\":{\"firstName\":\"길동\",\"lastName\":\"홍\"}}")]
    user: Option<String>,
}

impl CallbackRequest {
    pub fn into_domain(self, browser: String) -> ProviderReply {
        ProviderReply {
            state: self.state.unwrap_or_default(),
            code: self.code.filter(|_| self.error.is_none()),
            browser,
            profile: self.user,
        }
    }
}

/// What a client brings that went to the provider by itself: one of `code`, `access_token`, `id_token`, `ticket`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SocialCredentialRequest {
    /// The code that the provider gave.
    #[schema(max_length = 4_000, example = "4f2c…")]
    code: Option<String>,
    /// With a code: the state with which it came, where `GET /auth/{provider}` began the sign-in.
    #[schema(max_length = 200)]
    state: Option<String>,
    /// With a code: the PKCE verifier (RFC 7636), where the client began the sign-in.
    #[schema(min_length = 43, max_length = 128, example = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")]
    code_verifier: Option<String>,
    /// With a verifier: where the provider sent the code; one of the addresses of the settings.
    #[schema(max_length = 2_000, example = "https://app.example.org/sign-in/kakao")]
    redirect_uri: Option<String>,
    /// An access token of Kakao; it must have been made for our application.
    #[schema(max_length = 4_000)]
    access_token: Option<String>,
    /// An ID token of Kakao, Google or Apple; it must have been made for our application.
    #[schema(max_length = 16_000)]
    id_token: Option<String>,
    /// With an ID token or a verifier: the nonce that the client drew. A token with a nonce needs it.
    #[schema(max_length = 200)]
    nonce: Option<String>,
    /// What our callback gave to `return_to`; it holds for a minute.
    #[schema(max_length = 200)]
    ticket: Option<String>,
    /// What a new user is called, where the provider tells no name: Apple tells it to a native app only.
    #[schema(max_length = 100, example = "홍길동")]
    name: Option<String>,
}

/// What a client brings, turned into what the domain knows.
pub enum Brought {
    /// Something to be proven at the provider, and what a new user is called.
    Credential(Credential, Option<PersonName>),
    /// What our callback gave.
    Ticket(String),
}

impl SocialCredentialRequest {
    pub fn into_domain(self, browser: String) -> Result<Brought, Problem> {
        let mut checks = Checks::new();
        let name = checks.optional("/name", self.name, PersonName::parse);
        let credential = match (self.code, self.access_token, self.id_token, self.ticket) {
            (Some(code), None, None, None) => match (self.state, self.code_verifier, self.redirect_uri) {
                (Some(state), None, _) => {
                    let reply = ProviderReply { state, code: Some(code), browser, profile: None };
                    Some(Credential::Reply(reply))
                }
                (None, Some(verifier), Some(redirect_uri)) => {
                    let proof = FlowProof::Client { verifier, nonce: self.nonce };
                    Some(Credential::Code(CodeGrant { code, redirect_uri, proof, profile: None }))
                }
                (Some(_), Some(_), _) => {
                    checks.fault("/code_verifier", FieldFault::Inconsistent);
                    None
                }
                (None, Some(_), None) => {
                    checks.fault("/redirect_uri", FieldFault::Missing);
                    None
                }
                (None, None, _) => {
                    checks.fault("/code_verifier", FieldFault::Missing);
                    None
                }
            },
            (None, Some(token), None, None) => Some(Credential::Token(ClientToken::Access(token))),
            (None, None, Some(token), None) => {
                Some(Credential::Token(ClientToken::Id { token, nonce: self.nonce }))
            }
            (None, None, None, Some(ticket)) => return Ok(Brought::Ticket(ticket)),
            (None, None, None, None) => {
                checks.fault("/code", FieldFault::Missing);
                None
            }
            _ => {
                checks.fault("/code", FieldFault::Inconsistent);
                None
            }
        };
        checks.done(|| Some(Brought::Credential(credential?, name?)))
    }
}

/// Which identity is to be linked, and what proves it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkIdentityRequest {
    /// Where it is.
    pub provider: ProviderValue,
    /// What proves it.
    pub credential: SocialCredentialRequest,
}

/// An account at a provider with which a user signs in.
#[derive(Serialize, ToSchema)]
#[schema(as = Identity)]
pub struct IdentityResponse {
    /// The id.
    id: Uuid,
    /// Where it is.
    provider: ProviderValue,
    /// The id of the account there.
    #[schema(example = "123456789")]
    subject: String,
    /// The e-mail address of the account there, where its owner lets it be told.
    #[schema(example = "haneul@example.org")]
    email: Option<String>,
    /// Whether the provider says that the address is its owner's.
    email_verified: bool,
    /// When it was linked.
    linked_at: DateTime<Utc>,
    /// When it was last used to sign in.
    last_used_at: DateTime<Utc>,
}

impl From<Identity> for IdentityResponse {
    fn from(identity: Identity) -> Self {
        Self {
            id: identity.id.0,
            provider: identity.provider.into(),
            subject: identity.subject,
            email: identity.email.map(Into::into),
            email_verified: identity.email_verified,
            linked_at: identity.linked_at,
            last_used_at: identity.last_used_at,
        }
    }
}

/// One's own identities.
#[derive(Serialize, ToSchema)]
#[schema(as = Identities)]
pub struct IdentitiesResponse {
    /// In the order in which they were linked; one of each provider at most.
    #[schema(max_items = 4)]
    pub items: Vec<IdentityResponse>,
}

/// What a sign-in at our callback came to.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = FinishedSignIn)]
pub enum FinishedResponse {
    /// The tokens of whom signed in.
    Token(TokenResponse),
    /// The identity that was linked.
    Identity(IdentityResponse),
}

/// What Kakao tells when somebody unlinks an account.
#[derive(Deserialize, IntoParams, ToSchema)]
#[into_params(parameter_in = Query)]
pub struct UnlinkNoticeRequest {
    /// The id of our application.
    #[param(max_length = 40, example = "1234")]
    #[schema(max_length = 40, example = "1234")]
    pub app_id: Option<String>,
    /// Whose account it was.
    #[param(max_length = 40, example = "123456789")]
    #[schema(max_length = 40, example = "123456789")]
    pub user_id: Option<String>,
    /// Why.
    #[param(max_length = 40, example = "UNLINK_FROM_APPS")]
    #[schema(max_length = 40, example = "UNLINK_FROM_APPS")]
    #[expect(dead_code, reason = "whatever the reason, the link is gone")]
    pub referrer_type: Option<String>,
}
