//! What can be done with endpoints and deliveries.

use std::{collections::BTreeSet, sync::Arc};

use chrono::TimeDelta;
use thiserror::Error;

use super::{
    AddressProblem, Again, Delivery, DeliveryCleaning, DeliveryFilter, DeliverySort, EndpointChanges,
    EndpointSort, IssuedEndpoint, NewEndpoint, SigningSecret, WebhookDelivering, WebhookEndpoint,
    WebhookFanOut, WebhookTransport, delivering::delivery_job,
};
use crate::{
    access::{Action, Caller, authorize},
    error::RepositoryError,
    events::find_kind,
    idempotency::Answering,
    ids::WebhookEndpointId,
    jobs::{self, JobHandler},
    page::{Listed, Listing},
    secrets::Secrets,
    stamps::{Expected, Stamps},
    store::{Repositories, finish},
    yard::Yard,
};

/// What secrets are derived for.
const PURPOSE: &str = "webhook";
/// How many deliveries are sent again at one request.
const MOST_AGAIN: u32 = 1_000;

/// Why something could not be done with an endpoint.
#[derive(Debug, Error)]
pub enum WebhookError {
    /// There is no such endpoint.
    #[error("no such webhook endpoint: {0}")]
    NotFound(WebhookEndpointId),
    /// The caller may not do this.
    #[error("forbidden to the caller")]
    Forbidden,
    /// Requests may not go there.
    #[error("the address may not be asked")]
    Address(#[source] AddressProblem),
    /// There is no such kind of event.
    #[error("no such kind of event")]
    UnknownKind(String),
    /// The endpoint is disabled.
    #[error("the endpoint is disabled")]
    Disabled,
    /// It was changed by somebody else.
    #[error("the endpoint has changed since it was read")]
    Stale,
    /// The data could not be reached or kept.
    #[error("the repository failed")]
    Repository(#[from] RepositoryError),
}

/// The use cases of webhooks.
#[derive(Clone)]
pub struct WebhookService {
    yard: Yard,
    secrets: Arc<dyn Secrets>,
    transport: Arc<dyn WebhookTransport>,
}

/// The secret with this number of an endpoint; nothing of it is kept.
pub(super) fn secret_of(secrets: &dyn Secrets, endpoint: WebhookEndpointId, number: i32) -> SigningSecret {
    let mut subject = endpoint.0.as_bytes().to_vec();
    subject.extend(number.to_be_bytes());
    SigningSecret(secrets.derive(PURPOSE, &subject))
}

impl WebhookService {
    /// A service that stands on `yard`.
    pub fn new(yard: Yard, secrets: Arc<dyn Secrets>, transport: Arc<dyn WebhookTransport>) -> Self {
        Self { yard, secrets, transport }
    }

    /// The jobs that tell endpoints of events.
    pub fn jobs(&self) -> Vec<Arc<dyn JobHandler>> {
        let yard = || self.yard.clone();
        vec![
            Arc::new(WebhookFanOut::new(yard())),
            Arc::new(WebhookDelivering::new(yard(), self.secrets.clone(), self.transport.clone())),
            Arc::new(DeliveryCleaning::new(yard())),
        ]
    }

    /// Makes an endpoint, which is told of what happens from now on.
    pub async fn create(
        &self,
        caller: &Caller,
        new: NewEndpoint,
        answering: &Answering<'_, IssuedEndpoint>,
    ) -> Result<IssuedEndpoint, WebhookError> {
        allowed(caller)?;
        self.transport.allows(&new.url).map_err(WebhookError::Address)?;
        known_kinds(&new.kinds)?;
        let endpoint = WebhookEndpoint {
            id: WebhookEndpointId(self.yard.ids.next()),
            url: new.url,
            description: new.description,
            kinds: new.kinds,
            disabled: None,
            failing_since: None,
            secret_number: 1,
            old_secret_until: None,
            stamps: Stamps::new(caller, self.yard.clock.now()),
        };
        let issued = self.issued(endpoint);
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.create_in(&mut *unit, caller, &issued, answering).await;
        finish(unit, outcome).await?;
        Ok(issued)
    }

    async fn create_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        issued: &IssuedEndpoint,
        answering: &Answering<'_, IssuedEndpoint>,
    ) -> Result<(), WebhookError> {
        repositories.webhooks().insert_endpoint(&issued.endpoint).await?;
        repositories.audit().append(&[self.yard.pen(caller).created(&issued.endpoint)]).await?;
        Ok(answering.keep(repositories, issued).await?)
    }

    /// Lists endpoints.
    pub async fn list(
        &self,
        caller: &Caller,
        listing: Listing<(), EndpointSort>,
    ) -> Result<Listed<WebhookEndpoint>, WebhookError> {
        allowed(caller)?;
        let mut session = self.yard.store.session().await?;
        Ok(session.webhooks().list_endpoints(&listing).await?)
    }

    /// One endpoint.
    pub async fn find(
        &self,
        caller: &Caller,
        id: WebhookEndpointId,
    ) -> Result<WebhookEndpoint, WebhookError> {
        allowed(caller)?;
        let mut session = self.yard.store.session().await?;
        session.webhooks().find_endpoint(id).await?.ok_or(WebhookError::NotFound(id))
    }

    /// Changes an endpoint.
    pub async fn update(
        &self,
        caller: &Caller,
        id: WebhookEndpointId,
        expected: Expected,
        changes: EndpointChanges,
    ) -> Result<WebhookEndpoint, WebhookError> {
        allowed(caller)?;
        if let Some(url) = &changes.url {
            self.transport.allows(url).map_err(WebhookError::Address)?;
        }
        if let Some(kinds) = &changes.kinds {
            known_kinds(kinds)?;
        }
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.change_in(&mut *unit, caller, id, expected, |old| changes.apply_to(old)).await;
        finish(unit, outcome).await
    }

    /// Gives an endpoint a new secret; the one before signs as well for so long.
    pub async fn rotate_secret(
        &self,
        caller: &Caller,
        id: WebhookEndpointId,
        overlap: TimeDelta,
    ) -> Result<IssuedEndpoint, WebhookError> {
        allowed(caller)?;
        let until = self.yard.clock.now() + overlap;
        let mut unit = self.yard.store.begin().await?;
        let rotate = |old: &WebhookEndpoint| WebhookEndpoint {
            secret_number: old.secret_number + 1,
            old_secret_until: Some(until),
            ..old.clone()
        };
        let outcome = self.change_in(&mut *unit, caller, id, Expected::Any, rotate).await;
        Ok(self.issued(finish(unit, outcome).await?))
    }

    async fn change_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        id: WebhookEndpointId,
        expected: Expected,
        change: impl FnOnce(&WebhookEndpoint) -> WebhookEndpoint + Send,
    ) -> Result<WebhookEndpoint, WebhookError> {
        let old = held(repositories, id, expected).await?;
        let mut new = change(&old);
        if new == old {
            return Ok(old);
        }
        new.stamps = old.stamps.touched(caller, self.yard.clock.now());
        repositories.webhooks().update_endpoint(&new).await?;
        if new.failing_since.is_none() && old.failing_since.is_some() {
            repositories.webhooks().note_failing(id, None).await?;
        }
        repositories.audit().append(&[self.yard.pen(caller).updated(&old, &new)]).await?;
        Ok(new)
    }

