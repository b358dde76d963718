//! What is served of classes.

use actix_web::{HttpRequest, HttpResponse, delete, get, http::header::ACCEPT_LANGUAGE, patch, post, put};
use chrono::NaiveDate;
use madang_domain::{
    idempotency::StoredAnswer,
    ids::{ClassId, CourseId},
    learning::classes::{Class, ClassChanges, ClassFilter, ClassSort, CopiedClass},
    page::Sort,
};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    ClassPage, ClassResponse, CopiedClassResponse, closing,
    requests::{CopyClassRequest, CreateClassRequest, ReplaceClassRequest, UpdateClassRequest},
};
use crate::{
    answer,
    problem::{FieldFault, Language, Problem},
    request::{Authenticated, Body, Id, Once, Params, bad_parameter, day_parameter, if_match, list_query},
    routes::shapes::search,
    state::App,
};

/// The routes of classes.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(list_classes)
        .service(create_class)
        .service(get_class)
        .service(replace_class)
        .service(update_class)
        .service(deactivate_class)
        .service(copy_class)
        .service(closing::preview_closing)
        .service(closing::close_class)
        .service(closing::reopen_class);
}

list_query! {
    /// The query of `GET /courses/{id}/classes`.
    ListClassesQuery, sort = ClassSort, sortable = "`title`, `begin_date`, `end_date`, `created_at`", {
        /// Finds any part of the title, whatever its width, case, composition or spaces; also by initial consonants (`ㅅㅊㅎ`).
        #[param(max_length = 100, example = "3기")]
        q: Option<String>,
        /// Active, or deactivated. Who does not manage the catalogue sees active classes only.
        #[param(example = true)]
        is_active: Option<bool>,
        /// Classes that end on this day or later.
        #[param(example = "2026-09-01")]
        from: Option<NaiveDate>,
        /// Classes that begin on this day or earlier.
        #[param(example = "2026-12-31")]
        to: Option<NaiveDate>,
    }
}

/// List the classes of a course.
///
/// The latest to begin first, unless `sort` says otherwise. The classes of a deactivated course stay in sight of those
/// who manage the catalogue or teach. 강의의 수업 목록.
#[utoipa::path(tag = "classes", params(("id" = Uuid, Path, description = "The id of the course."), ListClassesQuery),
    responses((status = 200, description = "One page of classes.", body = ClassPage)))]
#[get("/courses/{id}/classes")]
async fn list_classes(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<CourseId>,
    query: Params<ListClassesQuery>,
) -> Result<HttpResponse, Problem> {
    let app = App::of(&request)?;
    let query = query.0;
    let filter = ClassFilter {
        course_id: None,
        search: search(query.q.as_deref())?,
        is_active: query.is_active,
        from: day_parameter("from", query.from)?,
        to: day_parameter("to", query.to)?,
    };
    if filter.from.zip(filter.to).is_some_and(|(from, to)| to < from) {
        return Err(bad_parameter("to", FieldFault::Reversed));
    }
    let sort = Sort::descending(ClassSort::BeginDate);
    answer::list::<_, _, ClassPage, _, ClassResponse, _>(
        &request,
        &query,
        filter,
        sort,
        async move |listing| app.services().classes.list(&caller, id.0, listing).await,
    )
    .await
}

/// Create a class.
///
/// Plans a run of a course, whether or not the course is still in the catalogue. For managers. 수업 등록.
#[utoipa::path(tag = "classes", params(("id" = Uuid, Path, description = "The id of the course.")), request_body = CreateClassRequest,
    responses((status = 201, description = "The new class.", body = ClassResponse)))]
#[post("/courses/{id}/classes")]
async fn create_class(
    once: Once,
    caller: Authenticated,
    id: Id<CourseId>,
    body: Body<CreateClassRequest>,
) -> Result<HttpResponse, Problem> {
    let new = body.0.into_domain()?;
    let classes = once.app().services().classes.clone();
    once.run(Some(&caller), created, async |answering| classes.create(&caller, id.0, new, answering).await)
        .await
}

