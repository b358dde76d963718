//! How people are named on certificates, beside their name in Korean, and what proves to the public that one is theirs.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{CertificationError, CertificationService, HolderDetails};
use crate::{
    access::{Action, Caller, authorize},
    accounts,
    audit::Audited,
    ids::UserId,
    stamps::{Expected, Stamps},
    store::{Repositories, finish},
};

/// How somebody is named on certificates, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Who.
    pub user_id: UserId,
    /// How.
    pub details: HolderDetails,
    /// Who made and changed it, when.
    pub stamps: Stamps,
}

/// The name and the day are left out: whoever leaves is forgotten, and the log is not changed for that.
impl Audited for Holder {
    const ENTITY: &'static str = "certificate_holder";

    fn audit_id(&self) -> Uuid {
        self.user_id.0
    }

    fn document(&self) -> Value {
        json!({
            "has_name_roman": self.details.name_roman.is_some(),
            "has_birth_date": self.details.birth_date.is_some(),
        })
    }
}

impl CertificationService {
    /// How a user is named on certificates: one's own, or anybody's for who may see users; `None` where nobody has said.
    pub async fn holder(&self, caller: &Caller, user: UserId) -> Result<Option<Holder>, CertificationError> {
        let mut session = self.yard.store.session().await?;
        accounts::readable(&mut *session, caller, user).await?;
        Ok(session.certifications().holder(user).await?)
    }

    /// Says how a user is named on certificates from now on: oneself, or anybody for who manages users. What was issued stays.
    pub async fn name_holder(
        &self,
        caller: &Caller,
        user: UserId,
        expected: Expected,
        details: HolderDetails,
    ) -> Result<Holder, CertificationError> {
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.name_holder_in(&mut *unit, caller, user, expected, details).await;
        finish(unit, outcome).await
    }

    async fn name_holder_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        user: UserId,
        expected: Expected,
        details: HolderDetails,
    ) -> Result<Holder, CertificationError> {
        accounts::readable(repositories, caller, user).await?;
        if !caller.is(user) {
            authorize(caller, Action::ManageUsers).map_err(|_| CertificationError::Forbidden)?;
        }
        let old = repositories.certifications().holder(user).await?;
        if !expected.allows(old.as_ref().map_or(0, |old| old.stamps.version)) {
            return Err(CertificationError::Stale);
        }
        let (now, pen) = (self.yard.clock.now(), self.yard.pen(caller));
        let stamps = match &old {
            Some(old) => old.stamps.touched(caller, now),
            None => Stamps::new(caller, now),
        };
        let new = Holder { user_id: user, details, stamps };
        repositories.certifications().keep_holder(&new).await?;
        let entry = match &old {
            Some(old) => pen.updated(old, &new),
            None => pen.created(&new),
        };
        repositories.audit().append(&[entry]).await?;
        Ok(new)
    }
}
