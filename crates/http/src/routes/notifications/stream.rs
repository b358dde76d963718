//! The inbox as server-sent events, and tickets for browsers.

use std::{collections::HashMap, sync::Arc};

use actix_web::{
    HttpRequest, HttpResponse, get, post,
    web::{self, Bytes},
};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::stream;
use madang_domain::{
    access::Caller,
    channels::Language,
    ids::{NoticeId, UserId},
    notifications::{InboxChange, InboxItem},
    stream_tickets::SignIn,
};
use serde::{Deserialize, Serialize};
use tokio::{
    sync::broadcast::{self, error::RecvError},
    time::Interval,
};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::NoticeResponse;
use crate::{
    app::Limits,
    event_streams::{HEARTBEAT, RETRY, StreamEnd, StreamTicketResponse, end, event, heartbeat, streaming},
    problem::Problem,
    request::{Authenticated, Params, SignedInAs, token_invalid},
    state::App,
    watched_inboxes::SLACK,
};

/// The stream to which a ticket belongs.
const STREAM: &str = "notifications";
/// How many changes are told to who comes back; who has missed more is shown a snapshot.
const MISSED: u32 = 200;

/// The routes.
pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(create_notification_ticket).service(watch_notifications);
}

/// The query of `GET /notifications/stream`.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct StreamQuery {
    /// A ticket from `POST /notifications/stream-ticket`, for clients that can't send headers.
    #[param(max_length = 100)]
    ticket: Option<String>,
    /// The id of the last event that was received, for clients that can't send `Last-Event-ID`.
    #[param(minimum = 0)]
    last_event_id: Option<i64>,
}

/// `snapshot`: the latest notices, for who begins to watch.
#[derive(Debug, Serialize, ToSchema)]
pub struct InboxSnapshot {
    /// How many are unread.
    #[schema(minimum = 0, example = 3)]
    unread: u64,
    /// The latest notices, latest first.
    #[schema(max_items = 20)]
    items: Vec<NoticeResponse>,
}

/// `resume`: for who comes back; `notice` and `removed` events of what changed since follow it.
#[derive(Debug, Serialize, ToSchema)]
pub struct InboxResume {
    /// How many are unread.
    #[schema(minimum = 0, example = 3)]
    unread: u64,
}

/// `notice`: a notice that is new or was read.
#[derive(Debug, Serialize, ToSchema)]
pub struct InboxNotice {
    /// How many are unread now.
    #[schema(minimum = 0, example = 3)]
    unread: u64,
    /// The notice.
    notification: NoticeResponse,
}

/// `removed`: a notice that was deleted, or is no longer true.
#[derive(Debug, Serialize, ToSchema)]
pub struct InboxRemoved {
    /// How many are unread now.
    #[schema(minimum = 0, example = 3)]
    unread: u64,
    /// Which one.
    id: Uuid,
}

/// The data of an event.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "describes the stream in the API document")]
pub enum InboxEvent {
    /// The latest notices.
    Snapshot(InboxSnapshot),
    /// One that is new or was read.
    Notice(Box<InboxNotice>),
    /// One that is gone.
    Removed(InboxRemoved),
    /// How many are unread, for a client that comes back.
    Resume(InboxResume),
    /// The end.
    End(StreamEnd),
}

/// Get a ticket for the stream of one's notices.
///
/// It opens `GET /notifications/stream` once within 30 seconds: a browser's `EventSource` sends no `Authorization`, and a token does not belong into
/// an address. 알림 스트림 입장권.
#[utoipa::path(tag = "notifications", responses((status = 200, description = "The ticket.", body = StreamTicketResponse)))]
#[post("/notifications/stream-ticket")]
async fn create_notification_ticket(
    request: HttpRequest,
    caller: Authenticated,
    sign_in: SignedInAs,
) -> Result<HttpResponse, Problem> {
    caller.id()?;
    let app = App::of(&request)?;
    let issued = app.services().stream_tickets.issue(STREAM, sign_in.0).await?;
    Ok(HttpResponse::Ok().json(StreamTicketResponse::from(issued)))
}

/// Watch one's notices.
///
/// Server-sent events: a `snapshot` of the latest notices, then a `notice` for each that is new or was read, within about a second, and `removed` for each that
/// is gone, on whichever node that happened; every event tells how many are unread. A client that comes back with `Last-Event-ID` gets `resume` and then what
/// changed since; an event may come twice. A comment every 15 seconds shows that the connection stands. The stream ends with the access token. With `Authorization`, or with a ticket. 실시간 알림.
#[utoipa::path(tag = "notifications", params(StreamQuery),
    responses((status = 200, description = "The events.", content((InboxEvent = "text/event-stream")))))]
