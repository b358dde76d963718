//! Rows of `enrolments`.

use chrono::NaiveDate;
use madang_domain::{
    access::ClassRole,
    ids::{ClassId, EnrolmentId, UserId},
    learning::enrolments::{Enrolment, EnrolmentPeriod, EnrolmentStatus},
};

use super::{known, parsed, row};
use crate::error::Corrupt;

row!(EnrolmentRow, enrolments, stamped, {
    id: EnrolmentId,
    class_id: ClassId,
    user_id: UserId,
    role: String,
    enrolled_on: NaiveDate,
    left_on: Option<NaiveDate>,
    status: String,
});

impl From<&Enrolment> for EnrolmentRow {
    fn from(enrolment: &Enrolment) -> Self {
        Self {
            id: enrolment.id,
            class_id: enrolment.class_id,
            user_id: enrolment.user_id,
            role: enrolment.role.as_str().to_owned(),
            enrolled_on: enrolment.period.enrolled_on(),
            left_on: enrolment.period.left_on(),
            status: enrolment.status.as_str().to_owned(),
            version: enrolment.stamps.version,
            created_at: enrolment.stamps.created_at,
            created_by: enrolment.stamps.created_by,
            updated_at: enrolment.stamps.updated_at,
            updated_by: enrolment.stamps.updated_by,
        }
    }
}

impl TryFrom<EnrolmentRow> for Enrolment {
    type Error = Corrupt;

    fn try_from(row: EnrolmentRow) -> Result<Self, Corrupt> {
        Ok(Self {
            stamps: row.stamps(),
            id: row.id,
            class_id: row.class_id,
            user_id: row.user_id,
            role: known(ClassRole::parse(&row.role), "enrolments.role")?,
            period: parsed(EnrolmentPeriod::new(row.enrolled_on, row.left_on), "enrolments.left_on")?,
            status: known(EnrolmentStatus::parse(&row.status), "enrolments.status")?,
        })
    }
}
