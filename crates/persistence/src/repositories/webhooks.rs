//! Webhook endpoints and deliveries.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use madang_domain::{
    error::{Pending, RepositoryError, RepositoryResult},
    ids::{EventId, WebhookEndpointId},
    page::{Listed, Listing, SortKey},
    webhooks::{
        Again, Delivery, DeliveryFilter, DeliverySort, EndpointSort, WebhookEndpoint, WebhookRepository,
    },
};

use super::{Db, Session, all, bulk::given, dialect, one, wrote_one};
use crate::{
    error::backend,
    fragment::{Fragment, Statement},
    listing::{Part, listed},
    rows::webhooks::{WebhookDeliveryRow, WebhookEndpointRow},
    schema::{webhook_deliveries, webhook_endpoints},
    types,
};

impl WebhookRepository for Session {
    fn insert_endpoint<'a>(&'a mut self, endpoint: &'a WebhookEndpoint) -> Pending<'a, ()> {
        Box::pin(async move {
            let row = WebhookEndpointRow::try_from(endpoint).map_err(backend)?;
            self.insert_rows(&[row]).await
        })
    }

    fn update_endpoint<'a>(&'a mut self, endpoint: &'a WebhookEndpoint) -> Pending<'a, ()> {
        Box::pin(async move {
            let row = WebhookEndpointRow::try_from(endpoint).map_err(backend)?;
            let statement: Statement<()> = given(
                "UPDATE webhook_endpoints SET url = given.url, description = given.description, \
                 kinds = given.kinds, hears_changes = given.hears_changes, disabled = given.disabled, \
                 secret_number = given.secret_number, old_secret_until = given.old_secret_until, \
                 version = given.version, updated_at = given.updated_at, updated_by = given.updated_by FROM "
                    .to_owned(),
                &[row],
                " WHERE webhook_endpoints.id = given.id AND webhook_endpoints.version = given.version - 1",
            )?;
            wrote_one(self.execute(statement).await?, RepositoryError::Stale)
        })
    }

