//! Figures and reports are read where reports are read: from the replica, where there is one.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;
use madang_domain::{
    access::Caller,
    attendance::TallyFilter,
    calendar::{Period, TimeZone},
    error::RepositoryResult,
    ids::{ClassId, CourseId, LectureId, UserId},
    jobs::WakeUps,
    store::{Repositories, Store, UnitOfWork},
    yard::Yard,
};
use madang_reporting::{
    reports::{ChartKind, ReportOrder, ReportService},
    statistics::{PeriodQuery, StatisticsService},
};
use madang_tests::api_test;
use uuid::Uuid;

/// Counts which sessions are asked for.
struct Watched {
    inner: Arc<dyn Store>,
    of_the_primary: AtomicUsize,
    for_readers: AtomicUsize,
}

#[async_trait]
impl Store for Watched {
    async fn session(&self) -> RepositoryResult<Box<dyn Repositories>> {
        self.of_the_primary.fetch_add(1, Ordering::Relaxed);
        self.inner.session().await
    }

    async fn long_session(&self) -> RepositoryResult<Box<dyn Repositories>> {
        self.of_the_primary.fetch_add(1, Ordering::Relaxed);
        self.inner.long_session().await
    }

    async fn report_session(&self, reader: Uuid) -> RepositoryResult<Box<dyn Repositories>> {
        self.for_readers.fetch_add(1, Ordering::Relaxed);
        self.inner.report_session(reader).await
    }

    async fn figure_session(&self, reader: Uuid) -> RepositoryResult<Box<dyn Repositories>> {
        self.for_readers.fetch_add(1, Ordering::Relaxed);
        self.inner.figure_session(reader).await
    }

    async fn wrote(&self, writer: Uuid) {
        self.inner.wrote(writer).await;
    }

    fn is_read_only(&self) -> bool {
        self.inner.is_read_only()
    }

    async fn begin(&self) -> RepositoryResult<Box<dyn UnitOfWork>> {
        self.of_the_primary.fetch_add(1, Ordering::Relaxed);
        self.inner.begin().await
    }

    fn wake_ups(&self) -> Box<dyn WakeUps> {
        self.inner.wake_ups()
    }

    async fn ping(&self) -> RepositoryResult<()> {
        self.inner.ping().await
    }
}

api_test! {
    async fn statistics_and_reports_ask_for_sessions_of_readers_only(app) {
        let class = app.class().await;
        let learner = app.learner_in(&class, "김하늘").await;
        let lecture = app.lecture(&class, "2026-08-25T01:00:00Z").await;
        app.mark(&class, lecture, &learner, "present").await;
        let yard = app.app.services().yard.clone();
        let watched = Arc::new(Watched {
            inner: Arc::clone(&yard.store),
            of_the_primary: AtomicUsize::default(),
            for_readers: AtomicUsize::default(),
        });
        let yard = Yard { store: watched.clone(), ..yard };
        let (statistics, reports) = (StatisticsService::new(yard.clone()), ReportService::new(yard));
        let caller = Caller::system();
        let (class, course, learner) = (ClassId(class.id), CourseId(class.course), UserId(learner.id));
        let weeks = PeriodQuery {
            period: Period::Weekly,
            from: None,
            to: None,
            filter: TallyFilter { class: Some(class), ..TallyFilter::default() },
            time_zone: TimeZone::default(),
        };
        // Noted first, then from the counters.
        for _ in 0..2 {
            statistics.lecture_stats(&caller, LectureId(lecture)).await.unwrap();
            statistics.class_stats(&caller, class).await.unwrap();
            statistics.class_learners(&caller, class).await.unwrap();
            statistics.course_stats(&caller, course).await.unwrap();
            statistics.comparison(&caller, course).await.unwrap();
            statistics.completions(&caller, TallyFilter::default()).await.unwrap();
            statistics.overview(&caller).await.unwrap();
            statistics.history(&caller, learner).await.unwrap();
            statistics.unmarked_lectures(&caller, Some(TallyFilter::default())).await.unwrap();
            statistics.attendance_by_period(&caller, weeks.clone()).await.unwrap();
            for order in [ReportOrder::Period(weeks.clone()), ReportOrder::ClassClosing(class), ReportOrder::LearnerStatement(learner)] {
                reports.make(&caller, order).await.unwrap();
            }
            reports.class_chart(&caller, class, ChartKind::Funnel).await.unwrap();
            reports.course_chart(&caller, course, ChartKind::Bars).await.unwrap();
            app.keep_up().await;
        }
        assert_eq!(watched.of_the_primary.load(Ordering::Relaxed), 0);
        assert!(watched.for_readers.load(Ordering::Relaxed) >= 30);
    }
}
