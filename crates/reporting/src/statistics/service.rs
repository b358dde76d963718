//! What can be asked of attendance. Nothing is written, so that no unit of work is opened.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use chrono::{DateTime, NaiveDate, Utc};
use madang_domain::{
    access::{Action, Caller, authorize},
    attendance::{
        LectureTally, Tally, TallyScope, Verdict, Ways,
        policies::Policy,
        records::{self, ClassRecords, LearnerClass, RuledClass},
    },
    calendar::{Period, TimeZone, local_day},
    certification::{Certification, CertificationFilter, CertificationSort, CertificationState},
    error::{RepositoryError, RepositoryResult},
    ids::{CertificationId, ClassId, CourseId, LectureId, UserId},
    learning::classes::Class,
    page::{Listing, PageSize, Sort, Window},
    store::Repositories,
    yard::Yard,
};
use thiserror::Error;

use super::{
    BucketFigures, ClassFigures, ClassHistory, ClassStats, CourseStats, History, LectureFigures,
    LectureStats, PeriodRange, PeriodStats, RangeProblem,
    figures::{Part, by_class, figures},
};

/// Why figures could not be given.
#[derive(Debug, Error)]
pub enum StatisticsError {
    /// There is no such lecture, or none that the caller may know of.
    #[error("no such lecture: {0}")]
    LectureNotFound(LectureId),
    /// There is no such class, or none that the caller may know of.
    #[error("no such class: {0}")]
    ClassNotFound(ClassId),
    /// There is no such course, or none that the caller may know of.
    #[error("no such course: {0}")]
    CourseNotFound(CourseId),
    /// There is no such user, or none that the caller may know of.
    #[error("no such user: {0}")]
    UserNotFound(UserId),
    /// The caller may not see these figures.
    #[error("forbidden to the caller")]
    Forbidden,
    /// The days can't be reported on.
    #[error(transparent)]
    Range(#[from] RangeProblem),
    /// The data could not be reached.
    #[error("the repository failed")]
    Repository(#[from] RepositoryError),
}

/// Which days are wanted, and how they are cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeriodQuery {
    /// Weeks or months.
    pub period: Period,
    /// The first day; `None` for the first of the twelve weeks or months that end with `to`.
    pub from: Option<NaiveDate>,
    /// The last day, included; `None` for today.
    pub to: Option<NaiveDate>,
    /// Of this course only.
    pub course: Option<CourseId>,
    /// Where the days are lived.
    pub time_zone: TimeZone,
}

/// The figures of attendance.
#[derive(Clone)]
pub struct StatisticsService {
    yard: Yard,
}

impl StatisticsService {
    /// A service that stands on `yard`.
    pub fn new(yard: Yard) -> Self {
        Self { yard }
    }

    /// The figures of a lecture, for staff of its class and who may see statistics.
    pub async fn lecture_stats(
        &self,
        caller: &Caller,
        id: LectureId,
    ) -> Result<LectureStats, StatisticsError> {
        let hidden = StatisticsError::LectureNotFound(id);
        let mut session = self.yard.store.session().await?;
        let Some((lecture, ruled)) = session.records().ruled_lecture(id).await? else { return Err(hidden) };
        sees_class(caller, &ruled.class, hidden)?;
        let class_id = ruled.class.id;
        let as_of = self.yard.clock.now();
        let tallies = session.attendances().tallies(TallyScope::Lecture(id), as_of).await?;
        let counted = Counted::new(&mut *session, tallies, vec![ruled], Depth::Lectures).await?;
        Ok(LectureStats {
            lecture_id: id,
            title: lecture.title.into(),
            sequence: lecture.sequence,
            starts_at: lecture.starts_at,
            class_id,
            figures: figures(by_class(&counted.tallies, &counted.policies).values()),
            as_of,
        })
    }

