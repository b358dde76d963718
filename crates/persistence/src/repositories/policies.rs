//! Attendance policies, which class goes by which, and who was warned.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{prelude::*, sql_types::Text};
use madang_domain::{
    attendance::policies::{
        Policy, PolicyFamily, PolicyFilter, PolicyPin, PolicyRepository, PolicySort, Warning,
    },
    error::{Pending, RepositoryError},
    ids::{ClassId, PolicyId, UserId},
    page::{Listed, Listing},
};

use super::{Db, Session, all, bulk::given, dialect, one, wrote_one};
use crate::{
    error::backend,
    fragment::{Fragment, Statement},
    listing::{Part, listed},
    rows::{
        Row,
        policies::{PinRow, PolicyRow, WarningRow},
    },
    schema::{attendance_policies, attendance_warnings, class_policy_pins},
    types::{self, Id, Instant},
};

/// Class, user, kind, when.
type WarningTypes = (Id, Id, Text, Instant);

impl PolicyRepository for Session {
    fn find(&mut self, id: PolicyId) -> Pending<'_, Option<Policy>> {
        Box::pin(async move {
            let query = move || attendance_policies::table.find(types::id(id)).select(PolicyRow::as_select());
            one::<PolicyRow, _>(self.rows(query).await?)
        })
    }

    fn list<'a>(&'a mut self, listing: &'a Listing<PolicyFilter, PolicySort>) -> Pending<'a, Listed<Policy>> {
        Box::pin(async move {
            let part = Part::of(listing)?;
            let query = || part.of_query(wanted(&listing.filter)).select(PolicyRow::as_select());
            let count = || wanted(&listing.filter).count();
            let (rows, total) = self.listed::<_, _, PolicyRow>(&listing.window, query, count).await?;
            Ok(listed(listing, all(rows)?, total))
        })
    }

    fn last_version<'a>(&'a mut self, family: &'a PolicyFamily) -> Pending<'a, i32> {
        Box::pin(async move {
            let query = || {
                attendance_policies::table
                    .filter(attendance_policies::family.eq(family.as_str()))
                    .order(attendance_policies::version.desc())
                    .select(attendance_policies::version)
                    .limit(1)
            };
            let rows: Vec<i32> = self.rows(query).await?;
            Ok(rows.into_iter().next().unwrap_or_default())
        })
    }

    fn insert<'a>(&'a mut self, policy: &'a Policy) -> Pending<'a, ()> {
        Box::pin(async move {
            let row = PolicyRow::try_from(policy).map_err(backend)?;
            self.insert_rows(&[row]).await
        })
    }

    fn pins_of(&mut self, class: ClassId) -> Pending<'_, Vec<(PolicyPin, Policy)>> {
        Box::pin(async move {
            let query = move || {
                class_policy_pins::table
                    .inner_join(attendance_policies::table)
                    .filter(class_policy_pins::class_id.eq(types::id(class)))
                    .order(class_policy_pins::number.desc())
                    .select((PinRow::as_select(), PolicyRow::as_select()))
            };
            let rows: Vec<(PinRow, PolicyRow)> = self.rows(query).await?;
            rows.into_iter().map(|(pin, policy)| Ok((pin.try_into()?, policy.try_into()?))).collect()
        })
    }

    fn pin<'a>(&'a mut self, pin: &'a PolicyPin) -> Pending<'a, ()> {
        Box::pin(async move { self.insert_rows(&[PinRow::from(pin)]).await })
    }

    fn inherit(&mut self, from: ClassId, to: ClassId) -> Pending<'_, ()> {
        Box::pin(async move {
            let statement: Statement<()> = Fragment::sql(
                "UPDATE class_policy_pins SET policy_id = (SELECT original.policy_id FROM class_policy_pins AS original \
                 WHERE original.class_id = ",
            )
            .bind(from.0)
            .then(" ORDER BY original.number DESC LIMIT 1) WHERE number = 1 AND class_id = ")
            .bind(to.0)
            .into_statement();
            wrote_one(self.execute(statement).await?, RepositoryError::MissingReference)
        })
    }

    fn warnings_of<'a>(&'a mut self, classes: &'a [ClassId]) -> Pending<'a, Vec<Warning>> {
        Box::pin(async move {
            let query = || {
                attendance_warnings::table
                    .filter(dialect::is_one_of("attendance_warnings.class_id", classes))
                    .select(WarningRow::as_select())
            };
            all::<WarningRow, _>(self.rows(query).await?)
        })
    }

    fn warn<'a>(&'a mut self, warnings: &'a [Warning]) -> Pending<'a, Vec<Warning>> {
        Box::pin(async move {
            if warnings.is_empty() {
                return Ok(Vec::new());
            }
            let rows: Vec<WarningRow> = warnings.iter().map(WarningRow::from).collect();
            let columns = WarningRow::COLUMNS.join(", ");
            let after =
                format!(" WHERE true ON CONFLICT (class_id, user_id, kind) DO NOTHING RETURNING {columns}");
            let statement: Statement<WarningTypes> = given(
                format!("INSERT INTO attendance_warnings ({columns}) SELECT {columns} FROM "),
                &rows,
                after,
            )?;
            let written: Vec<(ClassId, UserId, String, DateTime<Utc>)> =
                self.rows(|| statement.clone()).await?;
            let rows = written.into_iter().map(|(class_id, user_id, kind, at)| WarningRow {
                class_id,
                user_id,
                kind,
                at,
            });
            all::<WarningRow, _>(rows.collect())
        })
    }

    fn stirred(&mut self, from: DateTime<Utc>, to: DateTime<Utc>) -> Pending<'_, Vec<ClassId>> {
        Box::pin(async move {
            self.write_journal().await?;
            self.rows(move || stirred(from, to)).await
        })
    }
}

