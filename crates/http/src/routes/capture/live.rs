//! The live list of a lecture as server-sent events, and tickets for browsers.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse, get, post,
    web::{self, Bytes},
};
use futures_util::stream;
use madang_domain::{
    access::{Action, authorize},
    ids::{ClassId, LectureId},
    stream_tickets::SignIn,
};
use serde::{Deserialize, Serialize};
use tokio::{sync::watch, time::Interval};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    app::Limits,
    event_streams::{HEARTBEAT, RETRY, StreamEnd, StreamTicketResponse, end, heartbeat, streaming},
    live_lists::LiveList,
    problem::Problem,
    request::{Authenticated, Id, Params, SignedInAs, token_invalid},
    routes::{attendances::AttendanceResponse, shapes::UserSummaryResponse},
    state::App,
};

/// The query of `GET /lectures/{id}/live`.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LiveQuery {
    /// A ticket from `POST /lectures/{id}/live-ticket`, for clients that can't send headers.
    #[param(max_length = 100)]
    ticket: Option<String>,
    /// The id of the last event that was received, for clients that can't send `Last-Event-ID`.
    #[param(minimum = 0)]
    last_event_id: Option<i64>,
}

/// How many are where.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct LiveCounts {
    /// Learners who are expected.
    #[schema(minimum = 0, example = 30)]
    pub expected: usize,
    /// Those who are there: present or late, and not outside.
    #[schema(minimum = 0, example = 27)]
    #[serde(rename = "in")]
    pub inside: usize,
    /// Those who stepped out.
    #[schema(minimum = 0, example = 1)]
    pub away: usize,
    /// Those without a mark.
    #[schema(minimum = 0, example = 2)]
    pub missing: usize,
}

/// `snapshot`: the whole list, by name.
#[derive(Debug, Serialize, ToSchema)]
pub struct LiveSnapshot {
    /// Of which lecture.
    pub lecture_id: Uuid,
    /// How many are where.
    pub counts: LiveCounts,
    /// Everybody who is expected.
    #[schema(max_items = 100_000)]
    pub learners: Vec<LiveEntry>,
}

/// `mark`: a learner whose mark is new, changed or gone.
#[derive(Debug, Serialize, ToSchema)]
pub struct LiveEntry {
    /// Who.
    pub user: UserSummaryResponse,
    /// The mark; null for somebody who is missing.
    pub attendance: Option<AttendanceResponse>,
    /// How many are where now.
    pub counts: LiveCounts,
}

/// `left`: somebody who is no longer expected.
#[derive(Debug, Serialize, ToSchema)]
pub struct LiveGone {
    /// Who.
    pub user_id: Uuid,
    /// How many are where now.
    pub counts: LiveCounts,
}

/// `resume`: who is expected and who has no mark; `mark` events of what changed since follow it.
///
/// So a client that keeps its list drops whoever is not in `learner_ids`, because they have left, and the marks of whoever is `missing`,
/// because theirs were removed.
#[derive(Debug, Serialize, ToSchema)]
pub struct LiveResume {
    /// How many are where now.
    pub counts: LiveCounts,
    /// Everybody who is expected: who was and is not among them has left or was withdrawn.
    #[schema(max_items = 100_000)]
    pub learner_ids: Vec<Uuid>,
    /// Everybody without a mark: who had one, it was removed.
    #[schema(max_items = 100_000)]
    pub missing: Vec<UserSummaryResponse>,
}

/// The data of an event.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "describes the stream in the API document")]
pub enum LiveEvent {
    /// The whole list.
    Snapshot(LiveSnapshot),
    /// Who is missing, for a client that comes back.
    Resume(LiveResume),
    /// One learner.
    Mark(Box<LiveEntry>),
    /// Somebody who is no longer expected.
    Left(LiveGone),
    /// The end.
    End(StreamEnd),
}

/// Get a ticket for the live list of a lecture.
///
/// It opens `GET /lectures/{id}/live` once within 30 seconds: a browser's `EventSource` sends no `Authorization`. For managers and the lecturers and
/// assistants of the class. 실시간 출석부 입장권.
#[utoipa::path(tag = "attendances", params(("id" = Uuid, Path, description = "The id of the lecture.")),
    responses((status = 200, description = "The ticket.", body = StreamTicketResponse)))]
#[post("/lectures/{id}/live-ticket")]
pub(super) async fn create_live_ticket(
    request: HttpRequest,
    caller: Authenticated,
    sign_in: SignedInAs,
    id: Id<LectureId>,
) -> Result<HttpResponse, Problem> {
    let app = App::of(&request)?;
    app.services().capture.watchable(&caller, id.0).await?;
    let issued = app.services().stream_tickets.issue(&stream_of(id.0), sign_in.0).await?;
    Ok(HttpResponse::Ok().json(StreamTicketResponse::from(issued)))
}

