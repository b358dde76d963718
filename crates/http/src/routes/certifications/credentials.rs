//! Certificates as Open Badges 3.0: the credential, the badge it is baked into, and what verifiers ask us for.

use actix_web::{
    HttpRequest, HttpResponse, get,
    http::header::{
        ACCEPT, ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, VARY,
    },
};
use chrono::{DurationRound as _, TimeDelta};
use madang_credentials::{
    CREDENTIAL_TYPE,
    bake::{self, Baked},
    did, jwt, proof,
    status::StatusList,
};
use madang_domain::ids::CertificationId;
use serde::Deserialize;
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::{
    papers::{IssuerMethod, StatusListId, place},
    problem::{Problem, ProblemCode},
    request::{Authenticated, Id, Params},
    state::App,
};

/// How a credential is secured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CredentialFormat {
    /// JSON with a Data Integrity proof.
    Json,
    /// A JWT.
    Jwt,
}

/// How a credential names its issuer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum IssuerMethodValue {
    /// By our address: verifiers read our document once.
    DidWeb,
    /// By the key alone: verifiers need nothing else.
    DidKey,
}

/// The query of `GET /certifications/{id}/credential`.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CredentialQuery {
    /// `json`, unless `jwt` is asked for here or by `Accept: application/vc+jwt`.
    #[param(inline = false)]
    format: Option<CredentialFormat>,
    /// `did_web`, unless `did_key` is asked for.
    #[param(inline = false)]
    issuer: Option<IssuerMethodValue>,
}

/// The kind of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BadgeFormat {
    /// A bitmap.
    Png,
    /// A vector image.
    Svg,
}

/// The query of `GET /certifications/{id}/badge`.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct BadgeQuery {
    /// `png`, unless `svg` is asked for here or by `Accept`.
    #[param(inline = false)]
    format: Option<BadgeFormat>,
    /// `did_web`, unless `did_key` is asked for.
    #[param(inline = false)]
    issuer: Option<IssuerMethodValue>,
}

/// A credential, secured.
enum Credential {
    Json(Value),
    Jwt(String),
}

/// Get a certification as a credential.
///
/// An Open Badges 3.0 credential (W3C Verifiable Credential 2.0), signed with Ed25519: JSON with an `eddsa-rdfc-2022` proof, or a JWT. Anyone
/// verifies it without asking us; whether it was revoked stands on its status list. Of the holder it tells hashes only. One's own, or
/// anybody's for managers. 디지털 배지 (Open Badges).
#[utoipa::path(tag = "certifications", params(("id" = Uuid, Path, description = "The id of the certification."), CredentialQuery),
    responses((status = 200, description = "The credential.", content((Object = "application/vc+ld+json"), (String = "application/vc+jwt")))))]
#[get("/certifications/{id}/credential")]
pub(super) async fn get_credential(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<CertificationId>,
    query: Params<CredentialQuery>,
) -> Result<HttpResponse, Problem> {
    let format = query.0.format.unwrap_or_else(|| {
        if accepts(&request, jwt::MEDIA_TYPE) { CredentialFormat::Jwt } else { CredentialFormat::Json }
    });
    let (kind, body) = match credential(&request, &caller, id.0, query.0.issuer, format).await? {
        Credential::Json(credential) => (CREDENTIAL_TYPE, credential.to_string()),
        Credential::Jwt(token) => (jwt::MEDIA_TYPE, token),
    };
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, kind))
        .insert_header((CACHE_CONTROL, "private, no-cache"))
        .insert_header((VARY, "Accept"))
        .body(body))
}

/// Get a certification as a badge.
///
/// A picture with the credential baked in, for collections of badges. One's own, or anybody's for managers. 배지 그림.
#[utoipa::path(tag = "certifications", params(("id" = Uuid, Path, description = "The id of the certification."), BadgeQuery),
    responses((status = 200, description = "The badge.", content((Vec<u8> = "image/png"), (String = "image/svg+xml")))))]
#[get("/certifications/{id}/badge")]
pub(super) async fn get_badge(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<CertificationId>,
    query: Params<BadgeQuery>,
) -> Result<HttpResponse, Problem> {
    let format = query.0.format.unwrap_or_else(|| {
        if accepts(&request, "image/svg+xml") { BadgeFormat::Svg } else { BadgeFormat::Png }
    });
    let credential = credential(&request, &caller, id.0, query.0.issuer, CredentialFormat::Json).await?;
    let baked = match &credential {
        Credential::Json(credential) => Baked::Credential(credential),
        Credential::Jwt(token) => Baked::Token(token),
    };
    let failed = |_| Problem::new(ProblemCode::Internal);
    let (kind, name, body) = match format {
        BadgeFormat::Png => {
            ("image/png", "badge.png", bake::into_png(bake::BADGE_PNG, baked).map_err(failed)?)
        }
        BadgeFormat::Svg => (
            "image/svg+xml",
            "badge.svg",
            bake::into_svg(bake::BADGE_SVG, baked).map_err(failed)?.into_bytes(),
        ),
    };
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, kind))
        .insert_header((CONTENT_DISPOSITION, format!("inline; filename=\"{name}\"")))
        .insert_header((CACHE_CONTROL, "private, no-cache"))
        .insert_header((VARY, "Accept"))
        .body(body))
}

