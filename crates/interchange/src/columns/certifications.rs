//! Certifications, with what they say.

use madang_domain::certification::Certification;

use super::{created_at, id, json, table, user_id};
use crate::write::Cell;

table!(Certification as "certifications", |one| {
    kept "id": id(one.id),
    kept "course_id": id(one.course_id),
    kept "user_id": id(one.user_id),
    kept "class_ids": json(&one.class_ids),
    kept "issued_at": Cell::Time(one.snapshot.issued_at),
    shown "number": Cell::text(one.snapshot.number.for_people()),
    shown "name": Cell::text(one.snapshot.user_name.as_str()),
    shown "name_roman": Cell::maybe(one.snapshot.user_name_roman.as_deref(), Cell::text),
    shown "course_title": Cell::text(one.snapshot.course_title.as_str()),
    shown "begin_date": Cell::maybe(one.snapshot.period(), |(begin, _)| Cell::Date(begin)),
    shown "end_date": Cell::maybe(one.snapshot.period(), |(_, end)| Cell::Date(end)),
    shown "hours": Cell::Integer(i64::try_from(one.snapshot.planned_hours()).unwrap_or(i64::MAX)),
    shown "issued_on": Cell::Date(one.snapshot.issued_on()),
    shown "valid_until": Cell::maybe(one.snapshot.valid_until(), Cell::Date),
    shown "state": Cell::text(one.standing.state().as_str()),
    kept "standing": json(&one.standing),
    kept "supersedes": Cell::maybe(one.supersedes, id),
    kept "snapshot": json(&one.snapshot),
    shown "created_at": created_at(&one.stamps),
    shown "created_by": user_id(one.stamps.created_by),
    shown "updated_at": Cell::Time(one.stamps.updated_at),
    shown "updated_by": user_id(one.stamps.updated_by),
    shown "version": Cell::Integer(one.stamps.version.into()),
});
