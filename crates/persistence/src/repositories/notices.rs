//! Notices and what became of them outside, and how people want to be told.

use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_types::{BigInt, Bool, Nullable},
};
use madang_domain::{
    error::{Pending, RepositoryResult},
    ids::{NoticeId, UserId},
    notifications::{
        Addressee, Delivery, KeptPreferences, Notice, NoticeFilter, NoticeRepository, NoticeSort,
        PreferenceRepository,
    },
    page::{Listed, Listing, SortKey},
};
use serde_json::Value;
use uuid::Uuid;

use super::{Db, Session, all, bulk::given, dialect, one};
use crate::{
    error::backend,
    fragment::{Fragment, Statement},
    listing::{Part, listed},
    rows::{
        Row,
        notices::{DeliveryRow, NoticeRow, PreferencesRow},
        parsed,
    },
    schema::{notice_deliveries, notice_preferences, notices},
    types::{self, Document, Id},
};

/// Notices that their readers see.
const SHOWN: &str = "notices.deleted_at IS NULL AND notices.cancelled_at IS NULL";
/// Those of them that they have not read.
const UNREAD: &str =
    "notices.read_at IS NULL AND notices.deleted_at IS NULL AND notices.cancelled_at IS NULL";

/// User; whether mail, phone and devices reach them; what they have chosen.
type AddresseeTypes = (Id, Bool, Bool, Bool, Nullable<Document>);
type AddresseeRow = (UserId, bool, bool, bool, Option<Value>);

impl NoticeRepository for Session {
    fn list<'a>(&'a mut self, listing: &'a Listing<NoticeFilter, NoticeSort>) -> Pending<'a, Listed<Notice>> {
        Box::pin(async move {
            let part = Part::of(listing)?;
            let query = || part.of_query(wanted(&listing.filter)).select(NoticeRow::as_select());
            let count = || wanted(&listing.filter).count();
            let (rows, total) = self.listed::<_, _, NoticeRow>(&listing.window, query, count).await?;
            Ok(listed(listing, all(rows)?, total))
        })
    }

    fn unread<'a>(&'a mut self, users: &'a [UserId]) -> Pending<'a, Vec<(UserId, u64)>> {
        Box::pin(async move {
            let query = || -> Statement<(Id, BigInt)> {
                Fragment::sql(format!("SELECT user_id, count(*) FROM notices WHERE {UNREAD} AND "))
                    .append(dialect::is_one_of("notices.user_id", users))
                    .then(" GROUP BY user_id")
                    .into_statement()
            };
            let rows: Vec<(UserId, i64)> = self.rows(query).await?;
            Ok(rows
                .into_iter()
                .map(|(user, count)| (user, u64::try_from(count).unwrap_or_default()))
                .collect())
        })
    }

