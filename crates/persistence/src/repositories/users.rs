//! Accounts.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use madang_domain::{
    access::{ClassRole, Role},
    accounts::{PasswordHash, User, UserFilter, UserRepository, UserSort, UserWithClassRoles},
    error::{Pending, RepositoryError, RepositoryResult},
    ids::{ClassId, UserId},
    page::{Listed, Listing},
    text::Email,
};

use super::{Db, Session, all, count_of, dialect, found, one, wrote_one};
use crate::{
    error::backend,
    fragment::Fragment,
    listing::{Part, listed},
    rows::{
        known,
        users::{KnownUserRow, UserRow},
    },
    schema::{enrolments, users},
    types,
};

/// The lock behind which admins are counted and taken from; any number that no other lock has.
const ADMINS_LOCK: u32 = 7_261_938;

impl UserRepository for Session {
    fn find(&mut self, id: UserId) -> Pending<'_, Option<User>> {
        Box::pin(async move {
            let query = move || users::table.find(types::id(id)).select(KnownUserRow::as_select());
            one::<KnownUserRow, _>(self.rows(query).await?)
        })
    }

    fn find_for_update(&mut self, id: UserId) -> Pending<'_, Option<User>> {
        Box::pin(async move {
            let query = move || {
                dialect::for_update!(
                    users::table.find(types::id(id)).select(KnownUserRow::as_select()),
                    users
                )
            };
            one::<KnownUserRow, _>(self.rows(query).await?)
        })
    }

    fn find_by_username<'a>(&'a mut self, username: &'a str) -> Pending<'a, Option<User>> {
        Box::pin(async move {
            let query =
                || users::table.filter(users::username.eq(username)).select(KnownUserRow::as_select());
            one::<KnownUserRow, _>(self.rows(query).await?)
        })
    }

    fn find_by_email<'a>(&'a mut self, email: &'a Email) -> Pending<'a, Vec<User>> {
        Box::pin(async move {
            let query = || {
                let same = Fragment::sql("lower(users.email) = ").bind(email.as_str().to_ascii_lowercase());
                users::table
                    .filter(same)
                    .order((users::email_verified_at.is_null(), users::created_at, users::id))
                    .limit(2)
                    .select(KnownUserRow::as_select())
            };
            all::<KnownUserRow, _>(self.rows(query).await?)
        })
    }

    fn find_many<'a>(&'a mut self, ids: &'a [UserId]) -> Pending<'a, Vec<User>> {
        Box::pin(async move {
            let query =
                || users::table.filter(dialect::is_one_of("users.id", ids)).select(KnownUserRow::as_select());
            all::<KnownUserRow, _>(self.rows(query).await?)
        })
    }

    fn find_by_usernames<'a>(&'a mut self, usernames: &'a [&'a str]) -> Pending<'a, Vec<User>> {
        Box::pin(async move {
            let usernames = serde_json::to_string(usernames).map_err(backend)?;
            let query = || {
                users::table
                    .filter(dialect::is_one_of_texts("users.username", &usernames))
                    .select(KnownUserRow::as_select())
            };
            all::<KnownUserRow, _>(self.rows(query).await?)
        })
    }

    fn find_with_class_roles(
        &mut self,
        id: UserId,
        day: NaiveDate,
    ) -> Pending<'_, Option<UserWithClassRoles>> {
        Box::pin(async move {
            let query = move || {
                let holds = enrolments::user_id
                    .eq(users::id)
                    .and(enrolments::enrolled_on.le(day))
                    .and(enrolments::left_on.is_null().or(enrolments::left_on.gt(day)));
                users::table
                    .left_join(enrolments::table.on(holds))
                    .filter(users::id.eq(types::id(id)))
                    .order((enrolments::class_id, enrolments::id))
                    .select((KnownUserRow::as_select(), (enrolments::class_id, enrolments::role).nullable()))
            };
            let rows: Vec<(KnownUserRow, Option<(ClassId, String)>)> = self.rows(query).await?;
            with_class_roles(rows)
        })
    }

    fn list<'a>(&'a mut self, listing: &'a Listing<UserFilter, UserSort>) -> Pending<'a, Listed<User>> {
        Box::pin(async move {
            let part = Part::of(listing)?.walked_first(listing, listing.filter.search.is_some());
            let query = |near: Option<&Fragment>| {
                part.of_query(wanted(&listing.filter, near)).select(KnownUserRow::as_select())
            };
            let count = || wanted(&listing.filter, None).count();
            let (rows, total) =
                self.searched::<_, _, KnownUserRow>(&listing.window, &part, query, count).await?;
            Ok(listed(listing, all(rows)?, total))
        })
    }

    fn lock_admins(&mut self) -> Pending<'_, ()> {
        Box::pin(async move {
            match dialect::hold_alone(ADMINS_LOCK) {
                Some(lock) => self.execute(lock.into_statement::<()>()).await.map(drop),
                None => Ok(()),
            }
        })
    }

    fn count_admins(&mut self) -> Pending<'_, u64> {
        Box::pin(async move {
            let query = || {
                users::table
                    .filter(dialect::has_role(Role::Admin))
                    .filter(users::is_active.eq(true))
                    .filter(users::suspended_at.is_null())
                    .count()
            };
            Ok(count_of(self.rows(query).await?))
        })
    }

    fn insert_many<'a>(&'a mut self, users: &'a [User]) -> Pending<'a, ()> {
        Box::pin(async move {
            let rows: Vec<UserRow> =
                users.iter().map(UserRow::try_from).collect::<Result<_, _>>().map_err(backend)?;
            self.insert_rows(&rows).await
        })
    }

    fn update<'a>(&'a mut self, user: &'a User) -> Pending<'a, ()> {
        Box::pin(async move {
            let row = UserRow::try_from(user).map_err(backend)?;
            self.update_rows(&[row]).await
        })
    }

    fn record_sign_in<'a>(
        &'a mut self,
        id: UserId,
        at: DateTime<Utc>,
        rehashed: Option<&'a PasswordHash>,
    ) -> Pending<'a, ()> {
        Box::pin(async move {
            let user = diesel::update(users::table.find(types::id(id)));
            let signed_in = users::last_login.eq(Some(at));
            let written = match rehashed {
                Some(hash) => self.execute(user.set((signed_in, users::password.eq(&hash.0)))).await?,
                None => self.execute(user.set(signed_in)).await?,
            };
            wrote_one(written, RepositoryError::MissingReference)
        })
    }
}

