//! What the public is told of a code: the truth about the certificate, and of its holder no more than the asker knows.

use chrono::{DateTime, NaiveDate, Utc};

use super::{
    CertificateNumber, Certification, CertificationService, RevocationCode, Standing, Successor,
    VerificationCode, masking::masked,
};
use crate::error::RepositoryResult;

/// What the asker knows of the certificate beside its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Knowledge {
    /// Its number.
    pub number: Option<CertificateNumber>,
    /// When its holder was born.
    pub birth_date: Option<NaiveDate>,
}

impl Knowledge {
    /// Whether the asker claims to know anything.
    pub fn is_claimed(self) -> bool {
        self.number.is_some() || self.birth_date.is_some()
    }

    /// Whether all that is claimed is right, and something is.
    fn fits(self, certification: &Certification) -> bool {
        let snapshot = &certification.snapshot;
        self.is_claimed()
            && self.number.is_none_or(|number| number == snapshot.number)
            && self.birth_date.is_none_or(|day| snapshot.birth_date == Some(day))
    }
}

/// How a certificate stands, as the public is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VerifiedState {
    /// It holds.
    Valid,
    /// Its time is over.
    Expired {
        /// Since when.
        at: DateTime<Utc>,
    },
    /// It was taken back.
    Revoked {
        /// When.
        at: DateTime<Utc>,
        /// Why.
        code: RevocationCode,
    },
    /// Another one took its place.
    Superseded {
        /// When.
        at: DateTime<Utc>,
        /// Which; `None` where that is not kept here.
        by: Option<Successor>,
    },
    /// There is no such certificate.
    Unknown,
}

/// The answer to a code.
#[derive(Debug, Clone, PartialEq)]
pub struct Verification {
    /// How the certificate stands.
    pub state: VerifiedState,
    /// What it says, as far as the asker may see it; `None` where there is none.
    pub certificate: Option<VerifiedCertificate>,
}

/// What the public sees of a certificate.
#[derive(Debug, Clone, PartialEq)]
pub struct VerifiedCertificate {
    /// Whether the asker knows the number or the birth date, and sees the whole of it.
    pub is_disclosed: bool,
    /// The number, where it is disclosed.
    pub number: Option<CertificateNumber>,
    /// The name of the holder, hidden in part unless it is disclosed.
    pub name: String,
    /// The same in Latin letters.
    pub name_roman: Option<String>,
    /// The title of the course.
    pub course_title: String,
    /// The first and the last day.
    pub period: Option<(NaiveDate, NaiveDate)>,
    /// Whole hours of planned time; `None` where they are not known.
    pub hours: Option<u64>,
    /// The day of issue.
    pub issued_on: NaiveDate,
    /// The last day on which it holds; `None` where it holds for good.
    pub valid_until: Option<NaiveDate>,
    /// Who issued it.
    pub issuer: String,
}

impl Verification {
    /// The answer where there is no such certificate.
    pub const UNKNOWN: Self = Self { state: VerifiedState::Unknown, certificate: None };

    fn of(
        certification: &Certification,
        successor: Option<Successor>,
        knowledge: Knowledge,
        now: DateTime<Utc>,
    ) -> Self {
        let state = match certification.standing_at(now) {
            Standing::Issued => VerifiedState::Valid,
            Standing::Expired { at } => VerifiedState::Expired { at },
            Standing::Revoked { at, code, reason: _ } => VerifiedState::Revoked { at, code },
            Standing::Superseded { at, by: _ } => VerifiedState::Superseded { at, by: successor },
        };
        let snapshot = &certification.snapshot;
        let is_disclosed = knowledge.fits(certification);
        let shown = |name: &String| if is_disclosed { name.clone() } else { masked(name) };
        let certificate = VerifiedCertificate {
            is_disclosed,
            number: is_disclosed.then_some(snapshot.number),
            name: shown(&snapshot.user_name),
            name_roman: snapshot.user_name_roman.as_ref().map(shown),
            course_title: snapshot.course_title.clone(),
            period: snapshot.period(),
            hours: (snapshot.planned_minutes > 0).then(|| snapshot.planned_hours()),
            issued_on: snapshot.issued_on(),
            valid_until: snapshot.valid_until(),
            issuer: snapshot.issuer.name.clone(),
        };
        Self { state, certificate: Some(certificate) }
    }
}

impl CertificationService {
    /// What the public is told of a code, from one lookup; works without course, class and user.
    pub async fn verify(
        &self,
        code: VerificationCode,
        knowledge: Knowledge,
    ) -> RepositoryResult<Verification> {
        let mut session = self.yard.store.session().await?;
        let found = session.certifications().find_by_code(code).await?;
        let now = self.yard.clock.now();
        Ok(match found {
            Some((certification, successor)) => Verification::of(&certification, successor, knowledge, now),
            None => Verification::UNKNOWN,
        })
    }
}