/// Watch the attendance of a lecture.
///
/// Server-sent events: a `snapshot` of who is in and who is missing, then a `mark` for each change within about a second, `left` for who is no longer expected.
/// A client that comes back with `Last-Event-ID` gets `resume`, which tells who has left and whose mark was removed, and the `mark`s since then, on whichever node;
/// marks may come twice, told apart by their version. A
/// comment every 15 seconds shows that the connection stands. The stream ends with the access token, or when one may no longer see the list. For managers
/// and the lecturers and assistants of the class; with `Authorization`, or with a ticket. 실시간 출석부.
#[utoipa::path(tag = "attendances", params(("id" = Uuid, Path, description = "The id of the lecture."), LiveQuery),
    responses((status = 200, description = "The events.", content((LiveEvent = "text/event-stream")))))]
#[get("/lectures/{id}/live")]
pub(super) async fn watch_lecture(
    request: HttpRequest,
    id: Id<LectureId>,
    query: Params<LiveQuery>,
) -> Result<HttpResponse, Problem> {
    let app = App::of(&request)?;
    let sign_in = match &query.0.ticket {
        Some(ticket) => {
            let sign_in = app.services().stream_tickets.redeem(&stream_of(id.0), ticket).await?;
            sign_in.ok_or_else(token_invalid)?
        }
        None => SignedInAs::of(&request)?.0,
    };
    let caller = app.caller_of(sign_in).await?.ok_or_else(token_invalid)?;
    let class = app.services().capture.watchable(&caller, id.0).await?;
    let limits = request.app_data::<web::Data<Limits>>().map_or_else(|| Limits::DEFAULT, |data| ***data);
    let mut receiver = app.live_lists().watch(&app.services().capture, id.0, limits.live_every);
    receiver.mark_changed();
    let header = request.headers().get("last-event-id").and_then(|value| value.to_str().ok()?.parse().ok());
    let watcher = Watcher {
        app,
        receiver,
        heartbeat: heartbeat(limits.live_heartbeat),
        sign_in,
        class,
        resume_from: header.or(query.0.last_event_id),
        seen: 0,
        state: State::Begins,
    };
    let events = stream::unfold(watcher, async |mut watcher| {
        let bytes = watcher.next().await?;
        Some((Ok::<_, actix_web::Error>(bytes), watcher))
    });
    Ok(streaming(events))
}

fn stream_of(lecture: LectureId) -> String {
    format!("lectures/{lecture}/live")
}

/// One connection that watches.
struct Watcher {
    app: App,
    receiver: watch::Receiver<Arc<LiveList>>,
    heartbeat: Interval,
    sign_in: SignIn,
    class: ClassId,
    resume_from: Option<i64>,
    /// The generation that was sent last.
    seen: u64,
    state: State,
}

enum State {
    Begins,
    Watches,
    Ended,
}

impl Watcher {
    /// What is sent next; `None` after the end.
    async fn next(&mut self) -> Option<Bytes> {
        match self.state {
            State::Ended => return None,
            State::Begins => {
                self.state = State::Watches;
                return Some(Bytes::from_static(RETRY));
            }
            State::Watches => {}
        }
        loop {
            tokio::select! {
                changed = self.receiver.changed() => {
                    if changed.is_err() {
                        return Some(self.end("stopping"));
                    }
                    if let Some(bytes) = self.news() {
                        return Some(bytes);
                    }
                }
                _ = self.heartbeat.tick() => {
                    return Some(match self.reason_to_end().await {
                        Some(reason) => self.end(reason),
                        None => Bytes::from_static(HEARTBEAT),
                    });
                }
            }
        }
    }

    fn news(&mut self) -> Option<Bytes> {
        let list = Arc::clone(&self.receiver.borrow_and_update());
        // A list that nobody has read yet answers nobody: whoever resumes waits for the first reading.
        if list.generation == self.seen {
            return None;
        }
        let missed_nothing = self.seen > 0 && list.generation == self.seen + 1;
        let bytes = match (self.seen, self.resume_from.take()) {
            (0, Some(id)) => list.since(id),
            _ if missed_nothing => list.changes.clone(),
            _ => list.whole(),
        };
        self.seen = list.generation;
        Some(bytes)
    }

    async fn reason_to_end(&self) -> Option<&'static str> {
        if !self.app.readiness().is_ready() {
            return Some("stopping");
        }
        if self.app.now() >= self.sign_in.until {
            return Some("signed_out");
        }
        match self.app.caller_of(self.sign_in).await {
            Ok(Some(caller)) if authorize(&caller, Action::ReadRoster(self.class)).is_ok() => None,
            Ok(Some(_)) => Some("forbidden"),
            Ok(None) => Some("signed_out"),
            // The database is away for a moment; the next heartbeat asks again.
            Err(_) => None,
        }
    }

    fn end(&mut self, reason: &str) -> Bytes {
        self.state = State::Ended;
        end(reason)
    }
}