    /// The figures of a class and each of its lectures, for its staff and who may see statistics.
    pub async fn class_stats(&self, caller: &Caller, id: ClassId) -> Result<ClassStats, StatisticsError> {
        let hidden = StatisticsError::ClassNotFound(id);
        let mut session = self.yard.store.session().await?;
        let ruled = session.records().ruled(&[id]).await?;
        let Some(class) = ruled.first().map(|ruled| ruled.class.clone()) else { return Err(hidden) };
        sees_class(caller, &class, hidden)?;
        let as_of = self.yard.clock.now();
        let tallies = session.attendances().tallies(TallyScope::Class(id), as_of).await?;
        let mut counted = Counted::new(&mut *session, tallies, ruled, Depth::Learners).await?;
        counted.tallies.sort_unstable_by_key(|one| (one.starts_at, one.lecture_id));
        let parts = counted.parts(as_of);
        Ok(ClassStats {
            class_id: id,
            title: class.title.into(),
            course_id: class.course_id,
            figures: figures(parts.values()),
            by_lecture: counted.tallies.iter().map(|one| lecture_figures(one, &counted.policies)).collect(),
            as_of,
        })
    }

    /// The figures of a course and each of its classes, for who may see statistics.
    pub async fn course_stats(&self, caller: &Caller, id: CourseId) -> Result<CourseStats, StatisticsError> {
        let hidden = StatisticsError::CourseNotFound(id);
        let mut session = self.yard.store.long_session().await?;
        let found = session.records().ruled_course(id).await?;
        let (course, mut ruled) = match found {
            Some(found) => found,
            // It has no class yet, or there is none.
            None => (session.courses().find(id).await?.ok_or(hidden)?, Vec::new()),
        };
        if authorize(caller, Action::ReadStatistics).is_err() {
            return Err(refusal(caller, course.is_active, StatisticsError::CourseNotFound(id)));
        }
        let as_of = self.yard.clock.now();
        let tallies = session.attendances().tallies(TallyScope::Course(id), as_of).await?;
        let begun = classes_of(&tallies);
        ruled.retain(|ruled| begun.contains(&ruled.class.id));
        let mut classes: Vec<Class> = ruled.iter().map(|ruled| ruled.class.clone()).collect();
        let counted = Counted::new(&mut *session, tallies, ruled, Depth::Learners).await?;
        let parts = counted.parts(as_of);
        classes.sort_unstable_by_key(|class| (class.dates.begin(), class.id));
        Ok(CourseStats {
            course_id: id,
            title: course.title.into(),
            figures: figures(counted.parts_once(parts.clone(), as_of).values()),
            by_class: classes
                .into_iter()
                .map(|class| ClassFigures {
                    class_id: class.id,
                    title: class.title.into(),
                    begin_date: class.dates.begin(),
                    end_date: class.dates.end(),
                    figures: figures(parts.get(&class.id)),
                })
                .collect(),
            as_of,
        })
    }

    /// What a learner attended in every class: one's own, or anybody's for who may see users.
    pub async fn history(&self, caller: &Caller, id: UserId) -> Result<History, StatisticsError> {
        authorize(caller, Action::ReadUser(id)).map_err(|_| StatisticsError::UserNotFound(id))?;
        let mut session = self.yard.store.session().await?;
        let as_of = self.yard.clock.now();
        let classes = records::of_user(&mut *session, id, None).await?;
        if classes.is_empty() {
            session.users().find(id).await?.ok_or(StatisticsError::UserNotFound(id))?;
        }
        let certifications = session.certifications().list(&certifications_of(id, as_of)).await?.items;
        let certified = latest_by_class(&certifications);
        let judged: Vec<(LearnerClass, Part, Verdict)> =
            classes.into_iter().map(|class| judged(class, as_of)).collect();
        Ok(History {
            user_id: id,
            // What is carried over into another class counts there, and only once.
            figures: figures(
                judged.iter().filter(|(class, _, _)| !class.has_gone_on).map(|(_, part, _)| part),
            ),
            classes: judged.into_iter().map(|one| class_history(one, &certified)).collect(),
            as_of,
        })
    }

