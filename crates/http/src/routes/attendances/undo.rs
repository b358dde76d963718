//! Marking everybody but a few, and undoing what a bulk request did.

use actix_web::{HttpRequest, HttpResponse, http::header::ACCEPT_LANGUAGE, post};
use madang_domain::{
    attendance::{BulkDone, BulkMode, NewAttendance, OnExisting, UndoOutcome, Undone},
    ids::{AttendanceBatchId, LectureId, UserId},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{
    bulk::{BulkItemProblem, BulkModeValue, OnExistingValue, answer_to},
    shapes::CreateAttendanceRequest,
};
use crate::{
    problem::{FieldFault, Language, Problem},
    request::{Authenticated, BulkBody, Checks, Id, Once, Params},
    state::App,
};

/// The most exceptions.
const MAX_EXCEPT: usize = 5_000;

/// The query of `POST /lectures/{id}/attendances/all-present`.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AllPresentQuery {
    /// What to do about marks that exist already: `keep`, unless another is asked for.
    #[param(inline = false)]
    on_existing: Option<OnExistingValue>,
}

/// Who is not simply present.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MarkAllPresentRequest {
    /// The exceptions, each with a mark of its own.
    #[schema(max_items = 5_000)]
    except: Vec<CreateAttendanceRequest>,
}

impl MarkAllPresentRequest {
    fn into_domain(self) -> Result<Vec<NewAttendance>, Problem> {
        if self.except.len() > MAX_EXCEPT {
            return Err(Problem::invalid_field("/except", FieldFault::TooLong { max: MAX_EXCEPT }));
        }
        let mut checks = Checks::new();
        let except: Option<Vec<_>> = self
            .except
            .into_iter()
            .enumerate()
            .map(|(index, item)| item.checked(&mut checks, &format!("/except/{index}")))
            .collect();
        checks.done(|| except)
    }
}

/// Mark all learners of a lecture present, except some.
///
/// Everybody who is expected gets a mark, all or none; those in `except` get the mark that stands there. Marks that exist already stay as they are, unless
/// `on_existing` says otherwise. For managers and the lecturers and assistants of the class. 전원 출석.
#[utoipa::path(tag = "attendances", params(("id" = Uuid, Path, description = "The id of the lecture."), AllPresentQuery), request_body = MarkAllPresentRequest,
    responses((status = 201, description = "Every mark: the exceptions in order, then everybody else by name.", body = super::bulk::AttendanceList)))]
#[post("/lectures/{id}/attendances/all-present")]
pub(super) async fn mark_all_present(
    once: Once,
    caller: Authenticated,
    id: Id<LectureId>,
    query: Params<AllPresentQuery>,
    body: BulkBody<MarkAllPresentRequest>,
) -> Result<HttpResponse, Problem> {
    let except = body.0.into_domain()?;
    let on_existing = query.0.on_existing.map_or(OnExisting::Keep, Into::into);
    let attendances = once.app().services().attendances.clone();
    let render = |done: &BulkDone| answer_to(BulkMode::Atomic, done, Language::Korean);
    once.run(Some(&caller), render, async |answering| {
        attendances.mark_all_present(&caller, id.0, except, on_existing, answering).await
    })
    .await
}

/// The query of `POST /attendance-batches/{id}/undo`.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UndoBatchQuery {
    /// `atomic` (everything or nothing) unless `partial` is asked for (what was not changed since).
    #[param(inline = false)]
    mode: Option<BulkModeValue>,
}

/// What was undone.
#[derive(Debug, Serialize, ToSchema)]
pub struct UndoneBatch {
    /// The bulk request that was undone.
    batch_id: Uuid,
    /// One result for each mark that it had made or replaced.
    #[schema(max_items = 100_000)]
    items: Vec<UndoneMark>,
}

/// What became of one mark.
#[derive(Debug, Serialize, ToSchema)]
pub struct UndoneMark {
    /// Whose.
    user_id: Uuid,
    /// What became of it.
    outcome: UndoOutcomeValue,
    /// Why it was left as it is; null where it was not.
    problem: Option<BulkItemProblem>,
}

/// What became of one mark: there is none again, it says again what it said, it was left as it is. The list may grow.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = UndoOutcome)]
pub enum UndoOutcomeValue {
    /// There is none again.
    Removed,
    /// It says again what it said.
    Restored,
    /// It was changed since, and left as it is.
    Refused,
}

impl UndoneMark {
    fn of((user, outcome): &(UserId, UndoOutcome), language: Language) -> Self {
        let (outcome, problem) = match outcome {
            UndoOutcome::Removed => (UndoOutcomeValue::Removed, None),
            UndoOutcome::Restored => (UndoOutcomeValue::Restored, None),
            UndoOutcome::Refused(refusal) => {
                (UndoOutcomeValue::Refused, Some(BulkItemProblem::of(*refusal, language)))
            }
        };
        Self { user_id: user.0, outcome, problem }
    }
}

/// Undo what a bulk request did.
///
/// Marks that it made are removed, marks that it replaced say again what they said before; `batch_id` stands in its answer. A mark that was changed since is
/// refused: nothing is undone then, unless `mode=partial`. For managers and the lecturers and assistants of the class. 일괄 기록 되돌리기.
#[utoipa::path(tag = "attendances", params(("id" = Uuid, Path, description = "The `batch_id` of a bulk request."), UndoBatchQuery),
    responses((status = 200, description = "What became of each mark.", body = UndoneBatch)))]
#[post("/attendance-batches/{id}/undo")]
pub(super) async fn undo_attendance_batch(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<AttendanceBatchId>,
    query: Params<UndoBatchQuery>,
) -> Result<HttpResponse, Problem> {
    let app = App::of(&request)?;
    let mode = query.0.mode.map(Into::into).unwrap_or_default();
    let language = Language::of(request.headers().get(ACCEPT_LANGUAGE));
    let undone: Undone = app.services().attendances.undo(&caller, id.0, mode).await?;
    let items = undone.iter().map(|one| UndoneMark::of(one, language)).collect();
    Ok(HttpResponse::Ok().json(UndoneBatch { batch_id: id.0.0, items }))
}
