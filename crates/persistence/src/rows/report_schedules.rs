//! Rows of `report_schedules`.

use chrono::NaiveDate;
use madang_domain::{
    calendar::Period,
    ids::{CourseId, ReportScheduleId},
    report_schedules::ReportSchedule,
};
use serde_json::Value;

use super::{parsed, row};
use crate::error::Corrupt;

row!(ReportScheduleRow, report_schedules, stamped, {
    id: ReportScheduleId,
    period: String,
    course_id: Option<CourseId>,
    recipients: Value,
    is_active: bool,
    announced_until: NaiveDate,
});

impl TryFrom<&ReportSchedule> for ReportScheduleRow {
    type Error = serde_json::Error;

    fn try_from(schedule: &ReportSchedule) -> Result<Self, serde_json::Error> {
        Ok(Self {
            id: schedule.id,
            period: schedule.period.as_str().to_owned(),
            course_id: schedule.course_id,
            recipients: serde_json::to_value(&schedule.recipients)?,
            is_active: schedule.is_active,
            announced_until: schedule.announced_until,
            version: schedule.stamps.version,
            created_at: schedule.stamps.created_at,
            created_by: schedule.stamps.created_by,
            updated_at: schedule.stamps.updated_at,
            updated_by: schedule.stamps.updated_by,
        })
    }
}

impl TryFrom<ReportScheduleRow> for ReportSchedule {
    type Error = Corrupt;

    fn try_from(row: ReportScheduleRow) -> Result<Self, Corrupt> {
        Ok(Self {
            stamps: row.stamps(),
            id: row.id,
            period: Period::parse(&row.period).ok_or(Corrupt { column: "report_schedules.period" })?,
            course_id: row.course_id,
            recipients: parsed(serde_json::from_value(row.recipients), "report_schedules.recipients")?,
            is_active: row.is_active,
            announced_until: row.announced_until,
        })
    }
}
