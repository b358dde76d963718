//! Which reports and charts there are, and who may have them: whoever may have their figures.

use madang_charts::Chart;
use madang_domain::{
    access::{Action, Caller, authorize},
    attendance::{AttendanceError, AttendanceService, TallyFilter},
    certification::{Certification, CertificationFilter, CertificationSort, CertificationState},
    error::RepositoryError,
    ids::{ClassId, CourseId, UserId},
    page::{Listing, PageSize, Sort, Window},
    yard::Yard,
};
use thiserror::Error;

use super::{
    ChartKind, Report, closing,
    drawing::{of_completions, of_course, of_period, of_sheet},
    period, statement,
};
use crate::statistics::{PeriodQuery, StatisticsError, StatisticsService};

/// What is said in the place of a course where all are meant.
const ALL_COURSES: &str = "전체 강의";

/// Why there is no report or chart.
#[derive(Debug, Error)]
pub enum ReportError {
    /// There are no such figures for the caller.
    #[error("no figures")]
    Statistics(#[from] StatisticsError),
    /// There is no such sheet for the caller.
    #[error("no sheet")]
    Attendance(#[from] AttendanceError),
    /// The figures can't be drawn so.
    #[error("no chart of this kind")]
    NoSuchChart,
    /// The data could not be reached.
    #[error("the repository failed")]
    Repository(#[from] RepositoryError),
}

/// Which report is wanted.
#[derive(Debug, Clone, PartialEq)]
pub enum ReportOrder {
    /// That of weeks or months.
    Period(PeriodQuery),
    /// The closing report of a class.
    ClassClosing(ClassId),
    /// The statement of a learner.
    LearnerStatement(UserId),
}

/// Makes reports and charts.
#[derive(Clone)]
pub struct ReportService {
    yard: Yard,
    statistics: StatisticsService,
    attendances: AttendanceService,
}

impl ReportService {
    /// A service that stands on `yard`.
    pub fn new(yard: Yard) -> Self {
        Self {
            statistics: StatisticsService::new(yard.clone()),
            attendances: AttendanceService::new(yard.clone()),
            yard,
        }
    }

    /// Whether a report may be made for the caller: what is told before it is begun.
    pub async fn check(&self, caller: &Caller, order: &ReportOrder) -> Result<(), ReportError> {
        match *order {
            ReportOrder::Period(ref query) => {
                authorize(caller, Action::ReadStatistics).map_err(|_| StatisticsError::Forbidden)?;
                query.range(self.yard.clock.now()).map_err(StatisticsError::from)?;
            }
            ReportOrder::ClassClosing(id) => {
                let hidden = || AttendanceError::ClassNotFound(id);
                let mut session = self.yard.store.session().await?;
                let class = session.classes().find(id).await?.ok_or_else(hidden)?;
                if authorize(caller, Action::ReadRoster(id)).is_err() {
                    let known = authorize(caller, Action::ReadCatalogue { active: class.is_active });
                    known.map_err(|_| hidden())?;
                    return Err(AttendanceError::Forbidden.into());
                }
            }
            ReportOrder::LearnerStatement(user) => {
                authorize(caller, Action::ReadUser(user)).map_err(|_| StatisticsError::UserNotFound(user))?;
            }
        }
        Ok(())
    }

    /// A report, for who may see its figures.
    pub async fn make(&self, caller: &Caller, order: ReportOrder) -> Result<Report, ReportError> {
        match order {
            ReportOrder::Period(query) => {
                let stats = self.statistics.attendance_by_period(caller, query).await?;
                let of = self.subject(caller, &stats.filter).await?;
                Ok(period::report(&stats, &of))
            }
            ReportOrder::ClassClosing(class) => {
                let sheet = self.attendances.sheet(caller, class).await?;
                Ok(closing::report(&sheet, &self.certified(caller, class).await?))
            }
            ReportOrder::LearnerStatement(user) => {
                let history = self.statistics.history(caller, user).await?;
                let mut session = self.yard.store.figure_session(caller.reader()).await?;
                let found = session.users().find(user).await?;
                let found = found.ok_or(StatisticsError::UserNotFound(user))?;
                Ok(statement::report(&history, &found.summary()))
            }
        }
    }

    /// A chart of a class, for its staff.
    pub async fn class_chart(
        &self,
        caller: &Caller,
        class: ClassId,
        kind: ChartKind,
    ) -> Result<Chart, ReportError> {
        if kind == ChartKind::Funnel {
            return Ok(of_completions(&self.statistics.class_completions(caller, class).await?));
        }
        let sheet = self.attendances.sheet(caller, class).await?;
        Ok(of_sheet(&sheet, None, kind))
    }

    /// A chart of a course, for who may see statistics.
    pub async fn course_chart(
        &self,
        caller: &Caller,
        course: CourseId,
        kind: ChartKind,
    ) -> Result<Chart, ReportError> {
        let stats = self.statistics.course_stats(caller, course).await?;
        of_course(&stats, kind).ok_or(ReportError::NoSuchChart)
    }

    /// A chart of weeks or months, for who may see statistics.
    pub async fn period_chart(
        &self,
        caller: &Caller,
        query: PeriodQuery,
        kind: ChartKind,
    ) -> Result<Chart, ReportError> {
        let stats = self.statistics.attendance_by_period(caller, query).await?;
        let of = self.subject(caller, &stats.filter).await?;
        of_period(&stats, &of, kind).ok_or(ReportError::NoSuchChart)
    }

    /// What a filter says, for people.
    async fn subject(&self, caller: &Caller, filter: &TallyFilter) -> Result<String, ReportError> {
        let mut parts: Vec<String> = Vec::new();
        let mut session = self.yard.store.report_session(caller.reader()).await?;
        // A class says more than its course.
        if let Some(id) = filter.class {
            let class = session.classes().find(id).await?.ok_or(StatisticsError::ClassNotFound(id))?;
            parts.push(class.title.into());
        } else if let Some(id) = filter.course {
            let course = session.courses().find(id).await?.ok_or(StatisticsError::CourseNotFound(id))?;
            parts.push(course.title.into());
        }
        if let Some(id) = filter.lecturer {
            let lecturer = session.users().find(id).await?.ok_or(StatisticsError::UserNotFound(id))?;
            parts.push(format!("강사 {}", lecturer.summary().name));
        }
        if let Some(keyword) = &filter.keyword {
            parts.push(format!("키워드 {}", keyword.as_str()));
        }
        Ok(if parts.is_empty() { ALL_COURSES.to_owned() } else { parts.join(" · ") })
    }

    /// The certifications that rest on a class and hold.
    async fn certified(&self, caller: &Caller, class: ClassId) -> Result<Vec<Certification>, ReportError> {
        let mut session = self.yard.store.report_session(caller.reader()).await?;
        let now = self.yard.clock.now();
        let listing = Listing {
            filter: CertificationFilter {
                class_id: Some(class),
                state: Some(CertificationState::Issued),
                as_of: Some(now),
                ..CertificationFilter::default()
            },
            sort: Sort::ascending(CertificationSort::IssuedAt),
            window: Window::After { cursor: None, size: PageSize::CLASS },
        };
        Ok(session.certifications().list(&listing).await?.items)
    }
}