    fn note_read(&mut self, user: UserId, id: NoticeId, now: DateTime<Utc>) -> Pending<'_, Option<Notice>> {
        Box::pin(async move {
            let theirs = move || {
                notices::table
                    .filter(Fragment::sql(SHOWN))
                    .filter(notices::id.eq(types::id(id)))
                    .filter(notices::user_id.eq(types::id(user)))
            };
            let unread = theirs().filter(notices::read_at.is_null());
            let read = (notices::read_at.eq(Some(now)), notices::changed_at.eq(types::time(now)));
            self.execute(diesel::update(unread).set(read)).await?;
            one::<NoticeRow, _>(self.rows(move || theirs().select(NoticeRow::as_select())).await?)
        })
    }

    fn note_all_read(&mut self, user: UserId, now: DateTime<Utc>) -> Pending<'_, usize> {
        Box::pin(async move {
            let unread =
                notices::table.filter(Fragment::sql(UNREAD)).filter(notices::user_id.eq(types::id(user)));
            let read = (notices::read_at.eq(Some(now)), notices::changed_at.eq(types::time(now)));
            self.execute(diesel::update(unread).set(read)).await
        })
    }

    fn delete(&mut self, user: UserId, id: NoticeId, now: DateTime<Utc>) -> Pending<'_, bool> {
        Box::pin(async move {
            let theirs = notices::table
                .filter(Fragment::sql(SHOWN))
                .filter(notices::id.eq(types::id(id)))
                .filter(notices::user_id.eq(types::id(user)));
            let deleted = (notices::deleted_at.eq(Some(now)), notices::changed_at.eq(types::time(now)));
            Ok(self.execute(diesel::update(theirs).set(deleted)).await? == 1)
        })
    }

    fn changed<'a>(
        &'a mut self,
        users: &'a [UserId],
        since: DateTime<Utc>,
        most: u32,
    ) -> Pending<'a, Vec<Notice>> {
        Box::pin(async move {
            let query = || {
                notices::table
                    .filter(notices::changed_at.ge(types::time(since)))
                    .filter(dialect::is_one_of("notices.user_id", users))
                    .order((notices::changed_at, notices::id))
                    .limit(most.into())
                    .select(NoticeRow::as_select())
            };
            all::<NoticeRow, _>(self.rows(query).await?)
        })
    }

    fn insert_new<'a>(&'a mut self, notices: &'a [Notice]) -> Pending<'a, Vec<NoticeId>> {
        Box::pin(async move {
            let rows =
                notices.iter().map(NoticeRow::try_from).collect::<Result<Vec<_>, _>>().map_err(backend)?;
            let clause = " WHERE true ON CONFLICT DO NOTHING RETURNING id".to_owned();
            self.insert_rows_where::<_, Id, NoticeId>(&rows, clause).await
        })
    }

    fn cancel<'a>(&'a mut self, ids: &'a [NoticeId], now: DateTime<Utc>) -> Pending<'a, usize> {
        Box::pin(async move {
            if ids.is_empty() {
                return Ok(0);
            }
            let standing = notices::table
                .filter(dialect::is_one_of("notices.id", ids))
                .filter(notices::cancelled_at.is_null());
            let cancelled = (notices::cancelled_at.eq(Some(now)), notices::changed_at.eq(types::time(now)));
            self.execute(diesel::update(standing).set(cancelled)).await
        })
    }

    fn purge(&mut self, before: DateTime<Utc>, limit: u32) -> Pending<'_, usize> {
        Box::pin(async move {
            let over = Fragment::sql("notices.id IN (SELECT id FROM notices WHERE created_at < ")
                .bind(before)
                .then(" ORDER BY created_at LIMIT ")
                .bind(SortKey::Integer(i32::try_from(limit).unwrap_or(i32::MAX)))
                .then(")");
            self.execute(diesel::delete(notices::table.filter(over))).await
        })
    }

    fn addressees<'a>(&'a mut self, users: &'a [UserId]) -> Pending<'a, Vec<Addressee>> {
        Box::pin(async move {
            let query = || -> Statement<AddresseeTypes> {
                Fragment::sql(
                    "SELECT users.id, users.email IS NOT NULL AND users.email_verified_at IS NOT NULL, \
                     users.phone IS NOT NULL, EXISTS (SELECT 1 FROM devices WHERE devices.user_id = users.id), \
                     notice_preferences.document FROM users \
                     LEFT JOIN notice_preferences ON notice_preferences.user_id = users.id \
                     WHERE users.is_active AND users.suspended_at IS NULL AND ",
                )
                .append(dialect::is_one_of("users.id", users))
                .into_statement()
            };
            let rows: Vec<AddresseeRow> = self.rows(query).await?;
            rows.into_iter().map(addressee).collect()
        })
    }

    fn find(&mut self, id: NoticeId) -> Pending<'_, Option<Notice>> {
        Box::pin(async move {
            let query = move || notices::table.find(types::id(id)).select(NoticeRow::as_select());
            one::<NoticeRow, _>(self.rows(query).await?)
        })
    }

    fn delivery(&mut self, key: Uuid) -> Pending<'_, Option<Delivery>> {
        Box::pin(async move {
            let query =
                move || notice_deliveries::table.find(types::id(key)).select(DeliveryRow::as_select());
            one::<DeliveryRow, _>(self.rows(query).await?)
        })
    }

    fn keep_delivery<'a>(&'a mut self, delivery: &'a Delivery) -> Pending<'a, ()> {
        Box::pin(async move {
            let columns = DeliveryRow::COLUMNS.join(", ");
            let statement: Statement<()> = given(
                format!("INSERT INTO notice_deliveries ({columns}) SELECT {columns} FROM "),
                &[DeliveryRow::from(delivery)],
                " WHERE true ON CONFLICT (key) DO UPDATE SET state = excluded.state, \
                 reference = excluded.reference, asked_at = excluded.asked_at, changed_at = excluded.changed_at",
            )?;
            self.execute(statement).await.map(drop)
        })
    }

    fn awaiting_digest(&mut self) -> Pending<'_, Vec<UserId>> {
        Box::pin(async move {
            let query = || -> Statement<Id> {
                Fragment::sql(format!(
                    "SELECT DISTINCT notices.user_id FROM notices WHERE notices.in_digest AND {UNREAD}"
                ))
                .into_statement()
            };
            self.rows(query).await
        })
    }

    fn digest_of(&mut self, user: UserId, most: u32) -> Pending<'_, Vec<Notice>> {
        Box::pin(async move {
            let query = move || {
                notices::table
                    .filter(Fragment::sql(format!("notices.in_digest AND {UNREAD}")))
                    .filter(notices::user_id.eq(types::id(user)))
                    .order((notices::created_at, notices::id))
                    .limit(most.into())
                    .select(NoticeRow::as_select())
            };
            all::<NoticeRow, _>(self.rows(query).await?)
        })
    }

    fn note_digested<'a>(&'a mut self, ids: &'a [NoticeId]) -> Pending<'a, ()> {
        Box::pin(async move {
            if ids.is_empty() {
                return Ok(());
            }
            let sent = notices::table.filter(dialect::is_one_of("notices.id", ids));
            self.execute(diesel::update(sent).set(notices::in_digest.eq(false))).await.map(drop)
        })
    }
}

