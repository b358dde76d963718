//! Calendars: feeds of one's own lectures for calendar programs.

use actix_web::{
    HttpRequest, HttpResponse, delete, get,
    http::header::{CACHE_CONTROL, ETAG, IF_NONE_MATCH},
    post, web,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use madang_domain::{
    ids::{CalendarId, ClassId},
    learning::calendars::{CalendarError, CalendarFeed, CalendarSort, IssuedCalendar},
    page::Sort,
};
use madang_interchange::ical::write_calendar;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use crate::{
    answer::{self, BASE},
    problem::{Problem, ProblemCode},
    request::{Authenticated, Body, Id, Once, Params, if_match, list_query},
    routes::shapes::page_of,
    state::App,
};

/// The routes of calendars.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list_calendars).service(create_calendar).service(read_calendar).service(revoke_calendar);
}

/// A calendar to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateCalendarRequest {
    /// The lectures of this class only; of all classes where it is absent or null.
    #[serde(default)]
    class_id: Option<Uuid>,
}

/// A calendar that programs can subscribe to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Calendar)]
pub struct CalendarResponse {
    /// The id.
    id: Uuid,
    /// The lectures of this class only; null for those of all classes.
    class_id: Option<Uuid>,
    /// When it was made.
    created_at: DateTime<Utc>,
}

impl From<CalendarFeed> for CalendarResponse {
    fn from(feed: CalendarFeed) -> Self {
        Self { id: feed.id.0, class_id: feed.class_id.map(|id| id.0), created_at: feed.created_at }
    }
}

/// A new calendar with its address, which is shown this once.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NewCalendar)]
pub struct NewCalendarResponse {
    /// The calendar.
    #[serde(flatten)]
    calendar: CalendarResponse,
    /// The address for the calendar program, as a path on this server; null where the answer is given again. Whoever knows it can
    /// read the calendar.
    #[schema(example = "/api/v1/calendars/mdc_3q2-7wEjRWeJq83vASNFZ4mrze8BI0VniavN7wEjRWc.ics")]
    path: Option<String>,
}

page_of!(CalendarPage of CalendarResponse, "One page of calendars.");

list_query! {
    /// The query of `GET /calendars`.
    ListCalendarsQuery, sort = CalendarSort, sortable = "`created_at`", {}
}

/// List one's own calendars.
///
/// Without their addresses, which are not kept; newest first, unless `sort` says otherwise. 내 캘린더 구독 목록.
#[utoipa::path(tag = "calendars", params(ListCalendarsQuery), responses((status = 200, description = "One page of one's own calendars.", body = CalendarPage)))]
#[get("/calendars")]
async fn list_calendars(
    request: HttpRequest,
    caller: Authenticated,
    query: Params<ListCalendarsQuery>,
) -> Result<HttpResponse, Problem> {
    let app = App::of(&request)?;
    let sort = Sort::descending(CalendarSort::CreatedAt);
    answer::list::<_, _, CalendarPage, _, CalendarResponse, _>(
        &request,
        &query.0,
        (),
        sort,
        async move |listing| app.services().calendars.list(&caller, listing).await,
    )
    .await
}

/// Create a calendar.
///
/// Gives an address that calendar programs (Google, Apple, Outlook) subscribe to: one's own lectures, of one class or of all.
/// The address is shown this once. 캘린더 구독 주소 만들기.
#[utoipa::path(tag = "calendars", request_body = CreateCalendarRequest,
    responses((status = 201, description = "The new calendar with its address.", body = NewCalendarResponse)))]
#[post("/calendars")]
async fn create_calendar(
    once: Once,
    caller: Authenticated,
    body: Body<CreateCalendarRequest>,
) -> Result<HttpResponse, Problem> {
    let calendars = once.app().services().calendars.clone();
    // What is kept for a second request of the same key is kept without the address.
    let render = |issued: &IssuedCalendar| {
        let body = NewCalendarResponse { calendar: issued.feed.clone().into(), path: None };
        answer::created(format_args!("calendars/{}", issued.feed.id), 1, &body)
    };
    let class = body.0.class_id.map(ClassId);
    let mut token = None;
    let mut settled = once
        .settle(Some(&caller), render, async |answering| {
            let issued = calendars.create(&caller, class, answering).await?;
            token = Some(issued.token.clone());
            Ok::<_, CalendarError>(issued)
        })
        .await?;
    if let Some(token) = token {
        let unreadable = |_| Problem::new(ProblemCode::Internal);
        let mut body: Value = serde_json::from_str(&settled.answer.body).map_err(unreadable)?;
        if let Some(place) = body.get_mut("path") {
            *place = Value::String(format!("{BASE}/calendars/{}.ics", token.expose()));
        }
        settled.answer.body = body.to_string();
    }
    Ok(settled.into_response())
}

/// Read a calendar.
///
/// The lectures as an iCalendar file (RFC 5545). Needs no sign-in: whoever knows the address may read it. 캘린더 구독.
#[utoipa::path(tag = "calendars", security(()), params(("token" = String, Path, description = "The secret of the address.", max_length = 100)),
    responses((status = 200, description = "The calendar.", content_type = "text/calendar", body = String),
        (status = 304, description = "Not changed since `If-None-Match`."),
        (status = 404, description = "There is no such calendar, or it was taken back.", body = crate::problem::ProblemDocument, content_type = "application/problem+json")))]
#[get("/calendars/{token}.ics")]
async fn read_calendar(request: HttpRequest, token: web::Path<String>) -> Result<HttpResponse, Problem> {
    let calendar = App::of(&request)?.services().calendars.read(&token).await?;
    let file = write_calendar(&calendar);
    let etag = format!("\"{}\"", digest(&file));
    let known = request.headers().get_all(IF_NONE_MATCH).filter_map(|value| value.to_str().ok());
    let known =
        known.flat_map(|value| value.split(',')).any(|tag| tag.trim().trim_start_matches("W/") == etag);
    let mut response = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response.insert_header((ETAG, etag)).insert_header((CACHE_CONTROL, "private, max-age=300"));
    if known {
        return Ok(response.finish());
    }
    Ok(response
        .content_type("text/calendar; charset=utf-8")
        .insert_header(("Content-Disposition", "inline; filename=\"madang.ics\""))
        .body(file))
}

/// Revoke a calendar.
///
/// Its address answers 404 from now on. 캘린더 구독 해지.
#[utoipa::path(tag = "calendars", params(("id" = Uuid, Path, description = "The id of the calendar.")),
    responses((status = 204, description = "The address is taken back.")))]
#[delete("/calendars/{id}")]
async fn revoke_calendar(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<CalendarId>,
) -> Result<HttpResponse, Problem> {
    // A calendar never changes, so there is one version of it.
    if !if_match(&request)?.allows(1) {
        return Err(Problem::new(ProblemCode::PreconditionFailed));
    }
    App::of(&request)?.services().calendars.revoke(&caller, id.0).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// SHA-256 as text that can stand in a header.
fn digest(text: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(text.as_bytes()))
}
