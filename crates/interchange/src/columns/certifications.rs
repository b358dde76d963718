//! Certifications, with what they say.

use madang_domain::certification::Certification;

use super::{created_at, id, json, table, user_id};
use crate::write::Cell;

table!(Certification as "certifications", |one| {
    kept "id": id(one.id),
    kept "course_id": id(one.course_id),
    kept "user_id": id(one.user_id),
    kept "class_ids": json(&one.class_ids),
    kept "issued_at": Cell::Time(one.issued_at),
    kept "snapshot": json(&one.snapshot),
    shown "created_at": created_at(&one.stamps),
    shown "created_by": user_id(one.stamps.created_by),
    shown "updated_at": Cell::Time(one.stamps.updated_at),
    shown "updated_by": user_id(one.stamps.updated_by),
    shown "version": Cell::Integer(one.stamps.version.into()),
});
