//! Devices.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use madang_domain::{
    devices::{Device, DeviceRepository, DeviceSort, DeviceToken},
    error::{Pending, RepositoryError},
    ids::{DeviceId, UserId},
    page::{Listed, Listing, SortKey},
};

use super::{Db, Session, all, dialect, one};
use crate::{
    fragment::Fragment,
    listing::{Part, listed},
    rows::devices::DeviceRow,
    schema::devices,
    types::{self, Id, Instant},
};

impl DeviceRepository for Session {
    fn keep<'a>(&'a mut self, device: &'a Device) -> Pending<'a, Device> {
        Box::pin(async move {
            let known = " WHERE true ON CONFLICT (token) DO UPDATE SET user_id = excluded.user_id, \
                platform = excluded.platform, seen_at = excluded.seen_at RETURNING id, created_at";
            let kept: Vec<(DeviceId, DateTime<Utc>)> = self
                .insert_rows_where::<_, (Id, Instant), _>(&[DeviceRow::from(device)], known.to_owned())
                .await?;
            let (id, created_at) = kept.into_iter().next().ok_or(RepositoryError::Stale)?;
            Ok(Device { id, created_at, ..device.clone() })
        })
    }

    fn find(&mut self, id: DeviceId) -> Pending<'_, Option<Device>> {
        Box::pin(async move {
            let query = move || devices::table.find(types::id(id)).select(DeviceRow::as_select());
            one::<DeviceRow, _>(self.rows(query).await?)
        })
    }

    fn find_by_token<'a>(&'a mut self, token: &'a DeviceToken) -> Pending<'a, Option<Device>> {
        Box::pin(async move {
            let query =
                || devices::table.filter(devices::token.eq(token.as_str())).select(DeviceRow::as_select());
            one::<DeviceRow, _>(self.rows(query).await?)
        })
    }

    fn list<'a>(&'a mut self, listing: &'a Listing<UserId, DeviceSort>) -> Pending<'a, Listed<Device>> {
        Box::pin(async move {
            let part = Part::of(listing)?;
            let query = || part.of_query(of_user(listing.filter)).select(DeviceRow::as_select());
            let count = || of_user(listing.filter).count();
            let (rows, total) = self.listed::<_, _, DeviceRow>(&listing.window, query, count).await?;
            Ok(listed(listing, all(rows)?, total))
        })
    }

    fn of_users<'a>(&'a mut self, users: &'a [UserId]) -> Pending<'a, Vec<Device>> {
        Box::pin(async move {
            let query = || {
                devices::table
                    .filter(dialect::is_one_of("devices.user_id", users))
                    .order((devices::user_id, devices::seen_at.desc(), devices::id))
                    .select(DeviceRow::as_select())
            };
            all::<DeviceRow, _>(self.rows(query).await?)
        })
    }

    fn delete(&mut self, id: DeviceId) -> Pending<'_, bool> {
        Box::pin(
            async move { Ok(self.execute(diesel::delete(devices::table.find(types::id(id)))).await? == 1) },
        )
    }

    fn trim(&mut self, user: UserId, most: u32) -> Pending<'_, usize> {
        Box::pin(async move {
            let over = Fragment::sql("devices.user_id = ")
                .bind(user.0)
                .then(" AND devices.id NOT IN (SELECT id FROM devices WHERE user_id = ")
                .bind(user.0)
                .then(" ORDER BY seen_at DESC, id DESC LIMIT ")
                .bind(SortKey::Integer(i32::try_from(most).unwrap_or(i32::MAX)))
                .then(")");
            self.execute(diesel::delete(devices::table.filter(over))).await
        })
    }
}

fn of_user(user: UserId) -> devices::BoxedQuery<'static, Db> {
    devices::table.into_boxed().filter(devices::user_id.eq(types::id(user)))
}
