//! Merging `temp` users into real ones: looking first, choosing, merging, undoing.

use std::collections::HashMap;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, post};
use chrono::{DateTime, Utc};
use madang_domain::{
    accounts::User,
    ids::{LectureId, UserId},
    merging::{
        CertificationClash, Holdings, KeepRule, MarkChoices, MarkClash, MergeError, MergePreview, PlaceClash,
        PlacedMark, Side,
    },
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::UserResponse;
use crate::{
    answer,
    problem::{FieldFault, Problem},
    request::{Authenticated, Body, Id, Once},
    routes::{attendances::AttendanceStatusValue, shapes::choices},
    state::App,
};

/// The most lectures for which one request chooses.
const MAX_CHOICES: usize = 1_000;

/// The routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(preview_user_merge).service(merge_user).service(undo_user_merge);
}

choices! {
    /// Whose record stays.
    MergeSide for Side { Temp, Real }
}
choices! {
    /// By which rule one of two marks at a lecture is chosen: the `temp` user's, the real user's, or the one that says that the
    /// learner was there or else was excused (the real user's where both say the same). The list may grow.
    MergeKeepRule for KeepRule { Temp, Real, Attended }
}

/// Which of two marks at one lecture stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MarkChoice {
    /// The lecture.
    #[schema(example = "01980000-0000-7000-8000-000000000003")]
    lecture_id: Uuid,
    /// Whose mark stays.
    keep: MergeSide,
}

/// Into whom a `temp` user is merged, and what stays where both are marked.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MergeUserRequest {
    /// The real user, who gets everything.
    #[schema(example = "01980000-0000-7000-8000-000000000001")]
    into: Uuid,
    /// Which mark stays where both are marked at a lecture; absent leaves that to `marks`.
    #[schema(nullable = false)]
    keep_marks: Option<MergeKeepRule>,
    /// Which mark stays at single lectures, whatever `keep_marks` says.
    #[serde(default)]
    #[schema(max_items = 1_000)]
    marks: Vec<MarkChoice>,
}

impl MergeUserRequest {
    fn into_domain(self) -> Result<(UserId, MarkChoices), Problem> {
        if self.marks.len() > MAX_CHOICES {
            return Err(Problem::invalid_field("/marks", FieldFault::TooLong { max: MAX_CHOICES }));
        }
        let mut lectures = HashMap::new();
        for (index, choice) in self.marks.into_iter().enumerate() {
            if lectures.insert(LectureId(choice.lecture_id), choice.keep.into()).is_some() {
                return Err(Problem::invalid_field(&format!("/marks/{index}/lecture_id"), FieldFault::Twice));
            }
        }
        Ok((UserId(self.into), MarkChoices { lectures, rule: self.keep_marks.map(Into::into) }))
    }
}

/// What a merge would do, and what stands in its way.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MergePreview)]
pub struct MergePreviewResponse {
    /// Whether nothing stands in the way.
    mergeable: bool,
    /// How much of the `temp` user would change hands.
    holdings: MergeHoldings,
    /// The lectures at which both are marked; a choice is needed for each.
    #[schema(max_items = 100_000)]
    marks: Vec<MarkClashResponse>,
    /// The courses for which both have a certification; one has to be revoked first.
    #[schema(max_items = 10_000)]
    certifications: Vec<CertificationClashResponse>,
    /// Places in one class at one time that can't become one; one has to be ended first.
    #[schema(max_items = 10_000)]
    enrolments: Vec<PlaceClashResponse>,
}

/// How much hangs on a user.
#[derive(Debug, Serialize, ToSchema)]
pub struct MergeHoldings {
    /// Enrolments, also those that are waited for.
    #[schema(minimum = 0, example = 1)]
    enrolments: u64,
    /// Marks.
    #[schema(minimum = 0, example = 8)]
    attendances: u64,
    /// Requests for leave.
    #[schema(minimum = 0, example = 0)]
    leave_requests: u64,
    /// Certifications.
    #[schema(minimum = 0, example = 1)]
    certifications: u64,
}

impl From<Holdings> for MergeHoldings {
    fn from(holdings: Holdings) -> Self {
        let Holdings { enrolments, attendances, leave_requests, certifications } = holdings;
        Self { enrolments, attendances, leave_requests, certifications }
    }
}

/// A lecture at which both are marked.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MergeMarkClash)]
pub struct MarkClashResponse {
    /// The lecture.
    lecture_id: Uuid,
    /// Its title.
    #[schema(example = "1차시")]
    lecture_title: String,
    /// When it starts.
    lecture_date: DateTime<Utc>,
    /// Its class.
    class_id: Uuid,
    /// Whether the class is closed, so that a mark that gives way changes what was closed.
    class_closed: bool,
    /// The mark of the `temp` user.
    temp: ClashingMark,
    /// The mark of the real user.
    real: ClashingMark,
    /// Whose stays, by the choices of the request; null where none says so.
    keep: Option<MergeSide>,
}

/// One of two marks at a lecture.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MergeMark)]
pub struct ClashingMark {
    /// The mark.
    attendance_id: Uuid,
    /// What it says.
    status: AttendanceStatusValue,
    /// When the learner came; null where nobody noted it.
    checked_at: Option<DateTime<Utc>>,
}

