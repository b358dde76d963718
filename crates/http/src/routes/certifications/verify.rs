//! What the public is told of a certificate.

use actix_web::{HttpRequest, HttpResponse, get, http::header::CACHE_CONTROL};
use chrono::{DateTime, NaiveDate, Utc};
use madang_domain::certification::{
    Knowledge, Successor, Verification, VerificationCode, VerifiedCertificate, VerifiedState,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{number, shapes::RevocationCodeValue};
use crate::{
    problem::Problem,
    request::{Params, day_parameter},
    state::App,
};

/// How a certificate stands, as the public is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = VerifiedState)]
pub enum VerifiedStateValue {
    /// It holds.
    Valid,
    /// Its time is over.
    Expired,
    /// It was taken back.
    Revoked,
    /// Another one took its place.
    Superseded,
    /// There is no such certificate.
    Unknown,
}

/// What is known of a code. Every answer has every field, whatever the code.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Verification)]
pub struct VerificationResponse {
    /// How the certificate stands.
    state: VerifiedStateValue,
    /// Since when it does not hold any more; null while it does.
    ended_at: Option<DateTime<Utc>>,
    /// Why it was revoked; null unless it was.
    reason_code: Option<RevocationCodeValue>,
    /// The certificate that took its place; null unless one did.
    superseded_by: Option<SuccessorResponse>,
    /// Whether the number or the birth date that was sent is right, so that the name is shown whole.
    #[schema(example = false)]
    is_disclosed: bool,
    /// The name of the holder, hidden in part unless it is disclosed.
    #[schema(example = "홍*동")]
    name: Option<String>,
    /// The same in Latin letters; null where it is not known.
    #[schema(example = "H*** G******")]
    name_roman: Option<String>,
    /// The number as it is printed, where it is disclosed.
    #[schema(example = "제2026-0123호")]
    number: Option<String>,
    /// The title of the course.
    #[schema(example = "수채화 기초")]
    course_title: Option<String>,
    /// The first day of the course.
    begin_date: Option<NaiveDate>,
    /// The last day of the course.
    end_date: Option<NaiveDate>,
    /// Whole hours of planned time; null where they are not known.
    #[schema(minimum = 0, example = 20)]
    hours: Option<u64>,
    /// The day of issue.
    issued_on: Option<NaiveDate>,
    /// The last day on which it holds; null where it holds for good.
    valid_until: Option<NaiveDate>,
    /// Who issued it.
    #[schema(example = "마당평생교육원")]
    issuer: Option<String>,
}

/// The certificate that took the place of another.
#[derive(Debug, Serialize, ToSchema)]
pub struct SuccessorResponse {
    /// Its code.
    #[schema(example = "7ZQ4-K0XW-93HM-T2BD-8")]
    code: String,
    /// Its number as it is printed, where the older one is disclosed.
    #[schema(example = "제2026-0124호")]
    number: Option<String>,
    /// When it was issued.
    issued_at: DateTime<Utc>,
}

impl From<Verification> for VerificationResponse {
    fn from(verification: Verification) -> Self {
        let Verification { state, certificate } = verification;
        let is_disclosed = certificate.as_ref().is_some_and(|one| one.is_disclosed);
        let successor = |one: Successor| SuccessorResponse {
            code: one.code.for_people(),
            number: is_disclosed.then(|| one.number.for_people()),
            issued_at: one.issued_at,
        };
        let (state, ended_at, reason_code, superseded_by) = match state {
            VerifiedState::Valid => (VerifiedStateValue::Valid, None, None, None),
            VerifiedState::Expired { at } => (VerifiedStateValue::Expired, Some(at), None, None),
            VerifiedState::Revoked { at, code } => {
                (VerifiedStateValue::Revoked, Some(at), Some(code.into()), None)
            }
            VerifiedState::Superseded { at, by } => {
                (VerifiedStateValue::Superseded, Some(at), None, by.map(successor))
            }
            VerifiedState::Unknown => (VerifiedStateValue::Unknown, None, None, None),
        };
        let of = |certificate: Option<VerifiedCertificate>| Self {
            state,
            ended_at,
            reason_code,
            superseded_by,
            is_disclosed,
            begin_date: certificate.as_ref().and_then(|one| one.period).map(|(begin, _)| begin),
            end_date: certificate.as_ref().and_then(|one| one.period).map(|(_, end)| end),
            hours: certificate.as_ref().and_then(|one| one.hours),
            issued_on: certificate.as_ref().map(|one| one.issued_on),
            valid_until: certificate.as_ref().and_then(|one| one.valid_until),
            number: certificate.as_ref().and_then(|one| one.number).map(|number| number.for_people()),
            name: certificate.as_ref().map(|one| one.name.clone()),
            name_roman: certificate.as_ref().and_then(|one| one.name_roman.clone()),
            course_title: certificate.as_ref().map(|one| one.course_title.clone()),
            issuer: certificate.map(|one| one.issuer),
        };
        of(certificate)
    }
}

/// The query of `GET /verify/{code}`.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct VerifyQuery {
    /// The number of the certificate, if one knows it: then the name is shown whole.
    #[param(max_length = 20, example = "2026-0123")]
    number: Option<String>,
    /// When its holder was born, if one knows it: then the name is shown whole.
    #[param(example = "1990-05-15")]
    birth_date: Option<NaiveDate>,
}

/// Verify a certificate.
///
/// For everybody, without signing in: whether the certificate with this code holds, has expired, was revoked or superseded. A code that
/// does not exist is answered in the same form, as `unknown`. Codes may be typed in any case, with or without hyphens. Unknown codes
/// and wrong numbers or birth dates count as guesses, of which there are few in a quarter of an hour. 수료증 진위 확인.
#[utoipa::path(tag = "certifications", security(()),
    params(("code" = String, Path, description = "The code on the certificate.", max_length = 64, example = "7ZQ4-K0XW-93HM-T2BD-8"), VerifyQuery),
    responses((status = 200, description = "What is known of the code.", body = VerificationResponse)))]
#[get("/verify/{code}")]
pub(super) async fn verify_certification(
    request: HttpRequest,
    query: Params<VerifyQuery>,
) -> Result<HttpResponse, Problem> {
    let knowledge = Knowledge {
        number: number("number", query.0.number.as_deref())?,
        birth_date: day_parameter("birth_date", query.0.birth_date)?,
    };
    let verification = verified(&request, knowledge).await?;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(VerificationResponse::from(verification)))
}

/// Looks a code up, after it has been counted as a guess; what was right is given back.
async fn verified(request: &HttpRequest, knowledge: Knowledge) -> Result<Verification, Problem> {
    let app = App::of(request)?;
    let gate = app.gate();
    let look = gate.look(request).await?;
    let typed = request.match_info().get("code").unwrap_or_default();
    let Ok(code) = VerificationCode::parse(typed) else { return Ok(Verification::UNKNOWN) };
    let guess = if knowledge.is_claimed() {
        // However many ask, the birth date of one holder can't be found by trying.
        Some(gate.guess(request, &format!("certificate {code}"), async |_| Ok(false)).await?)
    } else {
        None
    };
    let verification = app.services().certifications.verify(code, knowledge).await?;
    if let Some(certificate) = &verification.certificate {
        look.was_known().await;
        if let (true, Some(guess)) = (certificate.is_disclosed, guess) {
            guess.was_right().await;
        }
    }
    Ok(verification)
}
