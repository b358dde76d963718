//! The applying side: a roster becomes rows of the data.
//!
//! One unit of work holds the whole file set, so a file that is refused leaves nothing behind. A dry run is the same
//! work, rolled back at its end, and so reports exactly what applying would. While a unit is open nobody else writes on
//! SQLite: the longest import is the longest wait.
//!
//! Rows are found again by the id that the source gives them, see `directory`; users also by user name, enrolments by
//! class, user and first day, marks by lecture and user, certifications by course and user. What is found and differs is
//! changed, with a new version and an audit entry; what does not differ is not touched. An absent or empty value keeps
//! what is there. Never imported: passwords, links to sign-in providers, the way an existing account signs in, whether an
//! existing class is closed. The rules of the services hold (who may do what, closed classes, marks within
//! enrolments), with one exception: capacity, because rosters tell what has happened, and not what may.

mod attendances;
mod certifications;
mod check;
mod classes;
mod courses;
mod directory;
mod enrolments;
mod fields;
mod lectures;
mod report;
mod run;
mod users;

use madang_domain::access::{Action, Caller, authorize};
use madang_domain::error::RepositoryError;
use madang_domain::store::{Repositories, finish};
use madang_domain::yard::Yard;

pub use report::{ImportReport, RowCounts, TableCounts};
pub use run::{OnProgress, Progress};

use crate::formats::Reading;
use run::Run;

/// What the importer decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ImportOptions {
    /// Keeps the good rows although others are refused; otherwise one refused row refuses the whole file set.
    pub skip_bad_rows: bool,
}

/// Why an import came to nothing, beside what is wrong with its rows.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The caller may not import.
    #[error("forbidden to the caller")]
    Forbidden,
    /// The data could not be reached or kept. `Conflict` and `Stale`: somebody changed the same rows meanwhile, and
    /// trying again helps.
    #[error("the repository failed")]
    Repository(#[from] RepositoryError),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    DryRun,
    Apply,
}

/// Brings rosters into the data.
#[derive(Clone)]
pub struct ImportService {
    yard: Yard,
}

impl ImportService {
    /// A service that stands on `yard`.
    pub fn new(yard: Yard) -> Self {
        Self { yard }
    }

    /// Does everything that [`apply`](Self::apply) does, and keeps nothing.
    pub async fn dry_run(
        &self,
        caller: &Caller,
        reading: Reading,
        options: ImportOptions,
        on_progress: OnProgress<'_>,
    ) -> Result<ImportReport, ImportError> {
        self.run(caller, reading, options, Mode::DryRun, on_progress).await
    }

    /// Keeps the rows of a roster: all of them, or none if there is an error, unless bad rows are to be skipped.
    pub async fn apply(
        &self,
        caller: &Caller,
        reading: Reading,
        options: ImportOptions,
        on_progress: OnProgress<'_>,
    ) -> Result<ImportReport, ImportError> {
        self.run(caller, reading, options, Mode::Apply, on_progress).await
    }

    async fn run(
        &self,
        caller: &Caller,
        reading: Reading,
        options: ImportOptions,
        mode: Mode,
        on_progress: OnProgress<'_>,
    ) -> Result<ImportReport, ImportError> {
        authorize(caller, Action::Import).map_err(|_| ImportError::Forbidden)?;
        let mut unit = self.yard.store.begin().await?;
        let mut report = match self.apply_in(&mut *unit, caller, reading, on_progress).await {
            Ok(report) => report,
            Err(error) => return finish(unit, Err(error)).await,
        };
        let keep = mode == Mode::Apply && (report.errors().is_empty() || options.skip_bad_rows);
        if keep {
            unit.commit().await?;
            report.mark_kept();
        } else {
            unit.rollback().await?;
        }
        tracing::info!(
            import.format = report.format().as_str(),
            import.kept = keep,
            import.errors = report.errors().total(),
            "import finished"
        );
        Ok(report)
    }

    async fn apply_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        reading: Reading,
        on_progress: OnProgress<'_>,
    ) -> Result<ImportReport, ImportError> {
        let Reading { format, roster, problems } = reading;
        let mut run = Run::new(&self.yard, repositories, caller, format, &roster, problems, on_progress);
        run.load_known_ids().await?;
        run.users(&roster.users).await?;
        run.courses(&roster.courses).await?;
        run.classes(&roster).await?;
        run.lectures(&roster.lectures).await?;
        run.enrolments(&roster.enrolments).await?;
        run.attendances(&roster.attendances).await?;
        run.certifications(&roster.certifications).await?;
        Ok(run.into_report())
    }
}
