//! The organisation at a glance, and lectures that nobody has marked yet.

use chrono::{DateTime, Days, TimeDelta, Utc};
use madang_domain::{
    access::{Action, Caller, authorize},
    attendance::TallyFilter,
    calendar::{TimeZone, local_day, start_of_day},
    ids::{ClassId, CourseId, LectureId},
};

use super::{
    Change, CompletionCounts, Figures, StatisticsError, StatisticsService,
    cache::{ReportKey, Tagged, settled_scope},
    figures::figures,
    looked::Looked,
    service::parts_of_spans,
};

/// How many days each of the two spans has that are compared.
const TREND_DAYS: u64 = 28;
/// How far back lectures are looked for that nobody has marked.
const UNMARKED_DAYS: i64 = 90;
/// The most lectures of that list.
const MOST_UNMARKED: i32 = 500;

/// The organisation at a glance.
#[derive(Debug, Clone, PartialEq)]
pub struct Overview {
    /// Courses that have a class.
    pub courses: u64,
    /// All classes.
    pub classes: u64,
    /// Classes that run today.
    pub running_classes: u64,
    /// How far the learners of all classes are.
    pub completions: CompletionCounts,
    /// What was counted in the last 28 days, today included.
    pub recent: Figures,
    /// What was counted in the 28 days before.
    pub before: Figures,
    /// By how much the rate has changed.
    pub change: Option<Change>,
    /// Up to when all of this holds.
    pub as_of: DateTime<Utc>,
    /// Classes that have changed since.
    pub behind: u64,
}

/// Lectures that have begun, of classes that are open, and at which marks are missing.
#[derive(Debug, Clone, PartialEq)]
pub struct UnmarkedLectures {
    /// Each lecture, latest first: 500 of the last 90 days at most.
    pub lectures: Vec<UnmarkedLecture>,
    /// Up to when.
    pub as_of: DateTime<Utc>,
}

/// A lecture at which marks are missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnmarkedLecture {
    /// The lecture.
    pub lecture_id: LectureId,
    /// Its title.
    pub title: String,
    /// When it started.
    pub starts_at: DateTime<Utc>,
    /// The class.
    pub class_id: ClassId,
    /// Its title.
    pub class_title: String,
    /// The course.
    pub course_id: CourseId,
    /// How many learners were expected.
    pub expected: u64,
    /// How many of them are not marked.
    pub unmarked: u64,
}

impl StatisticsService {
    /// The organisation at a glance, for who may see statistics.
    pub async fn overview(&self, caller: &Caller) -> Result<Overview, StatisticsError> {
        Ok(self.overview_report(caller).await?.report)
    }

    /// The same, with its tag.
    pub async fn overview_report(&self, caller: &Caller) -> Result<Tagged<Overview>, StatisticsError> {
        authorize(caller, Action::ReadStatistics).map_err(|_| StatisticsError::Forbidden)?;
        let mut session = self.yard.store.report_session(caller.reader()).await?;
        let now = self.yard.clock.now();
        let (filter, zone) = (TallyFilter::default(), TimeZone::default());
        let today = local_day(now, zone);
        let midnight = start_of_day(today + Days::new(1), zone);
        let version = settled_scope(&session.judgements().version(&filter, now).await?, Some(midnight));
        if let Some(report) = self.cache.recall(&ReportKey::Overview, version.as_ref(), now) {
            return Ok(report);
        }
        let kept = session.judgements().kept(&filter).await?;
        let looked = Looked::at(&mut *session, &self.policies, kept, now, 0).await?;
        let bounds = [2 * TREND_DAYS - 1, TREND_DAYS - 1]
            .map(|days| start_of_day(today - Days::new(days), zone))
            .into_iter()
            .chain([midnight])
            .collect::<Vec<_>>();
        let tallies = session.attendances().tallies_of_spans(&bounds, &filter, now).await?;
        let parts = parts_of_spans(&mut *session, &self.policies, &tallies).await?;
        let of_span =
            |wanted: usize| figures(parts.iter().filter(|(place, _)| *place == wanted).map(|(_, part)| part));
        let (before, recent) = (of_span(0), of_span(1));
        let mut completions = CompletionCounts::default();
        let mut courses: Vec<CourseId> = Vec::new();
        let mut running_classes = 0;
        for looked in &looked.classes {
            let class = &looked.class;
            courses.push(class.course_id);
            running_classes += u64::from(class.begin_date <= today && today <= class.end_date);
            if let Some(standing) = &looked.standing {
                completions.add(standing, looked.eligibles);
            }
        }
        courses.sort_unstable();
        courses.dedup();
        let overview = Overview {
            courses: courses.len() as u64,
            classes: looked.classes.len() as u64,
            running_classes,
            completions,
            change: recent.change_since(&before),
            recent,
            before,
            as_of: looked.as_of,
            behind: looked.behind,
        };
        Ok(self.cache.keep(ReportKey::Overview, version.as_ref(), overview))
    }

    /// Lectures at which marks are missing: those of the classes that the caller teaches, or those that a filter lets through, for who
    /// may see statistics.
    pub async fn unmarked_lectures(
        &self,
        caller: &Caller,
        filter: Option<TallyFilter>,
    ) -> Result<UnmarkedLectures, StatisticsError> {
        let filter = match (filter, caller.user_id()) {
            (Some(filter), _) => {
                authorize(caller, Action::ReadStatistics).map_err(|_| StatisticsError::Forbidden)?;
                filter
            }
            (None, Some(user)) => TallyFilter { lecturer: Some(user), ..TallyFilter::default() },
            (None, None) => return Err(StatisticsError::Forbidden),
        };
        let mut session = self.yard.store.figure_session(caller.reader()).await?;
        let as_of = self.yard.clock.now();
        let since = as_of - TimeDelta::days(UNMARKED_DAYS);
        let lectures = session.counters().unmarked(&filter, since, as_of, MOST_UNMARKED).await?;
        let lectures = lectures.into_iter().map(|one| UnmarkedLecture {
            unmarked: one.tally.tally.unmarked() + one.tally.excused_unmarked,
            lecture_id: one.tally.lecture_id,
            title: one.title,
            starts_at: one.tally.starts_at,
            class_id: one.tally.class_id,
            class_title: one.class_title,
            course_id: one.course_id,
            expected: one.tally.tally.expected,
        });
        Ok(UnmarkedLectures { lectures: lectures.collect(), as_of })
    }
}
