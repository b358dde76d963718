//! Sends one event to one endpoint, and draws the conclusions.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::json;

use super::{
    Delivery, DeliveryStatus, DisabledBecause, Reply, WebhookEndpoint, WebhookPost, WebhookTransport,
    service::secret_of,
};
use crate::{
    access::Caller,
    error::RepositoryResult,
    ids::{EventId, WebhookEndpointId},
    jobs::{Job, JobFailure, JobHandler, JobOutcome, NewJob},
    secrets::Secrets,
    store::{Repositories, finish},
    yard::Yard,
};

/// The kind of job that sends one event to one endpoint.
pub const DELIVER_WEBHOOK: &str = "webhooks.deliver";

/// How long to wait after each attempt: three days and more in all.
const PAUSES: [Duration; 9] = [
    Duration::from_secs(5),
    Duration::from_mins(5),
    Duration::from_mins(30),
    Duration::from_hours(2),
    Duration::from_hours(5),
    Duration::from_hours(10),
    Duration::from_hours(14),
    Duration::from_hours(20),
    Duration::from_hours(24),
];
/// An endpoint that has taken nothing for so long is disabled.
const DISABLED_AFTER: TimeDelta = TimeDelta::days(5);
/// What a receiver asks for is heeded up to here.
const LONGEST_WAIT: Duration = Duration::from_hours(24);
const GONE: u16 = 410;

/// An endpoint that has taken nothing for so long shares its lane with all others of its kind.
const SHARES_AFTER: TimeDelta = TimeDelta::minutes(10);

/// The job that sends this event to this endpoint.
pub(super) fn delivery_job(endpoint: &WebhookEndpoint, event: EventId, now: DateTime<Utc>) -> NewJob {
    let attempts = i32::try_from(PAUSES.len() + 1).unwrap_or(NewJob::ATTEMPTS);
    let payload = json!({"endpoint_id": endpoint.id, "event_id": event});
    NewJob::new(DELIVER_WEBHOOK, payload).attempts(attempts).in_lane(lane(endpoint, now))
}

/// An endpoint that hangs holds up itself; many of them hold up each other, and nobody else.
fn lane(endpoint: &WebhookEndpoint, now: DateTime<Utc>) -> String {
    if endpoint.failing_since.is_some_and(|since| now - since >= SHARES_AFTER) {
        "webhooks: failing".to_owned()
    } else {
        format!("webhooks: {}", endpoint.id)
    }
}

/// What the job holds.
#[derive(Deserialize)]
struct Payload {
    endpoint_id: WebhookEndpointId,
    event_id: EventId,
}

/// Sends deliveries.
pub struct WebhookDelivering {
    yard: Yard,
    secrets: Arc<dyn Secrets>,
    transport: Arc<dyn WebhookTransport>,
}

impl WebhookDelivering {
    /// Sends through `transport`, signed with what `secrets` derive.
    pub fn new(yard: Yard, secrets: Arc<dyn Secrets>, transport: Arc<dyn WebhookTransport>) -> Self {
        Self { yard, secrets, transport }
    }

    async fn send(&self, delivery: &Delivery, endpoint: &WebhookEndpoint) -> Reply {
        let at = self.yard.clock.now();
        let numbers = endpoint.signing_numbers(at).into_iter();
        let post = WebhookPost {
            url: endpoint.url.clone(),
            id: delivery.event_id.to_string(),
            at,
            body: delivery.body.clone(),
            secrets: numbers.map(|number| secret_of(&*self.secrets, endpoint.id, number)).collect(),
        };
        self.transport.post(&post).await
    }

    /// Keeps how the attempt ended; an endpoint that is gone, or has failed for days, is disabled.
    async fn keep_in(
        &self,
        repositories: &mut dyn Repositories,
        delivery: &Delivery,
        endpoint: &WebhookEndpoint,
    ) -> RepositoryResult<()> {
        repositories.webhooks().update_delivery(delivery).await?;
        if delivery.status == DeliveryStatus::Skipped {
            return Ok(());
        }
        let now = self.yard.clock.now();
        let taken = delivery.status == DeliveryStatus::Delivered;
        if taken == endpoint.failing_since.is_some() {
            let since = (!taken).then_some(now);
            repositories.webhooks().note_failing(endpoint.id, since).await?;
        }
        let because = if delivery.last_status == Some(GONE.into()) {
            DisabledBecause::Gone
        } else if !taken && endpoint.failing_since.is_some_and(|since| now - since >= DISABLED_AFTER) {
            DisabledBecause::Failing
        } else {
            return Ok(());
        };
        let found = repositories.webhooks().find_endpoint_for_update(endpoint.id).await?;
        let Some(old) = found.filter(WebhookEndpoint::is_active) else { return Ok(()) };
        let caller = Caller::system();
        let stamps = old.stamps.touched(&caller, now);
        let new = WebhookEndpoint { disabled: Some(because), stamps, ..old.clone() };
        repositories.webhooks().update_endpoint(&new).await?;
        let entry = self.yard.pen(&caller).updated(&old, &new);
        repositories.audit().append(&[entry.because(Some(because.as_str()))]).await?;
        tracing::warn!(webhook.id = %new.id, because = because.as_str(), "a webhook endpoint is disabled");
        Ok(())
    }

