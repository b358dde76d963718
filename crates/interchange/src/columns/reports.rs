//! Schedules of reports. They are shown, never imported.

use madang_domain::report_schedules::ReportSchedule;

use super::{id, json, table};
use crate::write::Cell;

table!(ReportSchedule as "report_schedules", |schedule| {
    shown "id": id(schedule.id.0),
    shown "period": Cell::text(schedule.period.as_str()),
    shown "course_id": Cell::maybe(schedule.course_id, |course| id(course.0)),
    shown "recipients": json(&schedule.recipients),
    shown "is_active": Cell::Bool(schedule.is_active),
    shown "created_at": Cell::Time(schedule.stamps.created_at),
    shown "updated_at": Cell::Time(schedule.stamps.updated_at),
    shown "version": Cell::Integer(schedule.stamps.version.into()),
});
