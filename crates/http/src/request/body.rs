//! JSON bodies: bounded in size and time, unknown fields refused, each fault with a pointer to its place.

use std::{future::Future, pin::Pin};

use actix_web::{
    FromRequest, HttpMessage, HttpRequest,
    dev::Payload,
    http::{
        Method,
        header::{CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING},
    },
    web,
};
use aws_lc_rs::digest::{SHA256, digest};
use futures_util::StreamExt;
use serde::{Deserialize, Deserializer, de::DeserializeOwned};

use crate::{
    app::Limits,
    problem::{FieldFault, Problem, ProblemCode},
};

/// A JSON body of at most `Limits::json_bytes`, read into `T`.
pub struct Body<T>(pub T);

/// A JSON body that holds thousands of items: like [`Body`], but of up to `Limits::bulk_bytes`.
///
/// 5,000 marks with every field filled by a line of text do not fit into the 1 MiB of other bodies.
pub struct BulkBody<T>(pub T);

/// A JSON body like [`Body`], or none.
pub struct MaybeBody<T>(pub Option<T>);

impl<T: DeserializeOwned + 'static> FromRequest for MaybeBody<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let headers = request.headers();
        let is_empty = headers.get(CONTENT_LENGTH).is_none_or(|length| length == "0");
        if is_empty && !headers.contains_key(CONTENT_TYPE) && !headers.contains_key(TRANSFER_ENCODING) {
            return Box::pin(async { Ok(Self(None)) });
        }
        let received = receive(request.clone(), payload.take(), |limits| limits.json_bytes);
        Box::pin(async { received.await.map(|body| Self(Some(body))) })
    }
}

/// The hash of the body, kept beside the request for idempotency keys.
#[derive(Clone)]
pub struct BodyDigest(pub String);

impl<T: DeserializeOwned + 'static> FromRequest for Body<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let received = receive(request.clone(), payload.take(), |limits| limits.json_bytes);
        Box::pin(async { received.await.map(Self) })
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for BulkBody<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let received = receive(request.clone(), payload.take(), |limits| limits.bulk_bytes);
        Box::pin(async { received.await.map(Self) })
    }
}

/// The largest form, in bytes: an ID token, a code and a document of a user.
const FORM_BYTES: usize = 64 * 1024;

/// The body of a form, for those who send no JSON: providers. Fields that are not known are passed over.
pub struct FormBody<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for FormBody<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            if content_type_of(&request) != "application/x-www-form-urlencoded" {
                return Err(Problem::new(ProblemCode::UnsupportedMediaType));
            }
            let bytes = read_in_time(&request, payload, |_| FORM_BYTES).await?;
            let values = serde_urlencoded::from_bytes(&bytes);
            values.map(Self).map_err(|_| Problem::invalid_field("", FieldFault::InvalidFormat))
        })
    }
}

async fn receive<T: DeserializeOwned>(
    request: HttpRequest,
    payload: Payload,
    most: fn(&Limits) -> usize,
) -> Result<T, Problem> {
    check_content_type(&request)?;
    let bytes = read_in_time(&request, payload, most).await?;
    let hash = digest(&SHA256, &bytes);
    request.extensions_mut().insert(BodyDigest(format!("{hash:?}")));
    parse(&bytes)
}

async fn read_in_time(
    request: &HttpRequest,
    payload: Payload,
    most: fn(&Limits) -> usize,
) -> Result<web::BytesMut, Problem> {
    let limits = request.app_data::<web::Data<Limits>>().map_or_else(|| Limits::DEFAULT, |data| ***data);
    tokio::time::timeout(limits.body_deadline, read(payload, most(&limits)))
        .await
        .map_err(|_| Problem::new(ProblemCode::RequestTimeout))?
}

fn content_type_of(request: &HttpRequest) -> String {
    let value = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn check_content_type(request: &HttpRequest) -> Result<(), Problem> {
    let essence = content_type_of(request);
    let patch = request.method() == Method::PATCH && essence == "application/merge-patch+json";
    if essence == "application/json" || patch {
        Ok(())
    } else {
        Err(Problem::new(ProblemCode::UnsupportedMediaType))
    }
}

async fn read(mut payload: Payload, limit: usize) -> Result<web::BytesMut, Problem> {
    let mut bytes = web::BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| Problem::new(ProblemCode::MalformedJson))?;
        if bytes.len() + chunk.len() > limit {
            return Err(Problem::new(ProblemCode::BodyTooLarge).with_detail(format!(
                "요청 본문은 {limit}바이트를 넘을 수 없습니다. (limit: {limit} bytes)"
            )));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.into_inner();
        match inner.classify() {
            // Where an enumeration is wanted, serde_json calls a null or a number a fault of syntax.
            serde_json::error::Category::Syntax if is_json(bytes) => {
                Problem::invalid_field(&pointer(&path), FieldFault::WrongType)
            }
            serde_json::error::Category::Data => {
                let (pointer, fault) = fault_of(&path, &inner.to_string());
                Problem::invalid_field(&pointer, fault)
            }
            serde_json::error::Category::Io
            | serde_json::error::Category::Syntax
            | serde_json::error::Category::Eof => malformed(&inner),
        }
    })?;
    deserializer.end().map_err(|error| malformed(&error))?;
    Ok(value)
}

