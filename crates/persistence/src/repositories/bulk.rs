//! Writing any number of rows in one statement.
//!
//! The rows travel as one JSON array in one parameter: a VALUES list would meet PostgreSQL's limit of 65,535 parameters, and
//! would be prepared anew for every number of rows. One row takes the same way.

use diesel_async::methods::LoadQuery;
use madang_domain::error::{RepositoryError, RepositoryResult};

use super::{Conn, Session, dialect};
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

    /// Inserts those of the rows that this clause behind them lets through; tells the column that it returns of each.
    pub(super) async fn insert_rows_where<R: Row, ST, U>(
        &mut self,
        rows: &[R],
        clause: String,
    ) -> RepositoryResult<Vec<U>>
    where
        Statement<ST>: for<'q> LoadQuery<'q, Conn, U> + Send,
        ST: 'static,
        U: Send,
    {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let columns = R::COLUMNS.join(", ");
        let given_columns: Vec<String> = R::COLUMNS.iter().map(|column| format!("given.{column}")).collect();
        let before =
            format!("INSERT INTO {} ({columns}) SELECT {} FROM ", R::TABLE, given_columns.join(", "));
        let fragment = given_fragment(before, rows, clause)?;
        self.rows(move || fragment.clone().into_statement::<ST>()).await
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

    /// Inserts a row, or overwrites the one that this column tells it to be.
    ///
    /// # Errors
    /// `Stale` unless the row that is overwritten has the version before the one given.
    pub(super) async fn keep_row_by<R: Row>(&mut self, key: &str, row: R) -> RepositoryResult<()> {
        let (table, columns) = (R::TABLE, R::COLUMNS.join(", "));
        let changes = R::COLUMNS.iter().filter(|column| **column != key);
        let changes: Vec<String> = changes.map(|column| format!("{column} = excluded.{column}")).collect();
        let statement: Statement<()> = given(
            format!("INSERT INTO {table} ({columns}) SELECT {columns} FROM "),
            &[row],
            format!(
                " WHERE true ON CONFLICT ({key}) DO UPDATE SET {} WHERE {table}.version = excluded.version - 1",
                changes.join(", ")
            ),
        )?;
        if self.execute(statement).await? == 1 { Ok(()) } else { Err(RepositoryError::Stale) }
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

    /// Removes rows that are known by their ids.
    ///
    /// # Errors
    /// `Stale` unless every kept row has the version of the one given.
    pub(super) async fn delete_rows<R: Row>(&mut self, rows: &[R]) -> RepositoryResult<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let before =
            format!("DELETE FROM {} WHERE (id, version) IN (SELECT given.id, given.version FROM ", R::TABLE);
        let statement: Statement<()> = given(before, rows, ")")?;
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
    Ok(given_fragment(before, rows, after)?.into_statement())
}

/// The same as a fragment, to go on with.
pub(super) fn given_fragment<R: Row>(
    before: String,
    rows: &[R],
    after: impl Into<String>,
) -> RepositoryResult<Fragment> {
    let json = serde_json::to_string(rows).map_err(backend)?;
    let (open, close) = dialect::rows_of(R::TABLE, R::COLUMNS);
    Ok(Fragment::sql(before + &open).bind(json).then(close + " AS given" + &after.into()))
}