async fn credential(
    request: &HttpRequest,
    caller: &Authenticated,
    id: CertificationId,
    method: Option<IssuerMethodValue>,
    format: CredentialFormat,
) -> Result<Credential, Problem> {
    let app = App::of(request)?;
    let (certification, email) = app.services().certifications.identified(caller, id).await?;
    let keys = app.papers().keys().await?;
    let method = match method {
        Some(IssuerMethodValue::DidKey) => IssuerMethod::Key,
        Some(IssuerMethodValue::DidWeb) | None => IssuerMethod::Web,
    };
    let issuer = app.papers().issuer(&certification.snapshot.issuer.name, method, &keys);
    let did = issuer.did.clone();
    let badge = app.papers().badge(&certification, email, issuer);
    Ok(match format {
        CredentialFormat::Json => {
            // Signed as of its issue, so that it is the same each time.
            let signed = proof::sign(badge.credential(), &keys.active, &did, badge.issued_at);
            Credential::Json(signed.map_err(|error| unsigned(&error))?)
        }
        CredentialFormat::Jwt => Credential::Jwt(jwt::sign(&badge.credential(), &keys.active, &did)),
    })
}

/// Get a status list.
///
/// For everybody: which certifications of a year were revoked or superseded, as a signed `BitstringStatusListCredential` of 131,072 bits, the first
/// entry the leftmost. The id is the year and the part of its register, `2026-1`. 수료 상태 목록.
#[utoipa::path(tag = "certifications", security(()),
    params(("id" = String, Path, description = "The year, and the part of its register.", max_length = 16, example = "2026-1")),
    responses((status = 200, description = "The list.", content((Object = "application/vc+ld+json")))))]
#[get("/status-lists/{id}")]
pub(super) async fn get_status_list(request: HttpRequest) -> Result<HttpResponse, Problem> {
    let app = App::of(&request)?;
    let missing = || Problem::new(ProblemCode::NotFound);
    let register =
        StatusListId::parse(request.match_info().get("id").unwrap_or_default()).ok_or_else(missing)?;
    let (first, last) = register.range().ok_or_else(missing)?;
    let withdrawn = app.services().certifications.withdrawn(first, last).await?;
    let keys = app.papers().keys().await?;
    let issuer = app.papers().issuer(&app.services().certifications.issuer().name, IssuerMethod::Web, &keys);
    let bits = StatusList::of(withdrawn.into_iter().map(|number| place(number).1));
    // The same for some minutes, so that verifiers and caches agree.
    let now = app.now().duration_trunc(TimeDelta::minutes(5)).unwrap_or_else(|_| app.now());
    let credential =
        bits.credential(&app.papers().list_address(&register), &issuer, now, now + TimeDelta::days(1));
    let signed = proof::sign(credential, &keys.active, &issuer.did, now).map_err(|error| unsigned(&error))?;
    Ok(public(CREDENTIAL_TYPE, &signed))
}

/// Get the document of the issuer.
///
/// For everybody: the `did:web` document with every key that has ever signed a credential. Also at `/.well-known/did.json`. 발급 기관 공개 키.
#[utoipa::path(tag = "certifications", security(()),
    responses((status = 200, description = "The document.", content((Object = "application/did+json")))))]
#[get("/.well-known/did.json")]
pub(super) async fn get_issuer_document(request: HttpRequest) -> Result<HttpResponse, Problem> {
    let app = App::of(&request)?;
    let keys = app.papers().keys().await?;
    Ok(public("application/did+json", &did::document(app.papers().did(), &keys.published)))
}

/// What verifiers read, in browsers, too.
fn public(kind: &'static str, body: &Value) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, kind))
        .insert_header((CACHE_CONTROL, "public, max-age=300"))
        .insert_header((ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
        .insert_header(("cross-origin-resource-policy", "cross-origin"))
        .body(body.to_string())
}

fn unsigned(error: &madang_credentials::CanonicalError) -> Problem {
    tracing::error!(%error, "a credential could not be signed");
    Problem::new(ProblemCode::Internal)
}

fn accepts(request: &HttpRequest, kind: &str) -> bool {
    request
        .headers()
        .get(ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|accept| accept.trim_start().starts_with(kind))
}
