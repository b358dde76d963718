//! What every response carries, whatever served it: its id, its time, the security headers, the problem document.
//!
//! One middleware does it all, outermost, so that not even a wrong address or a broken body goes without.

use std::{
    future::{Future, Ready, ready},
    pin::Pin,
    rc::Rc,
    time::Instant,
};

use actix_web::{
    Error, HttpMessage, HttpRequest, HttpResponse,
    body::{BoxBody, MessageBody},
    dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready},
    http::{
        Method, StatusCode,
        header::{
            ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderMap,
            HeaderName, HeaderValue, RETRY_AFTER,
        },
    },
};

use crate::{
    known_routes::Routes,
    problem::{Language, Problem, ProblemCode},
    request::{CallingKey, SignedIn},
    state::App,
};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const PROCESS_TIME: HeaderName = HeaderName::from_static("x-process-time");
const RETRY_AFTER_SECONDS: u64 = 1;

/// The id of a request: the client's own if it is fit, else a new one.
#[derive(Clone)]
pub struct RequestId(pub String);

impl RequestId {
    /// The id of this request.
    pub fn of(request: &HttpRequest) -> String {
        request.extensions().get::<Self>().map(|id| id.0.clone()).unwrap_or_default()
    }
}

/// Makes the middleware.
#[derive(Clone)]
pub struct Envelope {
    app: App,
    routes: Routes,
}

impl Envelope {
    /// An envelope for this application.
    pub fn new(app: App, routes: Routes) -> Self {
        Self { app, routes }
    }
}

impl<S, B> Transform<S, ServiceRequest> for Envelope
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type Transform = EnvelopeService<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, Self::InitError>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(EnvelopeService {
            service: Rc::new(service),
            app: self.app.clone(),
            routes: self.routes.clone(),
        }))
    }
}

/// The middleware.
pub struct EnvelopeService<S> {
    service: Rc<S>,
    app: App,
    routes: Routes,
}

impl<S, B> Service<ServiceRequest> for EnvelopeService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>>>>;

    forward_ready!(service);

    fn call(&self, mut request: ServiceRequest) -> Self::Future {
        let began = Instant::now();
        let id =
            request_id(request.headers()).unwrap_or_else(|| self.app.services().yard.ids.next().to_string());
        request.extensions_mut().insert(RequestId(id.clone()));
        // HEAD is GET without the body, which the connection leaves out by itself: it has noted the method already.
        let method = request.method().clone();
        if method == Method::HEAD {
            request.head_mut().method = Method::GET;
        }
        let (service, app, routes) = (self.service.clone(), self.app.clone(), self.routes.clone());
        app.metrics().begin();
        Box::pin(async move {
            let (inner, response) = service.call(request).await?.map_into_boxed_body().into_parts();
            let mut response = dress(&inner, response, &routes, &id);
            let took = began.elapsed();
            if let Ok(value) = HeaderValue::from_str(&format!("{:.6}", took.as_secs_f64())) {
                response.headers_mut().insert(PROCESS_TIME, value);
            }
            let route = routes.pattern(&inner);
            let status = response.status();
            app.metrics().end(method.as_str(), &route, status.as_u16(), took);
            log(&inner, &method, &route, status, &id, took);
            Ok(ServiceResponse::new(inner, response))
        })
    }
}

fn request_id(headers: &HeaderMap) -> Option<String> {
    let id = headers.get(REQUEST_ID)?.to_str().ok()?;
    let fit = (1..=128).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'));
    fit.then(|| id.to_owned())
}

fn dress(request: &HttpRequest, response: HttpResponse, routes: &Routes, id: &str) -> HttpResponse {
    let problem =
        response.extensions().get::<Problem>().cloned().or_else(|| stray(request, &response, routes));
    let elsewhere =
        |problem: &Problem| problem.code() == ProblemCode::MalformedPath && !routes.know_method(request);
    let problem = problem.map(|problem| if elsewhere(&problem) { routes.missing(request) } else { problem });
    let mut response = match problem {
        Some(problem) => {
            let language = Language::of(request.headers().get(ACCEPT_LANGUAGE));
            let document = problem.document(language, request.path(), id);
            let body = serde_json::to_vec(&document).unwrap_or_default();
            // A problem of ours may replace the answer of the framework, with the headers that belong to it.
            let mut dressed = actix_web::ResponseError::error_response(&problem).set_body(BoxBody::new(body));
            for (name, value) in response.headers() {
                if name != CONTENT_TYPE && !dressed.headers().contains_key(name) {
                    dressed.headers_mut().append(name.clone(), value.clone());
                }
            }
            let headers = dressed.headers_mut();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
            if problem.code().status() == StatusCode::SERVICE_UNAVAILABLE
                && !headers.contains_key(RETRY_AFTER)
            {
                headers.insert(RETRY_AFTER, HeaderValue::from(RETRY_AFTER_SECONDS));
            }
            dressed
        }
        None => response,
    };
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, value);
    }
    if !headers.contains_key(CACHE_CONTROL) {
        let value = if headers.contains_key(ETAG) { "private, no-cache" } else { "no-store" };
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(value));
    }
    let viewer = ["/docs", "/redoc"].iter().any(|path| request.path().starts_with(path));
    if viewer {
        headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(VIEWER_POLICY));
    }
    for (name, value) in SECURITY_HEADERS {
        let name = HeaderName::from_static(name);
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    response
}

/// The viewers of the API document bring scripts and styles of their own, and nothing from elsewhere.
const VIEWER_POLICY: &str = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; \
     worker-src blob:; frame-ancestors 'none'";

const SECURITY_HEADERS: [(&str, &str); 5] = [
    ("strict-transport-security", "max-age=31536000; includeSubDomains"),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
    ("cross-origin-resource-policy", "same-origin"),
];

/// The problem behind an error that the framework answered by itself.
fn stray(request: &HttpRequest, response: &HttpResponse, routes: &Routes) -> Option<Problem> {
    let code = match response.status() {
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => return Some(routes.missing(request)),
        StatusCode::BAD_REQUEST => ProblemCode::MalformedHeader,
        StatusCode::REQUEST_TIMEOUT => ProblemCode::RequestTimeout,
        StatusCode::PAYLOAD_TOO_LARGE => ProblemCode::BodyTooLarge,
        StatusCode::NOT_ACCEPTABLE => ProblemCode::NotAcceptable,
        status if status.is_server_error() && response.headers().get(CONTENT_TYPE).is_none() => {
            ProblemCode::Internal
        }
        _ => return None,
    };
    Some(Problem::new(code))
}

fn log(
    request: &HttpRequest,
    method: &Method,
    route: &str,
    status: StatusCode,
    id: &str,
    took: std::time::Duration,
) {
    if !tracing::enabled!(target: "madang::request", tracing::Level::INFO) {
        return;
    }
    let user = request.extensions().get::<SignedIn>().map(|signed_in| signed_in.0.to_string());
    let key = request.extensions().get::<CallingKey>().map(|calling| calling.0.to_string());
    let status = status.as_u16();
    let duration_ms = u64::try_from(took.as_micros()).unwrap_or(u64::MAX) / 1_000;
    tracing::info!(
        target: "madang::request",
        duration_ms,
        "request.id" = id,
        "http.method" = %method,
        "http.route" = route,
        "http.status" = status,
        "user.id" = user,
        "api_key.id" = key,
        "{method} {route} {status}",
    );
}
