//! What `madang doctor` tells of a PostgreSQL server.

use diesel::sql_types::Text;
use madang_domain::error::RepositoryResult;

use super::PostgresStore;
use crate::{
    facts::{Fact, Inquiry},
    fragment::Fragment,
};

const INQUIRIES: [Inquiry; 11] = [
    Inquiry {
        name: "server_version",
        sql: "current_setting('server_version')",
        good: |version| {
            version
                .split('.')
                .next()
                .and_then(|major| major.trim().parse().ok())
                .is_none_or(|major: u32| major >= 14)
        },
        advice: "use PostgreSQL 14 or newer",
    },
    Inquiry {
        name: "encoding",
        sql: "current_setting('server_encoding')",
        good: |encoding| encoding == "UTF8",
        advice: "make the database with ENCODING 'UTF8'",
    },
    Inquiry::plain("ctype", "(SELECT datctype::text FROM pg_database WHERE datname = current_database())"),
    Inquiry::plain(
        "collation",
        "(SELECT datcollate::text FROM pg_database WHERE datname = current_database())",
    ),
    Inquiry {
        name: "messages",
        sql: "current_setting('lc_messages')",
        good: |language| language.is_empty() || language.starts_with('C') || language.starts_with("en"),
        advice: "set lc_messages = 'C' on the server, so that time-outs are recognised and answered with 503",
    },
    Inquiry::plain("time_zone", "current_setting('TimeZone')"),
    Inquiry::plain("max_connections", "current_setting('max_connections')"),
    Inquiry {
        name: "synchronous_commit",
        sql: "current_setting('synchronous_commit')",
        good: |commit| commit != "off",
        advice: "set synchronous_commit = on, or the last commits may be lost in a crash of the server",
    },
    Inquiry {
        name: "fsync",
        sql: "current_setting('fsync')",
        good: |fsync| fsync == "on",
        advice: "set fsync = on, or a crash of the server may destroy the data",
    },
    Inquiry {
        name: "is_replica",
        sql: "pg_is_in_recovery()::text",
        good: |replica| replica == "false",
        advice: "let DATABASE_URL name the primary server; a replica can't be written to",
    },
    Inquiry::plain("size_bytes", "pg_database_size(current_database())::text"),
];

impl PostgresStore {
    /// See [`crate::Database::facts`].
    pub(crate) async fn facts(&self) -> RepositoryResult<Vec<Fact>> {
        let mut session = self.reading().await?;
        let mut facts = Vec::with_capacity(INQUIRIES.len());
        for inquiry in &INQUIRIES {
            let query = || Fragment::sql(format!("SELECT {}", inquiry.sql)).into_statement::<Text>();
            let values: Vec<String> = session.rows(query).await?;
            facts.extend(values.into_iter().map(|value| inquiry.fact(value)));
        }
        Ok(facts)
    }
}
