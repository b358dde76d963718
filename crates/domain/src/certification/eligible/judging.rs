//! Judging whole courses: three statements for any number of them, or one where no class is assessed anew.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use chrono::{DateTime, Utc};

use super::{Candidates, CourseJudgement};
use crate::{
    attendance::{
        counters::{Assessed, assess_learners},
        policies::Policy,
    },
    certification::judgement::{ClassOutcome, eligibility},
    error::RepositoryResult,
    ids::{ClassId, CourseId, UserId},
    store::Repositories,
};

/// What the rules of these courses say now, and what the engine says of those of their classes that it is asked about anew, each by
/// its policy.
pub async fn judge_courses(
    repositories: &mut dyn Repositories,
    courses: &[CourseId],
    live: &[(ClassId, Arc<Policy>)],
    now: DateTime<Utc>,
) -> RepositoryResult<(Vec<CourseJudgement>, Vec<Assessed>)> {
    if courses.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    let ids: Vec<ClassId> = live.iter().map(|(class, _)| *class).collect();
    let mut candidates = repositories.judgements().candidates(courses, &ids, now).await?;
    let places = std::mem::take(&mut candidates.places);
    let assessed = assess_learners(repositories, live, places, now).await?;
    Ok((judged(&candidates, &assessed, now), assessed))
}

fn judged(candidates: &Candidates, assessed: &[Assessed], now: DateTime<Utc>) -> Vec<CourseJudgement> {
    let kept = candidates.kept.iter().map(|one| ((one.course_id, one.user_id), one.outcome));
    let live = assessed.iter().flat_map(|class| {
        let course = candidates.course_of.get(&class.class_id).copied();
        class.learners.iter().filter_map(move |learner| {
            Some(((course?, learner.user_id), ClassOutcome::of_standing(class.class_id, learner)))
        })
    });
    let mut outcomes: HashMap<(CourseId, UserId), Vec<ClassOutcome>> = HashMap::new();
    for (whose, outcome) in kept.chain(live) {
        outcomes.entry(whose).or_default().push(outcome);
    }
    let mut judgements: BTreeMap<CourseId, CourseJudgement> = candidates
        .rules
        .keys()
        .map(|id| {
            (*id, CourseJudgement { course_id: *id, classes: BTreeMap::new(), at: now, holds_until: None })
        })
        .collect();
    for (whose, classes) in outcomes {
        let (Some(rule), Some(judgement)) = (candidates.rules.get(&whose.0), judgements.get_mut(&whose.0))
        else {
            continue;
        };
        let earlier = candidates.earlier.get(&whose).copied().unwrap_or_default();
        let outcome = eligibility(rule, &classes, earlier.earlier);
        for class in classes.iter().filter(|class| !class.has_gone_on) {
            judgement.classes.entry(class.class_id).or_default().count(outcome);
        }
        judgement.holds_until = judgement.holds_until.into_iter().chain(earlier.expires_at).min();
    }
    judgements.into_values().collect()
}
