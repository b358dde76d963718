//! Marking many learners at one lecture in one request.
//!
//! A request whose shape is wrong is refused whole in both modes; `mode` says what a refused mark does to the others.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header::ACCEPT_LANGUAGE},
    post,
};
use madang_domain::{
    attendance::{Attendance, BulkDone, BulkMode, BulkOutcome, MAX_BULK, NewAttendance, OnExisting, Refusal},
    idempotency::StoredAnswer,
    ids::LectureId,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::shapes::{AttendanceResponse, CreateAttendanceRequest};
use crate::{
    answer,
    problem::{FieldFault, Language, Problem},
    request::{Authenticated, BulkBody, Checks, Id, Once, Params},
    routes::shapes::choices,
};

choices! {
    /// Whether one refused mark stops them all, or only itself.
    BulkModeValue for BulkMode { Atomic, Partial }
}
choices! {
    /// What becomes of marks that exist already: refused, kept as they are, or replaced with the old ones in the history.
    OnExistingValue for OnExisting { Refuse, Keep, Replace }
}

/// The query of `POST /lectures/{id}/attendances/bulk`.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct BulkAttendancesQuery {
    /// `atomic` (all marks or none, 201) unless `partial` is asked for (those that can be made, 207).
    #[param(inline = false)]
    mode: Option<BulkModeValue>,
    /// What to do about marks that exist already: `refuse`, unless another is asked for.
    #[param(inline = false)]
    on_existing: Option<OnExistingValue>,
}

/// Marks to be made, one for each user.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateAttendancesRequest {
    /// The marks.
    #[schema(min_items = 1, max_items = 5_000)]
    items: Vec<CreateAttendanceRequest>,
}

impl CreateAttendancesRequest {
    fn into_domain(self) -> Result<Vec<NewAttendance>, Problem> {
        match self.items.len() {
            0 => return Err(Problem::invalid_field("/items", FieldFault::Empty)),
            1..=MAX_BULK => {}
            _ => return Err(Problem::invalid_field("/items", FieldFault::TooLong { max: MAX_BULK })),
        }
        let mut checks = Checks::new();
        let items: Option<Vec<_>> = self
            .items
            .into_iter()
            .enumerate()
            .map(|(index, item)| item.checked(&mut checks, &format!("/items/{index}")))
            .collect();
        checks.done(|| items)
    }
}

/// The marks that were made, replaced or kept.
#[derive(Debug, Serialize, ToSchema)]
pub struct AttendanceList {
    /// What the request can be undone by; null where it changed nothing.
    batch_id: Option<Uuid>,
    /// The marks, in the order of the request.
    #[schema(max_items = 5_000)]
    items: Vec<AttendanceResponse>,
}

/// What became of the marks of a request.
#[derive(Debug, Serialize, ToSchema)]
pub struct BulkAttendanceResults {
    /// What the request can be undone by; null where it changed nothing.
    batch_id: Option<Uuid>,
    /// One result for each mark, in the order of the request.
    #[schema(max_items = 5_000)]
    items: Vec<BulkAttendanceResult>,
}

/// What became of one mark of a request.
#[derive(Debug, Serialize, ToSchema)]
pub struct BulkAttendanceResult {
    /// Its place in the request, from 0.
    #[schema(minimum = 0, maximum = 4_999, example = 0)]
    index: usize,
    /// The HTTP status that it would have had by itself.
    #[schema(minimum = 200, maximum = 499, example = 201)]
    status: u16,
    /// What became of it.
    outcome: BulkOutcomeValue,
    /// The mark; null where it was refused.
    attendance: Option<AttendanceResponse>,
    /// Why it was refused; null where it was not.
    problem: Option<BulkItemProblem>,
}

/// What became of one mark: made, put in the place of another, left as it was, not made. The list may grow.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = BulkOutcome)]
pub enum BulkOutcomeValue {
    /// It was made.
    Created,
    /// It took the place of another.
    Replaced,
    /// The one that was there stayed.
    Kept,
    /// It was not made.
    Refused,
}

