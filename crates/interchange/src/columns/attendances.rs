//! Marks. How a mark came in is shown only: one that is imported came in by an import.

use madang_domain::attendance::AttendanceView;

use super::{created_at, id, table, time, user_id};
use crate::write::Cell;

table!(AttendanceView as "attendances", |view| {
    kept "id": id(view.attendance.id),
    shown "class_id": id(view.class_id),
    kept "lecture_id": id(view.attendance.lecture_id),
    shown "lecture_title": Cell::text(&view.lecture_title),
    shown "lecture_date": Cell::Time(view.lecture_date),
    kept "user_id": id(view.attendance.user_id),
    shown "username": Cell::text(&view.user.username),
    shown "user_name": Cell::text(&view.user.name),
    kept "status": Cell::text(view.attendance.mark.status.as_str()),
    kept "detail_type": Cell::maybe(view.attendance.mark.detail_type.as_ref(), |text| Cell::text(text.as_str())),
    kept "description": Cell::maybe(view.attendance.mark.description.as_ref(), |text| Cell::text(text.as_str())),
    kept "assignment_id": Cell::maybe(view.attendance.mark.assignment_id.as_ref(), |text| Cell::text(text.as_str())),
    kept "checked_at": time(view.attendance.mark.checked_at),
    shown "source": Cell::text(view.attendance.source.as_str()),
    shown "created_at": created_at(&view.attendance.stamps),
    shown "created_by": user_id(view.attendance.stamps.created_by),
    shown "updated_at": Cell::Time(view.attendance.stamps.updated_at),
    shown "updated_by": user_id(view.attendance.stamps.updated_by),
    shown "version": Cell::Integer(view.attendance.stamps.version.into()),
});
