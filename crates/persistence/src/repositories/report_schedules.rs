//! Schedules of reports.

use chrono::NaiveDate;
use diesel::prelude::*;
use madang_domain::{
    calendar::Period,
    error::Pending,
    ids::ReportScheduleId,
    page::{Listed, Listing},
    report_schedules::{ReportSchedule, ReportScheduleFilter, ReportScheduleRepository, ReportScheduleSort},
};

use super::{Db, Session, all, dialect, one};
use crate::{
    error::backend,
    listing::{Part, listed},
    rows::report_schedules::ReportScheduleRow,
    schema::report_schedules,
    types,
};

impl ReportScheduleRepository for Session {
    fn find(&mut self, id: ReportScheduleId) -> Pending<'_, Option<ReportSchedule>> {
        Box::pin(async move {
            let query =
                move || report_schedules::table.find(types::id(id)).select(ReportScheduleRow::as_select());
            one::<ReportScheduleRow, _>(self.rows(query).await?)
        })
    }

    fn find_for_update(&mut self, id: ReportScheduleId) -> Pending<'_, Option<ReportSchedule>> {
        Box::pin(async move {
            let query = move || {
                dialect::for_update!(
                    report_schedules::table.find(types::id(id)).select(ReportScheduleRow::as_select()),
                    report_schedules
                )
            };
            one::<ReportScheduleRow, _>(self.rows(query).await?)
        })
    }

    fn list<'a>(
        &'a mut self,
        listing: &'a Listing<ReportScheduleFilter, ReportScheduleSort>,
    ) -> Pending<'a, Listed<ReportSchedule>> {
        Box::pin(async move {
            let part = Part::of(listing)?;
            let query = || part.of_query(wanted(&listing.filter)).select(ReportScheduleRow::as_select());
            let count = || wanted(&listing.filter).count();
            let (rows, total) = self.listed::<_, _, ReportScheduleRow>(&listing.window, query, count).await?;
            Ok(listed(listing, all(rows)?, total))
        })
    }

    fn insert<'a>(&'a mut self, schedule: &'a ReportSchedule) -> Pending<'a, ()> {
        Box::pin(async move {
            let row = ReportScheduleRow::try_from(schedule).map_err(backend)?;
            self.insert_rows(&[row]).await
        })
    }

    fn update<'a>(&'a mut self, schedule: &'a ReportSchedule) -> Pending<'a, ()> {
        Box::pin(async move {
            let row = ReportScheduleRow::try_from(schedule).map_err(backend)?;
            self.update_rows(&[row]).await
        })
    }

    fn announce(&mut self, period: Period, until: NaiveDate) -> Pending<'_, Vec<ReportSchedule>> {
        Box::pin(async move {
            let query = move || {
                let due = report_schedules::table
                    .filter(report_schedules::is_active)
                    .filter(report_schedules::period.eq(Period::as_str(period)))
                    .filter(report_schedules::announced_until.lt(until));
                diesel::update(due)
                    .set(report_schedules::announced_until.eq(until))
                    .returning(ReportScheduleRow::as_returning())
            };
            all(self.rows(query).await?)
        })
    }

    fn delete(&mut self, id: ReportScheduleId) -> Pending<'_, ()> {
        Box::pin(async move {
            self.execute(diesel::delete(report_schedules::table.find(types::id(id)))).await.map(drop)
        })
    }
}

fn wanted(filter: &ReportScheduleFilter) -> report_schedules::BoxedQuery<'static, Db> {
    let mut query = report_schedules::table.into_boxed();
    if let Some(period) = filter.period {
        query = query.filter(report_schedules::period.eq(Period::as_str(period)));
    }
    if let Some(is_active) = filter.is_active {
        query = query.filter(report_schedules::is_active.eq(is_active));
    }
    query
}
