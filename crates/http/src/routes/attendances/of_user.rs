//! The marks of one user.

use actix_web::{HttpRequest, HttpResponse, get};
use madang_domain::{
    attendance::{AttendanceFilter, AttendanceSort},
    ids::{ClassId, UserId},
    page::Sort,
};
use uuid::Uuid;

use super::shapes::{AttendancePage, AttendanceStatusValue, AttendanceViewResponse};
use crate::{
    answer,
    problem::Problem,
    request::{Authenticated, Id, Params, list_query, span},
    state::App,
};

list_query! {
    /// The query of the marks of one user.
    ListUserAttendancesQuery, sort = AttendanceSort, sortable = "`lecture_date`, `created_at`, `updated_at`, `name` (of the user)", {
        /// At lectures of this class.
        class_id: Option<Uuid>,
        /// With this status.
        #[param(inline = false)]
        status: Option<AttendanceStatusValue>,
        /// At lectures that start on this day (in Seoul) or at this moment, or later.
        #[param(max_length = 40, example = "2026-03-01")]
        from: Option<String>,
        /// At lectures that start on this day (in Seoul) at the latest, or before this moment.
        #[param(max_length = 40, example = "2026-03-31")]
        to: Option<String>,
    }
}

/// List my marks.
///
/// Of the latest lectures first, unless `sort` says otherwise. 내 출석 목록.
#[utoipa::path(tag = "attendances", params(ListUserAttendancesQuery),
    responses((status = 200, description = "One page of marks.", body = AttendancePage)))]
#[get("/users/me/attendances")]
pub(super) async fn list_my_attendances(
    request: HttpRequest,
    caller: Authenticated,
    query: Params<ListUserAttendancesQuery>,
) -> Result<HttpResponse, Problem> {
    let user = caller.id()?;
    list(&request, caller, user, query.0).await
}

/// List the marks of a user.
///
/// One's own, or anybody's for managers; of the latest lectures first, unless `sort` says otherwise. 사용자의 출석 목록.
#[utoipa::path(tag = "attendances", params(("id" = Uuid, Path, description = "The id of the user."), ListUserAttendancesQuery),
    responses((status = 200, description = "One page of marks.", body = AttendancePage)))]
#[get("/users/{id}/attendances")]
pub(super) async fn list_user_attendances(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<UserId>,
    query: Params<ListUserAttendancesQuery>,
) -> Result<HttpResponse, Problem> {
    list(&request, caller, id.0, query.0).await
}

async fn list(
    request: &HttpRequest,
    caller: Authenticated,
    user: UserId,
    query: ListUserAttendancesQuery,
) -> Result<HttpResponse, Problem> {
    let app = App::of(request)?;
    let span = span(query.from.as_deref(), query.to.as_deref())?;
    let filter = AttendanceFilter {
        user_id: Some(user),
        class_id: query.class_id.map(ClassId),
        status: query.status.map(Into::into),
        from: span.from,
        to: span.to,
        ..AttendanceFilter::default()
    };
    let sort = Sort::descending(AttendanceSort::LectureDate);
    answer::list::<_, _, AttendancePage, _, AttendanceViewResponse, _>(
        request,
        &query,
        filter,
        sort,
        async move |listing| app.services().attendances.list_of_user(&caller, user, listing).await,
    )
    .await
}
