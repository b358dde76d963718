//! Everything there is, as tables that can be imported again.
//!
//! Each table is walked in batches in the order of its ids, so memory does not grow with the data, and the same data
//! gives the same bytes. Tables are written from those that refer to others to those that are referred to: while
//! people work on, no file names something that its neighbour does not have.

use madang_domain::access::{Action, Caller, authorize};
use madang_domain::accounts::UserFilter;
use madang_domain::attendance::AttendanceFilter;
use madang_domain::certification::CertificationFilter;
use madang_domain::error::{RepositoryError, RepositoryResult};
use madang_domain::learning::classes::{Class, ClassFilter};
use madang_domain::learning::courses::CourseFilter;
use madang_domain::learning::enrolments::EnrolmentFilter;
use madang_domain::learning::lectures::Lecture;
use madang_domain::page::{Listed, Listing, PageSize, Sort, Window};
use madang_domain::store::Repositories;
use madang_domain::yard::Yard;

use crate::columns::{Exported, Scope, write_header, write_row};
use crate::write::{TableWriter, WriteError};

/// Why an export came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The caller may not export everything.
    #[error("forbidden to the caller")]
    Forbidden,
    /// The data could not be read.
    #[error("the repository failed")]
    Repository(#[from] RepositoryError),
    /// A file could not be written.
    #[error("a file could not be written")]
    Write(#[from] WriteError),
}

/// Opens the file of the table with this name.
pub type OnTable<'t> = &'t mut (dyn FnMut(&'static str) -> Result<Box<dyn TableWriter>, WriteError> + Send);

/// Writes everything there is.
#[derive(Clone)]
pub struct ExportService {
    yard: Yard,
}

/// A table that is being written.
struct Output {
    writer: Box<dyn TableWriter>,
    rows: u64,
}

impl Output {
    fn open<T: Exported>(on_table: OnTable<'_>) -> Result<Self, WriteError> {
        let mut writer = on_table(T::TABLE)?;
        write_header::<T>(&mut *writer, Scope::Kept)?;
        Ok(Self { writer, rows: 0 })
    }

    fn write<T: Exported>(&mut self, rows: &[T]) -> Result<(), WriteError> {
        for row in rows {
            write_row(&mut *self.writer, Scope::Kept, row)?;
        }
        self.rows += u64::try_from(rows.len()).unwrap_or(u64::MAX);
        Ok(())
    }

    fn finish(self) -> Result<u64, WriteError> {
        self.writer.finish()?;
        Ok(self.rows)
    }
}

/// Walks a list by its ids and writes each batch.
macro_rules! walk {
    ($repositories:expr, $on_table:expr, $repository:ident, $filter:expr) => {{
        let mut listing = Listing { filter: $filter, sort: Sort(Vec::new()), window: first() };
        let mut listed = $repositories.$repository().list(&listing).await?;
        let mut output = open(&listed, $on_table)?;
        loop {
            output.write(&listed.items)?;
            let Some(cursor) = listed.next else { break };
            listing.window = Window::After { cursor: Some(cursor), size: PageSize::BATCH };
            listed = $repositories.$repository().list(&listing).await?;
        }
        output.finish()?
    }};
}

fn first() -> Window {
    Window::After { cursor: None, size: PageSize::BATCH }
}

fn open<T: Exported>(_: &Listed<T>, on_table: OnTable<'_>) -> Result<Output, WriteError> {
    Output::open::<T>(on_table)
}

impl ExportService {
    /// A service that stands on `yard`.
    pub fn new(yard: Yard) -> Self {
        Self { yard }
    }

    /// Writes every table, and tells how many rows each has.
    pub async fn export_all(
        &self,
        caller: &Caller,
        on_table: OnTable<'_>,
    ) -> Result<Vec<(&'static str, u64)>, ExportError> {
        authorize(caller, Action::ExportAll).map_err(|_| ExportError::Forbidden)?;
        let mut session = self.yard.store.long_session().await?;
        let session = &mut *session;
        Ok(vec![
            ("certifications", walk!(session, on_table, certifications, CertificationFilter::default())),
            ("attendances", walk!(session, on_table, attendances, AttendanceFilter::default())),
            ("enrolments", walk!(session, on_table, enrolments, EnrolmentFilter::default())),
            ("lectures", export_lectures(session, on_table).await?),
            ("classes", walk!(session, on_table, classes, ClassFilter::default())),
            ("courses", walk!(session, on_table, courses, CourseFilter::default())),
            ("users", walk!(session, on_table, users, UserFilter::default())),
        ])
    }
}

/// Lectures are listed class by class.
async fn export_lectures(
    repositories: &mut dyn Repositories,
    on_table: OnTable<'_>,
) -> Result<u64, ExportError> {
    let mut output = Output::open::<Lecture>(on_table)?;
    let mut window = first();
    loop {
        let listed = classes(repositories, window).await?;
        for class in &listed.items {
            output.write(&repositories.lectures().of_class(class.id).await?)?;
        }
        let Some(cursor) = listed.next else { break };
        window = Window::After { cursor: Some(cursor), size: PageSize::BATCH };
    }
    Ok(output.finish()?)
}

async fn classes(repositories: &mut dyn Repositories, window: Window) -> RepositoryResult<Listed<Class>> {
    let listing = Listing { filter: ClassFilter::default(), sort: Sort(Vec::new()), window };
    repositories.classes().list(&listing).await
}
