//! What becomes of a certification after it was issued: it is revoked, or another one takes its place. It itself never changes.

use chrono::{DateTime, NaiveDate, Utc};

use super::{
    CertificateNumber, Certification, CertificationError, CertificationService, EndReason, RevocationCode,
    SNAPSHOT_FORM, Snapshot, Standing, VerificationCode, issuing::expiry,
};
use crate::{
    access::{Action, Caller, authorize},
    events,
    idempotency::Answering,
    ids::CertificationId,
    stamps::{Expected, Stamps},
    store::{Repositories, finish},
    text::PersonName,
};

/// Why a certification is taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revocation {
    /// For programs and the public.
    pub code: RevocationCode,
    /// In words, for the record.
    pub reason: EndReason,
}

/// What another certification says in the place of an earlier one; `None` leaves it to what the user is called today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    /// The name.
    pub name: Option<PersonName>,
    /// The name in Latin letters.
    pub name_roman: Option<PersonName>,
    /// When the user was born.
    pub birth_date: Option<NaiveDate>,
    /// Why.
    pub reason: EndReason,
}

/// How another certification comes to take the place of an earlier one.
enum Succession {
    Correction(Correction),
    Renewal(EndReason),
}

impl Succession {
    fn reason(&self) -> &EndReason {
        match self {
            Self::Correction(correction) => &correction.reason,
            Self::Renewal(reason) => reason,
        }
    }
}

impl CertificationService {
    /// Takes a certification back. `expected` is the version that the caller knows, which must be told.
    pub async fn revoke(
        &self,
        caller: &Caller,
        id: CertificationId,
        expected: Option<Expected>,
        revocation: Revocation,
    ) -> Result<Certification, CertificationError> {
        let expected = self.may_end(caller, id, expected).await?;
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.revoke_in(&mut *unit, caller, id, expected, revocation).await;
        finish(unit, outcome).await
    }

    /// Issues another certification in the place of one that names somebody wrongly; both numbers and codes stay known.
    pub async fn reissue(
        &self,
        caller: &Caller,
        id: CertificationId,
        expected: Option<Expected>,
        correction: Correction,
        answering: &Answering<'_, Certification>,
    ) -> Result<Certification, CertificationError> {
        self.succeed(caller, id, expected, Succession::Correction(correction), answering).await
    }

    /// Issues another certification in the place of one that expires or has expired, for as long as the rule of the course says today.
    pub async fn renew(
        &self,
        caller: &Caller,
        id: CertificationId,
        expected: Option<Expected>,
        reason: EndReason,
        answering: &Answering<'_, Certification>,
    ) -> Result<Certification, CertificationError> {
        self.succeed(caller, id, expected, Succession::Renewal(reason), answering).await
    }

    /// Who may issue may end; to others a certification that is not theirs does not exist.
    async fn may_end(
        &self,
        caller: &Caller,
        id: CertificationId,
        expected: Option<Expected>,
    ) -> Result<Expected, CertificationError> {
        if authorize(caller, Action::IssueCertifications).is_err() {
            self.find(caller, id).await?;
            return Err(CertificationError::Forbidden);
        }
        expected.ok_or(CertificationError::VersionUnknown)
    }