/// One user from the rows of a join with enrolments, one for each role in a class.
pub(super) fn with_class_roles(
    rows: Vec<(KnownUserRow, Option<(ClassId, String)>)>,
) -> RepositoryResult<Option<UserWithClassRoles>> {
    let (users, places): (Vec<KnownUserRow>, Vec<_>) = rows.into_iter().unzip();
    let Some(user) = one::<KnownUserRow, User>(users)? else { return Ok(None) };
    let roles = places
        .into_iter()
        .flatten()
        .map(|(class, role)| Ok((class, known(ClassRole::parse(&role), "enrolments.role")?)))
        .collect::<RepositoryResult<_>>()?;
    Ok(Some((user, roles)))
}

fn wanted<'f>(filter: &'f UserFilter, near: Option<&Fragment>) -> users::BoxedQuery<'f, Db> {
    let mut query = users::table.into_boxed();
    if let Some(search) = &filter.search {
        query = query.filter(found("users", search, near));
    }
    if let Some(auth_type) = filter.auth_type {
        query = query.filter(users::auth_type.eq(auth_type.as_str()));
    }
    if let Some(is_active) = filter.is_active {
        query = query.filter(users::is_active.eq(is_active));
    }
    if let Some(role) = filter.role {
        query = query.filter(dialect::has_role(role));
    }
    query
}