impl PreferenceRepository for Session {
    fn of_users<'a>(&'a mut self, users: &'a [UserId]) -> Pending<'a, Vec<KeptPreferences>> {
        Box::pin(async move {
            let query = || {
                notice_preferences::table
                    .filter(dialect::is_one_of("notice_preferences.user_id", users))
                    .select(PreferencesRow::as_select())
            };
            all::<PreferencesRow, _>(self.rows(query).await?)
        })
    }

    fn keep<'a>(&'a mut self, preferences: &'a KeptPreferences) -> Pending<'a, ()> {
        Box::pin(async move {
            let row = PreferencesRow::try_from(preferences).map_err(backend)?;
            self.keep_row_by("user_id", row).await
        })
    }
}

fn wanted(filter: &NoticeFilter) -> notices::BoxedQuery<'_, Db> {
    let mut query = notices::table
        .filter(Fragment::sql(SHOWN))
        .filter(notices::user_id.eq(types::id(filter.user_id)))
        .into_boxed();
    match filter.unread {
        Some(true) => query = query.filter(notices::read_at.is_null()),
        Some(false) => query = query.filter(notices::read_at.is_not_null()),
        None => {}
    }
    if let Some(kind) = filter.kind {
        query = query.filter(notices::kind.eq(kind.as_str()));
    }
    query
}

fn addressee(
    (user_id, has_mail, has_phone, has_device, chosen): AddresseeRow,
) -> RepositoryResult<Addressee> {
    let preferences = parsed(chosen.map(serde_json::from_value).transpose(), "notice_preferences.document")?;
    Ok(Addressee { user_id, has_mail, has_phone, has_device, preferences })
}
