//! Makes of events one delivery, and one job, for each endpoint that wants to know.

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Delivery, DeliveryStatus, delivering::delivery_job};
use crate::{
    audit::AuditEntry,
    error::RepositoryResult,
    events::{CHANGES, Event, find_kind},
    ids::{AuditEntryId, EventId, WebhookDeliveryId},
    jobs::{self, Job, JobHandler, JobOutcome},
    store::{Repositories, finish},
    yard::Yard,
};

/// The kind of job that finds out who is told of events. The database keeps these: see the migration `webhooks`.
pub const FAN_OUT_WEBHOOKS: &str = "webhooks.fan_out";

/// Of what a job tells.
#[derive(Deserialize)]
struct Payload {
    of: Source,
    /// Of these entries; of what has the id of the job where there are none.
    #[serde(default)]
    ids: Vec<AuditEntryId>,
}

/// What tells that something has happened.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Source {
    Events,
    AuditLog,
}

/// Finds out who is told of an event, or of what one statement has written into the audit log.
pub struct WebhookFanOut(Yard);

impl WebhookFanOut {
    /// Finds out on `yard`.
    pub fn new(yard: Yard) -> Self {
        Self(yard)
    }

    async fn run_in(
        &self,
        repositories: &mut dyn Repositories,
        job: &Job,
        Payload { of, mut ids }: Payload,
    ) -> RepositoryResult<()> {
        let events: Vec<Event> = match of {
            Source::Events => repositories.events().find(EventId(job.id.0)).await?.into_iter().collect(),
            Source::AuditLog => {
                if ids.is_empty() {
                    ids.push(AuditEntryId(job.id.0));
                }
                repositories.audit().find_many(&ids).await?.into_iter().filter_map(told).collect()
            }
        };
        let endpoints = repositories.webhooks().active_endpoints().await?;
        let now = self.0.clock.now();
        let (mut deliveries, mut jobs) = (Vec::new(), Vec::new());
        for event in &events {
            let body = body_of(event);
            for endpoint in endpoints.iter().filter(|endpoint| endpoint.wants(&event.kind)) {
                deliveries.push(Delivery {
                    id: WebhookDeliveryId(self.0.ids.next()),
                    endpoint_id: endpoint.id,
                    event_id: event.id,
                    kind: event.kind.clone(),
                    body: body.clone(),
                    status: DeliveryStatus::Pending,
                    attempts: 0,
                    last_status: None,
                    last_error: None,
                    created_at: now,
                    attempted_at: None,
                });
                // Found out twice, it is delivered once.
                let key = format!("{} {}", endpoint.id, event.id);
                jobs.push(delivery_job(endpoint, event.id, now).unique(key));
            }
        }
        repositories.webhooks().insert_deliveries(&deliveries).await?;
        jobs::enqueue_each(repositories, &self.0, jobs).await?;
        Ok(())
    }
}

#[async_trait]
impl JobHandler for WebhookFanOut {
    fn kind(&self) -> &'static str {
        FAN_OUT_WEBHOOKS
    }

    async fn run(&self, job: &Job) -> JobOutcome {
        let payload = job.read()?;
        let mut unit = self.0.store.begin().await?;
        let outcome = self.run_in(&mut *unit, job, payload).await;
        Ok(finish(unit, outcome).await?)
    }
}

/// The event that an entry of the audit log tells, if it tells one: with what the catalogue names, and nothing else.
fn told(entry: AuditEntry) -> Option<Event> {
    let (_, _, kind) =
        CHANGES.iter().find(|(entity, action, _)| (*entity, *action) == (&*entry.entity, entry.action))?;
    let document = entry.new.or(entry.old)?;
    let fields = find_kind(kind)?
        .fields
        .iter()
        .map(|field| (field.name.to_owned(), document.get(field.name).cloned().unwrap_or_default()));
    let user = document.get("user_id").and_then(Value::as_str).and_then(|id| id.parse().ok());
    Some(Event {
        id: EventId(entry.id.0),
        kind: (*kind).to_owned(),
        subject_id: entry.entity_id,
        user_id: user.map(crate::ids::UserId),
        payload: Value::Object(fields.collect()),
        occurred_at: entry.at,
        request_id: entry.request_id,
    })
}

/// The body of the request that tells of an event.
fn body_of(event: &Event) -> String {
    let mut data = Map::new();
    data.insert("id".to_owned(), json!(event.subject_id));
    data.insert("user_id".to_owned(), json!(event.user_id));
    if let Some(particulars) = event.payload.as_object() {
        data.extend(particulars.clone());
    }
    let timestamp = event.occurred_at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true);
    json!({"type": event.kind, "timestamp": timestamp, "data": data}).to_string()
}
