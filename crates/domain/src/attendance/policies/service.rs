//! What can be done with policies.

use std::sync::Arc;

use thiserror::Error;

use super::{NewPolicy, Policy, PolicyFilter, PolicyPin, PolicySort};
use crate::{
    access::{Action, Caller, authorize},
    attendance::policy::PolicyFault,
    error::{RepositoryError, UniqueKey},
    idempotency::Answering,
    ids::{ClassId, PolicyId, UserId},
    learning::classes::Class,
    page::{Listed, Listing},
    store::{Repositories, finish},
    yard::Yard,
};

/// Why something could not be done with a policy.
#[derive(Debug, Error)]
pub enum PolicyError {
    /// There is no such policy.
    #[error("no such policy: {0}")]
    NotFound(PolicyId),
    /// There is no such policy to pin.
    #[error("no such policy to pin: {0}")]
    NothingToPin(PolicyId),
    /// There is no such class, or none that the caller may know of.
    #[error("no such class: {0}")]
    ClassNotFound(ClassId),
    /// The user is and was no learner of the class, or the caller may not know of it.
    #[error("no such learner: {0}")]
    LearnerNotFound(UserId),
    /// The caller may not do this.
    #[error("forbidden to the caller")]
    Forbidden,
    /// The class has been closed.
    #[error("the class is closed")]
    ClassClosed,
    /// The caller does not say which pin they know.
    #[error("the pin that the caller knows is not told")]
    VersionUnknown,
    /// The class goes by another pin than the caller knows.
    #[error("the class has been pinned anew")]
    Stale,
    /// Somebody else made the same version at the same moment.
    #[error("the version is taken")]
    VersionTaken,
    /// The document says what it must not.
    #[error("{} faults in the document", .0.len())]
    Faulty(Vec<PolicyFault>),
    /// The data could not be reached or kept.
    #[error("the repository failed")]
    Repository(#[source] RepositoryError),
}

impl From<RepositoryError> for PolicyError {
    fn from(error: RepositoryError) -> Self {
        match (error.conflict(), error) {
            (Some(UniqueKey::PolicyVersion), _) => Self::VersionTaken,
            (Some(UniqueKey::PolicyPin), _) => Self::Stale,
            (_, error) => Self::Repository(error),
        }
    }
}

/// The use cases of policies.
#[derive(Clone)]
pub struct PolicyService {
    pub(super) yard: Yard,
}

impl PolicyService {
    /// A service that stands on `yard`.
    pub fn new(yard: Yard) -> Self {
        Self { yard }
    }

    /// One policy, for everybody: by which rule one is judged is no secret.
    pub async fn find(&self, id: PolicyId) -> Result<Policy, PolicyError> {
        let mut session = self.yard.store.session().await?;
        session.policies().find(id).await?.ok_or(PolicyError::NotFound(id))
    }

    /// Lists policies, for everybody.
    pub async fn list(
        &self,
        listing: Listing<PolicyFilter, PolicySort>,
    ) -> Result<Listed<Policy>, PolicyError> {
        let mut session = self.yard.store.session().await?;
        Ok(session.policies().list(&listing).await?)
    }

    /// Makes a policy, or the next version of one; no class goes by it until it is pinned.
    pub async fn create(
        &self,
        caller: &Caller,
        new: NewPolicy,
        answering: &Answering<'_, Policy>,
    ) -> Result<Policy, PolicyError> {
        authorize(caller, Action::ManageCatalogue).map_err(|_| PolicyError::Forbidden)?;
        let faults = new.document.faults();
        if !faults.is_empty() {
            return Err(PolicyError::Faulty(faults));
        }
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.create_in(&mut *unit, caller, new, answering).await;
        finish(unit, outcome).await
    }

    async fn create_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        new: NewPolicy,
        answering: &Answering<'_, Policy>,
    ) -> Result<Policy, PolicyError> {
        let policy = Policy {
            id: PolicyId(self.yard.ids.next()),
            version: repositories.policies().last_version(&new.family).await? + 1,
            family: new.family,
            title: new.title,
            description: new.description,
            digest: new.document.digest(),
            document: Arc::new(new.document),
            created_at: self.yard.clock.now(),
            created_by: caller.on_behalf_of(),
        };
        repositories.policies().insert(&policy).await?;
        repositories.audit().append(&[self.yard.pen(caller).created(&policy)]).await?;
        answering.keep(repositories, &policy).await?;
        Ok(policy)
    }

    /// What a class goes by, for everybody who may see the class.
    pub async fn of_class(
        &self,
        caller: &Caller,
        class: ClassId,
    ) -> Result<(PolicyPin, Policy), PolicyError> {
        let mut session = self.yard.store.session().await?;
        visible(&mut *session, caller, class).await?;
        let pins = session.policies().pins_of(class).await?;
        pins.into_iter().next().ok_or(PolicyError::ClassNotFound(class))
    }

    /// What a class goes by and went by, the last first; for its staff.
    pub async fn history(
        &self,
        caller: &Caller,
        class: ClassId,
    ) -> Result<Vec<(PolicyPin, Policy)>, PolicyError> {
        let mut session = self.yard.store.session().await?;
        visible(&mut *session, caller, class).await?;
        authorize(caller, Action::ReadRoster(class)).map_err(|_| PolicyError::Forbidden)?;
        Ok(session.policies().pins_of(class).await?)
    }
}

/// The class, if the caller may know of it.
pub(super) async fn visible(
    repositories: &mut dyn Repositories,
    caller: &Caller,
    id: ClassId,
) -> Result<Class, PolicyError> {
    let class = repositories.classes().find(id).await?.ok_or(PolicyError::ClassNotFound(id))?;
    let may_know =
        caller.teaches(id) || authorize(caller, Action::ReadCatalogue { active: class.is_active }).is_ok();
    if may_know { Ok(class) } else { Err(PolicyError::ClassNotFound(id)) }
}