    /// Removes an endpoint and what was delivered to it.
    pub async fn delete(
        &self,
        caller: &Caller,
        id: WebhookEndpointId,
        expected: Expected,
    ) -> Result<(), WebhookError> {
        allowed(caller)?;
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.delete_in(&mut *unit, caller, id, expected).await;
        finish(unit, outcome).await
    }

    async fn delete_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        id: WebhookEndpointId,
        expected: Expected,
    ) -> Result<(), WebhookError> {
        let old = held(repositories, id, expected).await?;
        repositories.webhooks().delete_endpoint(id).await?;
        repositories.audit().append(&[self.yard.pen(caller).deleted(&old, None)]).await?;
        Ok(())
    }

    /// Lists what was, and is to be, delivered to an endpoint.
    pub async fn deliveries(
        &self,
        caller: &Caller,
        listing: Listing<DeliveryFilter, DeliverySort>,
    ) -> Result<Listed<Delivery>, WebhookError> {
        allowed(caller)?;
        let id = listing.filter.endpoint_id;
        let mut session = self.yard.store.session().await?;
        session.webhooks().find_endpoint(id).await?.ok_or(WebhookError::NotFound(id))?;
        Ok(session.webhooks().list_deliveries(&listing).await?)
    }

    /// Has deliveries that have ended sent again, under the same ids; tells how many.
    pub async fn redeliver(
        &self,
        caller: &Caller,
        id: WebhookEndpointId,
        which: Again,
        answering: &Answering<'_, usize>,
    ) -> Result<usize, WebhookError> {
        allowed(caller)?;
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.redeliver_in(&mut *unit, id, &which, answering).await;
        finish(unit, outcome).await
    }

    async fn redeliver_in(
        &self,
        repositories: &mut dyn Repositories,
        id: WebhookEndpointId,
        which: &Again,
        answering: &Answering<'_, usize>,
    ) -> Result<usize, WebhookError> {
        let endpoint = repositories.webhooks().find_endpoint(id).await?.ok_or(WebhookError::NotFound(id))?;
        if !endpoint.is_active() {
            return Err(WebhookError::Disabled);
        }
        let events = repositories.webhooks().renew_deliveries(id, which, MOST_AGAIN).await?;
        let (count, now) = (events.len(), self.yard.clock.now());
        let jobs: Vec<_> = events.into_iter().map(|event| delivery_job(&endpoint, event, now)).collect();
        jobs::enqueue_each(repositories, &self.yard, jobs).await?;
        answering.keep(repositories, &count).await?;
        Ok(count)
    }

    fn issued(&self, endpoint: WebhookEndpoint) -> IssuedEndpoint {
        let secret = secret_of(&*self.secrets, endpoint.id, endpoint.secret_number);
        IssuedEndpoint { endpoint, secret }
    }
}

fn allowed(caller: &Caller) -> Result<(), WebhookError> {
    authorize(caller, Action::ManageWebhooks).map_err(|_| WebhookError::Forbidden)
}

fn known_kinds(kinds: &BTreeSet<String>) -> Result<(), WebhookError> {
    match kinds.iter().find(|kind| find_kind(kind).is_none()) {
        Some(unknown) => Err(WebhookError::UnknownKind(unknown.clone())),
        None => Ok(()),
    }
}

async fn held(
    repositories: &mut dyn Repositories,
    id: WebhookEndpointId,
    expected: Expected,
) -> Result<WebhookEndpoint, WebhookError> {
    let found = repositories.webhooks().find_endpoint_for_update(id).await?;
    let endpoint = found.ok_or(WebhookError::NotFound(id))?;
    if expected.allows(endpoint.stamps.version) { Ok(endpoint) } else { Err(WebhookError::Stale) }
}