    async fn revoke_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        id: CertificationId,
        expected: Expected,
        revocation: Revocation,
    ) -> Result<Certification, CertificationError> {
        let now = self.yard.clock.now();
        let old = self.held(repositories, id, expected, now).await?;
        match old.standing {
            Standing::Issued | Standing::Expired { .. } => {}
            Standing::Superseded { .. } | Standing::Revoked { .. } => {
                return Err(CertificationError::Ended(old.standing.state()));
            }
        }
        let (code, reason) = (revocation.code, String::from(revocation.reason));
        let revoked = Certification {
            standing: Standing::Revoked { at: now, code, reason: reason.clone() },
            stamps: old.stamps.touched(caller, now),
            ..old.clone()
        };
        repositories.certifications().update_standing(&revoked).await?;
        let entry = self.yard.pen(caller).updated(&old, &revoked).because(Some(&reason));
        repositories.audit().append(&[entry]).await?;
        events::record(repositories, &[self.told(caller, "certification.revoked", &revoked)]).await?;
        Ok(revoked)
    }

    async fn succeed(
        &self,
        caller: &Caller,
        id: CertificationId,
        expected: Option<Expected>,
        succession: Succession,
        answering: &Answering<'_, Certification>,
    ) -> Result<Certification, CertificationError> {
        let expected = self.may_end(caller, id, expected).await?;
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.succeed_in(&mut *unit, caller, id, expected, succession, answering).await;
        finish(unit, outcome).await
    }

    async fn succeed_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        id: CertificationId,
        expected: Expected,
        succession: Succession,
        answering: &Answering<'_, Certification>,
    ) -> Result<Certification, CertificationError> {
        let now = self.yard.clock.now();
        let old = self.held(repositories, id, expected, now).await?;
        let may_follow = match (&old.standing, &succession) {
            (Standing::Issued, _) | (Standing::Expired { .. }, Succession::Renewal(_)) => true,
            (
                Standing::Expired { .. } | Standing::Superseded { .. } | Standing::Revoked { .. },
                Succession::Correction(_) | Succession::Renewal(_),
            ) => false,
        };
        if !may_follow {
            return Err(CertificationError::Ended(old.standing.state()));
        }
        let reason = succession.reason().to_string();
        let candidacy = repositories.certifications().candidacy(old.course_id, &[old.user_id], now).await?;
        let snapshot = match succession {
            Succession::Correction(correction) => {
                let today = candidacy.and_then(|candidacy| candidacy.people.into_iter().next());
                let (name, details) = match today {
                    Some(candidate) => (candidate.name, candidate.details),
                    // The account is gone: what the certificate says is all there is.
                    None => (old.snapshot.user_name.clone(), super::HolderDetails::default()),
                };
                Snapshot {
                    user_name: correction.name.map_or(name, PersonName::into),
                    user_name_roman: correction
                        .name_roman
                        .map(PersonName::into)
                        .or(details.name_roman)
                        .or(old.snapshot.user_name_roman.clone()),
                    birth_date: correction.birth_date.or(details.birth_date).or(old.snapshot.birth_date),
                    ..old.snapshot.clone()
                }
            }
            Succession::Renewal(_) => {
                if old.snapshot.expires_at.is_none() {
                    return Err(CertificationError::NotExpiring);
                }
                let months = candidacy.and_then(|candidacy| candidacy.rule.document.valid_months);
                Snapshot { expires_at: months.and_then(|months| expiry(now, months)), ..old.snapshot.clone() }
            }
        };
        let number = repositories.certifications().take_numbers(CertificateNumber::year_of(now), 1).await?;
        let issuer =
            if snapshot.issuer.name.is_empty() { self.issuer.clone() } else { snapshot.issuer.clone() };
        let new = Certification {
            id: CertificationId(self.yard.ids.next()),
            snapshot: Snapshot {
                form: SNAPSHOT_FORM,
                number,
                code: VerificationCode::draw(),
                issued_at: now,
                replaces: Some(old.snapshot.number),
                issuer,
                ..snapshot
            },
            supersedes: Some(old.id),
            standing: Standing::Issued,
            stamps: Stamps::new(caller, now),
            ..old.clone()
        };
        let superseded = Certification {
            standing: Standing::Superseded { at: now, by: new.id },
            stamps: old.stamps.touched(caller, now),
            ..old.clone()
        };
        repositories.certifications().update_standing(&superseded).await?;
        repositories.certifications().insert_many(std::slice::from_ref(&new)).await?;
        let pen = self.yard.pen(caller);
        let entries = [pen.updated(&old, &superseded), pen.created(&new)];
        repositories.audit().append(&entries.map(|entry| entry.because(Some(&reason)))).await?;
        let events = [
            self.told(caller, "certification.superseded", &superseded),
            self.told(caller, "certification.issued", &new),
        ];
        events::record(repositories, &events).await?;
        answering.keep(repositories, &new).await?;
        Ok(new)
    }

    /// The certification, kept from others until the end of the unit of work. That its time is over is written down first.
    async fn held(
        &self,
        repositories: &mut dyn Repositories,
        id: CertificationId,
        expected: Expected,
        now: DateTime<Utc>,
    ) -> Result<Certification, CertificationError> {
        let found = repositories.certifications().find_for_update(id).await?;
        let found = found.ok_or(CertificationError::NotFound(id))?;
        let standing = found.clone().as_of(now);
        if !expected.allows(standing.stamps.version) {
            return Err(CertificationError::Stale);
        }
        if standing != found {
            repositories.certifications().update_standing(&standing).await?;
            let entry = self.yard.pen(&Caller::system()).updated(&found, &standing);
            repositories.audit().append(&[entry]).await?;
        }
        Ok(standing)
    }
}
