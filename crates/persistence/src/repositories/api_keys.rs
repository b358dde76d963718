//! API keys.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use madang_domain::{
    accounts::{
        User,
        api_keys::{ApiKey, ApiKeyFilter, ApiKeyRepository, ApiKeySort},
    },
    error::{Pending, RepositoryResult},
    ids::{ApiKeyId, UserId},
    opaque::TokenHash,
    page::{Listed, Listing},
};

use super::{Db, Session, all, one};
use crate::{
    error::backend,
    listing::{Part, listed},
    rows::{api_keys::ApiKeyRow, users::KnownUserRow},
    schema::{api_keys, users},
    types,
};

impl ApiKeyRepository for Session {
    fn insert<'a>(&'a mut self, key: &'a ApiKey) -> Pending<'a, ()> {
        Box::pin(async move {
            let row = ApiKeyRow::try_from(key).map_err(backend)?;
            self.insert_rows(&[row]).await
        })
    }

    fn find(&mut self, id: ApiKeyId) -> Pending<'_, Option<ApiKey>> {
        Box::pin(async move {
            let query = move || api_keys::table.find(types::id(id)).select(ApiKeyRow::as_select());
            one::<ApiKeyRow, _>(self.rows(query).await?)
        })
    }

    fn find_by_hash<'a>(&'a mut self, hash: &'a TokenHash) -> Pending<'a, Option<(ApiKey, User)>> {
        Box::pin(async move {
            let query = || {
                api_keys::table
                    .inner_join(users::table)
                    .filter(api_keys::hash.eq(&hash.0))
                    .select((ApiKeyRow::as_select(), KnownUserRow::as_select()))
            };
            let rows: Vec<(ApiKeyRow, KnownUserRow)> = self.rows(query).await?;
            let found = rows.into_iter().next();
            found
                .map(|(key, owner)| -> RepositoryResult<_> { Ok((key.try_into()?, owner.try_into()?)) })
                .transpose()
        })
    }

    fn list<'a>(&'a mut self, listing: &'a Listing<ApiKeyFilter, ApiKeySort>) -> Pending<'a, Listed<ApiKey>> {
        Box::pin(async move {
            let part = Part::of(listing)?;
            let query = || part.of_query(wanted(&listing.filter)).select(ApiKeyRow::as_select());
            let count = || wanted(&listing.filter).count();
            let (rows, total) = self.listed::<_, _, ApiKeyRow>(&listing.window, query, count).await?;
            Ok(listed(listing, all(rows)?, total))
        })
    }

    fn revoke(&mut self, id: ApiKeyId, at: DateTime<Utc>) -> Pending<'_, bool> {
        Box::pin(async move {
            let good = api_keys::table.find(types::id(id)).filter(api_keys::revoked_at.is_null());
            Ok(self.execute(diesel::update(good).set(api_keys::revoked_at.eq(Some(at)))).await? == 1)
        })
    }

    fn revoke_all(&mut self, owner: UserId, at: DateTime<Utc>) -> Pending<'_, Vec<ApiKey>> {
        Box::pin(async move {
            let revoking = move || {
                let good = api_keys::table
                    .filter(api_keys::owner_id.eq(types::id(owner)))
                    .filter(api_keys::revoked_at.is_null())
                    .filter(api_keys::expires_at.gt(types::time(at)));
                diesel::update(good)
                    .set(api_keys::revoked_at.eq(Some(at)))
                    .returning(ApiKeyRow::as_returning())
            };
            all::<ApiKeyRow, _>(self.rows(revoking).await?)
        })
    }

    fn note_use(&mut self, id: ApiKeyId, at: DateTime<Utc>) -> Pending<'_, ()> {
        Box::pin(async move {
            let key = diesel::update(api_keys::table.find(types::id(id)));
            self.execute(key.set(api_keys::last_used_at.eq(Some(at)))).await?;
            Ok(())
        })
    }
}

fn wanted(filter: &ApiKeyFilter) -> api_keys::BoxedQuery<'static, Db> {
    let mut query = api_keys::table.into_boxed();
    if let Some(owner) = filter.owner_id {
        query = query.filter(api_keys::owner_id.eq(types::id(owner)));
    }
    query
}
