//! The SQL types that differ between the databases, each under one name: ids, moments and documents.
//!
//! PostgreSQL has a native type for each. SQLite keeps text in one fixed form, so that its order as text is the order
//! of ids and of times. Days, texts, numbers and booleans are diesel's own types.

use std::io::Write;

use chrono::{DateTime, SecondsFormat, Utc};
use diesel::{
    backend::Backend,
    deserialize::{self, FromSql, Queryable},
    internal::derives::as_expression::Bound,
    pg::{Pg, PgValue},
    query_builder::QueryId,
    serialize::{self, IsNull, Output, ToSql},
    sql_types::{Jsonb, Nullable, SqlType, Text, Timestamptz, is_nullable},
    sqlite::{Sqlite, SqliteValue},
};
use madang_domain::ids::{
    AnnouncementId, ApiKeyId, AttendanceBatchId, AttendanceId, AuditEntryId, CalendarId,
    CertificateTemplateId, CertificationId, CheckInSessionId, ClassId, CompletionRuleId, CourseId, DeviceId,
    EnrolmentId, EventId, IdentityId, JobId, LeaveRequestId, LectureId, MergeId, NoticeId, OperationId,
    PolicyId, ReportScheduleId, SessionId, UserId, WebhookDeliveryId, WebhookEndpointId,
};
use serde::Serializer;
use serde_json::Value;
use uuid::Uuid;

/// `uuid`, or text in lower case with hyphens.
#[derive(Debug, Clone, Copy, Default, QueryId, SqlType)]
#[diesel(postgres_type(oid = 2950, array_oid = 2951))]
#[diesel(sqlite_type(name = "Text"))]
pub struct Id;

/// `timestamptz`, or text like `2026-09-01T01:00:00.000000Z`.
#[derive(Debug, Clone, Copy, Default, QueryId, SqlType)]
#[diesel(postgres_type(oid = 1184, array_oid = 1185))]
#[diesel(sqlite_type(name = "Text"))]
pub struct Instant;

/// `jsonb`, or JSON text.
#[derive(Debug, Clone, Copy, Default, QueryId, SqlType)]
#[diesel(postgres_type(oid = 3802, array_oid = 3807))]
#[diesel(sqlite_type(name = "Text"))]
pub struct Document;

/// An id as an expression. diesel's own conversion can't be taught to types of other crates.
pub(crate) fn id<T>(id: T) -> Bound<Id, T> {
    Bound::new(id)
}

/// A moment as an expression.
pub(crate) fn time(at: DateTime<Utc>) -> Bound<Instant, DateTime<Utc>> {
    Bound::new(at)
}

/// An id or a moment that may be missing, as an expression.
pub(crate) fn maybe<ST, T>(value: Option<T>) -> Bound<Nullable<ST>, Option<T>>
where
    ST: SqlType<IsNull = is_nullable::NotNull>,
{
    Bound::new(value)
}

/// A document as an expression.
pub(crate) fn document(value: Value) -> Bound<Document, Value> {
    Bound::new(value)
}

macro_rules! ids {
    ($($id:ty),+ $(,)?) => {$(
        impl<DB> Queryable<Id, DB> for $id
        where
            DB: Backend,
            Self: FromSql<Id, DB>,
        {
            type Row = Self;

            fn build(row: Self::Row) -> deserialize::Result<Self> {
                Ok(row)
            }
        }

        impl ToSql<Id, Pg> for $id {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
                out.write_all(Uuid::from(*self).as_bytes())?;
                Ok(IsNull::No)
            }
        }

        impl FromSql<Id, Pg> for $id {
            fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
                Ok(Uuid::from_slice(value.as_bytes())?.into())
            }
        }

        impl ToSql<Id, Sqlite> for $id {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
                out.set_value(Uuid::from(*self).to_string());
                Ok(IsNull::No)
            }
        }

        impl FromSql<Id, Sqlite> for $id {
            fn from_sql(value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
                Ok(Uuid::try_parse(&text(value)?)?.into())
            }
        }
    )+};
}

ids!(
    Uuid,
    UserId,
    IdentityId,
    CourseId,
    ClassId,
    LectureId,
    EnrolmentId,
    AttendanceId,
    AttendanceBatchId,
    CheckInSessionId,
    LeaveRequestId,
    CertificationId,
    CompletionRuleId,
    CertificateTemplateId,
    AuditEntryId,
    OperationId,
    SessionId,
    ApiKeyId,
    ReportScheduleId,
    DeviceId,
    EventId,
    JobId,
    MergeId,
    NoticeId,
    AnnouncementId,
    PolicyId,
    WebhookEndpointId,
    WebhookDeliveryId,
    CalendarId,
);

impl ToSql<Instant, Pg> for DateTime<Utc> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        <Self as ToSql<Timestamptz, Pg>>::to_sql(self, out)
    }
}

impl FromSql<Instant, Pg> for DateTime<Utc> {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        <Self as FromSql<Timestamptz, Pg>>::from_sql(value)
    }
}

impl ToSql<Instant, Sqlite> for DateTime<Utc> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(instant_text(self));
        Ok(IsNull::No)
    }
}

impl FromSql<Instant, Sqlite> for DateTime<Utc> {
    fn from_sql(value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        Ok(DateTime::parse_from_rfc3339(&text(value)?)?.to_utc())
    }
}

impl ToSql<Document, Pg> for Value {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        <Self as ToSql<Jsonb, Pg>>::to_sql(self, out)
    }
}

impl FromSql<Document, Pg> for Value {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        <Self as FromSql<Jsonb, Pg>>::from_sql(value)
    }
}

impl ToSql<Document, Sqlite> for Value {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.to_string());
        Ok(IsNull::No)
    }
}

impl FromSql<Document, Sqlite> for Value {
    fn from_sql(value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        Ok(serde_json::from_str(&text(value)?)?)
    }
}

fn text(value: SqliteValue<'_, '_, '_>) -> deserialize::Result<String> {
    <String as FromSql<Text, Sqlite>>::from_sql(value)
}

/// The one form in which a moment is text: always of the same width.
pub(crate) fn instant_text(at: &DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// Writes a moment into JSON that becomes rows, in the form that both databases read and SQLite keeps.
pub(crate) fn instant<S: Serializer>(at: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&instant_text(at))
}

/// [`instant`], where there may be none.
#[expect(clippy::ref_option, reason = "serde hands the field over by reference")]
pub(crate) fn optional_instant<S: Serializer>(
    at: &Option<DateTime<Utc>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => instant(at, serializer),
        None => serializer.serialize_none(),
    }
}
