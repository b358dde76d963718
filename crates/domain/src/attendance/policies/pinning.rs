//! Letting a class go by another policy: what changes for whom, and the new pin.

use chrono::{DateTime, Utc};

use super::{PinReason, Policy, PolicyError, PolicyPin, PolicyService, service::visible};
use crate::{
    access::{Action, Caller, authorize},
    accounts::UserSummary,
    attendance::{
        Fraction, Verdict,
        policy::Assessment,
        records::{self, ClassRecords, RuledClass},
    },
    ids::{ClassId, PolicyId},
    stamps::Expected,
    store::{Repositories, finish},
};

/// A change of what a class goes by.
#[derive(Debug, Clone, PartialEq)]
pub struct RePin {
    /// From now on this policy.
    pub policy_id: PolicyId,
    /// Why.
    pub reason: PinReason,
    /// Whether it is only to be seen what would change.
    pub is_dry_run: bool,
}

/// What a change of policy changes.
#[derive(Debug, Clone, PartialEq)]
pub struct PinChange {
    /// The pin that holds; the old one, after a dry run or where nothing was to be changed.
    pub pin: PolicyPin,
    /// What the class went by.
    pub before: Policy,
    /// What it goes by, or would.
    pub after: Policy,
    /// Every learner whose figures or verdict change, by name.
    pub shifts: Vec<LearnerShift>,
    /// How many learners stay as they are.
    pub unchanged: u64,
    /// Up to when.
    pub as_of: DateTime<Utc>,
}

/// A learner whose figures or verdict change.
#[derive(Debug, Clone, PartialEq)]
pub struct LearnerShift {
    /// Who.
    pub user: UserSummary,
    /// What they were.
    pub before: LearnerFigures,
    /// What they are.
    pub after: LearnerFigures,
}

/// The figures of one learner.
#[derive(Debug, Clone, PartialEq)]
pub struct LearnerFigures {
    /// The exact rate; `None` while nothing is recorded.
    pub rate: Option<Fraction>,
    /// The rate for people.
    pub percent: Option<String>,
    /// Whether that is enough, so far.
    pub verdict: Verdict,
}

impl LearnerFigures {
    fn new(policy: &Policy, assessment: &Assessment) -> Self {
        Self {
            rate: assessment.rate,
            percent: assessment.rate.map(|rate| policy.document.percent(rate)),
            verdict: assessment.verdict,
        }
    }
}

impl PolicyService {
    /// Lets a class go by another policy from now on, and tells whose figures change by it; for managers.
    ///
    /// `expected` is the number of the pin that the caller knows; only a dry run does without. Certifications that were issued stay as they are.
    pub async fn change(
        &self,
        caller: &Caller,
        class: ClassId,
        expected: Option<Expected>,
        change: RePin,
    ) -> Result<PinChange, PolicyError> {
        if authorize(caller, Action::ManageCatalogue).is_err() {
            let mut session = self.yard.store.session().await?;
            visible(&mut *session, caller, class).await?;
            return Err(PolicyError::Forbidden);
        }
        let expected = match (expected, change.is_dry_run) {
            (Some(expected), _) => expected,
            (None, true) => Expected::Any,
            (None, false) => return Err(PolicyError::VersionUnknown),
        };
        if change.is_dry_run {
            let mut session = self.yard.store.long_session().await?;
            let ruled = session.records().ruled(&[class]).await?.pop();
            let ruled = ruled.ok_or(PolicyError::ClassNotFound(class))?;
            return self.change_in(&mut *session, caller, ruled, expected, change).await;
        }
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.change_held(&mut *unit, caller, class, expected, change).await;
        finish(unit, outcome).await
    }

    async fn change_held(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        id: ClassId,
        expected: Expected,
        change: RePin,
    ) -> Result<PinChange, PolicyError> {
        let ruled = repositories.records().ruled_for_update(id).await?;
        let ruled = ruled.ok_or(PolicyError::ClassNotFound(id))?;
        if ruled.class.closed_at.is_some() {
            return Err(PolicyError::ClassClosed);
        }
        self.change_in(repositories, caller, ruled, expected, change).await
    }

    async fn change_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        ruled: RuledClass,
        expected: Expected,
        change: RePin,
    ) -> Result<PinChange, PolicyError> {
        let class = ruled.class.id;
        let pins = repositories.policies().pins_of(class).await?;
        let (old, before) = pins.into_iter().next().ok_or(PolicyError::ClassNotFound(class))?;
        if !expected.allows(old.number) {
            return Err(PolicyError::Stale);
        }
        let after = repositories
            .policies()
            .find(change.policy_id)
            .await?
            .ok_or(PolicyError::NothingToPin(change.policy_id))?;
        let as_of = self.yard.clock.now();
        let mut records = records::of_ruled(repositories, &[ruled]).await?;
        let records = records.remove(&class).ok_or(PolicyError::ClassNotFound(class))?;
        let (shifts, unchanged) = shifts(&records, &before, &after, as_of);
        let pin = if change.is_dry_run || before.id == after.id {
            old
        } else {
            let pin = PolicyPin {
                class_id: class,
                number: old.number + 1,
                policy_id: after.id,
                pinned_at: as_of,
                pinned_by: caller.on_behalf_of(),
                reason: Some(change.reason),
            };
            repositories.policies().pin(&pin).await?;
            let mut entry = self.yard.pen(caller).updated(&old, &pin);
            entry.reason = pin.reason.as_ref().map(ToString::to_string);
            repositories.audit().append(&[entry]).await?;
            pin
        };
        Ok(PinChange { pin, before, after, shifts, unchanged, as_of })
    }
}

fn shifts(
    records: &ClassRecords,
    before: &Policy,
    after: &Policy,
    as_of: DateTime<Utc>,
) -> (Vec<LearnerShift>, u64) {
    let (mut shifts, mut unchanged) = (Vec::new(), 0);
    let both = records.assessed(before, as_of).zip(records.assessed(after, as_of));
    for ((user, _, old), (_, _, new)) in both {
        let was = LearnerFigures::new(before, &old);
        let is = LearnerFigures::new(after, &new);
        if was == is {
            unchanged += 1;
        } else {
            shifts.push(LearnerShift { user: user.clone(), before: was, after: is });
        }
    }
    (shifts, unchanged)
}
