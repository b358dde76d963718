//! What can be asked of attendance. Nothing is written, so that no unit of work is opened.

use std::{collections::HashMap, sync::Arc};

use chrono::{DateTime, Days, NaiveDate, Utc};
use madang_domain::{
    access::{Action, Caller, authorize},
    attendance::{
        PeriodTally, TallyFilter, TallyScope,
        counters::{self, ClassStanding, KeptClass, Marks, PolicyBook},
        policies::Policy,
    },
    calendar::{Period, TimeZone, local_day, start_of_day},
    error::RepositoryResult,
    ids::{ClassId, CourseId, LectureId},
    store::Repositories,
    yard::Yard,
};

use super::{
    BucketFigures, ClassFigures, ClassStats, CourseStats, LectureFigures, LectureStats, PeriodRange,
    PeriodStats, RangeProblem, StatisticsError,
    cache::{ReportCache, ReportKey, Tagged, settled, settled_scope},
    figures::{Part, by_class, figures, part_of},
};

/// Which days are wanted, and how they are cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeriodQuery {
    /// Weeks or months.
    pub period: Period,
    /// The first day; `None` for the first of the twelve weeks or months that end with `to`.
    pub from: Option<NaiveDate>,
    /// The last day, included; `None` for today.
    pub to: Option<NaiveDate>,
    /// Of these classes only.
    pub filter: TallyFilter,
    /// Where the days are lived.
    pub time_zone: TimeZone,
}

impl PeriodQuery {
    /// The days that are meant at this moment.
    ///
    /// # Errors
    /// When they can't be reported on.
    pub fn range(&self, now: DateTime<Utc>) -> Result<PeriodRange, RangeProblem> {
        PeriodRange::new(self.period, self.from, self.to, self.time_zone, local_day(now, self.time_zone))
    }
}

/// The figures of attendance.
#[derive(Clone)]
pub struct StatisticsService {
    pub(super) yard: Yard,
    pub(super) policies: PolicyBook,
    pub(super) cache: ReportCache,
}

impl StatisticsService {
    /// A service that stands on `yard`, and makes every report anew.
    pub fn new(yard: Yard) -> Self {
        Self { yard, policies: PolicyBook::default(), cache: ReportCache::default() }
    }

    /// The same service; it remembers reports as long as what they rest on has not changed.
    #[must_use]
    pub fn with_cache(self) -> Self {
        Self { cache: ReportCache::on(), ..self }
    }

    /// The figures of a lecture, for staff of its class and who may see statistics.
    pub async fn lecture_stats(
        &self,
        caller: &Caller,
        id: LectureId,
    ) -> Result<LectureStats, StatisticsError> {
        let hidden = StatisticsError::LectureNotFound(id);
        let mut session = self.yard.store.figure_session(caller.reader()).await?;
        let Some((lecture, ruled)) = session.records().ruled_lecture(id).await? else { return Err(hidden) };
        sees(caller, ruled.class.id, ruled.class.is_active, hidden)?;
        let as_of = self.yard.clock.now();
        let tallies = session.attendances().tallies(TallyScope::Lecture(id), as_of).await?;
        let class_id = ruled.class.id;
        let policies = HashMap::from([(class_id, ruled.policy)]);
        Ok(LectureStats {
            lecture_id: id,
            title: lecture.title.into(),
            sequence: lecture.sequence,
            starts_at: lecture.starts_at,
            class_id,
            figures: figures(by_class(&tallies, &policies).values()),
            as_of,
        })
    }

    /// The figures of a class and each of its lectures, for its staff and who may see statistics.
    pub async fn class_stats(&self, caller: &Caller, id: ClassId) -> Result<ClassStats, StatisticsError> {
        Ok(self.class_report(caller, id).await?.report)
    }

    /// The same, with its tag.
    pub async fn class_report(
        &self,
        caller: &Caller,
        id: ClassId,
    ) -> Result<Tagged<ClassStats>, StatisticsError> {
        let hidden = StatisticsError::ClassNotFound(id);
        let mut session = self.yard.store.figure_session(caller.reader()).await?;
        let filter = TallyFilter { class: Some(id), ..TallyFilter::default() };
        let Some(class) = session.counters().kept(&filter).await?.pop() else { return Err(hidden) };
        sees(caller, id, class.is_active, hidden)?;
        let as_of = self.yard.clock.now();
        let (key, version) = (ReportKey::Class(id), settled(std::slice::from_ref(&class), as_of));
        if let Some(report) = self.cache.recall(&key, version.as_ref(), as_of) {
            return Ok(report);
        }
        let policies = self.policies_of(&mut *session, std::slice::from_ref(&class)).await?;
        let tallies = session.attendances().tallies(TallyScope::Class(id), as_of).await?;
        let counted = by_class(&tallies, &policies);
        let part = match current(&class, &policies, as_of) {
            Standing::Kept(kept) => {
                policies.get(&id).map(|policy| part_of(policy, kept.lectures, &kept.marks))
            }
            Standing::Counted => counted.get(&id).cloned(),
            Standing::Unknown => {
                let lectures = counted.get(&id).map_or(0, |part| part.lectures);
                let live = live(&mut *session, &policies, &[id], as_of).await?;
                let of_class = policies.get(&id).zip(live.get(&id));
                of_class.map(|(policy, standing)| part_of(policy, lectures, &standing.marks))
            }
        };
        let stats = ClassStats {
            class_id: id,
            title: class.title,
            course_id: class.course_id,
            figures: figures(part.as_ref()),
            by_lecture: tallies
                .iter()
                .map(|one| LectureFigures {
                    lecture_id: one.lecture_id,
                    starts_at: one.starts_at,
                    figures: figures(by_class(std::slice::from_ref(one), &policies).values()),
                })
                .collect(),
            as_of,
        };
        Ok(self.cache.keep(key, version.as_ref(), stats))
    }

