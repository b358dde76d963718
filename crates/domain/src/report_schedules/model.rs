//! What a schedule of reports is.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    audit::Audited,
    calendar::Period,
    ids::{CourseId, ReportScheduleId, UserId},
    page::{Listable, SortKey, sort_fields},
    stamps::Stamps,
};

/// A report that is mailed to its recipients every week or month.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportSchedule {
    /// Its id.
    pub id: ReportScheduleId,
    /// How often, and of how long: the week or month that has ended.
    pub period: Period,
    /// Of this course only; `None` for all.
    pub course_id: Option<CourseId>,
    /// Who is told: those of them who may see statistics and have a verified address when the mail is sent.
    pub recipients: BTreeSet<UserId>,
    /// False while nobody is told.
    pub is_active: bool,
    /// The last day of the newest report that was mailed, or of the newest that was over when the schedule began.
    pub announced_until: NaiveDate,
    /// Who made and changed it, when.
    pub stamps: Stamps,
}

impl ReportSchedule {
    /// The most recipients of one schedule.
    pub const MAX_RECIPIENTS: usize = 50;

    /// The schedule after these changes, on this day: nothing is made up for of the time in which it was paused or had another rhythm.
    #[must_use]
    pub fn with(&self, changes: ReportScheduleChanges, today: NaiveDate) -> Self {
        let old = self.clone();
        let period = changes.period.unwrap_or(old.period);
        let is_active = changes.is_active.unwrap_or(old.is_active);
        let begins = period != old.period || is_active && !old.is_active;
        Self {
            period,
            course_id: changes.course_id.unwrap_or(old.course_id),
            recipients: changes.recipients.unwrap_or(old.recipients),
            is_active,
            announced_until: if begins { last_over(period, today) } else { old.announced_until },
            ..old
        }
    }
}

/// The last day of the newest week or month that is over on this day.
pub(super) fn last_over(period: Period, today: NaiveDate) -> NaiveDate {
    period.bucket(today).start.pred_opt().unwrap_or(NaiveDate::MIN)
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

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn schedule(period: Period, announced_until: &str) -> ReportSchedule {
        ReportSchedule {
            id: ReportScheduleId(Uuid::from_u128(1)),
            period,
            course_id: None,
            recipients: BTreeSet::new(),
            is_active: true,
            announced_until: day(announced_until),
            stamps: Stamps::new(&Caller::system(), "2026-09-01T01:00:00Z".parse().unwrap()),
        }
    }

    #[test]
    fn a_week_is_over_on_the_monday_after_it_and_a_month_on_the_first_day_after_it() {
        assert_eq!(last_over(Period::Weekly, day("2026-09-06")), day("2026-08-30"));
        assert_eq!(last_over(Period::Weekly, day("2026-09-07")), day("2026-09-06"));
        assert_eq!(last_over(Period::Monthly, day("2026-02-28")), day("2026-01-31"));
        assert_eq!(last_over(Period::Monthly, day("2026-03-01")), day("2026-02-28"));
    }

    #[test]
    fn what_ended_while_a_schedule_was_paused_or_had_another_rhythm_is_not_made_up_for() {
        let today = day("2026-09-30");
        let weekly = schedule(Period::Weekly, "2026-08-30");
        let paused =
            weekly.with(ReportScheduleChanges { is_active: Some(false), ..Default::default() }, today);
        assert_eq!(paused.announced_until, weekly.announced_until);
        let resumed =
            paused.with(ReportScheduleChanges { is_active: Some(true), ..Default::default() }, today);
        assert_eq!(resumed.announced_until, day("2026-09-27"));
        let monthly =
            weekly.with(ReportScheduleChanges { period: Some(Period::Monthly), ..Default::default() }, today);
        assert_eq!(monthly.announced_until, day("2026-08-31"));
        let recipients = Some([UserId(Uuid::from_u128(2))].into());
        let others = weekly.with(ReportScheduleChanges { recipients, ..Default::default() }, today);
        assert_eq!(others.announced_until, weekly.announced_until);
    }
}
