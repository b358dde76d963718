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
        let statement: Statement<()> =
            given(format!("INSERT INTO {} ({columns}) SELECT {columns} FROM ", R::TABLE), rows, "")?;
        let written = self.execute(statement).await?;
        if written == rows.len() { Ok(()) } else { Err(backend(WrongCount { written, wanted: rows.len() })) }
    }

    /// Inserts rows, but those that would break a unique rule; tells how many it inserted.
    pub(super) async fn insert_new_rows<R: Row>(&mut self, rows: &[R]) -> RepositoryResult<usize> {
        if rows.is_empty() {
            return Ok(0);
        }
        let columns = R::COLUMNS.join(", ");
        let statement: Statement<()> = given(
            format!("INSERT INTO {} ({columns}) SELECT {columns} FROM ", R::TABLE),
            rows,
            " WHERE true ON CONFLICT DO NOTHING",
        )?;
        self.execute(statement).await
    }

    /// Inserts rows, and overwrites those that are known by their ids.
    ///
    /// # Errors
    /// `Stale` unless every row that is overwritten has the version before the one given.
    pub(super) async fn keep_rows<R: Row>(&mut self, rows: &[R]) -> RepositoryResult<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let (table, columns) = (R::TABLE, R::COLUMNS.join(", "));
        // SQLite takes ON for the condition of a join unless the SELECT ends in a WHERE.
        let statement: Statement<()> = given(
            format!("INSERT INTO {table} ({columns}) SELECT {columns} FROM "),
            rows,
            format!(
                " WHERE true ON CONFLICT (id) DO UPDATE SET {} WHERE {table}.version = excluded.version - 1",
                changes::<R>("excluded")
            ),
        )?;
        let written = self.execute(statement).await?;
        if written == rows.len() { Ok(()) } else { Err(RepositoryError::Stale) }
    }

    /// Overwrites rows that are known by their ids.
    ///
    /// # Errors
    /// `Stale` unless every kept row has the version before the one given.
    pub(super) async fn update_rows<R: Row>(&mut self, rows: &[R]) -> RepositoryResult<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let table = R::TABLE;
        let statement: Statement<()> = given(
            format!("UPDATE {table} SET {} FROM ", changes::<R>("given")),
            rows,
            format!(" WHERE {table}.id = given.id AND {table}.version = given.version - 1"),
        )?;
        let written = self.execute(statement).await?;
        if written == rows.len() { Ok(()) } else { Err(RepositoryError::Stale) }
    }
}

/// Every column but the id, set to what another table has.
fn changes<R: Row>(from: &str) -> String {
    let changes = R::COLUMNS.iter().filter(|column| **column != "id");
    changes.map(|column| format!("{column} = {from}.{column}")).collect::<Vec<_>>().join(", ")
}

/// A statement with the rows as a table called `given`.
pub(super) fn given<R: Row, ST>(
    before: String,
    rows: &[R],
    after: impl Into<String>,
) -> RepositoryResult<Statement<ST>> {
    let json = serde_json::to_string(rows).map_err(backend)?;
    let (open, close) = dialect::rows_of(R::TABLE, R::COLUMNS);
    Ok(Fragment::sql(before + &open).bind(json).then(close + " AS given" + &after.into()).into_statement())
}
