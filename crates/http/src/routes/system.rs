//! What operators and browsers ask for, outside of the API: health, metrics, the document and its viewers.

use actix_web::{HttpRequest, HttpResponse, get, http::header::ContentType, web};
use serde_json::{Value, json};
use utoipa_swagger_ui::{Config, SwaggerUi, Url};

use crate::{
    known_routes::published_document,
    problem::{Problem, ProblemCode},
    state::App,
};

/// The addresses of this file.
pub const SYSTEM_PATHS: &[&str] =
    &["/verify", "/health", "/health/ready", "/metrics", "/openapi.json", "/docs", "/redoc"];

/// The routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .service(index)
        .service(super::certifications::verification_form)
        .service(health)
        .service(ready)
        .service(metrics)
        .service(openapi)
        .service(docs)
        .service(redoc)
        .service(redoc_script)
        .service(SwaggerUi::new("/docs/{_:.*}").config(Config::new([Url::new("Madang", "/openapi.json")])));
}

#[get("/")]
async fn index() -> HttpResponse {
    HttpResponse::Ok().json(json!({
        "name": "madang",
        "version": env!("CARGO_PKG_VERSION"),
        "api": "/api/v1",
        "docs": "/docs",
        "openapi": "/openapi.json",
        "health": "/health/ready",
    }))
}

/// The process runs.
#[get("/health")]
async fn health(request: HttpRequest) -> Result<HttpResponse, Problem> {
    Ok(HttpResponse::Ok().json(healthy(&App::of(&request)?)))
}

/// Says so where nothing can be written.
fn healthy(app: &App) -> Value {
    if app.services().yard.store.is_read_only() {
        json!({"status": "ok", "mode": "read_only"})
    } else {
        json!({"status": "ok"})
    }
}

/// The process wants requests and its database answers.
#[get("/health/ready")]
async fn ready(request: HttpRequest) -> Result<HttpResponse, Problem> {
    let app = App::of(&request)?;
    if !app.readiness().is_ready() {
        return Err(Problem::new(ProblemCode::Unavailable));
    }
    app.services().yard.store.ping().await?;
    Ok(HttpResponse::Ok().json(healthy(&app)))
}

#[get("/metrics")]
async fn metrics(request: HttpRequest) -> Result<HttpResponse, Problem> {
    let text = App::of(&request)?.metrics().text();
    Ok(HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(text))
}

#[get("/openapi.json")]
async fn openapi() -> HttpResponse {
    HttpResponse::Ok().content_type(ContentType::json()).body(published_document())
}

#[get("/docs")]
async fn docs() -> HttpResponse {
    HttpResponse::Found().insert_header(("Location", "/docs/index.html")).finish()
}

#[get("/redoc")]
async fn redoc() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .body(include_str!("../../assets/redoc/index.html"))
}

#[get("/redoc/redoc.standalone.js")]
async fn redoc_script() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/javascript; charset=utf-8")
        .body(&include_bytes!("../../assets/redoc/redoc.standalone.js")[..])
}