    /// The figures of a course and each of its classes, for who may see statistics.
    pub async fn course_stats(&self, caller: &Caller, id: CourseId) -> Result<CourseStats, StatisticsError> {
        Ok(self.course_report(caller, id).await?.report)
    }

    /// The same, with its tag.
    pub async fn course_report(
        &self,
        caller: &Caller,
        id: CourseId,
    ) -> Result<Tagged<CourseStats>, StatisticsError> {
        let mut session = self.yard.store.report_session(caller.reader()).await?;
        let filter = TallyFilter { course: Some(id), ..TallyFilter::default() };
        let classes = session.counters().kept(&filter).await?;
        let title = course_title(&mut *session, caller, id, classes.first()).await?;
        let as_of = self.yard.clock.now();
        let (key, version) = (ReportKey::Course(id), settled(&classes, as_of));
        if let Some(report) = self.cache.recall(&key, version.as_ref(), as_of) {
            return Ok(report);
        }
        let policies = self.policies_of(&mut *session, &classes).await?;
        let (mut unknown, mut is_counted) = (Vec::new(), false);
        for class in &classes {
            match current(class, &policies, as_of) {
                Standing::Kept(_) => {}
                Standing::Counted => is_counted = true,
                Standing::Unknown => unknown.push(class.class_id),
            }
        }
        let tallies = if is_counted {
            session.attendances().tallies(TallyScope::Course(id), as_of).await?
        } else {
            Vec::new()
        };
        let counted = by_class(&tallies, &policies);
        let live = live(&mut *session, &policies, &unknown, as_of).await?;
        let (mut whole, mut by_class) = (Vec::new(), Vec::new());
        for class in classes {
            let Some(policy) = policies.get(&class.class_id) else { continue };
            let engine = |standing: &ClassStanding| {
                let of = |marks: &Marks| part_of(policy, standing.lectures, marks);
                (of(&standing.marks), of(&standing.marks_once))
            };
            let parts = match current(&class, &policies, as_of) {
                Standing::Kept(kept) => Some(engine(kept)),
                Standing::Counted => counted.get(&class.class_id).map(|part| (part.clone(), part.clone())),
                Standing::Unknown => live.get(&class.class_id).map(engine),
            };
            let Some((part, once)) = parts.filter(|(part, _)| part.lectures > 0) else { continue };
            whole.push(once);
            by_class.push(ClassFigures {
                class_id: class.class_id,
                title: class.title,
                begin_date: class.begin_date,
                end_date: class.end_date,
                figures: figures(Some(&part)),
            });
        }
        let stats = CourseStats { course_id: id, title, figures: figures(&whole), by_class, as_of };
        Ok(self.cache.keep(key, version.as_ref(), stats))
    }

    /// The figures of every week or month of a span of days, for who may see statistics.
    pub async fn attendance_by_period(
        &self,
        caller: &Caller,
        query: PeriodQuery,
    ) -> Result<PeriodStats, StatisticsError> {
        Ok(self.period_report(caller, query).await?.report)
    }

    /// The same, with its tag.
    pub async fn period_report(
        &self,
        caller: &Caller,
        query: PeriodQuery,
    ) -> Result<Tagged<PeriodStats>, StatisticsError> {
        authorize(caller, Action::ReadStatistics).map_err(|_| StatisticsError::Forbidden)?;
        let as_of = self.yard.clock.now();
        let today = local_day(as_of, query.time_zone);
        let range = query.range(as_of)?;
        let mut session = self.yard.store.report_session(caller.reader()).await?;
        let version = session.counters().version(&query.filter, as_of).await?;
        // A week is complete when its last day is over.
        let midnight = start_of_day(today + Days::new(1), query.time_zone);
        let version = settled_scope(&version, Some(midnight));
        let key = ReportKey::Periods(range, query.filter.clone());
        if let Some(report) = self.cache.recall(&key, version.as_ref(), as_of) {
            return Ok(report);
        }
        let bounds = range.bounds();
        let tallies = session.attendances().tallies_of_spans(&bounds, &query.filter, as_of).await?;
        if tallies.is_empty() {
            exists(&mut *session, &query.filter).await?;
        }
        let parts = parts_of_spans(&mut *session, &self.policies, &tallies).await?;
        let mut buckets: Vec<BucketFigures> = Vec::new();
        for (place, days) in range.buckets().enumerate() {
            let of_bucket = parts.iter().filter(|(one, _)| *one == place).map(|(_, part)| part);
            let figures = figures(of_bucket);
            let change = buckets.last().and_then(|before| figures.change_since(&before.figures));
            buckets.push(BucketFigures {
                begins_on: days.start,
                ends_on: days.end.pred_opt().unwrap_or(days.start),
                complete: range.completes(&days, as_of),
                figures,
                change,
            });
        }
        let figures = figures(parts.iter().map(|(_, part)| part));
        let stats = PeriodStats { range, filter: query.filter, figures, buckets, as_of };
        Ok(self.cache.keep(key, version.as_ref(), stats))
    }

