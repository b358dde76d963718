//! What can go wrong, turned from the drivers' words into the domain's.
//!
//! Which unique rule was broken, and which messages mean that the database is away, differs by database: see
//! `constraints.rs` of each adapter. No message of a driver reaches a client; it is kept as a source for the log.

use std::path::PathBuf;

use deadpool::managed::PoolError;
use diesel::{
    ConnectionError,
    result::{DatabaseErrorInformation, DatabaseErrorKind, Error as DieselError},
};
use madang_domain::error::{BoxedSource, RepositoryError, UniqueKey};
use thiserror::Error;

/// Why a database could not be opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The address begins with neither `postgres://` nor `sqlite://`.
    #[error("the address of the database begins with neither postgres:// nor sqlite://")]
    UnknownScheme,
    /// The address of PostgreSQL can't be read.
    #[error("the address of the database can't be read")]
    Address(#[source] tokio_postgres::Error),
    /// The address asks for TLS, which this build does not speak.
    #[error("the address asks for sslmode=require, but TLS to the database is not supported")]
    TlsUnsupported,
    /// A SQLite file has no replica.
    #[error("a replica needs PostgreSQL")]
    NoReplica,
    /// The folder of the SQLite file can't be made.
    #[error("the folder {} can't be made", folder.display())]
    Folder {
        /// Which one.
        folder: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The SQLite file can't be opened.
    #[error("the database file {} can't be opened", file.display())]
    File {
        /// Which one.
        file: PathBuf,
        /// Why.
        source: ConnectionError,
    },
    /// The pool of connections refused its settings.
    #[error("the pool of connections can't be made")]
    Pool(#[source] deadpool::managed::BuildError),
}

/// A stored value that the domain can't read: which column, never what it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{column} holds what the domain can't read")]
pub struct Corrupt {
    /// With its table, e.g. `courses.title`.
    pub column: &'static str,
}

impl From<Corrupt> for RepositoryError {
    fn from(corrupt: Corrupt) -> Self {
        Self::Corrupt(Box::new(corrupt))
    }
}

/// Fewer or more rows were written than the statement was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{written} rows were written instead of {wanted}")]
pub(crate) struct WrongCount {
    pub(crate) written: usize,
    pub(crate) wanted: usize,
}

/// A statement of the unit of work failed earlier, so that it can't be committed any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a statement of this unit of work failed; nothing of it is kept")]
pub(crate) struct UnitFailed;

/// A session was used after it had ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the session has ended")]
pub(crate) struct SessionEnded;

pub(crate) fn backend(error: impl Into<BoxedSource>) -> RepositoryError {
    RepositoryError::Backend(error.into())
}

pub(crate) fn unavailable(error: impl Into<BoxedSource>) -> RepositoryError {
    RepositoryError::Unavailable(error.into())
}

/// What differs between the databases when a statement fails.
pub(crate) trait Constraints {
    /// The unique rule that was broken, if it was one.
    fn unique_key(information: &dyn DatabaseErrorInformation) -> Option<UniqueKey>;

    /// Whether a row that must exist does not, or one that is still needed would be removed.
    fn is_missing_reference(information: &dyn DatabaseErrorInformation) -> bool;

    /// Whether trying again later may help.
    fn is_passing(information: &dyn DatabaseErrorInformation) -> bool;
}

/// What the journal says of an answer whose key nobody has claimed, or somebody has answered.
const CLAIM_LOST: &str = "idempotency_claim_lost";

/// The domain's words for a failed statement.
pub(crate) fn statement_failed<C: Constraints>(error: DieselError) -> RepositoryError {
    use DatabaseErrorKind as Kind;

    let DieselError::DatabaseError(kind, information) = &error else {
        let corrupt = matches!(error, DieselError::DeserializationError(_));
        return if corrupt { RepositoryError::Corrupt(Box::new(error)) } else { backend(error) };
    };
    if matches!(kind, Kind::ForeignKeyViolation | Kind::RestrictViolation)
        || C::is_missing_reference(&**information)
    {
        return RepositoryError::MissingReference;
    }
    if let Some(key) = C::unique_key(&**information) {
        return RepositoryError::Conflict(key);
    }
    if information.message().contains(CLAIM_LOST) {
        return RepositoryError::Stale;
    }
    let passing = matches!(
        kind,
        Kind::UnableToSendCommand
            | Kind::ClosedConnection
            | Kind::SerializationFailure
            | Kind::ReadOnlyTransaction
    );
    if passing || C::is_passing(&**information) { unavailable(error) } else { backend(error) }
}

/// Whether a statement failed because its connection is gone, so that another connection may serve.
pub(crate) fn connection_lost(error: &DieselError) -> bool {
    const SIGNS: [&str; 5] = ["closed", "communicating with the server", "reset", "broken pipe", "lagged"];

    let DieselError::DatabaseError(kind, information) = error else {
        return matches!(error, DieselError::BrokenTransactionManager);
    };
    let message = information.message();
    *kind == DatabaseErrorKind::ClosedConnection
        || message.starts_with("terminating connection")
        // Also stands for statements that could not be encoded, which a new connection does not mend.
        || (*kind == DatabaseErrorKind::UnableToSendCommand && SIGNS.iter().any(|sign| message.contains(sign)))
}

/// The domain's words for a connection that could not be had.
pub(crate) fn no_connection(error: PoolError<ConnectionError>) -> RepositoryError {
    unavailable(error)
}
