//! Schedules of reports.

use madang_domain::{
    calendar::Period,
    error::RepositoryError,
    ids::{CourseId, ReportScheduleId, UserId},
    page::{Listing, PageSize, Sort, Window},
    report_schedules::{ReportSchedule, ReportScheduleFilter, ReportScheduleSort},
    store::Store,
};
use madang_testing::TestDatabase;

use crate::fixtures::{Maker, keep};

fn schedule(maker: &Maker, period: Period, course: Option<CourseId>) -> ReportSchedule {
    ReportSchedule {
        id: ReportScheduleId(maker.id()),
        period,
        course_id: course,
        recipients: [UserId(maker.id()), UserId(maker.id())].into(),
        is_active: true,
        announced_until: "2026-08-30".parse().unwrap(),
        stamps: maker.stamps(),
    }
}

async fn schedules_are_kept_changed_listed_and_removed(db: &TestDatabase) {
    let maker = Maker::default();
    let course = maker.course("수채화");
    let weekly = schedule(&maker, Period::Weekly, Some(course.id));
    let monthly = ReportSchedule { is_active: false, ..schedule(&maker, Period::Monthly, None) };
    keep(db, async |unit| {
        unit.courses().insert_many(std::slice::from_ref(&course)).await?;
        unit.report_schedules().insert(&weekly).await?;
        unit.report_schedules().insert(&monthly).await
    })
    .await
    .unwrap();
    let mut session = db.database().session().await.unwrap();
    assert_eq!(session.report_schedules().find(weekly.id).await.unwrap(), Some(weekly.clone()));
    let mut listing = Listing {
        filter: ReportScheduleFilter::default(),
        sort: Sort::ascending(ReportScheduleSort::CreatedAt),
        window: Window::After { cursor: None, size: PageSize::BATCH },
    };
    let all = session.report_schedules().list(&listing).await.unwrap().items;
    assert_eq!(all, [weekly.clone(), monthly.clone()]);
    listing.filter = ReportScheduleFilter { period: Some(Period::Monthly), is_active: Some(false) };
    assert_eq!(
        session.report_schedules().list(&listing).await.unwrap().items,
        std::slice::from_ref(&monthly)
    );
    listing.filter.is_active = Some(true);
    assert!(session.report_schedules().list(&listing).await.unwrap().items.is_empty());
    drop(session);

    let mut changed = ReportSchedule { course_id: None, ..weekly.clone() };
    changed.stamps.version += 1;
    keep(db, async |unit| unit.report_schedules().update(&changed).await).await.unwrap();
    let again = keep(db, async |unit| unit.report_schedules().update(&changed).await).await;
    assert!(matches!(again, Err(RepositoryError::Stale)), "{again:?}");
    keep(db, async |unit| {
        assert_eq!(unit.report_schedules().find_for_update(weekly.id).await?, Some(changed.clone()));
        unit.report_schedules().delete(weekly.id).await
    })
    .await
    .unwrap();
    let mut session = db.database().session().await.unwrap();
    assert_eq!(session.report_schedules().find(weekly.id).await.unwrap(), None);
}

async fn a_schedule_is_of_a_course_that_exists(db: &TestDatabase) {
    let maker = Maker::default();
    let lost = schedule(&maker, Period::Weekly, Some(CourseId(maker.id())));
    let outcome = keep(db, async |unit| unit.report_schedules().insert(&lost).await).await;
    assert!(matches!(outcome, Err(RepositoryError::MissingReference)), "{outcome:?}");
}

async fn a_report_is_announced_once_and_not_at_all_if_that_is_not_kept(db: &TestDatabase) {
    let maker = Maker::default();
    let weekly = schedule(&maker, Period::Weekly, None);
    let paused = ReportSchedule { is_active: false, ..schedule(&maker, Period::Weekly, None) };
    let monthly = schedule(&maker, Period::Monthly, None);
    keep(db, async |unit| {
        for one in [&weekly, &paused, &monthly] {
            unit.report_schedules().insert(one).await?;
        }
        Ok(())
    })
    .await
    .unwrap();
    let until = "2026-09-06".parse().unwrap();
    let announced = ReportSchedule { announced_until: until, ..weekly.clone() };
    let mut crashed = db.database().begin().await.unwrap();
    assert_eq!(
        crashed.report_schedules().announce(Period::Weekly, until).await.unwrap(),
        std::slice::from_ref(&announced)
    );
    crashed.rollback().await.unwrap();
    keep(db, async |unit| {
        assert_eq!(
            unit.report_schedules().announce(Period::Weekly, until).await?,
            std::slice::from_ref(&announced)
        );
        Ok(())
    })
    .await
    .unwrap();
    keep(db, async |unit| {
        assert!(unit.report_schedules().announce(Period::Weekly, until).await?.is_empty());
        assert!(unit.report_schedules().announce(Period::Weekly, weekly.announced_until).await?.is_empty());
        Ok(())
    })
    .await
    .unwrap();
    let mut session = db.database().session().await.unwrap();
    for kept in [announced, paused, monthly] {
        assert_eq!(session.report_schedules().find(kept.id).await.unwrap(), Some(kept));
    }
}

crate::on_both!(
    schedules_are_kept_changed_listed_and_removed,
    a_report_is_announced_once_and_not_at_all_if_that_is_not_kept,
    a_schedule_is_of_a_course_that_exists,
);