#[get("/notifications/stream")]
async fn watch_notifications(
    request: HttpRequest,
    query: Params<StreamQuery>,
) -> Result<HttpResponse, Problem> {
    let app = App::of(&request)?;
    let sign_in = match &query.0.ticket {
        Some(ticket) => {
            app.services().stream_tickets.redeem(STREAM, ticket).await?.ok_or_else(token_invalid)?
        }
        None => SignedInAs::of(&request)?.0,
    };
    let caller = app.caller_of(sign_in).await?.ok_or_else(token_invalid)?;
    let limits = request.app_data::<web::Data<Limits>>().map_or_else(|| Limits::DEFAULT, |data| ***data);
    let notifications = &app.services().notifications;
    let clock = &app.services().yard.clock;
    // Whoever watches before reading misses nothing in between.
    let receiver = app.watched_inboxes().watch(notifications, clock, sign_in.user, limits.live_every);
    let language = notifications.language_of(sign_in.user).await?;
    let header = request.headers().get("last-event-id").and_then(|value| value.to_str().ok()?.parse().ok());
    let mut watcher = Watcher {
        user: sign_in.user,
        language,
        watermark: app.now().timestamp_micros(),
        told: HashMap::new(),
        receiver,
        heartbeat: heartbeat(limits.live_heartbeat),
        sign_in,
        waiting: vec![Bytes::from_static(RETRY)],
        has_ended: false,
        app: app.clone(),
    };
    let missed = match header.or(query.0.last_event_id) {
        Some(id) => watcher.missed(id).await?,
        None => None,
    };
    let first = match missed {
        Some(events) => events,
        None => vec![watcher.snapshot(&caller).await?],
    };
    watcher.waiting.splice(0..0, first.into_iter().rev());
    let events = stream::unfold(watcher, async |mut watcher| {
        let bytes = watcher.next().await?;
        Some((Ok::<_, actix_web::Error>(bytes), watcher))
    });
    Ok(streaming(events))
}

/// One connection that watches.
struct Watcher {
    user: UserId,
    language: Language,
    /// The latest change that was told, in microseconds: the ids of events.
    watermark: i64,
    /// Which change of each notice was told last.
    told: HashMap<NoticeId, DateTime<Utc>>,
    receiver: broadcast::Receiver<Arc<InboxChange>>,
    heartbeat: Interval,
    sign_in: SignIn,
    /// What is sent next, the last first.
    waiting: Vec<Bytes>,
    has_ended: bool,
    app: App,
}

impl Watcher {
    /// What changed since the event with this id; `None` where that is too much to tell.
    async fn missed(&mut self, id: i64) -> Result<Option<Vec<Bytes>>, Problem> {
        let Some(since) = DateTime::from_timestamp_micros(id) else { return Ok(None) };
        let since = since.checked_sub_signed(SLACK).unwrap_or(DateTime::UNIX_EPOCH);
        let notifications = self.app.services().notifications.clone();
        let changed = notifications.changes(&[self.user], since, MISSED + 1).await?;
        if changed.len() > MISSED as usize {
            return Ok(None);
        }
        let unread = notifications.unread_of(self.user).await?;
        let mut events = vec![event(id, "resume", &InboxResume { unread })];
        self.watermark = id;
        for notice in changed {
            events.extend(self.change(&InboxChange { notice, unread }));
        }
        Ok(Some(events))
    }

    async fn snapshot(&mut self, caller: &Caller) -> Result<Bytes, Problem> {
        let latest = self.app.services().notifications.latest(caller).await?;
        let unread = self.app.services().notifications.unread(caller).await?;
        for item in &latest {
            self.told.insert(item.notice.id, item.notice.changed_at);
            self.watermark = self.watermark.max(item.notice.changed_at.timestamp_micros());
        }
        let items = latest.into_iter().map(NoticeResponse::from).collect();
        Ok(event(self.watermark, "snapshot", &InboxSnapshot { unread, items }))
    }

    /// The event of a change; `None` where it was told.
    fn change(&mut self, change: &InboxChange) -> Option<Bytes> {
        let InboxChange { notice, unread } = change;
        if self.told.insert(notice.id, notice.changed_at) == Some(notice.changed_at) {
            return None;
        }
        self.watermark = self.watermark.max(notice.changed_at.timestamp_micros());
        // What was told long ago is not told again by the task that reads.
        let forgotten = notice.changed_at - TimeDelta::minutes(10);
        self.told.retain(|_, at| *at >= forgotten);
        Some(if notice.is_shown() {
            let item = InboxItem::of(notice.clone(), self.language);
            event(self.watermark, "notice", &InboxNotice { unread: *unread, notification: item.into() })
        } else {
            event(self.watermark, "removed", &InboxRemoved { unread: *unread, id: notice.id.0 })
        })
    }

    /// What is sent next; `None` after the end.
    async fn next(&mut self) -> Option<Bytes> {
        if let Some(bytes) = self.waiting.pop() {
            return Some(bytes);
        }
        if self.has_ended {
            return None;
        }
        loop {
            tokio::select! {
                change = self.receiver.recv() => match change {
                    Ok(change) => {
                        if let Some(bytes) = self.change(&change) {
                            return Some(bytes);
                        }
                    }
                    // Whoever lies too far behind comes back with the id of the last event.
                    Err(RecvError::Lagged(_) | RecvError::Closed) => return Some(self.end("stopping")),
                },
                _ = self.heartbeat.tick() => {
                    return Some(match self.reason_to_end().await {
                        Some(reason) => self.end(reason),
                        None => Bytes::from_static(HEARTBEAT),
                    });
                }
            }
        }
    }

    async fn reason_to_end(&self) -> Option<&'static str> {
        if !self.app.readiness().is_ready() {
            return Some("stopping");
        }
        if self.app.now() >= self.sign_in.until {
            return Some("signed_out");
        }
        match self.app.caller_of(self.sign_in).await {
            Ok(None) => Some("signed_out"),
            // The database is away for a moment; the next heartbeat asks again.
            Ok(Some(_)) | Err(_) => None,
        }
    }

    fn end(&mut self, reason: &str) -> Bytes {
        self.has_ended = true;
        end(reason)
    }
}