    /// The figures of every week or month of a span of days, for who may see statistics.
    pub async fn attendance_by_period(
        &self,
        caller: &Caller,
        query: PeriodQuery,
    ) -> Result<PeriodStats, StatisticsError> {
        authorize(caller, Action::ReadStatistics).map_err(|_| StatisticsError::Forbidden)?;
        let as_of = self.yard.clock.now();
        let today = local_day(as_of, query.time_zone);
        let range = PeriodRange::new(query.period, query.from, query.to, query.time_zone, today)?;
        let mut session = self.yard.store.long_session().await?;
        let instants = range.instants();
        let scope = TallyScope::Between { from: instants.start, to: instants.end, course: query.course };
        let tallies = session.attendances().tallies(scope, as_of).await?;
        let ruled = session.records().ruled(&classes_of(&tallies)).await?;
        if let (Some(course), []) = (query.course, ruled.as_slice()) {
            session.courses().find(course).await?.ok_or(StatisticsError::CourseNotFound(course))?;
        }
        let Counted { tallies, policies, records: _ } =
            Counted::new(&mut *session, tallies, ruled, Depth::Lectures).await?;
        let buckets = range.cut(&tallies).into_iter().map(|(days, lectures)| BucketFigures {
            begins_on: days.start,
            ends_on: days.end.pred_opt().unwrap_or(days.start),
            complete: range.completes(&days, as_of),
            figures: figures(by_class(&lectures, &policies).values()),
        });
        Ok(PeriodStats {
            range,
            course_id: query.course,
            figures: figures(by_class(&tallies, &policies).values()),
            buckets: buckets.collect(),
            as_of,
        })
    }
}

/// Lets staff of the class and readers of statistics go on.
fn sees_class(caller: &Caller, class: &Class, hidden: StatisticsError) -> Result<(), StatisticsError> {
    let allowed = authorize(caller, Action::ReadRoster(class.id)).is_ok()
        || authorize(caller, Action::ReadStatistics).is_ok();
    if allowed { Ok(()) } else { Err(refusal(caller, class.is_active, hidden)) }
}

/// Who may not see the figures learns no more than the catalogue tells them.
fn refusal(caller: &Caller, active: bool, hidden: StatisticsError) -> StatisticsError {
    match authorize(caller, Action::ReadCatalogue { active }) {
        Ok(()) => StatisticsError::Forbidden,
        Err(_) => hidden,
    }
}

/// How far one looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Depth {
    /// Lectures, each by itself.
    Lectures,
    /// Also what the engine says of each learner, where counts alone don't tell the figures of a class.
    Learners,
}

/// What was counted lecture by lecture, with approved leave in place of what it excuses.
struct Counted {
    tallies: Vec<LectureTally>,
    policies: HashMap<ClassId, Arc<Policy>>,
    /// The classes that the engine judges, learner by learner.
    records: HashMap<ClassId, ClassRecords>,
}

impl Counted {
    async fn new(
        repositories: &mut dyn Repositories,
        mut tallies: Vec<LectureTally>,
        mut ruled: Vec<RuledClass>,
        depth: Depth,
    ) -> RepositoryResult<Self> {
        let policies = ruled.iter().map(|ruled| (ruled.class.id, Arc::clone(&ruled.policy))).collect();
        let classes: Vec<ClassId> = ruled.iter().map(|ruled| ruled.class.id).collect();
        let ways = Ways::of_classes(repositories, &classes, None).await?;
        ruled.retain(|ruled| match depth {
            Depth::Lectures => ways.excuses_in(ruled.class.id),
            Depth::Learners => !ruled.policy.document.is_countable() || ways.touches(ruled.class.id),
        });
        let records = if ruled.is_empty() {
            HashMap::new()
        } else {
            records::along(repositories, &ruled, ways).await?
        };
        for one in &mut tallies {
            if let Some(records) = records.get(&one.class_id) {
                one.tally = records.excused(one.lecture_id, one.tally);
            }
        }
        Ok(Self { tallies, policies, records })
    }

