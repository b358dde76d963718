//! Writing any number of rows in one statement.
//!
//! The rows travel as one JSON array in one parameter: a VALUES list would meet PostgreSQL's limit of 65,535 parameters, and
//! would be prepared anew for every number of rows. One row takes the same way.

use madang_domain::error::{RepositoryError, RepositoryResult};

use super::{Session, dialect};
use crate::{
    error::{WrongCount, backend},
    fragment::{Fragment, Statement},
    rows::Row,
};

impl Session {
    /// Inserts rows.
    pub(super) async fn insert_rows<R: Row>(&mut self, rows: &[R]) -> RepositoryResult<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let columns = R::COLUMNS.join(", ");
        let statement =
            given(format!("INSERT INTO {} ({columns}) SELECT {columns} FROM ", R::TABLE), rows, "")?;
        let written = self.execute(statement).await?;
        if written == rows.len() { Ok(()) } else { Err(backend(WrongCount { written, wanted: rows.len() })) }
    }

    /// Overwrites rows that are known by their ids.
    ///
    /// # Errors
    /// `Stale` unless every kept row has the version before the one given.
    pub(super) async fn update_rows<R: Row>(&mut self, rows: &[R]) -> RepositoryResult<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let changes: Vec<String> = R::COLUMNS
            .iter()
            .filter(|column| **column != "id")
            .map(|column| format!("{column} = given.{column}"))
            .collect();
        let table = R::TABLE;
        let statement = given(
            format!("UPDATE {table} SET {} FROM ", changes.join(", ")),
            rows,
            format!(" WHERE {table}.id = given.id AND {table}.version = given.version - 1"),
        )?;
        let written = self.execute(statement).await?;
        if written == rows.len() { Ok(()) } else { Err(RepositoryError::Stale) }
    }
}

/// A statement with the rows as a table called `given`.
fn given<R: Row>(before: String, rows: &[R], after: impl Into<String>) -> RepositoryResult<Statement<()>> {
    let json = serde_json::to_string(rows).map_err(backend)?;
    let (open, close) = dialect::rows_of(R::TABLE, R::COLUMNS);
    Ok(Fragment::sql(before + &open).bind(json).then(close + " AS given" + &after.into()).into_statement())
}
