//! How far learners are on their way to a certificate: per class, per course and in all.
//!
//! Rests on what is kept of each class and course. Where a few classes have changed since, the engine is asked about them anew, and
//! the rules of their courses; where many have, the answer says so: `as_of` is the moment up to which all of it holds, and `behind` how
//! many classes have changed since.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use madang_domain::{
    access::{Action, Caller, authorize},
    attendance::{
        TallyFilter,
        counters::{ClassStanding, RATE_BANDS, Wait},
    },
    certification::eligible::Eligibles,
    ids::{ClassId, CourseId},
};

use super::{
    Figures, StatisticsError, StatisticsService,
    cache::{ReportKey, Tagged, settled_completions, settled_scope},
    looked::{ASSESSED_LIVE, Looked, LookedClass},
    service::{course_title, exists, sees},
};

/// How many learners are how far. Those who moved into another class of the course count there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CompletionCounts {
    /// Classes that were counted.
    pub classes: u64,
    /// Everybody who is or was a learner (등록).
    pub enrolled: u64,
    /// Those whose place holds (수강 중).
    pub active: u64,
    /// Those of them who have few absences left (위험).
    pub at_risk: u64,
    /// Those of them who can't reach the threshold any more (수료 불가).
    pub unreachable: u64,
    /// Those who did not drop out and whose rate meets the attendance policy of their class, so far (출석 기준 충족).
    pub meets_policy: u64,
    /// Those who may be certified by the completion rule of the course, over all of their classes there (수료 가능).
    pub eligible: u64,
    /// Those who lack nothing but the decision of a person (승인 대기).
    pub needs_decision: u64,
    /// Those who hold a certification that rests on their class (수료).
    pub certified: u64,
    /// Those who left before their class ended (중도 포기).
    pub dropped: u64,
    /// Those of whom nothing is recorded, so that they have no rate.
    pub unrated: u64,
    /// How many have a rate in each band of ten percent: 0 up to 10, …, 90 up to 100, and 100 itself.
    pub bands: [u64; RATE_BANDS],
    /// How long it took from the first day of a learner to the certificate.
    pub wait: Wait,
}

impl CompletionCounts {
    /// Those who are left after each step: enrolled, not dropped out, meeting the policy, eligible, certified.
    ///
    /// A later step may have more than an earlier one: who dropped out may be eligible, and a rule may ask for less than every policy.
    pub fn funnel(&self) -> [(FunnelStep, u64); 5] {
        [
            (FunnelStep::Enrolled, self.enrolled),
            (FunnelStep::Stayed, self.enrolled.saturating_sub(self.dropped)),
            (FunnelStep::MeetsPolicy, self.meets_policy),
            (FunnelStep::Eligible, self.eligible),
            (FunnelStep::Certified, self.certified),
        ]
    }

    /// What is said of one class.
    pub(super) fn of(class: &ClassStanding, eligibles: Eligibles) -> Self {
        let mut counts = Self::default();
        counts.add(class, eligibles);
        counts
    }

    pub(super) fn add(&mut self, class: &ClassStanding, eligibles: Eligibles) {
        self.classes += 1;
        self.enrolled += class.enrolled;
        self.active += class.active;
        self.at_risk += class.at_risk;
        self.unreachable += class.unreachable;
        self.meets_policy += class.meets_policy;
        self.eligible += eligibles.eligible;
        self.needs_decision += eligibles.needs_decision;
        self.certified += class.certified;
        self.dropped += class.dropped;
        self.unrated += class.unrated;
        self.bands.iter_mut().zip(class.bands).for_each(|(sum, count)| *sum += count);
        self.wait.add(&class.wait);
    }
}

/// A step on the way to a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FunnelStep {
    /// 등록.
    Enrolled,
    /// 계속 수강: not dropped out.
    Stayed,
    /// 출석 기준 충족.
    MeetsPolicy,
    /// 수료 가능: by the completion rule of the course.
    Eligible,
    /// 수료.
    Certified,
}