    /// What each class comes to, carried marks included.
    fn parts(&self, as_of: DateTime<Utc>) -> BTreeMap<ClassId, Part> {
        self.judged(by_class(&self.tallies, &self.policies), as_of, |_, _| true)
    }

    /// The same, with learners who went on into another of these classes only there.
    fn parts_once(&self, parts: BTreeMap<ClassId, Part>, as_of: DateTime<Utc>) -> BTreeMap<ClassId, Part> {
        self.judged(parts, as_of, |records, user| !records.has_gone_on(user))
    }

    fn judged(
        &self,
        mut parts: BTreeMap<ClassId, Part>,
        as_of: DateTime<Utc>,
        counts: impl Fn(&ClassRecords, UserId) -> bool,
    ) -> BTreeMap<ClassId, Part> {
        for (class, records) in &self.records {
            let part = parts.entry(*class).or_insert_with(|| Part::empty(&records.policy));
            part.tally = Tally::default();
            part.amount = None;
            for (user, _, assessment) in records.assessed(&records.policy, as_of) {
                if counts(records, user.id) {
                    part.tally += assessment.counts;
                    let amount = assessment.amount();
                    // Amounts of one policy and unit have equal parts.
                    part.amount = part.amount.map_or(Some(amount), |sum| sum.plus(amount));
                }
            }
        }
        parts
    }
}

/// The classes of lectures that were counted, each once.
fn classes_of(tallies: &[LectureTally]) -> Vec<ClassId> {
    let mut classes: Vec<ClassId> = tallies.iter().map(|one| one.class_id).collect();
    classes.sort_unstable();
    classes.dedup();
    classes
}

fn lecture_figures(one: &LectureTally, policies: &HashMap<ClassId, Arc<Policy>>) -> LectureFigures {
    LectureFigures {
        lecture_id: one.lecture_id,
        starts_at: one.starts_at,
        figures: figures(by_class(std::slice::from_ref(one), policies).values()),
    }
}

/// The certifications of a user that hold: one for each course at most, so that one batch has them all.
fn certifications_of(user: UserId, now: DateTime<Utc>) -> Listing<CertificationFilter, CertificationSort> {
    Listing {
        filter: CertificationFilter {
            user_id: Some(user),
            state: Some(CertificationState::Issued),
            as_of: Some(now),
            ..CertificationFilter::default()
        },
        sort: Sort::ascending(CertificationSort::IssuedAt),
        window: Window::After { cursor: None, size: PageSize::BATCH },
    }
}

fn latest_by_class(certifications: &[Certification]) -> HashMap<ClassId, CertificationId> {
    certifications.iter().flat_map(|one| one.class_ids.iter().map(|class| (*class, one.id))).collect()
}

/// What the engine says of a learner in a class; one learner is expected once at each lecture.
fn judged(class: LearnerClass, as_of: DateTime<Utc>) -> (LearnerClass, Part, Verdict) {
    let assessment = class.assess(as_of);
    let part = Part {
        policy: Arc::clone(&class.policy),
        tally: assessment.counts,
        lectures: assessment.counts.expected,
        amount: Some(assessment.amount()),
    };
    (class, part, assessment.verdict)
}

fn class_history(
    (one, part, verdict): (LearnerClass, Part, Verdict),
    certified: &HashMap<ClassId, CertificationId>,
) -> ClassHistory {
    ClassHistory {
        figures: figures(Some(&part)),
        verdict,
        certification_id: certified.get(&one.class_id).copied(),
        course_id: one.course_id,
        course_title: one.course_title,
        class_id: one.class_id,
        class_title: one.class_title,
        begin_date: one.begin_date,
        end_date: one.end_date,
        enrolled_on: one.enrolled_on,
        left_on: one.left_on,
    }
}