    async fn keep(&self, delivery: &Delivery, endpoint: &WebhookEndpoint) -> RepositoryResult<()> {
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.keep_in(&mut *unit, delivery, endpoint).await;
        finish(unit, outcome).await
    }
}

#[async_trait]
impl JobHandler for WebhookDelivering {
    fn kind(&self) -> &'static str {
        DELIVER_WEBHOOK
    }

    async fn run(&self, job: &Job) -> JobOutcome {
        let Payload { endpoint_id, event_id } = job.read()?;
        let found = self.yard.store.session().await?.webhooks().find_delivery(endpoint_id, event_id).await?;
        // Removed with its endpoint.
        let Some((old, endpoint)) = found else { return Ok(()) };
        match old.status {
            DeliveryStatus::Delivered | DeliveryStatus::Skipped => return Ok(()),
            DeliveryStatus::Pending | DeliveryStatus::Failed => {}
        }
        if !endpoint.is_active() {
            let skipped = Delivery { status: DeliveryStatus::Skipped, ..old };
            return Ok(self.keep(&skipped, &endpoint).await?);
        }
        let reply = self.send(&old, &endpoint).await;
        let verdict = judged(reply);
        let is_last = job.attempts >= job.max_attempts;
        let status = match &verdict {
            Ok(()) => DeliveryStatus::Delivered,
            Err(JobFailure::Temporary { .. }) if !is_last => DeliveryStatus::Pending,
            Err(JobFailure::Temporary { .. } | JobFailure::Permanent { .. }) => DeliveryStatus::Failed,
        };
        let new = Delivery {
            status,
            attempts: old.attempts + 1,
            last_status: match reply {
                Reply::Answered { status, .. } => Some(status.into()),
                Reply::Nothing(_) => None,
            },
            last_error: verdict.as_ref().err().map(ToString::to_string),
            attempted_at: Some(self.yard.clock.now()),
            ..old
        };
        self.keep(&new, &endpoint).await?;
        verdict
    }

    fn time_limit(&self) -> Duration {
        Duration::from_mins(1)
    }

    fn pause(&self, attempt: i32) -> Duration {
        let place = usize::try_from(attempt.saturating_sub(1)).unwrap_or_default();
        PAUSES.get(place).or(PAUSES.last()).copied().unwrap_or_default()
    }
}

/// Only 2xx is success; 410 says that nothing will ever be taken again.
fn judged(reply: Reply) -> JobOutcome {
    match reply {
        Reply::Answered { status: 200..=299, .. } => Ok(()),
        Reply::Answered { status: GONE, .. } => Err(JobFailure::permanent("the endpoint is gone: 410")),
        Reply::Answered { status, retry_after } => Err(JobFailure::Temporary {
            reason: format!("the endpoint answered {status}"),
            after: retry_after.map(|wait| wait.min(LONGEST_WAIT)),
        }),
        Reply::Nothing(why) => Err(JobFailure::temporary(why)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{stamps::Stamps, webhooks::WebhookUrl};

    #[test]
    fn endpoints_that_have_failed_for_a_while_share_a_lane() {
        let now: DateTime<Utc> = "2026-09-01T01:00:00Z".parse().unwrap();
        let endpoint = |number: u128, failing: Option<i64>| WebhookEndpoint {
            id: WebhookEndpointId(uuid::Uuid::from_u128(number)),
            url: WebhookUrl::parse("https://hooks.example.org").unwrap(),
            description: None,
            kinds: std::collections::BTreeSet::new(),
            disabled: None,
            failing_since: failing.map(|minutes| now - TimeDelta::minutes(minutes)),
            secret_number: 1,
            old_secret_until: None,
            stamps: Stamps::new(&Caller::system(), now),
        };
        let lane_of = |number, failing| lane(&endpoint(number, failing), now);
        assert_ne!(lane_of(1, None), lane_of(2, None));
        assert_eq!(lane_of(1, Some(9)), lane_of(1, None), "that may be one event that it does not like");
        assert_eq!(lane_of(1, Some(10)), lane_of(2, Some(60)));
    }

    #[test]
    fn a_delivery_is_tried_for_three_days_and_more() {
        let all: Duration = PAUSES.iter().sum();
        assert!(all > Duration::from_hours(72), "{all:?}");
        assert!(PAUSES.is_sorted());
    }

    #[test]
    fn only_2xx_is_success_and_a_wait_is_heeded() {
        let answered = |status, retry_after| judged(Reply::Answered { status, retry_after });
        assert_eq!(answered(204, None), Ok(()));
        assert!(matches!(answered(410, None), Err(JobFailure::Permanent { .. })));
        for status in [301, 302, 400, 404, 429, 500, 503] {
            assert!(
                matches!(answered(status, None), Err(JobFailure::Temporary { after: None, .. })),
                "{status}"
            );
        }
        let Err(JobFailure::Temporary { after, .. }) = answered(429, Some(Duration::from_hours(900))) else {
            panic!("to be tried again")
        };
        assert_eq!(after, Some(LONGEST_WAIT));
    }
}
