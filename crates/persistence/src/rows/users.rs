//! Rows of `users`.

use chrono::{DateTime, Utc};
use diesel::{
    Queryable, Selectable,
    backend::Backend,
    expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate},
    pg::Pg,
    query_builder::{AstPass, QueryFragment, QueryId},
    result::QueryResult,
    sql_types::{Nullable, Text},
    sqlite::Sqlite,
};
use madang_domain::{
    accounts::{AuthType, PasswordHash, Suspension, SuspensionReason, User, UserSummary},
    ids::UserId,
    text::{Email, PersonName, Phone, Username},
};
use serde_json::Value;

use super::{known, optional, parsed, row};
use crate::error::Corrupt;

row!(UserRow, users, {
    id: UserId,
    username: String,
    auth_type: String,
    password: Option<String>,
    authorizations: Value,
    name: String,
    email: Option<String>,
    phone: Option<String>,
    #[diesel(select_expression = crate::rows::Unread)]
    #[diesel(select_expression_type = crate::rows::Unread)]
    search_text: String,
    #[diesel(select_expression = crate::rows::Unread)]
    #[diesel(select_expression_type = crate::rows::Unread)]
    search_terms: String,
    #[serde(serialize_with = "crate::types::instant")]
    created_at: DateTime<Utc>,
    #[serde(serialize_with = "crate::types::instant")]
    updated_at: DateTime<Utc>,
    #[serde(serialize_with = "crate::types::optional_instant")]
    last_login: Option<DateTime<Utc>>,
    is_active: bool,
    version: i32,
    #[serde(serialize_with = "crate::types::optional_instant")]
    email_verified_at: Option<DateTime<Utc>>,
    #[serde(serialize_with = "crate::types::optional_instant")]
    suspended_at: Option<DateTime<Utc>>,
    suspension_reason: Option<String>,
    #[serde(serialize_with = "crate::types::optional_instant")]
    withdrawn_at: Option<DateTime<Utc>>,
});

impl TryFrom<&User> for UserRow {
    type Error = serde_json::Error;

    fn try_from(user: &User) -> Result<Self, serde_json::Error> {
        let search = user.search_text();
        Ok(Self {
            id: user.id,
            username: user.username.as_str().to_owned(),
            auth_type: user.auth_type.as_str().to_owned(),
            password: user.password.as_ref().map(|hash| hash.0.clone()),
            authorizations: serde_json::to_value(&user.authorizations)?,
            name: user.name.as_str().to_owned(),
            email: user.email.as_ref().map(ToString::to_string),
            phone: user.phone.as_ref().map(ToString::to_string),
            search_text: search.text,
            search_terms: search.terms,
            created_at: user.created_at,
            updated_at: user.updated_at,
            last_login: user.last_login,
            is_active: user.is_active,
            version: user.version,
            email_verified_at: user.email_verified_at,
            suspended_at: user.suspension.as_ref().map(|suspension| suspension.since),
            suspension_reason: user.suspension.as_ref().map(|suspension| suspension.reason.to_string()),
            withdrawn_at: user.withdrawn_at,
        })
    }
}

/// A user as it is read: with what its identities tell of it.
#[derive(Queryable, Selectable)]
#[diesel(table_name = crate::schema::users)]
#[diesel(check_for_backend(Pg, Sqlite))]
pub(crate) struct KnownUserRow {
    #[diesel(embed)]
    row: UserRow,
    #[diesel(select_expression = KakaoId)]
    #[diesel(select_expression_type = KakaoId)]
    kakao_id: Option<String>,
}

/// The id of a selected user at Kakao.
#[derive(Debug, Clone, Copy, QueryId)]
pub(crate) struct KakaoId;

impl<DB: Backend> QueryFragment<DB> for KakaoId {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql(
            "(SELECT identities.subject FROM identities \
             WHERE identities.user_id = users.id AND identities.provider = 'kakao')",
        );
        Ok(())
    }
}

impl Expression for KakaoId {
    type SqlType = Nullable<Text>;
}

impl<QS> AppearsOnTable<QS> for KakaoId {}

impl<QS> SelectableExpression<QS> for KakaoId {}

impl<GB> ValidGrouping<GB> for KakaoId {
    type IsAggregate = is_aggregate::Never;
}

impl TryFrom<KnownUserRow> for User {
    type Error = Corrupt;

    fn try_from(KnownUserRow { row, kakao_id }: KnownUserRow) -> Result<Self, Corrupt> {
        let reason = optional(row.suspension_reason, SuspensionReason::parse, "users.suspension_reason")?;
        let suspension = row.suspended_at.zip(reason).map(|(since, reason)| Suspension { since, reason });
        Ok(Self {
            id: row.id,
            username: parsed(Username::parse(row.username), "users.username")?,
            auth_type: known(AuthType::parse(&row.auth_type), "users.auth_type")?,
            password: row.password.map(PasswordHash),
            kakao_id,
            authorizations: parsed(serde_json::from_value(row.authorizations), "users.authorizations")?,
            name: parsed(PersonName::parse(row.name), "users.name")?,
            email: optional(row.email, Email::parse, "users.email")?,
            phone: optional(row.phone, Phone::parse, "users.phone")?,
            created_at: row.created_at,
            updated_at: row.updated_at,
            last_login: row.last_login,
            is_active: row.is_active,
            version: row.version,
            email_verified_at: row.email_verified_at,
            suspension,
            withdrawn_at: row.withdrawn_at,
        })
    }
}

/// What lists of other things show of a user.
#[derive(Queryable, Selectable)]
#[diesel(table_name = crate::schema::users)]
#[diesel(check_for_backend(Pg, Sqlite))]
pub(crate) struct UserSummaryRow {
    id: UserId,
    username: String,
    name: String,
}

impl From<UserSummaryRow> for UserSummary {
    fn from(row: UserSummaryRow) -> Self {
        Self { id: row.id, username: row.username, name: row.name }
    }
}