fn created(class: &Class) -> StoredAnswer {
    let body = ClassResponse::from(class.clone());
    answer::created(format_args!("classes/{}", class.id), class.stamps.version, &body)
}

/// Get a class.
///
/// Who neither manages the catalogue nor teaches the class finds active classes only. 수업 조회.
#[utoipa::path(tag = "classes", params(("id" = Uuid, Path, description = "The id of the class.")),
    responses((status = 200, description = "The class.", body = ClassResponse), (status = 304, description = "Not changed since `If-None-Match`.")))]
#[get("/classes/{id}")]
async fn get_class(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<ClassId>,
) -> Result<HttpResponse, Problem> {
    let class = App::of(&request)?.services().classes.find(&caller, id.0).await?;
    Ok(answer::resource(&request, class.stamps.version, &ClassResponse::from(class)))
}

/// Replace a class.
///
/// Every field is set; one that is absent is cleared. For managers. 수업 전체 수정.
#[utoipa::path(tag = "classes", params(("id" = Uuid, Path, description = "The id of the class.")), request_body = ReplaceClassRequest,
    responses((status = 200, description = "The changed class.", body = ClassResponse)))]
#[put("/classes/{id}")]
async fn replace_class(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<ClassId>,
    body: Body<ReplaceClassRequest>,
) -> Result<HttpResponse, Problem> {
    change(&request, &caller, id.0, body.0.into_domain()?).await
}

/// Update a class.
///
/// A merge patch (RFC 7396): absent fields keep their value, null clears them. For managers. 수업 일부 수정.
#[utoipa::path(tag = "classes", params(("id" = Uuid, Path, description = "The id of the class.")), request_body = UpdateClassRequest,
    responses((status = 200, description = "The changed class.", body = ClassResponse)))]
#[patch("/classes/{id}")]
async fn update_class(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<ClassId>,
    body: Body<UpdateClassRequest>,
) -> Result<HttpResponse, Problem> {
    change(&request, &caller, id.0, body.0.into_domain()?).await
}

async fn change(
    request: &HttpRequest,
    caller: &Authenticated,
    id: ClassId,
    changes: ClassChanges,
) -> Result<HttpResponse, Problem> {
    let app = App::of(request)?;
    Ok(changed(app.services().classes.update(caller, id, if_match(request)?, changes).await?))
}

pub(super) fn changed(class: Class) -> HttpResponse {
    answer::changed(class.stamps.version, &ClassResponse::from(class))
}

/// Deactivate a class.
///
/// Takes it off the list of classes; its lectures, marks and certificates stay. For managers. 수업 비활성화.
#[utoipa::path(tag = "classes", params(("id" = Uuid, Path, description = "The id of the class.")),
    responses((status = 204, description = "The class is deactivated.")))]
#[delete("/classes/{id}")]
async fn deactivate_class(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<ClassId>,
) -> Result<HttpResponse, Problem> {
    App::of(&request)?.services().classes.deactivate(&caller, id.0, if_match(&request)?).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Copy a class.
///
/// Makes a new run of the same course, without its people and marks. The answer tells the days that were left out. For
/// managers. 수업 복사.
#[utoipa::path(tag = "classes", params(("id" = Uuid, Path, description = "The id of the class.")), request_body = CopyClassRequest,
    responses((status = 201, description = "The new class.", body = CopiedClassResponse)))]
#[post("/classes/{id}/copy")]
async fn copy_class(
    request: HttpRequest,
    once: Once,
    caller: Authenticated,
    id: Id<ClassId>,
    body: Body<CopyClassRequest>,
) -> Result<HttpResponse, Problem> {
    let copy = body.0.into_domain()?;
    let classes = once.app().services().classes.clone();
    let language = Language::of(request.headers().get(ACCEPT_LANGUAGE));
    let render = |copied: &CopiedClass| {
        let (id, version) = (copied.class.id, copied.class.stamps.version);
        let body = CopiedClassResponse::of(copied.clone(), language);
        answer::created(format_args!("classes/{id}"), version, &body)
    };
    once.run(Some(&caller), render, async |answering| classes.copy(&caller, id.0, copy, answering).await)
        .await
}
