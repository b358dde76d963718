//! What `madang doctor` tells of a SQLite file.

use diesel::sql_types::Text;
use madang_domain::error::RepositoryResult;

use super::SqliteStore;
use crate::{
    facts::{Fact, Inquiry},
    fragment::Fragment,
};

const INQUIRIES: [Inquiry; 6] = [
    Inquiry::plain("server_version", "sqlite_version()"),
    Inquiry::plain("encoding", "(SELECT encoding FROM pragma_encoding)"),
    Inquiry {
        name: "journal_mode",
        sql: "(SELECT journal_mode FROM pragma_journal_mode)",
        good: |mode| mode == "wal",
        advice: "put the file on a local disk: without WAL, which network file systems lack, readers and the writer block each other",
    },
    Inquiry {
        name: "synchronous",
        sql: "(SELECT CASE synchronous WHEN 0 THEN 'off' WHEN 1 THEN 'normal' ELSE 'full' END FROM pragma_synchronous)",
        good: |synchronous| synchronous != "off",
        advice: "a power cut may destroy the data",
    },
    Inquiry {
        name: "foreign_keys",
        sql: "(SELECT CASE foreign_keys WHEN 1 THEN 'on' ELSE 'off' END FROM pragma_foreign_keys)",
        good: |keys| keys == "on",
        advice: "this build of SQLite does not check references",
    },
    Inquiry::plain(
        "size_bytes",
        "(SELECT CAST(page_count * page_size AS TEXT) FROM pragma_page_count, pragma_page_size)",
    ),
];

impl SqliteStore {
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
