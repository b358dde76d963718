//! Sessions and their refresh tokens.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use madang_domain::{
    accounts::{
        UserWithClassRoles,
        sessions::{
            PresentedToken, RefreshToken, Session as SignIn, SessionFilter, SessionRepository, SessionSort,
        },
    },
    error::{Pending, RepositoryResult},
    ids::{ClassId, SessionId, UserId},
    opaque::TokenHash,
    page::{Listed, Listing},
};

use super::{Db, Session, all, journal::Added, one, users::with_class_roles};
use crate::{
    listing::{Part, listed},
    rows::{
        sessions::{RefreshTokenRow, SessionRow},
        users::KnownUserRow,
    },
    schema::{enrolments, refresh_tokens, sessions, users},
    types,
};

impl SessionRepository for Session {
    fn insert<'a>(&'a mut self, session: &'a SignIn) -> Pending<'a, ()> {
        Box::pin(async move { self.add_to_journal(Added::Session(SessionRow::from(session))).await })
    }

    fn find(&mut self, id: SessionId) -> Pending<'_, Option<SignIn>> {
        Box::pin(async move {
            self.write_sessions().await?;
            let query = move || sessions::table.find(types::id(id)).select(SessionRow::as_select());
            one::<SessionRow, _>(self.rows(query).await?)
        })
    }

    fn holder(
        &mut self,
        id: SessionId,
        user: UserId,
        now: DateTime<Utc>,
        day: NaiveDate,
    ) -> Pending<'_, Option<UserWithClassRoles>> {
        Box::pin(async move {
            let query = move || {
                let holds = enrolments::user_id
                    .eq(users::id)
                    .and(enrolments::enrolled_on.le(day))
                    .and(enrolments::left_on.is_null().or(enrolments::left_on.gt(day)));
                users::table
                    .inner_join(sessions::table)
                    .left_join(enrolments::table.on(holds))
                    .filter(sessions::id.eq(types::id(id)))
                    .filter(sessions::ended_at.is_null())
                    .filter(sessions::ends_at.gt(types::time(now)))
                    .filter(users::id.eq(types::id(user)))
                    .order((enrolments::class_id, enrolments::id))
                    .select((KnownUserRow::as_select(), (enrolments::class_id, enrolments::role).nullable()))
            };
            let rows: Vec<(KnownUserRow, Option<(ClassId, String)>)> = self.rows(query).await?;
            with_class_roles(rows)
        })
    }

    fn addresses<'a>(&'a mut self, username: &'a str) -> Pending<'a, Vec<String>> {
        Box::pin(async move {
            let query = || {
                sessions::table
                    .inner_join(users::table)
                    .filter(users::username.eq(username))
                    .filter(sessions::address.is_not_null())
                    .order((sessions::last_used_at.desc(), sessions::id.desc()))
                    .limit(100)
                    .select(sessions::address.assume_not_null())
            };
            self.rows(query).await
        })
    }

    fn list<'a>(
        &'a mut self,
        listing: &'a Listing<SessionFilter, SessionSort>,
    ) -> Pending<'a, Listed<SignIn>> {
        Box::pin(async move {
            self.write_sessions().await?;
            let part = Part::of(listing)?;
            let query = || part.of_query(wanted(&listing.filter)).select(SessionRow::as_select());
            let count = || wanted(&listing.filter).count();
            let (rows, total) = self.listed::<_, _, SessionRow>(&listing.window, query, count).await?;
            Ok(listed(listing, all(rows)?, total))
        })
    }

    fn renew<'a>(&'a mut self, session: &'a SignIn) -> Pending<'a, bool> {
        Box::pin(async move {
            self.write_sessions().await?;
            let standing = sessions::table.find(types::id(session.id)).filter(sessions::ended_at.is_null());
            let renewal = diesel::update(standing).set((
                sessions::user_agent.eq(session.device.user_agent.as_deref()),
                sessions::address.eq(session.device.address.as_deref()),
                sessions::last_used_at.eq(types::time(session.last_used_at)),
                sessions::ends_at.eq(types::time(session.ends_at)),
            ));
            Ok(self.execute(renewal).await? == 1)
        })
    }

    fn end(&mut self, id: SessionId, user: UserId, at: DateTime<Utc>) -> Pending<'_, Option<SignIn>> {
        Box::pin(async move {
            self.write_sessions().await?;
            let ending = move || {
                let standing = sessions::table
                    .filter(sessions::id.eq(types::id(id)))
                    .filter(sessions::user_id.eq(types::id(user)))
                    .filter(sessions::ended_at.is_null())
                    .filter(sessions::ends_at.gt(types::time(at)));
                diesel::update(standing)
                    .set(sessions::ended_at.eq(Some(at)))
                    .returning(SessionRow::as_returning())
            };
            one::<SessionRow, _>(self.rows(ending).await?)
        })
    }

    fn end_all(&mut self, user: UserId, at: DateTime<Utc>) -> Pending<'_, Vec<SignIn>> {
        Box::pin(async move {
            self.write_sessions().await?;
            let ending = move || {
                let standing = sessions::table
                    .filter(sessions::user_id.eq(types::id(user)))
                    .filter(sessions::ended_at.is_null())
                    .filter(sessions::ends_at.gt(types::time(at)));
                diesel::update(standing)
                    .set(sessions::ended_at.eq(Some(at)))
                    .returning(SessionRow::as_returning())
            };
            all::<SessionRow, _>(self.rows(ending).await?)
        })
    }

    fn insert_token<'a>(&'a mut self, token: &'a RefreshToken) -> Pending<'a, ()> {
        Box::pin(async move { self.add_to_journal(Added::RefreshToken(RefreshTokenRow::from(token))).await })
    }

    fn use_token<'a>(&'a mut self, hash: &'a TokenHash, at: DateTime<Utc>) -> Pending<'a, bool> {
        Box::pin(async move {
            self.write_sessions().await?;
            let unused = refresh_tokens::table.find(&hash.0).filter(refresh_tokens::used_at.is_null());
            Ok(self.execute(diesel::update(unused).set(refresh_tokens::used_at.eq(Some(at)))).await? == 1)
        })
    }

    fn find_token<'a>(&'a mut self, hash: &'a TokenHash) -> Pending<'a, Option<PresentedToken>> {
        Box::pin(async move {
            self.write_sessions().await?;
            let query = || {
                refresh_tokens::table
                    .inner_join(sessions::table.inner_join(users::table))
                    .filter(refresh_tokens::hash.eq(&hash.0))
                    .select((
                        RefreshTokenRow::as_select(),
                        SessionRow::as_select(),
                        KnownUserRow::as_select(),
                    ))
            };
            let rows: Vec<(RefreshTokenRow, SessionRow, KnownUserRow)> = self.rows(query).await?;
            let found = rows.into_iter().next();
            found
                .map(|(token, session, user)| -> RepositoryResult<PresentedToken> {
                    Ok((token.into(), session.try_into()?, user.try_into()?))
                })
                .transpose()
        })
    }

    fn purge(&mut self, before: DateTime<Utc>) -> Pending<'_, usize> {
        Box::pin(async move {
            self.write_sessions().await?;
            let over = || sessions::table.filter(sessions::ends_at.lt(types::time(before)));
            let tokens = refresh_tokens::session_id.eq_any(over().select(sessions::id));
            self.execute(diesel::delete(refresh_tokens::table.filter(tokens))).await?;
            self.execute(diesel::delete(over())).await
        })
    }
}

fn wanted(filter: &SessionFilter) -> sessions::BoxedQuery<'_, Db> {
    sessions::table
        .into_boxed()
        .filter(sessions::user_id.eq(types::id(filter.user_id)))
        .filter(sessions::ended_at.is_null())
        .filter(sessions::ends_at.gt(types::time(filter.live_at)))
}
