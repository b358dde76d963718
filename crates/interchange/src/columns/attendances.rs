//! Marks and requests for leave. How a mark came in is shown only: one that is imported came in by an import. Requests are
//! shown, never imported.

use madang_domain::attendance::{AttendanceView, leave::LeaveRequestView};

use super::{created_at, id, json, table, time, user_id};
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

table!(LeaveRequestView as "leave_requests", |view| {
    shown "id": id(view.request.id),
    shown "class_id": id(view.request.class_id),
    shown "class_title": Cell::text(&view.class_title),
    shown "user_id": id(view.request.user_id),
    shown "username": Cell::text(&view.user.username),
    shown "user_name": Cell::text(&view.user.name),
    shown "reason": Cell::text(view.request.reason.as_str()),
    shown "reason_name": Cell::text(view.request.reason.title()),
    shown "description": Cell::maybe(view.request.description.as_ref(), |text| Cell::text(text.as_str())),
    shown "first_on": Cell::Date(view.request.period.first_on()),
    shown "last_on": Cell::Date(view.request.period.last_on()),
    shown "lecture_ids": Cell::maybe(view.request.period.lectures(), |ids| json(&ids)),
    shown "evidence": json(&view.request.evidence),
    shown "status": Cell::text(view.request.status.as_str()),
    shown "decided_at": time(view.request.decision.as_ref().map(|decision| decision.at)),
    shown "decided_by": user_id(view.request.decision.as_ref().and_then(|decision| decision.by)),
    shown "decision_note": Cell::maybe(view.request.decision.as_ref().and_then(|one| one.note.as_ref()), |text| Cell::text(text.as_str())),
    shown "withdrawn_at": time(view.request.withdrawn_at),
    shown "created_at": created_at(&view.request.stamps),
    shown "created_by": user_id(view.request.stamps.created_by),
    shown "updated_at": Cell::Time(view.request.stamps.updated_at),
    shown "updated_by": user_id(view.request.stamps.updated_by),
    shown "version": Cell::Integer(view.request.stamps.version.into()),
});
