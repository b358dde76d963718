//! Long work that a client follows by polling: an import, a large report.

mod cleaning;
mod service;

pub use cleaning::OperationFileCleaning;
pub use service::{AtWork, OperationError, OperationService};

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::{
    error::Pending,
    ids::{OperationId, UserId},
};

/// How far an operation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OperationStatus {
    /// Accepted, not begun.
    Queued,
    /// At work.
    Running,
    /// Done; `result` tells what came of it.
    Succeeded,
    /// Not done; `error` tells why. Nothing of it was kept.
    Failed,
}

impl OperationStatus {
    /// Every status.
    pub const ALL: [Self; 4] = [Self::Queued, Self::Running, Self::Succeeded, Self::Failed];

    /// Its name in the database and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
        }
    }

    /// Reads its name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

/// A piece of long work.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    /// Its id.
    pub id: OperationId,
    /// What kind of work, e.g. `import`.
    pub kind: String,
    /// How far it is.
    pub status: OperationStatus,
    /// Percent done, 0 to 100.
    pub progress: i32,
    /// Who asked for it.
    pub requested_by: Option<UserId>,
    /// What came of it.
    pub result: Option<Value>,
    /// Why it failed: `{code, detail}`.
    pub error: Option<Value>,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// When it last moved, or its server said last that it is at it.
    pub updated_at: DateTime<Utc>,
}

/// The kind of operation that a report is.
pub const REPORT: &str = "report";

/// What came of an operation, where that is a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationFile {
    /// Its name.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// What is in it.
    pub content: Vec<u8>,
}

/// The port.
pub trait OperationRepository: Send {
    /// One operation.
    fn find(&mut self, id: OperationId) -> Pending<'_, Option<Operation>>;
    /// Keeps a new one.
    fn insert<'a>(&'a mut self, operation: &'a Operation) -> Pending<'a, ()>;
    /// Keeps how far it is.
    fn update<'a>(&'a mut self, operation: &'a Operation) -> Pending<'a, ()>;
    /// Keeps the file of an operation.
    fn keep_file<'a>(
        &'a mut self,
        id: OperationId,
        file: &'a OperationFile,
        at: DateTime<Utc>,
    ) -> Pending<'a, ()>;
    /// The file of an operation; `None` where there is none any more.
    fn file(&mut self, id: OperationId) -> Pending<'_, Option<OperationFile>>;
    /// Removes files that were kept before this moment; tells how many.
    fn forget_files(&mut self, before: DateTime<Utc>) -> Pending<'_, usize>;
    /// Keeps that somebody is at these, where they have not ended.
    fn vouch_for<'a>(&'a mut self, ids: &'a [OperationId], at: DateTime<Utc>) -> Pending<'a, ()>;
    /// Marks what has not ended and has not moved since a moment as failed with this error; tells how many.
    fn fail_forsaken<'a>(
        &'a mut self,
        since: DateTime<Utc>,
        error: &'a Value,
        at: DateTime<Utc>,
    ) -> Pending<'a, usize>;
}
