//! The port through which schedules of reports are kept.

use chrono::NaiveDate;

use super::{ReportSchedule, ReportScheduleFilter, ReportScheduleSort};
use crate::{
    calendar::Period,
    error::Pending,
    ids::ReportScheduleId,
    page::{Listed, Listing},
};

/// Keeps schedules of reports.
pub trait ReportScheduleRepository: Send {
    /// One schedule.
    fn find(&mut self, id: ReportScheduleId) -> Pending<'_, Option<ReportSchedule>>;
    /// One schedule, held against other writers until the unit of work ends.
    fn find_for_update(&mut self, id: ReportScheduleId) -> Pending<'_, Option<ReportSchedule>>;
    /// Lists schedules.
    fn list<'a>(
        &'a mut self,
        listing: &'a Listing<ReportScheduleFilter, ReportScheduleSort>,
    ) -> Pending<'a, Listed<ReportSchedule>>;
    /// Keeps a new schedule.
    ///
    /// # Errors
    /// `MissingReference` when there is no such course.
    fn insert<'a>(&'a mut self, schedule: &'a ReportSchedule) -> Pending<'a, ()>;
    /// Keeps a changed schedule.
    ///
    /// # Errors
    /// `Stale` unless the kept row has the version before the one in `schedule`; `MissingReference` when there is no such course.
    fn update<'a>(&'a mut self, schedule: &'a ReportSchedule) -> Pending<'a, ()>;
    /// The schedules of this rhythm that are not paused and were announced up to an earlier day than this: now they are announced up
    /// to it. No two callers are given the same.
    fn announce(&mut self, period: Period, until: NaiveDate) -> Pending<'_, Vec<ReportSchedule>>;
    /// Removes a schedule.
    fn delete(&mut self, id: ReportScheduleId) -> Pending<'_, ()>;
}