fn wanted(filter: &PolicyFilter) -> attendance_policies::BoxedQuery<'_, Db> {
    let mut query = attendance_policies::table.into_boxed();
    if let Some(family) = &filter.family {
        query = query.filter(attendance_policies::family.eq(family.as_str()));
    }
    query
}

/// The longest lecture, in days: a day of 1,440 minutes.
const LONGEST: TimeDelta = TimeDelta::days(1);

/// The audit log knows every change by its time; lectures begin and end without one. A mark that was removed is known by the log alone.
fn stirred(from: DateTime<Utc>, to: DateTime<Utc>) -> Statement<Id> {
    let changed = |select: &'static str, entity: &'static str| {
        Fragment::sql(format!(" UNION {select} WHERE audit_log.entity = '{entity}' AND audit_log.at >= "))
            .bind(from)
            .then(" AND audit_log.at <= ")
            .bind(to)
    };
    Fragment::sql(
        "SELECT classes.id FROM classes WHERE classes.is_active AND (classes.closed_at IS NULL OR classes.closed_at >= ",
    )
    .bind(from)
    .then(") AND classes.id IN (SELECT lectures.class_id FROM lectures WHERE lectures.lecture_date >= ")
    .bind(from - LONGEST)
    .then(" AND lectures.lecture_date <= ")
    .bind(to)
    .then(" AND (lectures.lecture_date >= ")
    .bind(from)
    .then(format!(" OR {} BETWEEN ", dialect::END_OF_LECTURE))
    .bind(from)
    .then(" AND ")
    .bind(to)
    .then(")")
    .append(changed(
        "SELECT lectures.class_id FROM audit_log JOIN attendances ON attendances.id = audit_log.entity_id \
         JOIN lectures ON lectures.id = attendances.lecture_id",
        "attendance",
    ))
    .append(changed(dialect::LECTURES_OF_REMOVED_MARKS, "attendance"))
    .append(changed(
        "SELECT lectures.class_id FROM audit_log JOIN lectures ON lectures.id = audit_log.entity_id",
        "lecture",
    ))
    .append(changed(
        "SELECT enrolments.class_id FROM audit_log JOIN enrolments ON enrolments.id = audit_log.entity_id",
        "enrolment",
    ))
    .append(changed(
        "SELECT leave_requests.class_id FROM audit_log JOIN leave_requests ON leave_requests.id = audit_log.entity_id",
        "leave_request",
    ))
    .append(changed("SELECT audit_log.entity_id FROM audit_log", "class_policy_pin"))
    .then(") ORDER BY classes.id")
    .into_statement()
}
