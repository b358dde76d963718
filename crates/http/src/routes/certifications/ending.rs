//! Taking certifications back, and issuing others in their place.

use actix_web::{HttpRequest, HttpResponse, post};
use chrono::NaiveDate;
use madang_domain::{
    certification::{Certification, Correction, EndReason, Revocation},
    idempotency::StoredAnswer,
    ids::CertificationId,
    text::PersonName,
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::shapes::{CertificationResponse, RevocationCodeValue};
use crate::{
    answer,
    problem::Problem,
    request::{Authenticated, Body, Checks, Id, Once, if_match_given},
    state::App,
};

/// Why a certification is taken back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RevokeCertificationRequest {
    /// Why; the public sees it.
    reason_code: RevocationCodeValue,
    /// Why, in words; for the record, the public does not see it.
    #[schema(min_length = 1, max_length = 1_000, example = "출석부 확인 결과 대리 출석")]
    reason: String,
}

/// What another certification says in the place of an earlier one; what is absent is taken from the account as it is today.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReissueCertificationRequest {
    /// The name.
    #[schema(min_length = 1, max_length = 100, example = "김하늘")]
    name: Option<String>,
    /// The name in Latin letters.
    #[schema(min_length = 1, max_length = 100, example = "Kim Haneul")]
    name_roman: Option<String>,
    /// When the user was born.
    #[schema(example = "1990-05-15")]
    birth_date: Option<NaiveDate>,
    /// Why.
    #[schema(min_length = 1, max_length = 1_000, example = "개명")]
    reason: String,
}

/// Why a certification is renewed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RenewCertificationRequest {
    /// Why.
    #[schema(min_length = 1, max_length = 1_000, example = "보수교육 이수")]
    reason: String,
}

fn created(issued: &Certification) -> StoredAnswer {
    let body = CertificationResponse::from(issued.clone());
    answer::created(format_args!("certifications/{}", issued.id), issued.stamps.version, &body)
}

/// Revoke a certification.
///
/// It stays on record and its code answers `revoked`, with the date and the reason code. Needs `If-Match` with the `ETag` of the certification. For managers and who may
/// issue certifications. 수료 취소.
#[utoipa::path(tag = "certifications", params(("id" = Uuid, Path, description = "The id of the certification.")),
    request_body = RevokeCertificationRequest,
    responses((status = 200, description = "The certification.", body = CertificationResponse)))]
#[post("/certifications/{id}/revoke")]
pub(super) async fn revoke_certification(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<CertificationId>,
    body: Body<RevokeCertificationRequest>,
) -> Result<HttpResponse, Problem> {
    let expected = if_match_given(&request)?;
    let mut checks = Checks::new();
    let reason = checks.value("/reason", EndReason::parse(body.0.reason));
    let code = body.0.reason_code.into();
    let revocation = checks.done(|| Some(Revocation { code, reason: reason? }))?;
    let certifications = App::of(&request)?.services().certifications.clone();
    let revoked = certifications.revoke(&caller, id.0, expected, revocation).await?;
    Ok(answer::changed(revoked.stamps.version, &CertificationResponse::from(revoked)))
}

/// Reissue a certification.
///
/// Another one, with a number and a code of its own, takes the place of one that names somebody wrongly; the old code leads to the new.
/// Needs `If-Match` with the `ETag` of the old one. For managers and who may issue certifications. 수료증 재발급(정정).
#[utoipa::path(tag = "certifications", params(("id" = Uuid, Path, description = "The id of the certification.")),
    request_body = ReissueCertificationRequest,
    responses((status = 201, description = "The new certification.", body = CertificationResponse)))]
#[post("/certifications/{id}/reissue")]
pub(super) async fn reissue_certification(
    request: HttpRequest,
    once: Once,
    caller: Authenticated,
    id: Id<CertificationId>,
    body: Body<ReissueCertificationRequest>,
) -> Result<HttpResponse, Problem> {
    let expected = if_match_given(&request)?;
    let ReissueCertificationRequest { name, name_roman, birth_date, reason } = body.0;
    let mut checks = Checks::new();
    let name = checks.optional("/name", name, PersonName::parse);
    let name_roman = checks.optional("/name_roman", name_roman, PersonName::parse);
    let birth_date = checks.optional_day("/birth_date", birth_date);
    let reason = checks.value("/reason", EndReason::parse(reason));
    let correction = checks.done(|| {
        Some(Correction { name: name?, name_roman: name_roman?, birth_date: birth_date?, reason: reason? })
    })?;
    let certifications = once.app().services().certifications.clone();
    once.run(Some(&caller), created, async |answering| {
        certifications.reissue(&caller, id.0, expected, correction, answering).await
    })
    .await
}

/// Renew a certification.
///
/// Another one takes the place of one that expires or has expired, for as long as the completion rule of the course says today. Needs
/// `If-Match` with the `ETag` of the old one. For managers and who may issue certifications. 수료 갱신.
#[utoipa::path(tag = "certifications", params(("id" = Uuid, Path, description = "The id of the certification.")),
    request_body = RenewCertificationRequest,
    responses((status = 201, description = "The new certification.", body = CertificationResponse)))]
#[post("/certifications/{id}/renew")]
pub(super) async fn renew_certification(
    request: HttpRequest,
    once: Once,
    caller: Authenticated,
    id: Id<CertificationId>,
    body: Body<RenewCertificationRequest>,
) -> Result<HttpResponse, Problem> {
    let expected = if_match_given(&request)?;
    let mut checks = Checks::new();
    let reason = checks.value("/reason", EndReason::parse(body.0.reason));
    let reason = checks.done(|| reason)?;
    let certifications = once.app().services().certifications.clone();
    once.run(Some(&caller), created, async |answering| {
        certifications.renew(&caller, id.0, expected, reason, answering).await
    })
    .await
}
