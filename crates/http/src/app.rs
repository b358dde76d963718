//! The application: middleware, the routes at their three mounts, and the limits of a request.

use std::time::Duration;

use actix_cors::Cors;
use actix_web::{
    Error,
    body::MessageBody,
    dev::{ServiceFactory, ServiceRequest, ServiceResponse},
    http::{Method, header},
    middleware::{Compress, NormalizePath, from_fn},
    web,
};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    browser_sessions::{MODE_HEADER, present_cookie},
    envelope::Envelope,
    known_routes::Routes,
    limits::limited,
    routes,
    state::App,
};

/// What a request may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The largest JSON body, in bytes.
    pub json_bytes: usize,
    /// The largest JSON body of a bulk request, in bytes.
    pub bulk_bytes: usize,
    /// How long a JSON body may take to arrive.
    pub body_deadline: Duration,
    /// The largest uploaded file, in bytes.
    pub upload_bytes: usize,
    /// How often the list of a watched lecture is read.
    pub live_every: Duration,
    /// How often a stream shows that it stands.
    pub live_heartbeat: Duration,
}

impl Limits {
    /// Those of a server.
    pub const DEFAULT: Self = Self {
        json_bytes: 1024 * 1024,
        bulk_bytes: 8 * 1024 * 1024,
        body_deadline: Duration::from_secs(10),
        upload_bytes: 64 * 1024 * 1024,
        live_every: Duration::from_secs(1),
        live_heartbeat: Duration::from_secs(15),
    };
}

/// The routes of the API at one mount.
fn mounted(at: &str) -> actix_web::Scope {
    web::scope(at).configure(|config| routes::all(&mut ServiceConfig::new(config)))
}

/// The whole application, for a server or a test.
///
/// `origins` are the web origins that may call it from a browser; none by default.
pub fn application(
    app: App,
    limits: Limits,
    origins: &[String],
) -> actix_web::App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody + use<>>,
        Error = Error,
        InitError = (),
    > + use<>,
> {
    let known = Routes::all();
    actix_web::App::new()
        .wrap(Compress::default())
        .wrap(NormalizePath::trim())
        .wrap(from_fn(limited))
        .wrap(from_fn(present_cookie))
        .wrap(cors(origins))
        .wrap(Envelope::new(app.clone(), known.clone()))
        .app_data(web::Data::new(app))
        .app_data(web::Data::new(limits))
        .app_data(web::Data::new(known))
        .configure(routes::system)
        .service(mounted("/api/v1"))
        .service(mounted("/api"))
        .service(mounted(""))
}

fn cors(origins: &[String]) -> Cors {
    origins
        .iter()
        .fold(Cors::default(), |cors, origin| cors.allowed_origin(origin))
        .allowed_methods([
            Method::GET,
            Method::HEAD,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
        ])
        .allowed_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::ACCEPT,
            header::ACCEPT_LANGUAGE,
            header::IF_MATCH,
            header::IF_NONE_MATCH,
            header::HeaderName::from_static("idempotency-key"),
            header::HeaderName::from_static("x-request-id"),
            header::HeaderName::from_static(MODE_HEADER),
        ])
        .expose_headers([
            "x-request-id",
            "x-process-time",
            "etag",
            "location",
            "link",
            "ratelimit",
            "ratelimit-policy",
            "retry-after",
            "idempotent-replayed",
        ])
        .supports_credentials()
        .max_age(3_600)
}
