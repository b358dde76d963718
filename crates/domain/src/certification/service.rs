//! What can be done with certifications.

use std::collections::BTreeSet;

use thiserror::Error;

use super::{
    Certification, CertificationFilter, CertificationSort, ClassRecord, NewCertification, OverrideReason,
    PolicyStamp, Snapshot,
};
use crate::{
    access::{Action, Caller, authorize},
    accounts::{self, NoSuchUser},
    attendance::{
        Fraction, Verdict,
        policy::Assessment,
        records::{self, LearnerClass},
    },
    error::{RepositoryError, UniqueKey},
    idempotency::Answering,
    ids::{CertificationId, ClassId, CourseId, UserId},
    page::{Listed, Listing},
    stamps::Stamps,
    store::{Repositories, finish},
    yard::Yard,
};

/// Why something could not be done with a certification.
#[derive(Debug, Error)]
pub enum CertificationError {
    /// There is no such certification, or none that the caller may know of.
    #[error("no such certification: {0}")]
    NotFound(CertificationId),
    /// There is no such course.
    #[error("no such course: {0}")]
    CourseNotFound(CourseId),
    /// There is no such user, or none that the caller may know of.
    #[error("no such user: {0}")]
    UserNotFound(UserId),
    /// There is no such user to certify.
    #[error("no such user to certify: {0}")]
    NobodyToCertify(UserId),
    /// The caller may not do this.
    #[error("forbidden to the caller")]
    Forbidden,
    /// The user has a certification for this course already.
    #[error("the user is certified already")]
    AlreadyCertified,
    /// The user was not a learner in these classes of the course.
    #[error("the user was not a learner there")]
    NotALearner(Vec<ClassId>),
    /// The rule is not met.
    #[error("the rule is not met in {} classes", .0.len())]
    NotEligible(Vec<Shortfall>),
    /// The data could not be reached or kept.
    #[error("the repository failed")]
    Repository(#[source] RepositoryError),
}

impl From<RepositoryError> for CertificationError {
    fn from(error: RepositoryError) -> Self {
        match (error.conflict(), error) {
            (Some(UniqueKey::Certification), _) => Self::AlreadyCertified,
            (_, error) => Self::Repository(error),
        }
    }
}

impl From<NoSuchUser> for CertificationError {
    fn from(missing: NoSuchUser) -> Self {
        match missing {
            NoSuchUser::Hidden(user) => Self::UserNotFound(user),
            NoSuchUser::Repository(error) => error.into(),
        }
    }
}

/// A class in which the rule is not met.
#[derive(Debug, Clone, PartialEq)]
pub struct Shortfall {
    /// The class.
    pub class_id: ClassId,
    /// What was reached; `None` where nothing was recorded.
    pub rate: Option<Fraction>,
    /// What is needed.
    pub threshold: Fraction,
}

/// The use cases of certifications.
#[derive(Clone)]
pub struct CertificationService {
    yard: Yard,
}

impl CertificationService {
    /// A service that stands on `yard`.
    pub fn new(yard: Yard) -> Self {
        Self { yard }
    }

    /// One certification: one's own, or anybody's for a manager.
    pub async fn find(
        &self,
        caller: &Caller,
        id: CertificationId,
    ) -> Result<Certification, CertificationError> {
        let mut session = self.yard.store.session().await?;
        let found = session.certifications().find(id).await?.ok_or(CertificationError::NotFound(id))?;
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
        Ok(session.certifications().list(&listing).await?)
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
        Ok(session.certifications().list(&listing).await?)
    }

    /// Issues a certification, if the rule is met in every class that it rests on or a reason says why not.
    pub async fn issue(
        &self,
        caller: &Caller,
        new: NewCertification,
        answering: &Answering<'_, Certification>,
    ) -> Result<Certification, CertificationError> {
        authorize(caller, Action::IssueCertifications).map_err(|_| CertificationError::Forbidden)?;
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.issue_in(&mut *unit, caller, new, answering).await;
        finish(unit, outcome).await
    }

