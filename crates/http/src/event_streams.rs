//! What all streams of server-sent events share: how they begin, stay alive and end, and tickets for browsers.

use std::time::Duration;

use actix_web::{
    HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_ENCODING, HeaderName},
    web::Bytes,
};
use chrono::{DateTime, Utc};
use futures_util::Stream;
use serde::Serialize;
use tokio::time::Interval;
use utoipa::ToSchema;

/// How long a client that lost its connection waits before it asks again.
pub const RETRY: &[u8] = b"retry: 2000\n\n";
/// What shows that the connection stands.
pub const HEARTBEAT: &[u8] = b": here\n\n";

/// `end`: why the stream ends.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LiveEnd)]
pub struct StreamEnd {
    /// `signed_out`, `forbidden` or `stopping`.
    #[schema(example = "signed_out")]
    pub reason: String,
}

/// A ticket that opens the stream once.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LiveTicket)]
pub struct StreamTicketResponse {
    /// What to send as `?ticket=`.
    #[schema(min_length = 64, max_length = 64)]
    ticket: String,
    /// Until when it can be used.
    #[schema(example = "2026-09-01T10:00:30Z")]
    usable_until: DateTime<Utc>,
}

impl From<(String, DateTime<Utc>)> for StreamTicketResponse {
    fn from((ticket, usable_until): (String, DateTime<Utc>)) -> Self {
        Self { ticket, usable_until }
    }
}

/// Ticks when it is time to show that the connection stands.
pub fn heartbeat(every: Duration) -> Interval {
    let mut interval = tokio::time::interval_at(tokio::time::Instant::now() + every, every);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    interval
}

/// An event.
pub fn event<T: Serialize>(id: i64, name: &str, data: &T) -> Bytes {
    let data = serde_json::to_string(data).unwrap_or_default();
    Bytes::from(format!("id: {id}\nevent: {name}\ndata: {data}\n\n"))
}

/// The last event.
pub fn end(reason: &str) -> Bytes {
    let data = serde_json::to_string(&StreamEnd { reason: reason.to_owned() }).unwrap_or_default();
    Bytes::from(format!("event: end\ndata: {data}\n\n"))
}

/// The answer that brings the events.
pub fn streaming(events: impl Stream<Item = Result<Bytes, actix_web::Error>> + 'static) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/event-stream; charset=utf-8")
        .insert_header((CACHE_CONTROL, "no-store"))
        // Neither we nor a proxy may hold events back.
        .insert_header((CONTENT_ENCODING, "identity"))
        .insert_header((HeaderName::from_static("x-accel-buffering"), "no"))
        .streaming(events)
}
