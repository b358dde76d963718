//! What a certificate is made from: the record, and what else its document and its credential need.

use super::{
    CertificateNumber, Certification, CertificationError, CertificationFilter, CertificationService,
    CertificationSort, CertificationState, Issuer, templates::CertificateTemplate,
};
use crate::{
    access::{Action, Caller, authorize},
    error::RepositoryResult,
    ids::{CertificationId, CourseId},
    page::{Listed, Listing},
};

/// A certification, with the template that held when it was issued.
#[derive(Debug, Clone, PartialEq)]
pub struct Paper {
    /// The record.
    pub certification: Certification,
    /// The template of its course; `None` for the built-in one.
    pub template: Option<CertificateTemplate>,
}

impl CertificationService {
    /// Who issues today; a record keeps who did.
    pub fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// One certification to be printed: one's own, or anybody's for a manager.
    ///
    /// # Errors
    /// `Ended` for one that was revoked or that another one took the place of: paper does not tell.
    pub async fn paper(&self, caller: &Caller, id: CertificationId) -> Result<Paper, CertificationError> {
        let certification = self.find(caller, id).await?;
        match certification.standing.state() {
            CertificationState::Issued | CertificationState::Expired => {}
            ended @ (CertificationState::Revoked | CertificationState::Superseded) => {
                return Err(CertificationError::Ended(ended));
            }
        }
        let mut session = self.yard.store.session().await?;
        let at = certification.snapshot.issued_at;
        let template = session.certificate_templates().at(certification.course_id, at).await?;
        Ok(Paper { certification, template })
    }

    /// Every template that a course ever had, for who prints many of its certificates.
    pub async fn templates(
        &self,
        caller: &Caller,
        course: CourseId,
    ) -> Result<Vec<CertificateTemplate>, CertificationError> {
        authorize(caller, Action::ListCertifications).map_err(|_| CertificationError::Forbidden)?;
        let mut session = self.yard.store.session().await?;
        Ok(session.certificate_templates().of_course(course).await?)
    }

    /// Certifications that hold, to be printed, for managers.
    pub async fn printable(
        &self,
        caller: &Caller,
        mut listing: Listing<CertificationFilter, CertificationSort>,
    ) -> Result<Listed<Certification>, CertificationError> {
        authorize(caller, Action::ListCertifications).map_err(|_| CertificationError::Forbidden)?;
        listing.filter.state = Some(CertificationState::Issued);
        self.list(caller, listing).await
    }

    /// A certification with the e-mail address of its holder, where there is one: one's own, or anybody's for a manager.
    pub async fn identified(
        &self,
        caller: &Caller,
        id: CertificationId,
    ) -> Result<(Certification, Option<String>), CertificationError> {
        let certification = self.find(caller, id).await?;
        let mut session = self.yard.store.session().await?;
        let holder = session.users().find(certification.user_id).await?;
        Ok((certification, holder.and_then(|user| user.email).map(|email| email.to_string())))
    }

    /// The numbers in this range that do not hold although their time is not over: revoked, or superseded.
    pub async fn withdrawn(
        &self,
        first: CertificateNumber,
        last: CertificateNumber,
    ) -> RepositoryResult<Vec<CertificateNumber>> {
        let mut session = self.yard.store.session().await?;
        session.certifications().withdrawn_within(first, last).await
    }
}