impl FunnelStep {
    /// Every step, in order.
    pub const ALL: [Self; 5] =
        [Self::Enrolled, Self::Stayed, Self::MeetsPolicy, Self::Eligible, Self::Certified];

    /// The name in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Enrolled => "enrolled",
            Self::Stayed => "stayed",
            Self::MeetsPolicy => "meets_policy",
            Self::Eligible => "eligible",
            Self::Certified => "certified",
        }
    }
}

/// The dashboard of completions.
#[derive(Debug, Clone, PartialEq)]
pub struct Completions {
    /// Which classes were looked at.
    pub filter: TallyFilter,
    /// All of them together.
    pub total: CompletionCounts,
    /// Each course, by title.
    pub by_course: Vec<CourseCompletions>,
    /// Up to when all of this holds.
    pub as_of: DateTime<Utc>,
    /// Classes that have changed since.
    pub behind: u64,
}

/// A course in the dashboard of completions.
#[derive(Debug, Clone, PartialEq)]
pub struct CourseCompletions {
    /// The course.
    pub course_id: CourseId,
    /// Its title.
    pub title: String,
    /// All of its classes together.
    pub total: CompletionCounts,
    /// Each class, first begun first.
    pub by_class: Vec<ClassCompletions>,
}

/// A class in the dashboard of completions.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassCompletions {
    /// The class.
    pub class_id: ClassId,
    /// Its title.
    pub title: String,
    /// Its first day.
    pub begin_date: NaiveDate,
    /// Its last day.
    pub end_date: NaiveDate,
    /// How many learners are how far.
    pub counts: CompletionCounts,
}

/// The classes of a course side by side.
#[derive(Debug, Clone, PartialEq)]
pub struct CourseComparison {
    /// The course.
    pub course_id: CourseId,
    /// Its title.
    pub title: String,
    /// Each class, first begun first.
    pub classes: Vec<ComparedClass>,
    /// Up to when all of this holds.
    pub as_of: DateTime<Utc>,
    /// Classes that have changed since.
    pub behind: u64,
}

/// A class among those of its course.
#[derive(Debug, Clone, PartialEq)]
pub struct ComparedClass {
    /// The class.
    pub class_id: ClassId,
    /// Its title.
    pub title: String,
    /// Its first day.
    pub begin_date: NaiveDate,
    /// Its last day.
    pub end_date: NaiveDate,
    /// What was counted, and the rate.
    pub figures: Figures,
    /// How many learners are how far.
    pub counts: CompletionCounts,
}

impl StatisticsService {
    /// The dashboard of completions, for who may see statistics.
    pub async fn completions(
        &self,
        caller: &Caller,
        filter: TallyFilter,
    ) -> Result<Completions, StatisticsError> {
        Ok(self.completion_report(caller, filter).await?.report)
    }

    /// The same, with its tag.
    pub async fn completion_report(
        &self,
        caller: &Caller,
        filter: TallyFilter,
    ) -> Result<Tagged<Completions>, StatisticsError> {
        authorize(caller, Action::ReadStatistics).map_err(|_| StatisticsError::Forbidden)?;
        let mut session = self.yard.store.report_session(caller.reader()).await?;
        let now = self.yard.clock.now();
        let version = settled_scope(&session.judgements().version(&filter, now).await?, None);
        let key = ReportKey::Completions(filter.clone());
        if let Some(report) = self.cache.recall(&key, version.as_ref(), now) {
            return Ok(report);
        }
        let kept = session.judgements().kept(&filter).await?;
        if kept.is_empty() {
            exists(&mut *session, &filter).await?;
        }
        let looked = Looked::at(&mut *session, &self.policies, kept, now, ASSESSED_LIVE).await?;
        let mut total = CompletionCounts::default();
        let mut courses: BTreeMap<(String, CourseId), CourseCompletions> = BTreeMap::new();
        for looked in &looked.classes {
            let Some(standing) = &looked.standing else { continue };
            let class = &looked.class;
            total.add(standing, looked.eligibles);
            let key = (class.course_title.clone(), class.course_id);
            let course = courses.entry(key).or_insert_with(|| CourseCompletions {
                course_id: class.course_id,
                title: class.course_title.clone(),
                total: CompletionCounts::default(),
                by_class: Vec::new(),
            });
            course.total.add(standing, looked.eligibles);
            course.by_class.push(ClassCompletions {
                class_id: class.class_id,
                title: class.title.clone(),
                begin_date: class.begin_date,
                end_date: class.end_date,
                counts: CompletionCounts::of(standing, looked.eligibles),
            });
        }
        let by_course = courses.into_values().collect();
        let (as_of, behind) = (looked.as_of, looked.behind);
        let completions = Completions { filter, total, by_course, as_of, behind };
        Ok(self.cache.keep(key, version.as_ref(), completions))
    }

