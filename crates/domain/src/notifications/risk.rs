//! Whether learners are still at risk: what only the policy engine can say.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};

use super::{Candidate, Notice, NoticeKind};
use crate::{
    attendance::{policy::Assessment, records},
    error::RepositoryResult,
    ids::{ClassId, UserId},
    store::Repositories,
};

/// How many classes are read at once.
const CLASSES_AT_ONCE: usize = 20;

/// Takes those candidates out whose warning no longer holds; others stay.
pub(super) async fn retain_at_risk(
    repositories: &mut dyn Repositories,
    candidates: &mut Vec<Candidate>,
    now: DateTime<Utc>,
) -> RepositoryResult<()> {
    let mut classes: Vec<ClassId> =
        candidates.iter().filter(|one| is_warning(one.kind)).map(|one| ClassId(one.subject_id)).collect();
    classes.sort_unstable();
    classes.dedup();
    let mut holding: HashSet<(ClassId, UserId, NoticeKind)> = HashSet::new();
    for classes in classes.chunks(CLASSES_AT_ONCE) {
        let records: HashMap<_, _> = records::of_classes(repositories, classes).await?;
        for (class, records) in records {
            let assessed = records.assessed(&records.policy, now);
            let warned = assessed.filter_map(|(user, _, one)| Some((class, user.id, warning_of(&one)?)));
            holding.extend(warned);
        }
    }
    candidates.retain(|one| {
        !is_warning(one.kind) || holding.contains(&(ClassId(one.subject_id), one.user_id, one.kind))
    });
    Ok(())
}

/// Whether the warning of a notice still holds; notices of other kinds are no warnings and hold.
pub(super) async fn is_at_risk(
    repositories: &mut dyn Repositories,
    notice: &Notice,
    now: DateTime<Utc>,
) -> RepositoryResult<bool> {
    if !is_warning(notice.kind) {
        return Ok(true);
    }
    let learner = records::of_learner(repositories, ClassId(notice.subject_id), notice.user_id).await?;
    Ok(learner.is_some_and(|learner| warning_of(&learner.assess(now)) == Some(notice.kind)))
}

fn is_warning(kind: NoticeKind) -> bool {
    matches!(kind, NoticeKind::AtRisk | NoticeKind::Unreachable)
}

/// What a learner who is assessed so is warned of.
fn warning_of(assessment: &Assessment) -> Option<NoticeKind> {
    let forecast = &assessment.forecast;
    match (forecast.at_risk, forecast.unreachable_since) {
        (_, Some(_)) => Some(NoticeKind::Unreachable),
        (true, None) => Some(NoticeKind::AtRisk),
        (false, None) => None,
    }
}
