//! Rows of `enrolments`.

use chrono::NaiveDate;
use diesel::{
    backend::Backend,
    expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate},
    query_builder::{AstPass, QueryFragment, QueryId},
    result::QueryResult,
    sql_types::{BigInt, Nullable},
};
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
    transferred_from: Option<EnrolmentId>,
});

/// How many wait for a place in the class before and with a row of `enrolments`; nothing unless it waits itself.
#[derive(Debug, Clone, Copy, QueryId)]
pub(crate) struct WaitingPlace;

impl<DB: Backend> QueryFragment<DB> for WaitingPlace {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql(
            "CASE WHEN enrolments.status = 'waiting' THEN (SELECT count(*) FROM enrolments AS ahead \
             WHERE ahead.class_id = enrolments.class_id AND ahead.status = 'waiting' \
             AND (ahead.created_at, ahead.id) <= (enrolments.created_at, enrolments.id)) END",
        );
        Ok(())
    }
}

impl Expression for WaitingPlace {
    type SqlType = Nullable<BigInt>;
}

impl<QS> AppearsOnTable<QS> for WaitingPlace {}

impl<QS> SelectableExpression<QS> for WaitingPlace {}

impl<GB> ValidGrouping<GB> for WaitingPlace {
    type IsAggregate = is_aggregate::Never;
}

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
            transferred_from: enrolment.transferred_from,
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
            transferred_from: row.transferred_from,
        })
    }
}