    async fn policies_of(
        &self,
        repositories: &mut dyn Repositories,
        classes: &[KeptClass],
    ) -> RepositoryResult<HashMap<ClassId, Arc<Policy>>> {
        let policies = self.policies.policies(repositories, classes.iter().map(|one| one.policy_id)).await?;
        let of_class = |one: &KeptClass| Some((one.class_id, Arc::clone(policies.get(&one.policy_id)?)));
        Ok(classes.iter().filter_map(of_class).collect())
    }
}

/// From where the figures of a class are taken.
enum Standing<'a> {
    /// From what is kept, which still holds.
    Kept(&'a ClassStanding),
    /// From the counters of its lectures, which tell them as well.
    Counted,
    /// From the engine.
    Unknown,
}

fn current<'a>(
    class: &'a KeptClass,
    policies: &HashMap<ClassId, Arc<Policy>>,
    now: DateTime<Utc>,
) -> Standing<'a> {
    let is_countable = || policies.get(&class.class_id).is_some_and(|policy| policy.document.is_countable());
    match class.kept.current(now) {
        Some(kept) => Standing::Kept(kept),
        None if !class.is_moved && is_countable() => Standing::Counted,
        None => Standing::Unknown,
    }
}

/// What the engine says now of these classes.
async fn live(
    repositories: &mut dyn Repositories,
    policies: &HashMap<ClassId, Arc<Policy>>,
    classes: &[ClassId],
    now: DateTime<Utc>,
) -> RepositoryResult<HashMap<ClassId, ClassStanding>> {
    let wanted: Vec<_> =
        classes.iter().filter_map(|class| Some((*class, Arc::clone(policies.get(class)?)))).collect();
    let assessed = counters::assess(repositories, &wanted, now).await?;
    Ok(assessed.into_iter().map(|one| (one.class_id, one.class)).collect())
}

/// The parts that tallies of spans make, each with its span.
pub(super) async fn parts_of_spans(
    repositories: &mut dyn Repositories,
    book: &PolicyBook,
    tallies: &[PeriodTally],
) -> RepositoryResult<Vec<(usize, Part)>> {
    let policies = book.policies(repositories, tallies.iter().map(|one| one.policy_id)).await?;
    let part = |one: &PeriodTally| {
        let policy = Arc::clone(policies.get(&one.policy_id)?);
        Some((one.place, Part { policy, tally: one.tally, lectures: one.lectures, amount: None }))
    };
    Ok(tallies.iter().filter_map(part).collect())
}

/// Whether there is what a filter names.
pub(super) async fn exists(
    repositories: &mut dyn Repositories,
    filter: &TallyFilter,
) -> Result<(), StatisticsError> {
    if let Some(course) = filter.course {
        repositories.courses().find(course).await?.ok_or(StatisticsError::CourseNotFound(course))?;
    }
    if let Some(class) = filter.class {
        repositories.classes().find(class).await?.ok_or(StatisticsError::ClassNotFound(class))?;
    }
    Ok(())
}

/// The title of a course, for who may see statistics; `class` is one of its classes, if it has any.
pub(super) async fn course_title(
    repositories: &mut dyn Repositories,
    caller: &Caller,
    id: CourseId,
    class: Option<&KeptClass>,
) -> Result<String, StatisticsError> {
    let (title, active) = if let Some(class) = class {
        (class.course_title.clone(), class.course_is_active)
    } else {
        let course = repositories.courses().find(id).await?;
        let course = course.ok_or(StatisticsError::CourseNotFound(id))?;
        (course.title.into(), course.is_active)
    };
    match authorize(caller, Action::ReadStatistics) {
        Ok(()) => Ok(title),
        Err(_) => Err(refusal(caller, active, StatisticsError::CourseNotFound(id))),
    }
}

/// Lets staff of the class and readers of statistics go on.
pub(super) fn sees(
    caller: &Caller,
    class: ClassId,
    active: bool,
    hidden: StatisticsError,
) -> Result<(), StatisticsError> {
    let allowed = authorize(caller, Action::ReadRoster(class)).is_ok()
        || authorize(caller, Action::ReadStatistics).is_ok();
    if allowed { Ok(()) } else { Err(refusal(caller, active, hidden)) }
}

/// Who may not see the figures learns no more than the catalogue tells them.
fn refusal(caller: &Caller, active: bool, hidden: StatisticsError) -> StatisticsError {
    match authorize(caller, Action::ReadCatalogue { active }) {
        Ok(()) => StatisticsError::Forbidden,
        Err(_) => hidden,
    }
}
