//! What can be done with the audit log: read it.

use thiserror::Error;

use super::{AuditEntry, AuditFilter, AuditSort};
use crate::{
    access::{Action, Caller, authorize},
    error::RepositoryError,
    page::{Listed, Listing},
    yard::Yard,
};

/// Why the audit log could not be read.
#[derive(Debug, Error)]
pub enum AuditError {
    /// The caller may not do this.
    #[error("forbidden to the caller")]
    Forbidden,
    /// The data could not be reached.
    #[error("the repository failed")]
    Repository(#[from] RepositoryError),
}

/// The use cases of the audit log.
#[derive(Clone)]
pub struct AuditService {
    yard: Yard,
}

impl AuditService {
    /// A service that stands on `yard`.
    pub fn new(yard: Yard) -> Self {
        Self { yard }
    }

    /// Lists entries of everything that is recorded.
    pub async fn list(
        &self,
        caller: &Caller,
        listing: Listing<AuditFilter, AuditSort>,
    ) -> Result<Listed<AuditEntry>, AuditError> {
        authorize(caller, Action::ReadAuditLog).map_err(|_| AuditError::Forbidden)?;
        let mut session = self.yard.store.session().await?;
        Ok(session.audit().list(&listing).await?)
    }
}