    /// [`issue`](Self::issue) in a unit of work that is open already; the caller has been authorised.
    pub async fn issue_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        new: NewCertification,
        answering: &Answering<'_, Certification>,
    ) -> Result<Certification, CertificationError> {
        let now = self.yard.clock.now();
        let user = repositories
            .users()
            .find(new.user_id)
            .await?
            .ok_or(CertificationError::NobodyToCertify(new.user_id))?;
        let classes = records::of_user(repositories, user.id, Some(new.course_id)).await?;
        let Some(course_title) = classes.first().map(|class| class.course_title.clone()) else {
            let course = repositories.courses().find(new.course_id).await?;
            return Err(match course {
                Some(_) => CertificationError::NotALearner(new.class_ids),
                None => CertificationError::CourseNotFound(new.course_id),
            });
        };
        let classes: Vec<(LearnerClass, Assessment)> = chosen(classes, &new.class_ids)?
            .into_iter()
            .map(|class| {
                let assessment = class.assess(now);
                (class, assessment)
            })
            .collect();
        let shortfalls = shortfalls(&classes);
        if !shortfalls.is_empty() && new.override_reason.is_none() {
            return Err(CertificationError::NotEligible(shortfalls));
        }
        let certification = Certification {
            id: CertificationId(self.yard.ids.next()),
            course_id: new.course_id,
            user_id: user.id,
            class_ids: classes.iter().map(|(class, _)| class.class_id).collect(),
            issued_at: now,
            snapshot: Snapshot {
                user_name: user.name.into(),
                course_title,
                rule: rules(&classes),
                classes: classes.into_iter().map(class_record).collect(),
                override_reason: (!shortfalls.is_empty())
                    .then(|| new.override_reason.map(OverrideReason::into))
                    .flatten(),
            },
            stamps: Stamps::new(caller, now),
        };
        repositories.certifications().insert_many(std::slice::from_ref(&certification)).await?;
        repositories.audit().append(&[self.yard.pen(caller).created(&certification)]).await?;
        answering.keep(repositories, &certification).await?;
        Ok(certification)
    }
}

/// The named classes, or all of them when none is named.
fn chosen(classes: Vec<LearnerClass>, named: &[ClassId]) -> Result<Vec<LearnerClass>, CertificationError> {
    let strange: Vec<ClassId> =
        named.iter().copied().filter(|id| classes.iter().all(|class| class.class_id != *id)).collect();
    if !strange.is_empty() {
        return Err(CertificationError::NotALearner(strange));
    }
    let wanted = |class: &LearnerClass| named.is_empty() || named.contains(&class.class_id);
    Ok(classes.into_iter().filter(wanted).collect())
}

fn shortfalls(classes: &[(LearnerClass, Assessment)]) -> Vec<Shortfall> {
    classes
        .iter()
        .filter(|(_, assessment)| assessment.verdict != Verdict::Met)
        .map(|(class, assessment)| Shortfall {
            class_id: class.class_id,
            rate: assessment.rate,
            threshold: class.policy.document.threshold.share.into(),
        })
        .collect()
}

/// The names of the policies that decided, each once.
fn rules(classes: &[(LearnerClass, Assessment)]) -> String {
    let names: BTreeSet<&str> = classes.iter().map(|(class, _)| class.policy.family.as_str()).collect();
    names.into_iter().collect::<Vec<_>>().join(", ")
}

fn class_record((class, assessment): (LearnerClass, Assessment)) -> ClassRecord {
    ClassRecord {
        class_id: class.class_id,
        title: class.class_title,
        begin_date: class.begin_date,
        end_date: class.end_date,
        numerator: assessment.rate.map_or(0, Fraction::numerator),
        denominator: assessment.rate.map_or(0, Fraction::denominator),
        percent: assessment.rate.map(|rate| class.policy.document.percent(rate)),
        policy: Some(PolicyStamp {
            id: class.policy.id,
            name: class.policy.family.to_string(),
            version: class.policy.version,
            digest: class.policy.digest.clone(),
        }),
    }
}
