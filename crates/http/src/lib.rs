//! The REST API: routes, JSON shapes, problem documents, the OpenAPI document.
//!
//! A handler extracts the caller and the checked body, turns them into domain types, calls one service and answers.
//! Rules live in `madang-domain`, SQL in `madang-persistence`.
//!
//! - `routes`: the handlers and their shapes, one file per resource; `routes::all` is the one list of them.
//! - `problem`, `problem_from`: the registry of problem codes, and how every error becomes one.
//! - `request`: what a handler takes out of a request. `answer`: what it gives back.
//! - `list_file`: a list as CSV or XLSX, streamed.
//! - `live_lists`, `watched_inboxes`, `event_streams`: what is told as it happens.
//! - `callers`, `machines`: who has called lately. `limits`: who may do how much.
//! - `envelope`: what every response carries, the log line and the metrics.

mod answer;
mod app;
mod browser_sessions;
mod callers;
mod document;
mod envelope;
mod event_catalogue;
mod event_streams;
mod imports;
mod known_routes;
mod limits;
mod list_file;
mod live_lists;
mod machines;
mod metrics;
mod papers;
mod problem;
mod problem_from;
mod rebuilding;
mod report_desk;
mod request;
mod routes;
mod services;
mod state;
mod watched_inboxes;

pub use answer::BASE;
pub use app::{Limits, application};
pub use browser_sessions::BrowserSessions;
pub use document::api_document;
pub use limits::{Gate, Quotas};
pub use metrics::Metrics;
pub use papers::{Papers, PapersUnavailable};
pub use problem::{ProblemCode, errors_document};
pub use services::{Proofs, Services};
pub use state::{App, Readiness};
