//! What one does through one's mail: setting a new password, verifying the address.

use actix_web::{HttpRequest, HttpResponse, post};
use madang_domain::{accounts::recovery::RecoveryError, text::Email};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    envelope::RequestId,
    problem::Problem,
    request::{Authenticated, Body},
    state::App,
};

/// The routes.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(forgot_password)
        .service(reset_password)
        .service(request_email_verification)
        .service(verify_email);
}

/// The address of an account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ForgotPasswordRequest {
    /// Where the link is to be sent, if an account has this address.
    #[schema(max_length = 254, format = Email, example = "haneul@example.org")]
    email: String,
}

/// A new password, and what proves that one may set it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResetPasswordRequest {
    /// The token of the link.
    #[schema(min_length = 1, max_length = 200, example = "mdm_4fJ0d2Z3bXkq0yXc1Rb7m8sQWvT5uNnLh6aGzKpEoIY")]
    token: String,
    /// The new password: 8 characters or more of any kind.
    #[schema(min_length = 8, max_length = 1_024, format = Password, example = "낮잠자는-강아지-8")]
    new_password: String,
}

/// What proves that one reads the mail of an address.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VerifyEmailRequest {
    /// The token of the link.
    #[schema(min_length = 1, max_length = 200, example = "mdm_4fJ0d2Z3bXkq0yXc1Rb7m8sQWvT5uNnLh6aGzKpEoIY")]
    token: String,
}

/// Ask for a new password.
///
/// Always 202, whether or not an account has the address. If one has, a mail brings a link that is good for 30 minutes and
/// one use. 비밀번호 찾기.
#[utoipa::path(tag = "auth", security(()), request_body = ForgotPasswordRequest,
    responses((status = 202, description = "If an account has the address, a mail is on its way.")))]
#[post("/auth/forgot-password")]
async fn forgot_password(
    request: HttpRequest,
    body: Body<ForgotPasswordRequest>,
) -> Result<HttpResponse, Problem> {
    let email = Email::parse(body.0.email).map_err(|fault| Problem::invalid_field("/email", fault.into()))?;
    let app = App::of(&request)?;
    // Every mail counts like a wrong guess: nobody floods a mailbox.
    let mailbox = format!("mailbox:{}", email.as_str().to_ascii_lowercase());
    app.gate().guess(&request, &mailbox, async |_| Ok(false)).await?;
    app.services().recovery.forgot_password(&email).await?;
    Ok(HttpResponse::Accepted().finish())
}

/// Set a new password.
///
/// By the token of a link from a mail, which is used up. Every session of the account ends: sign in with the new password.
/// 비밀번호 재설정.
#[utoipa::path(tag = "auth", security(()), request_body = ResetPasswordRequest,
    responses((status = 204, description = "The password is changed.")))]
#[post("/auth/reset-password")]
async fn reset_password(
    request: HttpRequest,
    body: Body<ResetPasswordRequest>,
) -> Result<HttpResponse, Problem> {
    let ResetPasswordRequest { token, new_password } = body.0;
    let app = App::of(&request)?;
    let request_id = RequestId::of(&request);
    let user =
        presented(&request, app.services().recovery.reset_password(&token, &new_password, &request_id))
            .await?;
    app.forget_caller(user);
    Ok(HttpResponse::NoContent().finish())
}

/// Ask for a mail that verifies one's address.
///
/// It brings a link that is good for 24 hours and one use; none is sent where the address is verified already.
/// 이메일 인증 요청.
#[utoipa::path(tag = "auth", responses((status = 202, description = "A mail is on its way, unless the address is verified.")))]
#[post("/auth/verify-email/request")]
async fn request_email_verification(
    request: HttpRequest,
    caller: Authenticated,
) -> Result<HttpResponse, Problem> {
    let app = App::of(&request)?;
    let mailbox = format!("mailbox:{}", caller.id()?);
    app.gate().guess(&request, &mailbox, async |_| Ok(false)).await?;
    app.services().recovery.request_verification(&caller).await?;
    Ok(HttpResponse::Accepted().finish())
}

/// Verify an address.
///
/// By the token of a link from a mail, which is used up. 409 `EMAIL_TAKEN` where another account has verified the address.
/// 이메일 인증.
#[utoipa::path(tag = "auth", security(()), request_body = VerifyEmailRequest,
    responses((status = 204, description = "The address is verified.")))]
#[post("/auth/verify-email")]
async fn verify_email(request: HttpRequest, body: Body<VerifyEmailRequest>) -> Result<HttpResponse, Problem> {
    let app = App::of(&request)?;
    let request_id = RequestId::of(&request);
    let user = presented(&request, app.services().recovery.verify_email(&body.0.token, &request_id)).await?;
    app.forget_caller(user);
    Ok(HttpResponse::NoContent().finish())
}

/// Does what the token of a link allows, and counts one that allows nothing.
async fn presented<T>(
    request: &HttpRequest,
    attempt: impl Future<Output = Result<T, RecoveryError>>,
) -> Result<T, Problem> {
    let app = App::of(request)?;
    let guess = app.gate().token(request).await?;
    let outcome = attempt.await;
    if !matches!(outcome, Err(RecoveryError::TokenInvalid)) {
        guess.was_none().await;
    }
    Ok(outcome?)
}
