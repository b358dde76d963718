//! What a schedule of reports is.

use std::collections::BTreeSet;

use chrono::{Datelike as _, NaiveDate, Weekday};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    audit::Audited,
    calendar::Period,
    ids::{CourseId, ReportScheduleId, UserId},
    page::{Listable, SortKey, sort_fields},
    stamps::Stamps,
};

/// A report that is announced to its recipients every week or month.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportSchedule {
    /// Its id.
    pub id: ReportScheduleId,
    /// How often, and of how long: the week or month that has ended.
    pub period: Period,
    /// Of this course only; `None` for all.
    pub course_id: Option<CourseId>,
    /// Who is told: those of them who may see statistics and have a verified address when it is sent.
    pub recipients: BTreeSet<UserId>,
    /// False while nobody is told.
    pub is_active: bool,
    /// Who made and changed it, when.
    pub stamps: Stamps,
}

impl ReportSchedule {
    /// The most recipients of one schedule.
    pub const MAX_RECIPIENTS: usize = 50;

    /// The first and the last day of the report that is announced on this day; `None` on other days.
    ///
    /// Weeks are announced on the Monday after them, months on the first day after them.
    pub fn due_on(&self, day: NaiveDate) -> Option<(NaiveDate, NaiveDate)> {
        let is_due = match self.period {
            Period::Weekly => day.weekday() == Weekday::Mon,
            Period::Monthly => day.day() == 1,
        };
        let last = day.pred_opt().filter(|_| is_due)?;
        Some((self.period.bucket(last).start, last))
    }

    /// The schedule after these changes.
    #[must_use]
    pub fn with(&self, changes: ReportScheduleChanges) -> Self {
        let old = self.clone();
        Self {
            period: changes.period.unwrap_or(old.period),
            course_id: changes.course_id.unwrap_or(old.course_id),
            recipients: changes.recipients.unwrap_or(old.recipients),
            is_active: changes.is_active.unwrap_or(old.is_active),
            ..old
        }
    }
}

impl Audited for ReportSchedule {
    const ENTITY: &'static str = "report_schedule";

    fn audit_id(&self) -> Uuid {
        self.id.0
    }

    fn document(&self) -> Value {
        json!({
            "period": self.period.as_str(),
            "course_id": self.course_id,
            "recipients": self.recipients,
            "is_active": self.is_active,
        })
    }
}

/// A schedule to be made.
#[derive(Debug, Clone, PartialEq)]
pub struct NewReportSchedule {
    /// How often, and of how long.
    pub period: Period,
    /// Of this course only; `None` for all.
    pub course_id: Option<CourseId>,
    /// Who is told.
    pub recipients: BTreeSet<UserId>,
}

/// What changes on a schedule; `None` keeps, `Some(None)` clears.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ReportScheduleChanges {
    /// Another rhythm.
    pub period: Option<Period>,
    /// Of another course, or of all.
    pub course_id: Option<Option<CourseId>>,
    /// Other recipients.
    pub recipients: Option<BTreeSet<UserId>>,
    /// Paused, or not any more.
    pub is_active: Option<bool>,
}

/// Which schedules are wanted; every field that is set narrows the list.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ReportScheduleFilter {
    /// With this rhythm.
    pub period: Option<Period>,
    /// Paused, or not.
    pub is_active: Option<bool>,
}

sort_fields! {
    /// What schedules can be sorted by.
    ReportScheduleSort { CreatedAt = "created_at" }
}

impl Listable<ReportScheduleSort> for ReportSchedule {
    fn sort_key(&self, field: ReportScheduleSort) -> SortKey {
        match field {
            ReportScheduleSort::CreatedAt => SortKey::Time(self.stamps.created_at),
        }
    }

    fn sort_id(&self) -> Uuid {
        self.id.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Caller;

    fn schedule(period: Period) -> ReportSchedule {
        ReportSchedule {
            id: ReportScheduleId(Uuid::from_u128(1)),
            period,
            course_id: None,
            recipients: BTreeSet::new(),
            is_active: true,
            stamps: Stamps::new(&Caller::system(), "2026-09-01T01:00:00Z".parse().unwrap()),
        }
    }

    #[test]
    fn a_week_is_announced_on_the_monday_after_it_and_a_month_on_the_first_day_after_it() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let (weekly, monthly) = (schedule(Period::Weekly), schedule(Period::Monthly));
        assert_eq!(weekly.due_on(day("2026-09-07")), Some((day("2026-08-31"), day("2026-09-06"))));
        assert_eq!(weekly.due_on(day("2026-09-01")), None);
        assert_eq!(monthly.due_on(day("2026-09-01")), Some((day("2026-08-01"), day("2026-08-31"))));
        assert_eq!(monthly.due_on(day("2026-03-01")), Some((day("2026-02-01"), day("2026-02-28"))));
        assert_eq!(monthly.due_on(day("2026-09-07")), None);
    }
}
