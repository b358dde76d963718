//! Attendance policies.

use madang_domain::attendance::policies::Policy;

use super::{id, json, table, user_id};
use crate::write::Cell;

table!(Policy as "attendance_policies", |policy| {
    kept "id": id(policy.id),
    kept "family": Cell::text(policy.family.as_str()),
    kept "version": Cell::Integer(policy.version.into()),
    kept "title": Cell::text(policy.title.as_str()),
    kept "description": Cell::maybe(policy.description.as_ref(), |text| Cell::text(text.as_str())),
    kept "document": json(&*policy.document),
    shown "digest": Cell::text(policy.digest.as_str()),
    shown "created_at": Cell::Time(policy.created_at),
    shown "created_by": user_id(policy.created_by),
});
