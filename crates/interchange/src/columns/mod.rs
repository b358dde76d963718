//! The columns of every table, once: what an import of our own tables reads, what a list writes as a file, and what
//! `madang export` writes.
//!
//! Some columns are *kept*: an import reads them back. Export files have those alone, so that importing them into an
//! empty database and exporting again gives the same bytes. The others are shown in lists for people (names beside ids,
//! who changed a row and when); an import knows them and passes over them.

mod accounts;
mod attendances;
mod audit;
mod certifications;
mod jobs;
mod learning;
mod notices;
mod policies;
mod reports;
mod webhooks;

use chrono::{DateTime, Utc};
use madang_domain::ids::UserId;
use madang_domain::stamps::Stamps;
use uuid::Uuid;

use crate::write::{Cell, TableWriter, WriteError};

/// Which columns a file has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Those that an import reads back.
    Kept,
    /// All of them.
    All,
}

/// A column: its name, and its cell of each row.
pub struct Column<T: 'static> {
    name: &'static str,
    is_kept: bool,
    cell: for<'r> fn(&'r T) -> Cell<'r>,
}

impl<T> Column<T> {
    /// Its name in the header.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Whether an import reads it back.
    pub fn is_kept(&self) -> bool {
        self.is_kept
    }

    /// Its cell of this row.
    pub fn cell<'r>(&self, row: &'r T) -> Cell<'r> {
        (self.cell)(row)
    }
}

/// What can be written as a row of a table.
pub trait Exported: Sized + 'static {
    /// The name of the table, and of its file without extension.
    const TABLE: &'static str;
    /// The columns, in order.
    const COLUMNS: &'static [Column<Self>];
    /// The names of the columns, in order.
    const NAMES: &'static [&'static str];
}

/// Writes the header of a table.
pub fn write_header<T: Exported>(writer: &mut dyn TableWriter, scope: Scope) -> Result<(), WriteError> {
    let names: Vec<&str> = columns::<T>(scope).map(Column::name).collect();
    writer.header(&names)
}

/// Writes a row of a table.
pub fn write_row<T: Exported>(writer: &mut dyn TableWriter, scope: Scope, row: &T) -> Result<(), WriteError> {
    let cells: Vec<Cell<'_>> = columns::<T>(scope).map(|column| column.cell(row)).collect();
    writer.row(&cells)
}

fn columns<T: Exported>(scope: Scope) -> impl Iterator<Item = &'static Column<T>> {
    T::COLUMNS.iter().filter(move |column| scope == Scope::All || column.is_kept)
}

/// Declares a table: `table!(Course as "courses", |course| { kept "title": Cell::text(course.title.as_str()), … })`.
macro_rules! table {
    ($row:ty as $table:literal, |$name:ident| { $($kind:ident $column:literal: $cell:expr,)+ }) => {
        impl $crate::columns::Exported for $row {
            const TABLE: &'static str = $table;
            const COLUMNS: &'static [$crate::columns::Column<Self>] = &[
                $($crate::columns::Column {
                    name: $column,
                    is_kept: $crate::columns::table!(@ $kind),
                    cell: |$name| $cell,
                },)+
            ];
            const NAMES: &'static [&'static str] = &[$($column),+];
        }
    };
    (@ kept) => { true };
    (@ shown) => { false };
}
use table;

fn id(id: impl Into<Uuid>) -> Cell<'static> {
    let id: Uuid = id.into();
    Cell::text(id.to_string())
}

fn created_at(stamps: &Stamps) -> Cell<'static> {
    Cell::Time(stamps.created_at)
}

fn user_id(user: Option<UserId>) -> Cell<'static> {
    Cell::maybe(user, id)
}

fn time(instant: Option<DateTime<Utc>>) -> Cell<'static> {
    Cell::maybe(instant, Cell::Time)
}

/// A document as compact JSON.
fn json(document: &impl serde::Serialize) -> Cell<'static> {
    serde_json::to_string(document).map_or(Cell::Empty, Cell::text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use madang_domain::accounts::User;
    use madang_domain::attendance::AttendanceView;
    use madang_domain::certification::Certification;
    use madang_domain::learning::{
        classes::Class, courses::Course, enrolments::EnrolmentView, lectures::Lecture,
    };

    fn check<T: Exported>() {
        let names: Vec<&str> = T::COLUMNS.iter().map(Column::name).collect();
        assert_eq!(names, T::NAMES);
        assert!(!names.contains(&"password"), "{}", T::TABLE);
        let distinct: std::collections::HashSet<_> = names.iter().collect();
        assert_eq!(distinct.len(), names.len(), "{}", T::TABLE);
        assert!(T::COLUMNS.iter().any(Column::is_kept), "{}", T::TABLE);
    }

    #[test]
    fn no_table_names_a_column_twice_or_shows_a_password() {
        check::<User>();
        check::<Course>();
        check::<Class>();
        check::<Lecture>();
        check::<EnrolmentView>();
        check::<AttendanceView>();
        check::<Certification>();
    }
}
