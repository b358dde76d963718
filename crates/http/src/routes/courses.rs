//! Courses (강의).

use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post, put};
use chrono::{DateTime, Utc};
use madang_domain::{
    ids::CourseId,
    learning::courses::{
        Course, CourseChanges, CourseDescription, CourseFilter, CourseKeyword, CourseSort, CourseTitle,
        NewCourse,
    },
    page::Sort,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::shapes::{page_of, search};
use crate::{
    answer,
    problem::Problem,
    request::{Authenticated, Body, Checks, Id, Once, Params, clearable, if_match, list_query, present},
    state::App,
};

/// The routes of courses.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(list_courses)
        .service(create_course)
        .service(get_course)
        .service(replace_course)
        .service(update_course)
        .service(deactivate_course);
}

/// A programme in the catalogue.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Course)]
pub struct CourseResponse {
    /// The id.
    id: Uuid,
    /// The title.
    #[schema(example = "수채화 기초")]
    title: String,
    /// What it is about.
    #[schema(example = "물과 색을 다루는 첫걸음")]
    description: Option<String>,
    /// Keywords.
    #[schema(example = "미술")]
    keyword: Option<String>,
    /// False once it has been taken out of the catalogue.
    is_active: bool,
    /// When it came to be.
    created_at: DateTime<Utc>,
    /// Who made it; null for the system itself.
    created_by: Option<Uuid>,
    /// When it was last changed.
    updated_at: DateTime<Utc>,
    /// Who last changed it; null for the system itself.
    updated_by: Option<Uuid>,
    /// Grows by one with each change; the `ETag`.
    #[schema(minimum = 1, example = 1)]
    version: i32,
}

impl From<Course> for CourseResponse {
    fn from(course: Course) -> Self {
        Self {
            id: course.id.0,
            title: course.title.into(),
            description: course.description.map(Into::into),
            keyword: course.keyword.map(Into::into),
            is_active: course.is_active,
            created_at: course.stamps.created_at,
            created_by: course.stamps.created_by.map(|id| id.0),
            updated_at: course.stamps.updated_at,
            updated_by: course.stamps.updated_by.map(|id| id.0),
            version: course.stamps.version,
        }
    }
}

page_of!(CoursePage of CourseResponse, "One page of courses.");

/// A course to be made, or the whole of a course that is replaced.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateCourseRequest {
    /// The title.
    #[schema(min_length = 1, max_length = 200, example = "수채화 기초")]
    title: String,
    /// What it is about.
    #[schema(max_length = 10_000, example = "물과 색을 다루는 첫걸음")]
    description: Option<String>,
    /// Keywords.
    #[schema(max_length = 500, example = "미술")]
    keyword: Option<String>,
}

impl CreateCourseRequest {
    fn into_domain(self) -> Result<NewCourse, Problem> {
        let mut checks = Checks::new();
        let title = checks.value("/title", CourseTitle::parse(self.title));
        let description = checks.optional("/description", self.description, CourseDescription::parse);
        let keyword = checks.optional("/keyword", self.keyword, CourseKeyword::parse);
        checks.done(|| Some(NewCourse { title: title?, description: description?, keyword: keyword? }))
    }
}

/// The whole of a course.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplaceCourseRequest {
    /// The title.
    #[schema(min_length = 1, max_length = 200, example = "수채화 기초")]
    title: String,
    /// What it is about; null or absent for nothing.
    #[schema(max_length = 10_000)]
    description: Option<String>,
    /// Keywords; null or absent for none.
    #[schema(max_length = 500, example = "미술")]
    keyword: Option<String>,
    /// Whether it is in the catalogue.
    is_active: bool,
}

impl ReplaceCourseRequest {
    fn into_domain(self) -> Result<CourseChanges, Problem> {
        let mut checks = Checks::new();
        let title = checks.value("/title", CourseTitle::parse(self.title));
        let description = checks.optional("/description", self.description, CourseDescription::parse);
        let keyword = checks.optional("/keyword", self.keyword, CourseKeyword::parse);
        checks.done(|| {
            Some(CourseChanges {
                title: Some(title?),
                description: Some(description?),
                keyword: Some(keyword?),
                is_active: Some(self.is_active),
            })
        })
    }
}

/// What changes on a course (merge patch): absent keeps, null clears.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateCourseRequest {
    /// Another title.
    #[serde(default, deserialize_with = "present")]
    #[schema(min_length = 1, max_length = 200, nullable = false)]
    title: Option<String>,
    /// Another description; null clears it.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<String>, max_length = 10_000)]
    description: Option<Option<String>>,
    /// Other keywords; null clears them.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<String>, max_length = 500, example = "미술, 초급")]
    keyword: Option<Option<String>>,
    /// Out of the catalogue, or back in.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    is_active: Option<bool>,
}

impl UpdateCourseRequest {
    fn into_domain(self) -> Result<CourseChanges, Problem> {
        let mut checks = Checks::new();
        let title = checks.optional("/title", self.title, CourseTitle::parse);
        let description = checks.clearable("/description", self.description, CourseDescription::parse);
        let keyword = checks.clearable("/keyword", self.keyword, CourseKeyword::parse);
        checks.done(|| {
            Some(CourseChanges {
                title: title?,
                description: description?,
                keyword: keyword?,
                is_active: self.is_active,
            })
        })
    }
}

