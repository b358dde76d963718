//! What looks odd about check-ins, for staff.

use actix_web::{HttpRequest, HttpResponse, get};
use madang_domain::{
    attendance::capture::{Suspicion, SuspicionReason},
    ids::LectureId,
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    problem::Problem,
    request::{Authenticated, Id},
    routes::shapes::UserSummaryResponse,
    state::App,
};

/// Check-ins that look odd.
#[derive(Debug, Serialize, ToSchema)]
pub struct SuspicionList {
    /// The oddest first.
    #[schema(max_items = 100_000)]
    items: Vec<SuspicionResponse>,
}

/// One check-in that looks odd.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Suspicion)]
pub struct SuspicionResponse {
    /// Whose.
    user: UserSummaryResponse,
    /// The mark.
    attendance_id: Uuid,
    /// How odd.
    #[schema(minimum = 20, maximum = 100, example = 60)]
    score: u8,
    /// Why.
    #[schema(max_items = 5)]
    reasons: Vec<SuspicionReasonResponse>,
}

/// Why a check-in looks odd.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SuspicionReason)]
pub struct SuspicionReasonResponse {
    /// `shared_device`, `other_network`, `after_its_step`, `typed` or `handed_in_later`. The list may grow.
    #[schema(example = "shared_device")]
    code: String,
    /// How many people checked in with the device; null for the other reasons.
    #[schema(minimum = 2, example = 2)]
    people: Option<usize>,
    /// As a person reads it.
    #[schema(example = "한 기기로 2명이 출석했습니다.")]
    message: String,
}

impl From<SuspicionReason> for SuspicionReasonResponse {
    fn from(reason: SuspicionReason) -> Self {
        let (code, people, message) = match reason {
            SuspicionReason::SharedDevice { people } => {
                ("shared_device", Some(people), format!("한 기기로 {people}명이 출석했습니다."))
            }
            SuspicionReason::OtherNetwork => {
                ("other_network", None, "대부분의 수강생과 다른 네트워크입니다.".to_owned())
            }
            SuspicionReason::AfterItsStep => {
                ("after_its_step", None, "코드가 바뀐 뒤에 제출되었습니다.".to_owned())
            }
            SuspicionReason::Typed => ("typed", None, "QR을 찍지 않고 숫자를 입력했습니다.".to_owned()),
            SuspicionReason::HandedInLater => {
                ("handed_in_later", None, "기기에 저장했다가 나중에 제출했습니다.".to_owned())
            }
        };
        Self { code: code.to_owned(), people, message }
    }
}

impl From<Suspicion> for SuspicionResponse {
    fn from(suspicion: Suspicion) -> Self {
        Self {
            user: suspicion.user.into(),
            attendance_id: suspicion.attendance_id.0,
            score: suspicion.score,
            reasons: suspicion.reasons.into_iter().map(Into::into).collect(),
        }
    }
}

/// List the check-ins of a lecture that look odd.
///
/// One device for many people, or a code that seems to have been passed on to elsewhere. Nobody is kept out for it, and a class behind one address is
/// normal. For managers and the lecturers and assistants of the class. 의심스러운 출석.
#[utoipa::path(tag = "attendances", params(("id" = Uuid, Path, description = "The id of the lecture.")),
    responses((status = 200, description = "The oddest first; none where nothing looks odd.", body = SuspicionList)))]
#[get("/lectures/{id}/check-in-suspicions")]
pub(super) async fn list_check_in_suspicions(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<LectureId>,
) -> Result<HttpResponse, Problem> {
    let suspicions = App::of(&request)?.services().capture.suspicions(&caller, id.0).await?;
    Ok(HttpResponse::Ok().json(SuspicionList { items: suspicions.into_iter().map(Into::into).collect() }))
}
