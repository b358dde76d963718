//! Identities at providers, and sign-ins under way.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use madang_domain::{
    accounts::identities::{Identity, IdentityRepository, Provider, SignInFlow, SignInFlowRepository},
    error::{Pending, RepositoryError},
    ids::{IdentityId, UserId},
};

use super::{Session, all, journal::Added, one, wrote_one};
use crate::{
    rows::identities::{IdentityRow, SignInFlowRow},
    schema::{identities, sign_in_flows},
    types,
};

impl IdentityRepository for Session {
    fn find_by_subject<'a>(
        &'a mut self,
        provider: Provider,
        subject: &'a str,
    ) -> Pending<'a, Option<Identity>> {
        Box::pin(async move {
            self.write_identities().await?;
            let query = || {
                identities::table
                    .filter(identities::provider.eq(provider.as_str()))
                    .filter(identities::subject.eq(subject))
                    .select(IdentityRow::as_select())
            };
            one::<IdentityRow, _>(self.rows(query).await?)
        })
    }

    fn of_user(&mut self, user: UserId) -> Pending<'_, Vec<Identity>> {
        Box::pin(async move {
            self.write_identities().await?;
            let query = move || {
                identities::table
                    .filter(identities::user_id.eq(types::id(user)))
                    .order((identities::linked_at, identities::id))
                    .select(IdentityRow::as_select())
            };
            all::<IdentityRow, _>(self.rows(query).await?)
        })
    }

    fn insert<'a>(&'a mut self, identity: &'a Identity) -> Pending<'a, ()> {
        Box::pin(async move { self.add_to_journal(Added::Identity(IdentityRow::from(identity))).await })
    }

    fn record_use<'a>(&'a mut self, identity: &'a Identity) -> Pending<'a, ()> {
        Box::pin(async move {
            self.write_identities().await?;
            let update = diesel::update(identities::table.find(types::id(identity.id))).set((
                identities::email.eq(identity.email.as_ref().map(AsRef::<str>::as_ref)),
                identities::email_verified.eq(identity.email_verified),
                identities::sealed_token.eq(identity.sealed_token.as_deref()),
                identities::last_used_at.eq(types::time(identity.last_used_at)),
            ));
            wrote_one(self.execute(update).await?, RepositoryError::Stale)
        })
    }

    fn delete(&mut self, id: IdentityId) -> Pending<'_, ()> {
        Box::pin(async move {
            self.write_identities().await?;
            let delete = diesel::delete(identities::table.find(types::id(id)));
            wrote_one(self.execute(delete).await?, RepositoryError::Stale)
        })
    }
}

impl SignInFlowRepository for Session {
    fn insert<'a>(&'a mut self, flow: &'a SignInFlow) -> Pending<'a, ()> {
        Box::pin(async move { self.insert_rows(&[SignInFlowRow::from(flow)]).await })
    }

    fn take<'a>(&'a mut self, key: &'a str) -> Pending<'a, Option<SignInFlow>> {
        Box::pin(async move {
            let taking =
                || diesel::delete(sign_in_flows::table.find(key)).returning(SignInFlowRow::as_returning());
            one::<SignInFlowRow, SignInFlow>(self.rows(taking).await?)
        })
    }

    fn purge(&mut self, now: DateTime<Utc>) -> Pending<'_, usize> {
        Box::pin(async move {
            let over = sign_in_flows::expires_at.le(types::time(now));
            self.execute(diesel::delete(sign_in_flows::table.filter(over))).await
        })
    }
}
