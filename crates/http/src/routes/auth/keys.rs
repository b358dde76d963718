//! The public keys with which others can verify access tokens.

use actix_web::{HttpRequest, HttpResponse, get, http::header::CACHE_CONTROL};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{problem::Problem, state::App};

/// The routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(get_signing_keys);
}

/// A JWK set (RFC 7517).
#[derive(Serialize, ToSchema)]
#[schema(as = JwkSet)]
struct JwkSetResponse {
    /// The keys: the one that signs first.
    #[schema(max_items = 100)]
    keys: Vec<JwkResponse>,
}

/// A public key (RFC 8037).
#[derive(Serialize, ToSchema)]
#[schema(as = Jwk)]
struct JwkResponse {
    /// The kind of key.
    #[schema(example = "OKP")]
    kty: String,
    /// The curve.
    #[schema(example = "Ed25519")]
    crv: String,
    /// The public key.
    #[schema(example = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")]
    x: String,
    /// The name by which tokens refer to it.
    #[schema(example = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")]
    kid: String,
    /// What it is for.
    #[serde(rename = "use")]
    #[schema(example = "sig")]
    usage: String,
    /// The one algorithm that goes with it.
    #[schema(example = "EdDSA")]
    alg: String,
}

/// Get the public keys.
///
/// With these others verify access tokens: the key that signs, the one that comes next, and those whose last tokens still live. Empty
/// where tokens are signed with a shared secret. Also at `/.well-known/jwks.json`. 서명 공개 키.
#[utoipa::path(tag = "auth", security(()), responses((status = 200, description = "The public keys.", body = JwkSetResponse)))]
#[get("/.well-known/jwks.json")]
async fn get_signing_keys(request: HttpRequest) -> Result<HttpResponse, Problem> {
    let keys: Value = App::of(&request)?.tokens().jwks();
    Ok(HttpResponse::Ok().insert_header((CACHE_CONTROL, "public, max-age=300")).json(keys))
}
