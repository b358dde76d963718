//! One's own identities: seeing, linking and unlinking them.

use actix_web::{HttpRequest, HttpResponse, delete, get, post};
use madang_domain::{accounts::identities::Provider, ids::IdentityId};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    begun, cookie,
    shapes::{
        AuthorizationResponse, BeginLinkRequest, Brought, IdentitiesResponse, IdentityResponse,
        LinkIdentityRequest,
    },
};
use crate::{
    problem::{FieldFault, Problem},
    request::{Authenticated, Body, Id},
    state::App,
};

/// The routes.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(list_identities)
        .service(begin_identity_link)
        .service(link_identity)
        .service(unlink_identity);
}

/// List one's own identities.
///
/// The accounts at providers with which one signs in. 연결된 소셜 계정.
#[utoipa::path(tag = "auth", responses((status = 200, description = "One's own identities.", body = IdentitiesResponse)))]
#[get("/users/me/identities")]
async fn list_identities(request: HttpRequest, caller: Authenticated) -> Result<HttpResponse, Problem> {
    let identities = App::of(&request)?.services().identities.list(&caller).await?;
    let items = identities.into_iter().map(IdentityResponse::from).collect();
    Ok(HttpResponse::Ok().json(IdentitiesResponse { items }))
}

/// Begin to link an identity.
///
/// Gives the address at the provider to which the browser goes, and a cookie that ties the link to this browser. It is
/// finished at the callback, or by `POST /users/me/identities`. 소셜 계정 연결 시작.
#[utoipa::path(tag = "auth", request_body = BeginLinkRequest,
    responses((status = 200, description = "Where to sign in.", body = AuthorizationResponse)))]
#[post("/users/me/identities/authorization")]
async fn begin_identity_link(
    request: HttpRequest,
    caller: Authenticated,
    body: Body<BeginLinkRequest>,
) -> Result<HttpResponse, Problem> {
    let app = App::of(&request)?;
    let identities = &app.services().identities;
    let BeginLinkRequest { provider, redirect_uri, return_to } = body.0;
    let (provider, secure) = (Provider::from(provider), identities.is_reached_securely());
    let held = Some(cookie::held(&request, provider, secure)).filter(|secret| !secret.is_empty());
    let flow = identities.begin(provider, Some(&caller), redirect_uri, return_to, held).await?;
    Ok(begun(provider, secure, flow, false))
}

/// Link an identity.
///
/// With what a provider gave to the client, as in `POST /auth/social/{provider}`. Linking one's own once more changes
/// nothing. 소셜 계정 연결.
#[utoipa::path(tag = "auth", request_body = LinkIdentityRequest,
    responses((status = 200, description = "The linked identity.", body = IdentityResponse)))]
#[post("/users/me/identities")]
async fn link_identity(
    request: HttpRequest,
    caller: Authenticated,
    body: Body<LinkIdentityRequest>,
) -> Result<HttpResponse, Problem> {
    let app = App::of(&request)?;
    let identities = &app.services().identities;
    let LinkIdentityRequest { provider, credential } = body.0;
    let provider = Provider::from(provider);
    let held = cookie::held(&request, provider, identities.is_reached_securely());
    let credential = match credential.into_domain(held)? {
        Brought::Credential(credential, _) => credential,
        Brought::Ticket(_) => {
            return Err(Problem::invalid_field("/credential/ticket", FieldFault::Inconsistent));
        }
    };
    let identity = identities.link(&caller, provider, credential).await?;
    Ok(HttpResponse::Ok().json(IdentityResponse::from(identity)))
}

/// Unlink an identity.
///
/// The last one can be unlinked by a user with a password only. Tokens of Apple are revoked. 소셜 계정 연결 해제.
#[utoipa::path(tag = "auth", params(("id" = uuid::Uuid, Path, description = "The id of the identity.")),
    responses((status = 204, description = "The identity is unlinked.")))]
#[delete("/users/me/identities/{id}")]
async fn unlink_identity(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<IdentityId>,
) -> Result<HttpResponse, Problem> {
    App::of(&request)?.services().identities.unlink(&caller, id.0).await?;
    Ok(HttpResponse::NoContent().finish())
}
