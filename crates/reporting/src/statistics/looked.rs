//! Classes with what is kept of them, and with what the engine and the rules say now in place of what has changed.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use madang_domain::{
    attendance::{
        counters::{self, ClassStanding, KeptClass, PolicyBook},
        policies::Policy,
    },
    certification::eligible::{Eligibles, KeptCompletion, judge_courses},
    error::RepositoryResult,
    ids::{ClassId, CourseId, PolicyId},
    store::Repositories,
};

use super::{
    Figures,
    figures::{figures, part_of},
};

/// So many classes that have changed are assessed as they are read, and their courses judged; where there are more, the answer lags
/// behind.
pub(super) const ASSESSED_LIVE: usize = 20;

/// Classes with what is said of them.
pub(super) struct Looked {
    pub(super) classes: Vec<LookedClass>,
    pub(super) policies: HashMap<PolicyId, Arc<Policy>>,
    pub(super) as_of: DateTime<Utc>,
    pub(super) behind: u64,
}

/// A class with what is said of it; `standing` is `None` where the engine has said nothing yet.
pub(super) struct LookedClass {
    pub(super) class: KeptClass,
    pub(super) standing: Option<ClassStanding>,
    pub(super) eligibles: Eligibles,
}

impl Looked {
    /// What is kept of those of these classes that are meant, with what is said now in place of what has changed, unless that is of too
    /// many.
    pub(super) async fn at(
        repositories: &mut dyn Repositories,
        book: &PolicyBook,
        kept: Vec<KeptCompletion>,
        now: DateTime<Utc>,
        most: usize,
    ) -> RepositoryResult<Self> {
        let policies = book.policies(repositories, kept.iter().map(|one| one.class.policy_id)).await?;
        let changed = Changed::of(&kept, now);
        let live = changed.live(repositories, &kept, &policies, now, most).await?;
        let (mut as_of, mut behind) = (now, 0);
        let mut classes = Vec::with_capacity(kept.len());
        for KeptCompletion { class, is_meant, eligibles } in kept {
            if !is_meant {
                continue;
            }
            let id = class.class_id;
            let standing = live.standings.get(&id).or(class.kept.standing.as_ref()).cloned();
            let judged = live.judged.get(&class.course_id);
            let eligibles = match judged {
                Some(classes) => classes.get(&id).copied().unwrap_or_default(),
                None => eligibles.standing.unwrap_or_default(),
            };
            let is_assessed = live.standings.contains_key(&id) || !changed.classes.contains(&id);
            let since = changed.courses.get(&class.course_id).filter(|_| judged.is_none());
            if !is_assessed || since.is_some() {
                behind += 1;
                let assessed_at = class.kept.assessed_at.filter(|_| !is_assessed);
                as_of = assessed_at.into_iter().chain(since.copied().flatten()).fold(as_of, DateTime::min);
            }
            classes.push(LookedClass { class, standing, eligibles });
        }
        Ok(Self { classes, policies, as_of, behind })
    }

    /// The figures of a class.
    pub(super) fn figures(&self, class: &KeptClass, standing: &ClassStanding) -> Figures {
        let policy = self.policies.get(&class.policy_id);
        figures(policy.map(|policy| part_of(policy, standing.lectures, &standing.marks)).as_ref())
    }
}

/// What has changed since it was kept.
struct Changed {
    /// Classes that have to be assessed anew.
    classes: HashSet<ClassId>,
    /// Courses that have to be judged anew, because of these classes or by themselves, and up to when what is kept of them holds.
    courses: HashMap<CourseId, Option<DateTime<Utc>>>,
}

impl Changed {
    fn of(kept: &[KeptCompletion], now: DateTime<Utc>) -> Self {
        let mut changed = Self { classes: HashSet::new(), courses: HashMap::new() };
        for KeptCompletion { class, eligibles, .. } in kept {
            let is_stale = class.kept.current(now).is_none();
            if is_stale {
                changed.classes.insert(class.class_id);
            }
            if is_stale || eligibles.current(now).is_none() {
                let since = changed.courses.entry(class.course_id).or_insert(eligibles.assessed_at);
                let assessed_at = class.kept.assessed_at.filter(|_| is_stale);
                *since = since.iter().copied().chain(assessed_at).min();
            }
        }
        changed
    }

    /// What is said now of the classes and courses, as far as they are not too many.
    async fn live(
        &self,
        repositories: &mut dyn Repositories,
        kept: &[KeptCompletion],
        policies: &HashMap<PolicyId, Arc<Policy>>,
        now: DateTime<Utc>,
        most: usize,
    ) -> RepositoryResult<Live> {
        let stale = |are_wanted: &dyn Fn(&KeptCompletion) -> bool| -> Vec<(ClassId, Arc<Policy>)> {
            kept.iter()
                .filter(|one| self.classes.contains(&one.class.class_id) && are_wanted(one))
                .filter_map(|one| Some((one.class.class_id, Arc::clone(policies.get(&one.class.policy_id)?))))
                .collect()
        };
        let (all, meant) = (stale(&|_| true), stale(&|one| one.is_meant));
        let mut live = Live::default();
        let assessed = if all.len() <= most && self.courses.len() <= most {
            let courses: Vec<CourseId> = self.courses.keys().copied().collect();
            let (judged, assessed) = judge_courses(repositories, &courses, &all, now).await?;
            live.judged
                .extend(judged.into_iter().map(|one| (one.course_id, one.classes.into_iter().collect())));
            assessed
        } else if meant.len() <= most {
            counters::assess(repositories, &meant, now).await?
        } else {
            Vec::new()
        };
        live.standings.extend(assessed.into_iter().map(|one| (one.class_id, one.class)));
        Ok(live)
    }
}

/// What is said now.
#[derive(Default)]
struct Live {
    standings: HashMap<ClassId, ClassStanding>,
    judged: HashMap<CourseId, HashMap<ClassId, Eligibles>>,
}