fn is_json(bytes: &[u8]) -> bool {
    serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok()
}

fn malformed(error: &serde_json::Error) -> Problem {
    Problem::new(ProblemCode::MalformedJson).with_detail(format!(
        "{}번째 줄 {}번째 칸 (line {}, column {})",
        error.line(),
        error.column(),
        error.line(),
        error.column()
    ))
}

/// Where a fault is, and what it is, from the words of serde.
pub(super) fn fault_of(path: &str, message: &str) -> (String, FieldFault) {
    let named = |prefix: &str| {
        message.strip_prefix(prefix).and_then(|rest| rest.split('`').nth(1)).map(str::to_owned)
    };
    let place = pointer(path);
    if let Some(field) = named("missing field") {
        return (format!("{place}/{field}"), FieldFault::Missing);
    }
    if let Some(field) = named("unknown field") {
        let parent = place.strip_suffix(&format!("/{field}")).unwrap_or(&place);
        return (format!("{parent}/{field}"), FieldFault::Unknown);
    }
    if message.starts_with("unknown variant") {
        let allowed: Vec<&str> = message.split('`').skip(3).step_by(2).collect();
        return (place, FieldFault::NotOneOf { allowed: allowed.join(", ") });
    }
    if message.starts_with("invalid type") {
        return (place, FieldFault::WrongType);
    }
    (place, FieldFault::InvalidFormat)
}

/// `items[3].status` as `/items/3/status`. A key of a map that is wrong itself has no place but its map's.
fn pointer(path: &str) -> String {
    let path = path.trim_end_matches(".?");
    if path == "." {
        return String::new();
    }
    format!("/{}", path.replace(['[', '.'], "/").replace(']', ""))
}

/// For a field of a merge patch that can be cleared: absent is `None`, null is `Some(None)`.
pub fn clearable<'de, T, D>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Option::deserialize(deserializer).map(Some)
}

/// For a field of a merge patch that can't be cleared: absent is `None`, null is refused.
pub fn present<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    T::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only what is refused matters here")]
    struct Sample {
        title: String,
        items: Vec<Item>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only what is refused matters here")]
    struct Item {
        size: u32,
        kind: Kind,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Kind {
        Small,
        Large,
    }

    fn fault(json: &str) -> (u16, serde_json::Value) {
        let problem = parse::<Sample>(json.as_bytes()).unwrap_err();
        let document = problem.document(crate::problem::Language::English, "/", "r");
        let document = serde_json::to_value(document).unwrap();
        (problem.code().status().as_u16(), document["errors"].clone())
    }

    #[test]
    fn a_missing_field_is_named() {
        let (status, errors) = fault(r#"{"items":[]}"#);
        assert_eq!(status, 422);
        assert_eq!(
            (errors[0]["pointer"].as_str(), errors[0]["code"].as_str()),
            (Some("/title"), Some("missing"))
        );
    }

    #[test]
    fn an_unknown_field_is_refused_where_it_stands() {
        let (status, errors) = fault(r#"{"title":"a","items":[{"size":1,"kind":"small","is_admin":true}]}"#);
        assert_eq!(status, 422);
        assert_eq!(errors[0]["pointer"], "/items/0/is_admin");
        assert_eq!(errors[0]["code"], "unknown_field");
    }

    #[test]
    fn an_unknown_value_is_answered_with_those_that_are_known() {
        let (_, errors) = fault(r#"{"title":"a","items":[{"size":1,"kind":"huge"}]}"#);
        assert_eq!(errors[0]["pointer"], "/items/0/kind");
        assert_eq!(errors[0]["code"], "not_one_of");
        assert!(errors[0]["message"].as_str().unwrap().contains("small, large"));
    }

    #[test]
    fn what_is_no_text_is_no_value_of_an_enumeration() {
        for value in ["null", "5", "[]", "true"] {
            let json = format!(r#"{{"title":"a","items":[{{"size":1,"kind":{value}}}]}}"#);
            let (status, errors) = fault(&json);
            assert_eq!((status, errors[0]["pointer"].as_str()), (422, Some("/items/0/kind")), "{value}");
            assert_eq!(errors[0]["code"], "wrong_type", "{value}");
        }
        let broken = r#"{"title":"a","items":[{"size":1,"kind":nul}]}"#;
        assert_eq!(parse::<Sample>(broken.as_bytes()).unwrap_err().code(), ProblemCode::MalformedJson);
    }

    #[test]
    fn broken_json_and_trailing_text_are_malformed() {
        for json in ["{", r#"{"title":"a","items":[]} x"#, ""] {
            assert_eq!(
                parse::<Sample>(json.as_bytes()).unwrap_err().code(),
                ProblemCode::MalformedJson,
                "{json}"
            );
        }
    }
}
