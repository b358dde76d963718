//! Reading certifications: one, lists, those of a user.

use super::{Certification, CertificationError, CertificationFilter, CertificationSort, Issuer};
use crate::{
    access::{Action, Caller, authorize},
    accounts,
    ids::{CertificationId, UserId},
    page::{Listed, Listing},
    store::Repositories,
    yard::Yard,
};

/// The use cases of certifications.
#[derive(Clone)]
pub struct CertificationService {
    pub(super) yard: Yard,
    pub(super) issuer: Issuer,
}

impl CertificationService {
    /// A service that stands on `yard`, and issues in the name of `issuer`.
    pub fn new(yard: Yard, issuer: Issuer) -> Self {
        Self { yard, issuer }
    }

    /// One certification: one's own, or anybody's for a manager.
    pub async fn find(
        &self,
        caller: &Caller,
        id: CertificationId,
    ) -> Result<Certification, CertificationError> {
        let mut session = self.yard.store.session().await?;
        let found = session.certifications().find(id).await?.ok_or(CertificationError::NotFound(id))?;
        let found = found.as_of(self.yard.clock.now());
        if caller.is(found.user_id) || authorize(caller, Action::ListCertifications).is_ok() {
            Ok(found)
        } else {
            Err(CertificationError::NotFound(id))
        }
    }

    /// Lists certifications: one's own, or everybody's for a manager.
    pub async fn list(
        &self,
        caller: &Caller,
        mut listing: Listing<CertificationFilter, CertificationSort>,
    ) -> Result<Listed<Certification>, CertificationError> {
        if authorize(caller, Action::ListCertifications).is_err() {
            let own = caller.user_id().ok_or(CertificationError::Forbidden)?;
            if listing.filter.user_id.is_some_and(|user| user != own) {
                return Err(CertificationError::Forbidden);
            }
            listing.filter.user_id = Some(own);
        }
        let mut session = self.yard.store.session().await?;
        self.listed(&mut *session, listing).await
    }

    /// Lists the certifications of a user: one's own, or anybody's for a manager.
    pub async fn list_of_user(
        &self,
        caller: &Caller,
        user: UserId,
        mut listing: Listing<CertificationFilter, CertificationSort>,
    ) -> Result<Listed<Certification>, CertificationError> {
        listing.filter.user_id = Some(user);
        let mut session = self.yard.store.session().await?;
        accounts::readable(&mut *session, caller, user).await?;
        self.listed(&mut *session, listing).await
    }

    async fn listed(
        &self,
        repositories: &mut dyn Repositories,
        mut listing: Listing<CertificationFilter, CertificationSort>,
    ) -> Result<Listed<Certification>, CertificationError> {
        let now = self.yard.clock.now();
        listing.filter.as_of = Some(now);
        let mut listed = repositories.certifications().list(&listing).await?;
        listed.items = listed.items.into_iter().map(|one| one.as_of(now)).collect();
        Ok(listed)
    }
}
