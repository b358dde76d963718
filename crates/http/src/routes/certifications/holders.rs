//! How people are named on certificates.

use actix_web::{HttpRequest, HttpResponse, get, put};
use chrono::NaiveDate;
use madang_domain::{
    certification::{Holder, HolderDetails},
    ids::UserId,
    text::PersonName,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    answer,
    problem::Problem,
    request::{Authenticated, Body, Checks, Id, if_match},
    state::App,
};

/// How somebody is named on certificates, beside their name.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = CertificateDetails)]
pub struct CertificateDetailsResponse {
    /// The name in Latin letters; null where nobody has said.
    #[schema(example = "Kim Haneul")]
    name_roman: Option<String>,
    /// When the user was born; null where nobody has said. Whoever knows it sees the whole name when verifying.
    #[schema(example = "1990-05-15")]
    birth_date: Option<NaiveDate>,
    /// Grows by one with each change, 0 where nobody has said anything; the `ETag`.
    #[schema(minimum = 0, example = 1)]
    version: i32,
}

impl From<Holder> for CertificateDetailsResponse {
    fn from(holder: Holder) -> Self {
        Self {
            name_roman: holder.details.name_roman,
            birth_date: holder.details.birth_date,
            version: holder.stamps.version,
        }
    }
}

/// How somebody is to be named on certificates; what is absent or null is not said.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplaceCertificateDetailsRequest {
    /// The name in Latin letters.
    #[schema(min_length = 1, max_length = 100, example = "Kim Haneul")]
    name_roman: Option<String>,
    /// When the user was born.
    #[schema(example = "1990-05-15")]
    birth_date: Option<NaiveDate>,
}

/// Get the certificate details of a user.
///
/// The name in Latin letters and the birth date, as they go on certificates that are issued. One's own, or anybody's for who may see
/// users. 수료증 인적사항 조회.
#[utoipa::path(tag = "certifications", params(("id" = Uuid, Path, description = "The id of the user.")),
    responses((status = 200, description = "The details.", body = CertificateDetailsResponse), (status = 304, description = "Not changed since `If-None-Match`.")))]
#[get("/users/{id}/certificate-details")]
pub(super) async fn get_certificate_details(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<UserId>,
) -> Result<HttpResponse, Problem> {
    let holder = App::of(&request)?.services().certifications.holder(&caller, id.0).await?;
    let body = holder.map(CertificateDetailsResponse::from).unwrap_or_default();
    Ok(answer::resource(&request, body.version, &body))
}

/// Replace the certificate details of a user.
///
/// One's own, or anybody's for who manages users. Certifications that were issued stay as they are; `reissue` corrects one. 수료증 인적사항
/// 변경.
#[utoipa::path(tag = "certifications", params(("id" = Uuid, Path, description = "The id of the user.")),
    request_body = ReplaceCertificateDetailsRequest,
    responses((status = 200, description = "The details.", body = CertificateDetailsResponse)))]
#[put("/users/{id}/certificate-details")]
pub(super) async fn replace_certificate_details(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<UserId>,
    body: Body<ReplaceCertificateDetailsRequest>,
) -> Result<HttpResponse, Problem> {
    let expected = if_match(&request)?;
    let mut checks = Checks::new();
    let name_roman = checks.optional("/name_roman", body.0.name_roman, PersonName::parse);
    let birth_date = checks.optional_day("/birth_date", body.0.birth_date);
    let details = checks.done(|| {
        Some(HolderDetails { name_roman: name_roman?.map(PersonName::into), birth_date: birth_date? })
    })?;
    let certifications = App::of(&request)?.services().certifications.clone();
    let holder = certifications.name_holder(&caller, id.0, expected, details).await?;
    Ok(answer::changed(holder.stamps.version, &CertificateDetailsResponse::from(holder)))
}
