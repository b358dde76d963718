//! What a handler gives back: resources with their version, creations with their place, lists in three forms.

use std::fmt;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderValue, IF_NONE_MATCH, LINK, LOCATION},
    },
};
use aws_lc_rs::digest::{SHA256, digest};
use madang_domain::{
    idempotency::StoredAnswer,
    page::{Listed, Listing, Sort, Window},
};
use madang_interchange::columns::Exported;
use serde::Serialize;

use crate::{
    list_file::list_file,
    problem::{Problem, ProblemCode},
    request::{self, ListFormat, ListQuery, PageFacts},
    routes::PageShape,
};

/// Where the API is described; `Location` and `Link` point here whatever mount was called.
pub const BASE: &str = "/api/v1";

/// A resource in this version; 304 where the client has it already.
pub fn resource<T: Serialize>(request: &HttpRequest, version: i32, body: &T) -> HttpResponse {
    tagged(request, etag(version), body)
}

/// A report; 304 where the client has it already. Without a tag it may change at any moment.
pub fn report<T: Serialize>(request: &HttpRequest, tag: Option<String>, body: &T) -> HttpResponse {
    match tag {
        // Weak, because the moment up to which a report holds goes on while its figures stay.
        Some(tag) => tagged(request, format!("W/\"{tag}\""), body),
        None => HttpResponse::Ok().insert_header((CACHE_CONTROL, "private, no-cache")).json(body),
    }
}

/// A report that is read in no more than it would take to know whether it has changed: its tag is a digest of what it tells, without
/// the moment up to which it holds.
pub fn told<T: Serialize>(request: &HttpRequest, body: &T) -> Result<HttpResponse, Problem> {
    let mut told = serde_json::to_value(body).map_err(|_| Problem::new(ProblemCode::Internal))?;
    if let Some(members) = told.as_object_mut() {
        members.remove("as_of");
    }
    let hash = digest(&SHA256, told.to_string().as_bytes());
    let tag = hash.as_ref().iter().take(16).fold(0_u128, |tag, byte| tag << 8 | u128::from(*byte));
    Ok(tagged(request, format!("W/\"{tag:032x}\""), body))
}

fn tagged<T: Serialize>(request: &HttpRequest, etag: String, body: &T) -> HttpResponse {
    let bare = etag.strip_prefix("W/").unwrap_or(&etag).to_owned();
    let known =
        request.headers().get_all(IF_NONE_MATCH).filter_map(|value| value.to_str().ok()).any(|value| {
            value
                .split(',')
                .map(str::trim)
                .any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == bare)
        });
    let mut response = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response.insert_header((ETAG, etag)).insert_header((CACHE_CONTROL, "private, no-cache"));
    if known { response.finish() } else { response.json(body) }
}

/// A changed resource in its new version.
pub fn changed<T: Serialize>(version: i32, body: &T) -> HttpResponse {
    HttpResponse::Ok().insert_header((ETAG, etag(version))).json(body)
}

/// The answer to a creation: 201 with the place of the new resource, e.g. `courses/0198…`.
pub fn created<T: Serialize>(path: impl fmt::Display, version: i32, body: &T) -> StoredAnswer {
    StoredAnswer {
        status: StatusCode::CREATED.as_u16(),
        location: Some(format!("{BASE}/{path}")),
        etag: Some(etag(version)),
        body: json(body),
    }
}

/// The answer to a creation of many things, or of something without a place of its own.
pub fn created_many<T: Serialize>(status: StatusCode, body: &T) -> StoredAnswer {
    StoredAnswer { status: status.as_u16(), location: None, etag: None, body: json(body) }
}

/// A kept answer as a response.
pub fn replay(answer: &StoredAnswer) -> HttpResponse {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::build(status);
    if let Some(location) = &answer.location {
        response.insert_header((LOCATION, location.as_str()));
    }
    if let Some(etag) = &answer.etag {
        response.insert_header((ETAG, etag.as_str()));
    }
    response.insert_header((CONTENT_TYPE, HeaderValue::from_static("application/json")));
    response.body(answer.body.clone())
}

/// The strong entity tag of a version.
fn etag(version: i32) -> String {
    format!("\"{version}\"")
}

fn json<T: Serialize>(body: &T) -> String {
    serde_json::to_string(body).unwrap_or_default()
}

/// Answers a list: a page of JSON, or the whole of it as a file.
///
/// `fetch` is the use case; it is called once for a page, and once for each batch of a file.
pub async fn list<Q, F, P, T, R, E>(
    request: &HttpRequest,
    query: &Q,
    filter: F,
    default_sort: Sort<Q::Sort>,
    mut fetch: impl AsyncFnMut(Listing<F, Q::Sort>) -> Result<Listed<T>, E> + 'static,
) -> Result<HttpResponse, Problem>
where
    Q: ListQuery,
    F: fmt::Debug + Clone + 'static,
    P: PageShape<R>,
    T: Exported + Send,
    R: From<T>,
    Problem: From<E>,
{
    let listing = request::listing(query, filter, default_sort)?;
    let fingerprint = request::fingerprint(&listing.filter, &listing.sort);
    match request::format_of(request, query.common().format) {
        ListFormat::Json => {}
        format @ (ListFormat::Csv | ListFormat::Xlsx) => return list_file(format, listing, fetch).await,
    }
    let window = listing.window.clone();
    let listed = fetch(listing).await?;
    let facts = PageFacts::of(&listed, &window, fingerprint);
    let mut response = HttpResponse::Ok();
    if let Some(next) = next_link(request, &window, &facts) {
        response.insert_header((LINK, next));
    }
    Ok(response.json(P::new(listed.items.into_iter().map(R::from).collect(), facts)))
}

/// `Link: <…>; rel="next"` (RFC 8288): the same request, one page or one cursor on.
fn next_link(request: &HttpRequest, window: &Window, facts: &PageFacts) -> Option<String> {
    let cursor = facts.next_cursor.as_ref()?;
    let mut pairs = form_urlencoded::Serializer::new(String::new());
    for (name, value) in form_urlencoded::parse(request.query_string().as_bytes()) {
        if name != "page" && name != "cursor" {
            pairs.append_pair(&name, &value);
        }
    }
    match window {
        Window::Page { number, .. } => pairs.append_pair("page", &(number + 1).to_string()),
        Window::After { .. } => pairs.append_pair("cursor", cursor),
    };
    Some(format!("<{}?{}>; rel=\"next\"", request.path(), pairs.finish()))
}