impl From<PlacedMark> for ClashingMark {
    fn from(placed: PlacedMark) -> Self {
        let mark = placed.attendance.mark;
        Self {
            attendance_id: placed.attendance.id.0,
            status: mark.status.into(),
            checked_at: mark.checked_at,
        }
    }
}

impl From<MarkClash> for MarkClashResponse {
    fn from(clash: MarkClash) -> Self {
        Self {
            lecture_id: clash.temp.attendance.lecture_id.0,
            lecture_title: clash.temp.lecture_title.clone(),
            lecture_date: clash.temp.lecture_date,
            class_id: clash.temp.class_id.0,
            class_closed: clash.temp.closed,
            temp: clash.temp.into(),
            real: clash.real.into(),
            keep: clash.keep.map(Into::into),
        }
    }
}

/// A course for which both have a certification.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MergeCertificationClash)]
pub struct CertificationClashResponse {
    /// The course.
    course_id: Uuid,
    /// The certification of the `temp` user.
    temp: Uuid,
    /// The certification of the real user.
    real: Uuid,
}

impl From<CertificationClash> for CertificationClashResponse {
    fn from(clash: CertificationClash) -> Self {
        Self { course_id: clash.course_id.0, temp: clash.temp.0, real: clash.real.0 }
    }
}

/// Two places in one class at one time that can't become one.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MergePlaceClash)]
pub struct PlaceClashResponse {
    /// The class.
    class_id: Uuid,
    /// One enrolment.
    temp: Uuid,
    /// The other one.
    real: Uuid,
}

impl From<PlaceClash> for PlaceClashResponse {
    fn from(clash: PlaceClash) -> Self {
        Self { class_id: clash.class_id.0, temp: clash.temp.0, real: clash.real.0 }
    }
}

impl From<MergePreview> for MergePreviewResponse {
    fn from(preview: MergePreview) -> Self {
        Self {
            mergeable: preview.is_clear(),
            holdings: preview.holdings.into(),
            marks: preview.marks.into_iter().map(Into::into).collect(),
            certifications: preview.certifications.into_iter().map(Into::into).collect(),
            enrolments: preview.places.into_iter().map(Into::into).collect(),
        }
    }
}

/// Look at what a merge would do.
///
/// Tells how much would change hands, and where both users have something of which there can be only one, with what the choices of
/// the request make of it. Nothing is changed. For managers. 임시 사용자 합치기 미리 보기.
#[utoipa::path(tag = "users", params(("id" = Uuid, Path, description = "The id of the `temp` user.")), request_body = MergeUserRequest,
    responses((status = 200, description = "What the merge would do.", body = MergePreviewResponse)))]
#[post("/users/{id}/merge/preview")]
async fn preview_user_merge(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<UserId>,
    body: Body<MergeUserRequest>,
) -> Result<HttpResponse, Problem> {
    let (into, choices) = body.0.into_domain()?;
    let preview = App::of(&request)?.services().merging.preview(&caller, id.0, into, &choices).await?;
    Ok(HttpResponse::Ok().json(MergePreviewResponse::from(preview)))
}

/// Merge a temp user.
///
/// Gives every mark, enrolment, leave request and certification of a `temp` user to a real one and deactivates the `temp` user. Where
/// both are marked at a lecture, `marks` or `keep_marks` say which mark stays; without that, and where both have a certification for
/// a course or places that can't become one, the answer is 409 `MERGE_CONFLICT`, whose `errors` name each, and nothing is changed. It can be
/// undone for 30 days. For managers. 임시 사용자 합치기.
#[utoipa::path(tag = "users", params(("id" = Uuid, Path, description = "The id of the `temp` user.")), request_body = MergeUserRequest,
    responses((status = 200, description = "The real user.", body = UserResponse)))]
#[post("/users/{id}/merge")]
async fn merge_user(
    once: Once,
    caller: Authenticated,
    id: Id<UserId>,
    body: Body<MergeUserRequest>,
) -> Result<HttpResponse, Problem> {
    let (into, choices) = body.0.into_domain()?;
    let app = once.app().clone();
    let render = |user: &User| answer::created_many(StatusCode::OK, &UserResponse::from(user.clone()));
    once.run(Some(&caller), render, async |answering| {
        let user = app.services().merging.merge(&caller, id.0, into, &choices, answering).await?;
        app.forget_caller(id.0);
        app.forget_caller(into);
        Ok::<_, MergeError>(user)
    })
    .await
}

/// Undo the merge of a temp user.
///
/// Within 30 days everything that changed hands goes back to the `temp` user, who is active again; marks that gave way come back. What was
/// recorded after the merge stays with the real user. 409 `MERGE_CHANGED_SINCE` where an enrolment that the merge joined, or a mark
/// that would come back, was changed since: nothing is undone then. For managers. 합치기 되돌리기.
#[utoipa::path(tag = "users", params(("id" = Uuid, Path, description = "The id of the `temp` user.")),
    responses((status = 200, description = "The `temp` user, active again.", body = UserResponse)))]
#[post("/users/{id}/merge/undo")]
async fn undo_user_merge(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<UserId>,
) -> Result<HttpResponse, Problem> {
    let app = App::of(&request)?;
    let user = app.services().merging.undo(&caller, id.0).await?;
    app.forget_caller(id.0);
    Ok(answer::changed(user.version, &UserResponse::from(user)))
}