    fn delete_endpoint(&mut self, id: WebhookEndpointId) -> Pending<'_, ()> {
        Box::pin(async move {
            let delete = diesel::delete(webhook_endpoints::table.find(types::id(id)));
            wrote_one(self.execute(delete).await?, RepositoryError::Stale)
        })
    }

    fn find_endpoint(&mut self, id: WebhookEndpointId) -> Pending<'_, Option<WebhookEndpoint>> {
        Box::pin(async move {
            let query =
                move || webhook_endpoints::table.find(types::id(id)).select(WebhookEndpointRow::as_select());
            one::<WebhookEndpointRow, _>(self.rows(query).await?)
        })
    }

    fn find_endpoint_for_update(&mut self, id: WebhookEndpointId) -> Pending<'_, Option<WebhookEndpoint>> {
        Box::pin(async move {
            let query = move || {
                let one =
                    webhook_endpoints::table.find(types::id(id)).select(WebhookEndpointRow::as_select());
                dialect::for_update!(one, webhook_endpoints)
            };
            one::<WebhookEndpointRow, _>(self.rows(query).await?)
        })
    }

    fn list_endpoints<'a>(
        &'a mut self,
        listing: &'a Listing<(), EndpointSort>,
    ) -> Pending<'a, Listed<WebhookEndpoint>> {
        Box::pin(async move {
            let part = Part::of(listing)?;
            let query = || {
                part.of_query(webhook_endpoints::table.into_boxed()).select(WebhookEndpointRow::as_select())
            };
            let count = || webhook_endpoints::table.count();
            let (rows, total) =
                self.listed::<_, _, WebhookEndpointRow>(&listing.window, query, count).await?;
            Ok(listed(listing, all(rows)?, total))
        })
    }

    fn active_endpoints(&mut self) -> Pending<'_, Vec<WebhookEndpoint>> {
        Box::pin(async move {
            let query = || {
                webhook_endpoints::table
                    .filter(webhook_endpoints::disabled.is_null())
                    .order((webhook_endpoints::created_at, webhook_endpoints::id))
                    .select(WebhookEndpointRow::as_select())
            };
            all::<WebhookEndpointRow, _>(self.rows(query).await?)
        })
    }

    fn note_failing(&mut self, id: WebhookEndpointId, since: Option<DateTime<Utc>>) -> Pending<'_, ()> {
        Box::pin(async move {
            let other = Fragment::sql(format!("(failing_since IS NULL) = {}", since.is_some()));
            let endpoint = webhook_endpoints::table.find(types::id(id)).filter(other);
            let note = diesel::update(endpoint).set(webhook_endpoints::failing_since.eq(since));
            self.execute(note).await.map(drop)
        })
    }

    fn insert_deliveries<'a>(&'a mut self, deliveries: &'a [Delivery]) -> Pending<'a, usize> {
        Box::pin(async move {
            let rows: Vec<WebhookDeliveryRow> = deliveries.iter().map(WebhookDeliveryRow::from).collect();
            self.insert_new_rows(&rows).await
        })
    }

    fn find_delivery(
        &mut self,
        endpoint: WebhookEndpointId,
        event: EventId,
    ) -> Pending<'_, Option<(Delivery, WebhookEndpoint)>> {
        Box::pin(async move {
            let query = move || {
                webhook_deliveries::table
                    .inner_join(webhook_endpoints::table)
                    .filter(webhook_deliveries::endpoint_id.eq(types::id(endpoint)))
                    .filter(webhook_deliveries::event_id.eq(types::id(event)))
                    .select((WebhookDeliveryRow::as_select(), WebhookEndpointRow::as_select()))
            };
            let rows: Vec<(WebhookDeliveryRow, WebhookEndpointRow)> = self.rows(query).await?;
            let found = rows.into_iter().next();
            found
                .map(|(delivery, endpoint)| -> RepositoryResult<_> {
                    Ok((delivery.try_into()?, endpoint.try_into()?))
                })
                .transpose()
        })
    }

    fn list_deliveries<'a>(
        &'a mut self,
        listing: &'a Listing<DeliveryFilter, DeliverySort>,
    ) -> Pending<'a, Listed<Delivery>> {
        Box::pin(async move {
            let part = Part::of(listing)?;
            let query = || part.of_query(wanted(&listing.filter)).select(WebhookDeliveryRow::as_select());
            let count = || wanted(&listing.filter).count();
            let (rows, total) =
                self.listed::<_, _, WebhookDeliveryRow>(&listing.window, query, count).await?;
            Ok(listed(listing, all(rows)?, total))
        })
    }

    fn update_delivery<'a>(&'a mut self, delivery: &'a Delivery) -> Pending<'a, ()> {
        Box::pin(async move {
            let update = diesel::update(webhook_deliveries::table.find(types::id(delivery.id))).set((
                webhook_deliveries::status.eq(delivery.status.as_str()),
                webhook_deliveries::attempts.eq(delivery.attempts),
                webhook_deliveries::last_status.eq(delivery.last_status),
                webhook_deliveries::last_error.eq(delivery.last_error.as_deref()),
                webhook_deliveries::attempted_at.eq(delivery.attempted_at),
            ));
            // Removed meanwhile, with its endpoint: there is nothing to keep.
            self.execute(update).await.map(drop)
        })
    }

    fn renew_deliveries<'a>(
        &'a mut self,
        endpoint: WebhookEndpointId,
        which: &'a Again,
        limit: u32,
    ) -> Pending<'a, Vec<EventId>> {
        Box::pin(async move {
            let query = || {
                let before = Fragment::sql(
                    "webhook_deliveries.id IN (SELECT id FROM webhook_deliveries WHERE endpoint_id = ",
                )
                .bind(endpoint.0);
                let chosen = match which {
                    Again::These(ids) => before
                        .then(" AND status <> 'pending' AND ")
                        .append(dialect::is_one_of("webhook_deliveries.id", ids)),
                    Again::MissedSince(since) => {
                        before.then(" AND status IN ('failed', 'skipped') AND created_at >= ").bind(*since)
                    }
                };
                let chosen = chosen
                    .then(" ORDER BY created_at, id LIMIT ")
                    .bind(SortKey::Integer(i32::try_from(limit).unwrap_or(i32::MAX)))
                    .then(")");
                diesel::update(webhook_deliveries::table.filter(chosen))
                    .set(webhook_deliveries::status.eq("pending"))
                    .returning((
                        webhook_deliveries::created_at,
                        webhook_deliveries::id,
                        webhook_deliveries::event_id,
                    ))
            };
            let mut renewed: Vec<(DateTime<Utc>, uuid::Uuid, EventId)> = self.rows(query).await?;
            renewed.sort_unstable();
            Ok(renewed.into_iter().map(|(_, _, event)| event).collect())
        })
    }

    fn purge_deliveries(&mut self, before: DateTime<Utc>, limit: u32) -> Pending<'_, usize> {
        Box::pin(async move {
            let over = Fragment::sql(
                "webhook_deliveries.id IN (SELECT id FROM webhook_deliveries \
                 WHERE status <> 'pending' AND created_at < ",
            )
            .bind(before)
            .then(" ORDER BY created_at LIMIT ")
            .bind(SortKey::Integer(i32::try_from(limit).unwrap_or(i32::MAX)))
            .then(")");
            self.execute(diesel::delete(webhook_deliveries::table.filter(over))).await
        })
    }
}

fn wanted(filter: &DeliveryFilter) -> webhook_deliveries::BoxedQuery<'_, Db> {
    let mut query = webhook_deliveries::table
        .into_boxed()
        .filter(webhook_deliveries::endpoint_id.eq(types::id(filter.endpoint_id)));
    if let Some(status) = filter.status {
        query = query.filter(webhook_deliveries::status.eq(status.as_str()));
    }
    query
}