list_query! {
    /// The query of `GET /courses`.
    ListCoursesQuery, sort = CourseSort, sortable = "-created_at,title,updated_at", {
        /// Finds any part of title and keywords, whatever its width, case, composition or spaces; also by initial consonants (`ㅅㅊㅎ`).
        #[param(max_length = 100, example = "수채화")]
        q: Option<String>,
        /// Exactly these keywords.
        #[param(max_length = 500)]
        keyword: Option<String>,
        /// In the catalogue, or taken out of it. Who does not manage the catalogue sees active courses only.
        is_active: Option<bool>,
    }
}

/// List courses.
///
/// Newest first, unless `sort` says otherwise. 강의 목록.
#[utoipa::path(tag = "courses", params(ListCoursesQuery), responses((status = 200, description = "One page of courses.", body = CoursePage)))]
#[get("/courses")]
async fn list_courses(
    request: HttpRequest,
    caller: Authenticated,
    query: Params<ListCoursesQuery>,
) -> Result<HttpResponse, Problem> {
    let app = App::of(&request)?;
    let query = query.0;
    let filter = CourseFilter {
        search: search(query.q.as_deref())?,
        keyword: query.keyword.clone(),
        is_active: query.is_active,
    };
    let sort = Sort::descending(CourseSort::CreatedAt);
    answer::list::<_, _, CoursePage, _, CourseResponse, _>(
        &request,
        &query,
        filter,
        sort,
        async move |listing| app.services().courses.list(&caller, listing).await,
    )
    .await
}

/// Create a course.
///
/// Puts a course into the catalogue. For managers. 강의 등록.
#[utoipa::path(tag = "courses", request_body = CreateCourseRequest,
    responses((status = 201, description = "The new course.", body = CourseResponse)))]
#[post("/courses")]
async fn create_course(
    once: Once,
    caller: Authenticated,
    body: Body<CreateCourseRequest>,
) -> Result<HttpResponse, Problem> {
    let new = body.0.into_domain()?;
    let courses = once.app().services().courses.clone();
    let render = |course: &Course| {
        let body = CourseResponse::from(course.clone());
        answer::created(format_args!("courses/{}", course.id), course.stamps.version, &body)
    };
    once.run(Some(&caller), render, async |answering| courses.create(&caller, new, answering).await).await
}

/// Get a course.
///
/// Who does not manage the catalogue finds active courses only. 강의 조회.
#[utoipa::path(tag = "courses", params(("id" = Uuid, Path, description = "The id of the course.")),
    responses((status = 200, description = "The course.", body = CourseResponse), (status = 304, description = "Not changed since `If-None-Match`.")))]
#[get("/courses/{id}")]
async fn get_course(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<CourseId>,
) -> Result<HttpResponse, Problem> {
    let course = App::of(&request)?.services().courses.find(&caller, id.0).await?;
    Ok(answer::resource(&request, course.stamps.version, &CourseResponse::from(course)))
}

/// Replace a course.
///
/// Every field is set; one that is absent is cleared. For managers. 강의 전체 수정.
#[utoipa::path(tag = "courses", params(("id" = Uuid, Path, description = "The id of the course.")), request_body = ReplaceCourseRequest,
    responses((status = 200, description = "The changed course.", body = CourseResponse)))]
#[put("/courses/{id}")]
async fn replace_course(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<CourseId>,
    body: Body<ReplaceCourseRequest>,
) -> Result<HttpResponse, Problem> {
    change(&request, &caller, id.0, body.0.into_domain()?).await
}

/// Update a course.
///
/// A merge patch (RFC 7396): absent fields keep their value, null clears them. For managers. 강의 일부 수정.
#[utoipa::path(tag = "courses", params(("id" = Uuid, Path, description = "The id of the course.")), request_body = UpdateCourseRequest,
    responses((status = 200, description = "The changed course.", body = CourseResponse)))]
#[patch("/courses/{id}")]
async fn update_course(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<CourseId>,
    body: Body<UpdateCourseRequest>,
) -> Result<HttpResponse, Problem> {
    change(&request, &caller, id.0, body.0.into_domain()?).await
}

async fn change(
    request: &HttpRequest,
    caller: &Authenticated,
    id: CourseId,
    changes: CourseChanges,
) -> Result<HttpResponse, Problem> {
    let courses = &App::of(request)?.services().courses.clone();
    let course = courses.update(caller, id, if_match(request)?, changes).await?;
    Ok(answer::changed(course.stamps.version, &CourseResponse::from(course)))
}

/// Deactivate a course.
///
/// Takes it out of the catalogue; its classes, marks and certificates stay. For managers. 강의 비활성화.
#[utoipa::path(tag = "courses", params(("id" = Uuid, Path, description = "The id of the course.")),
    responses((status = 204, description = "The course is out of the catalogue.")))]
#[delete("/courses/{id}")]
async fn deactivate_course(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<CourseId>,
) -> Result<HttpResponse, Problem> {
    App::of(&request)?.services().courses.deactivate(&caller, id.0, if_match(&request)?).await?;
    Ok(HttpResponse::NoContent().finish())
}