/// Why one item of a request was refused.
#[derive(Debug, Serialize, ToSchema)]
pub struct BulkItemProblem {
    /// What is wrong with it, as a program reads it: a code of ERRORS.md.
    #[schema(example = "NOT_ENROLLED")]
    code: String,
    /// What is wrong with it, as a person reads it.
    #[schema(example = "그 차시에 수강 등록되어 있지 않은 사용자입니다.")]
    message: String,
}

impl BulkItemProblem {
    /// Why an item was refused, in this language.
    pub(super) fn of(refusal: Refusal, language: Language) -> Self {
        let code = Problem::from(refusal).code();
        Self { code: code.as_str().to_owned(), message: code.text(language).to_owned() }
    }
}

impl BulkAttendanceResult {
    fn of(index: usize, outcome: &BulkOutcome, language: Language) -> Self {
        let done = |outcome, status: StatusCode, attendance: &Attendance| Self {
            index,
            status: status.as_u16(),
            outcome,
            attendance: Some(attendance.clone().into()),
            problem: None,
        };
        match outcome {
            BulkOutcome::Created(mark) => done(BulkOutcomeValue::Created, StatusCode::CREATED, mark),
            BulkOutcome::Replaced(mark) => done(BulkOutcomeValue::Replaced, StatusCode::OK, mark),
            BulkOutcome::Kept(mark) => done(BulkOutcomeValue::Kept, StatusCode::OK, mark),
            BulkOutcome::Refused(refusal) => Self::refused(index, *refusal, language),
        }
    }

    fn refused(index: usize, refusal: Refusal, language: Language) -> Self {
        Self {
            index,
            status: Problem::from(refusal).code().status().as_u16(),
            outcome: BulkOutcomeValue::Refused,
            attendance: None,
            problem: Some(BulkItemProblem::of(refusal, language)),
        }
    }
}

/// The answer to a bulk request.
pub(super) fn answer_to(mode: BulkMode, done: &BulkDone, language: Language) -> StoredAnswer {
    let BulkDone { batch, outcomes } = done;
    let batch_id = batch.map(|id| id.0);
    match mode {
        BulkMode::Atomic => {
            let items = outcomes.iter().filter_map(BulkOutcome::attendance).cloned().map(Into::into);
            answer::created_many(StatusCode::CREATED, &AttendanceList { batch_id, items: items.collect() })
        }
        BulkMode::Partial => {
            let items = outcomes
                .iter()
                .enumerate()
                .map(|(index, outcome)| BulkAttendanceResult::of(index, outcome, language));
            let results = BulkAttendanceResults { batch_id, items: items.collect() };
            answer::created_many(StatusCode::MULTI_STATUS, &results)
        }
    }
}

/// Mark many learners at a lecture.
///
/// Up to 5,000 marks at once: all or none, or with `mode=partial` those that can be made. The body may have 8 MiB. For managers and the lecturers and assistants of the class. 출석 일괄 기록.
#[utoipa::path(tag = "attendances", params(("id" = Uuid, Path, description = "The id of the lecture."), BulkAttendancesQuery), request_body = CreateAttendancesRequest,
    responses((status = 201, description = "Every mark, in order (`atomic`).", body = AttendanceList),
        (status = 207, description = "What became of each mark, in order (`partial`).", body = BulkAttendanceResults)))]
#[post("/lectures/{id}/attendances/bulk")]
pub(super) async fn create_attendances(
    request: HttpRequest,
    once: Once,
    caller: Authenticated,
    id: Id<LectureId>,
    query: Params<BulkAttendancesQuery>,
    body: BulkBody<CreateAttendancesRequest>,
) -> Result<HttpResponse, Problem> {
    let new = body.0.into_domain()?;
    let mode = query.0.mode.map(Into::into).unwrap_or_default();
    let on_existing = query.0.on_existing.map(Into::into).unwrap_or_default();
    let language = Language::of(request.headers().get(ACCEPT_LANGUAGE));
    let attendances = once.app().services().attendances.clone();
    let render = |done: &BulkDone| answer_to(mode, done, language);
    once.run(Some(&caller), render, async |answering| {
        attendances.create_bulk(&caller, id.0, new, mode, on_existing, answering).await
    })
    .await
}
