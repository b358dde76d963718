//! Rows as the tables hold them, and how they become what the domain knows.
//!
//! One struct per table serves both databases. Rows are written as JSON (see `repositories/bulk.rs`), so the names of the
//! fields are the names of the columns. A stored value that the domain refuses is [`Corrupt`], named by its column.

use diesel::{
    backend::Backend,
    expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate},
    query_builder::{AstPass, QueryFragment, QueryId},
    result::QueryResult,
    sql_types::Text,
};
use serde::Serialize;

use crate::error::Corrupt;

pub(crate) mod api_keys;
pub(crate) mod attendances;
pub(crate) mod audit;
pub(crate) mod batches;
pub(crate) mod calendars;
pub(crate) mod capture;
pub(crate) mod certificate_templates;
pub(crate) mod certifications;
pub(crate) mod classes;
pub(crate) mod completion_rules;
pub(crate) mod courses;
pub(crate) mod devices;
pub(crate) mod enrolments;
pub(crate) mod events;
pub(crate) mod external_ids;
pub(crate) mod idempotency;
pub(crate) mod identities;
pub(crate) mod jobs;
pub(crate) mod journal;
pub(crate) mod leave_requests;
pub(crate) mod lectures;
pub(crate) mod ledger;
pub(crate) mod mail_tokens;
pub(crate) mod merges;
pub(crate) mod notices;
pub(crate) mod operations;
pub(crate) mod policies;
pub(crate) mod report_schedules;
pub(crate) mod sessions;
pub(crate) mod standings;
pub(crate) mod stream_tickets;
pub(crate) mod users;
pub(crate) mod webhooks;

/// A row that can be written together with others.
pub(crate) trait Row: Serialize + Send + Sync {
    /// Its table.
    const TABLE: &'static str;
    /// Its columns, all of them.
    const COLUMNS: &'static [&'static str];
}

/// Declares a row: `row!(CourseRow, courses, { id: CourseId, … })`; with `stamped` behind the table, the columns of
/// `Stamps` are added. None derives `Debug`, so that names and passwords reach no log.
macro_rules! row {
    ($name:ident, $table:ident, stamped, { $($(#[$meta:meta])* $field:ident: $type:ty),+ $(,)? }) => {
        $crate::rows::row!($name, $table, {
            $($(#[$meta])* $field: $type,)+
            version: i32,
            #[serde(serialize_with = "crate::types::instant")]
            created_at: chrono::DateTime<chrono::Utc>,
            created_by: Option<madang_domain::ids::UserId>,
            #[serde(serialize_with = "crate::types::instant")]
            updated_at: chrono::DateTime<chrono::Utc>,
            updated_by: Option<madang_domain::ids::UserId>,
        });

        impl $name {
            fn stamps(&self) -> madang_domain::stamps::Stamps {
                madang_domain::stamps::Stamps {
                    created_at: self.created_at,
                    created_by: self.created_by,
                    updated_at: self.updated_at,
                    updated_by: self.updated_by,
                    version: self.version,
                }
            }
        }
    };
    ($name:ident, $table:ident, { $($(#[$meta:meta])* $field:ident: $type:ty),+ $(,)? }) => {
        #[derive(serde::Serialize, diesel::Queryable, diesel::Selectable)]
        #[diesel(table_name = crate::schema::$table)]
        #[diesel(check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite))]
        pub(crate) struct $name {
            $($(#[$meta])* pub(crate) $field: $type,)+
        }

        impl $crate::rows::Row for $name {
            const TABLE: &'static str = stringify!($table);
            const COLUMNS: &'static [&'static str] = &[$(stringify!($field)),+];
        }
    };
}
pub(crate) use row;

/// Stands for a column that is written and never read back, because it follows from others: a search text is longer than
/// the rest of its row. An empty text is read in its place.
#[derive(Debug, Clone, Copy, QueryId)]
pub(crate) struct Unread;

impl<DB: Backend> QueryFragment<DB> for Unread {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("''");
        Ok(())
    }
}

impl Expression for Unread {
    type SqlType = Text;
}

impl<QS> AppearsOnTable<QS> for Unread {}

impl<QS> SelectableExpression<QS> for Unread {}

impl<GB> ValidGrouping<GB> for Unread {
    type IsAggregate = is_aggregate::Never;
}

/// A value that the domain has parsed, or the name of the column where it could not.
pub(crate) fn parsed<T, E>(result: Result<T, E>, column: &'static str) -> Result<T, Corrupt> {
    result.map_err(|_| Corrupt { column })
}

/// A value that the domain knows, or the name of the column where it does not.
pub(crate) fn known<T>(value: Option<T>, column: &'static str) -> Result<T, Corrupt> {
    value.ok_or(Corrupt { column })
}

/// An optional text that the domain has parsed.
pub(crate) fn optional<T, E>(
    text: Option<String>,
    parse: impl FnOnce(String) -> Result<T, E>,
    column: &'static str,
) -> Result<Option<T>, Corrupt> {
    parsed(text.map(parse).transpose(), column)
}