    /// How far the learners of a class are, for its staff and who may see statistics.
    pub async fn class_completions(
        &self,
        caller: &Caller,
        id: ClassId,
    ) -> Result<ClassCompletions, StatisticsError> {
        let hidden = || StatisticsError::ClassNotFound(id);
        let mut session = self.yard.store.report_session(caller.reader()).await?;
        let filter = TallyFilter { class: Some(id), ..TallyFilter::default() };
        let kept = session.judgements().kept(&filter).await?;
        let class = kept.iter().find(|one| one.is_meant).ok_or_else(hidden)?;
        sees(caller, id, class.class.is_active, hidden())?;
        let now = self.yard.clock.now();
        let looked = Looked::at(&mut *session, &self.policies, kept, now, ASSESSED_LIVE).await?;
        let LookedClass { class, standing, eligibles } =
            looked.classes.into_iter().next().ok_or_else(hidden)?;
        let counts = standing.map(|standing| CompletionCounts::of(&standing, eligibles));
        Ok(ClassCompletions {
            class_id: id,
            title: class.title,
            begin_date: class.begin_date,
            end_date: class.end_date,
            counts: counts.unwrap_or_default(),
        })
    }

    /// The classes of a course side by side, for who may see statistics.
    pub async fn comparison(
        &self,
        caller: &Caller,
        id: CourseId,
    ) -> Result<CourseComparison, StatisticsError> {
        Ok(self.comparison_report(caller, id).await?.report)
    }

    /// The same, with its tag.
    pub async fn comparison_report(
        &self,
        caller: &Caller,
        id: CourseId,
    ) -> Result<Tagged<CourseComparison>, StatisticsError> {
        let mut session = self.yard.store.report_session(caller.reader()).await?;
        let now = self.yard.clock.now();
        let filter = TallyFilter { course: Some(id), ..TallyFilter::default() };
        let kept = session.judgements().kept(&filter).await?;
        let title = course_title(&mut *session, caller, id, kept.first().map(|one| &one.class)).await?;
        let (key, version) = (ReportKey::Comparison(id), settled_completions(&kept, now));
        if let Some(report) = self.cache.recall(&key, version.as_ref(), now) {
            return Ok(report);
        }
        let looked = Looked::at(&mut *session, &self.policies, kept, now, ASSESSED_LIVE).await?;
        let classes = looked.classes.iter().filter_map(|one| {
            let (class, standing) = (&one.class, one.standing.as_ref()?);
            Some(ComparedClass {
                class_id: class.class_id,
                title: class.title.clone(),
                begin_date: class.begin_date,
                end_date: class.end_date,
                figures: looked.figures(class, standing),
                counts: CompletionCounts::of(standing, one.eligibles),
            })
        });
        let classes = classes.collect();
        let (as_of, behind) = (looked.as_of, looked.behind);
        let comparison = CourseComparison { course_id: id, title, classes, as_of, behind };
        Ok(self.cache.keep(key, version.as_ref(), comparison))
    }
}
