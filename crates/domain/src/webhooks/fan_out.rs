//! Makes of an event one delivery, and one job, for each endpoint that wants to know.

use async_trait::async_trait;
use serde_json::{Map, Value, json};

use super::{Delivery, DeliveryStatus, delivering::delivery_job};
use crate::{
    audit::AuditEntry,
    error::RepositoryResult,
    events::{CHANGES, Event, find_kind},
    ids::{AuditEntryId, EventId, WebhookDeliveryId},
    jobs::{self, Job, JobFailure, JobHandler, JobOutcome},
    store::{Repositories, finish},
    yard::Yard,
};

/// The kind of job that finds out who is told of an event. The database keeps these: see the migration `webhooks`.
pub const FAN_OUT_WEBHOOKS: &str = "webhooks.fan_out";

/// Finds out who is told of an event. The id of the job is that of the event, or of the entry of the audit log that tells it.
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
        of_event: bool,
    ) -> RepositoryResult<()> {
        let event = if of_event {
            repositories.events().find(EventId(job.id.0)).await?
        } else {
            repositories.audit().find(AuditEntryId(job.id.0)).await?.and_then(told)
        };
        let Some(event) = event else { return Ok(()) };
        let body = body_of(&event);
        let endpoints = repositories.webhooks().active_endpoints().await?;
        let now = self.0.clock.now();
        let deliveries: Vec<Delivery> = endpoints
            .iter()
            .filter(|endpoint| endpoint.wants(&event.kind))
            .map(|endpoint| Delivery {
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
            })
            .collect();
        repositories.webhooks().insert_deliveries(&deliveries).await?;
        let jobs = deliveries.iter().map(|delivery| {
            // Found out twice, it is delivered once.
            let key = format!("{} {}", delivery.endpoint_id, delivery.event_id);
            delivery_job(delivery.endpoint_id, delivery.event_id).unique(key)
        });
        jobs::enqueue_all(repositories, &self.0, jobs.collect::<Vec<_>>()).await?;
        Ok(())
    }
}

#[async_trait]
impl JobHandler for WebhookFanOut {
    fn kind(&self) -> &'static str {
        FAN_OUT_WEBHOOKS
    }

    async fn run(&self, job: &Job) -> JobOutcome {
        let of_event = match job.payload.get("of").and_then(Value::as_str) {
            Some("events") => true,
            Some("audit_log") => false,
            _ => return Err(JobFailure::permanent("the payload can't be read")),
        };
        let mut unit = self.0.store.begin().await?;
        let outcome = self.run_in(&mut *unit, job, of_event).await;
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
