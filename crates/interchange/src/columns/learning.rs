//! Courses, classes, lectures, enrolments.

use madang_domain::learning::{
    calendars::CalendarFeed, classes::Class, courses::Course, enrolments::EnrolmentView, lectures::Lecture,
};

use super::{created_at, id, table, time, user_id};
use crate::write::Cell;

table!(Course as "courses", |course| {
    kept "id": id(course.id),
    kept "title": Cell::text(course.title.as_str()),
    kept "description": Cell::maybe(course.description.as_ref(), |text| Cell::text(text.as_str())),
    kept "keyword": Cell::maybe(course.keyword.as_ref(), |text| Cell::text(text.as_str())),
    kept "is_active": Cell::Bool(course.is_active),
    shown "created_at": created_at(&course.stamps),
    shown "created_by": user_id(course.stamps.created_by),
    shown "updated_at": Cell::Time(course.stamps.updated_at),
    shown "updated_by": user_id(course.stamps.updated_by),
    shown "version": Cell::Integer(course.stamps.version.into()),
});

table!(CalendarFeed as "calendars", |feed| {
    shown "id": id(feed.id),
    shown "class_id": Cell::maybe(feed.class_id, id),
    shown "created_at": Cell::Time(feed.created_at),
});

table!(Class as "classes", |class| {
    kept "id": id(class.id),
    kept "course_id": id(class.course_id),
    kept "title": Cell::text(class.title.as_str()),
    kept "lecturer_info": Cell::maybe(class.lecturer_info.as_ref(), |text| Cell::text(text.as_str())),
    kept "date_info": Cell::maybe(class.date_info.as_ref(), |text| Cell::text(text.as_str())),
    kept "begin_date": Cell::Date(class.dates.begin()),
    kept "end_date": Cell::Date(class.dates.end()),
    kept "capacity": Cell::maybe(class.capacity, |number| Cell::Integer(number.into())),
    kept "closed_at": time(class.closed_at),
    kept "is_active": Cell::Bool(class.is_active),
    shown "created_at": created_at(&class.stamps),
    shown "created_by": user_id(class.stamps.created_by),
    shown "updated_at": Cell::Time(class.stamps.updated_at),
    shown "updated_by": user_id(class.stamps.updated_by),
    shown "version": Cell::Integer(class.stamps.version.into()),
});

table!(Lecture as "lectures", |lecture| {
    kept "id": id(lecture.id),
    kept "class_id": id(lecture.class_id),
    kept "title": Cell::text(lecture.title.as_str()),
    kept "sequence": Cell::Integer(lecture.sequence.into()),
    kept "attendance_type": Cell::text(lecture.attendance_type.as_str()),
    kept "lecture_date": Cell::Time(lecture.starts_at),
    kept "duration_minutes": Cell::Integer(lecture.duration_minutes.into()),
    kept "place": Cell::maybe(lecture.place.as_ref(), |text| Cell::text(text.as_str())),
    kept "cancelled_at": time(lecture.cancellation.as_ref().map(|one| one.at)),
    kept "cancel_reason": Cell::maybe(
        lecture.cancellation.as_ref().and_then(|one| one.reason.as_ref()),
        |text| Cell::text(text.as_str())
    ),
    shown "created_at": created_at(&lecture.stamps),
    shown "created_by": user_id(lecture.stamps.created_by),
    shown "updated_at": Cell::Time(lecture.stamps.updated_at),
    shown "updated_by": user_id(lecture.stamps.updated_by),
    shown "version": Cell::Integer(lecture.stamps.version.into()),
});

table!(EnrolmentView as "enrolments", |view| {
    kept "id": id(view.enrolment.id),
    kept "class_id": id(view.enrolment.class_id),
    shown "class_title": Cell::text(&view.class_title),
    kept "user_id": id(view.enrolment.user_id),
    shown "username": Cell::text(&view.user.username),
    shown "user_name": Cell::text(&view.user.name),
    kept "role": Cell::text(view.enrolment.role.as_str()),
    kept "enrolled_on": Cell::Date(view.enrolment.period.enrolled_on()),
    kept "left_on": Cell::maybe(view.enrolment.period.left_on(), Cell::Date),
    kept "status": Cell::text(view.enrolment.status.as_str()),
    kept "transferred_from": Cell::maybe(view.enrolment.transferred_from, id),
    shown "created_at": created_at(&view.enrolment.stamps),
    shown "created_by": user_id(view.enrolment.stamps.created_by),
    shown "updated_at": Cell::Time(view.enrolment.stamps.updated_at),
    shown "updated_by": user_id(view.enrolment.stamps.updated_by),
    shown "version": Cell::Integer(view.enrolment.stamps.version.into()),
});
