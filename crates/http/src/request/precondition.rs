//! `If-Match`: the version that a client believes a resource to have.

use actix_web::{
    HttpRequest,
    http::header::{HeaderName, IF_MATCH},
};
use madang_domain::stamps::Expected;

use crate::problem::{Problem, ProblemCode};

/// The version that the client expects; any, where it says nothing or `*`.
pub fn if_match(request: &HttpRequest) -> Result<Expected, Problem> {
    Ok(expected(request, &IF_MATCH)?.unwrap_or(Expected::Any))
}

/// The version that the client expects; `None` where it says nothing.
pub fn if_match_given(request: &HttpRequest) -> Result<Option<Expected>, Problem> {
    expected(request, &IF_MATCH)
}

fn expected(request: &HttpRequest, name: &HeaderName) -> Result<Option<Expected>, Problem> {
    let Some(value) = request.headers().get(name) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(Some(Expected::Any));
    }
    let version = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    match version {
        // An ETag that is none of ours belongs to no version of ours: the resource has changed.
        Some(version) => Ok(Some(Expected::Version(version.parse().unwrap_or(0)))),
        None => Err(Problem::new(ProblemCode::MalformedHeader).with_detail("If-Match")),
    }
}
