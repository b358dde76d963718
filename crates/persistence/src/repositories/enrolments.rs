//! Enrolments.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Date, Nullable};
use madang_domain::{
    access::ClassRole,
    accounts::UserSummary,
    error::{Pending, RepositoryResult},
    ids::{ClassId, EnrolmentId, LectureId, UserId},
    learning::enrolments::{
        Enrolment, EnrolmentFilter, EnrolmentPeriod, EnrolmentRepository, EnrolmentSort, EnrolmentStatus,
        EnrolmentView, Taken,
    },
    page::{Listed, Listing},
};

use super::{Db, Session, all, dialect, found_by_index, one};
use crate::{
    fragment::{Fragment, Statement},
    listing::{Part, listed},
    rows::{
        enrolments::{EnrolmentRow, WaitingPlace},
        parsed,
        users::UserSummaryRow,
    },
    schema::{classes, enrolments, users},
    types,
};

type PeriodRow = (NaiveDate, Option<NaiveDate>);

const PERIOD: (enrolments::enrolled_on, enrolments::left_on) = (enrolments::enrolled_on, enrolments::left_on);

type ViewRow = (EnrolmentRow, UserSummaryRow, String, Option<i64>);

/// The conditions of a filter, on the table alone or on a join.
macro_rules! wanted {
    ($query:expr, $filter:expr) => {{
        let filter: &EnrolmentFilter = $filter;
        let mut query = $query.into_boxed::<Db>();
        if let Some(class) = filter.class_id {
            query = query.filter(enrolments::class_id.eq(types::id(class)));
        }
        if let Some(user) = filter.user_id {
            query = query.filter(enrolments::user_id.eq(types::id(user)));
        }
        if let Some(role) = filter.role {
            query = query.filter(enrolments::role.eq(role.as_str()));
        }
        if let Some(status) = filter.status {
            query = query.filter(enrolments::status.eq(status.as_str()));
        }
        if let Some(day) = filter.on {
            let holds = enrolments::left_on.is_null().or(enrolments::left_on.gt(day));
            query = query.filter(enrolments::enrolled_on.le(day)).filter(holds);
        }
        if let Some(lecture) = filter.unmarked_at {
            query = query.filter(unmarked_at(lecture));
        }
        if let Some(search) = &filter.search {
            query = query.filter(
                Fragment::sql("enrolments.user_id IN (SELECT users.id FROM users WHERE ")
                    .append(found_by_index("users", search))
                    .then(")"),
            );
        }
        query
    }};
}

/// Learners who are expected at a lecture and have no mark there.
fn unmarked_at(lecture: LectureId) -> Fragment {
    Fragment::sql("(enrolments.role = 'learner' AND EXISTS (SELECT 1 FROM lectures WHERE lectures.id = ")
        .bind(lecture.0)
        .then(
            " AND lectures.class_id = enrolments.class_id AND lectures.cancelled_at IS NULL \
             AND enrolments.enrolled_on <= lectures.lecture_on \
             AND (enrolments.left_on IS NULL OR enrolments.left_on > lectures.lecture_on)) \
             AND NOT EXISTS (SELECT 1 FROM attendances WHERE attendances.user_id = enrolments.user_id \
             AND attendances.lecture_id = ",
        )
        .bind(lecture.0)
        .then("))")
}

impl EnrolmentRepository for Session {
    fn find(&mut self, id: EnrolmentId) -> Pending<'_, Option<EnrolmentView>> {
        Box::pin(async move {
            let query = move || {
                enrolments::table
                    .inner_join(users::table)
                    .inner_join(classes::table)
                    .filter(enrolments::id.eq(types::id(id)))
                    .select((
                        EnrolmentRow::as_select(),
                        UserSummaryRow::as_select(),
                        classes::title,
                        WaitingPlace,
                    ))
            };
            let rows: Vec<ViewRow> = self.rows(query).await?;
            rows.into_iter().next().map(view).transpose()
        })
    }

    fn find_for_update(&mut self, id: EnrolmentId) -> Pending<'_, Option<Enrolment>> {
        Box::pin(async move {
            let query = move || {
                let query = enrolments::table.find(types::id(id)).select(EnrolmentRow::as_select());
                dialect::for_update!(query, enrolments)
            };
            one::<EnrolmentRow, _>(self.rows(query).await?)
        })
    }

    fn list<'a>(
        &'a mut self,
        listing: &'a Listing<EnrolmentFilter, EnrolmentSort>,
    ) -> Pending<'a, Listed<EnrolmentView>> {
        Box::pin(async move {
            let part = Part::of(listing)?;
            let query = || {
                let joined = enrolments::table.inner_join(users::table).inner_join(classes::table);
                let columns =
                    (EnrolmentRow::as_select(), UserSummaryRow::as_select(), classes::title, WaitingPlace);
                part.of_query(wanted!(joined.select(columns), &listing.filter))
            };
            let count = || wanted!(enrolments::table.count(), &listing.filter);
            let (rows, total) = self.listed::<_, _, ViewRow>(&listing.window, query, count).await?;
            let views = rows.into_iter().map(view).collect::<RepositoryResult<_>>()?;
            Ok(listed(listing, views, total))
        })
    }

    fn of_known_users<'a>(
        &'a mut self,
        class: ClassId,
        users: &'a [UserId],
    ) -> Pending<'a, Vec<(UserId, Option<Enrolment>)>> {
        Box::pin(async move {
            let query = || {
                let in_class =
                    enrolments::user_id.eq(users::id).and(enrolments::class_id.eq(types::id(class)));
                users::table
                    .left_join(enrolments::table.on(in_class))
                    .filter(dialect::is_one_of("users.id", users))
                    .order((users::id, enrolments::enrolled_on, enrolments::id))
                    .select((users::id, Option::<EnrolmentRow>::as_select()))
            };
            let rows: Vec<(UserId, Option<EnrolmentRow>)> = self.rows(query).await?;
            let place = |(user, place): (UserId, Option<EnrolmentRow>)| -> RepositoryResult<_> {
                Ok((user, place.map(Enrolment::try_from).transpose()?))
            };
            rows.into_iter().map(place).collect()
        })
    }

    fn of_users<'a>(&'a mut self, class: ClassId, users: &'a [UserId]) -> Pending<'a, Vec<Enrolment>> {
        Box::pin(async move {
            let query = || {
                enrolments::table
                    .filter(enrolments::class_id.eq(types::id(class)))
                    .filter(dialect::is_one_of("enrolments.user_id", users))
                    .order((enrolments::user_id, enrolments::enrolled_on, enrolments::id))
                    .select(EnrolmentRow::as_select())
            };
            all::<EnrolmentRow, _>(self.rows(query).await?)
        })
    }

    fn of_user_for_update(&mut self, user: UserId) -> Pending<'_, Vec<Enrolment>> {
        Box::pin(async move {
            let query = move || {
                let query = enrolments::table
                    .filter(enrolments::user_id.eq(types::id(user)))
                    .order((enrolments::enrolled_on, enrolments::id))
                    .select(EnrolmentRow::as_select());
                dialect::for_update!(query, enrolments)
            };
            all::<EnrolmentRow, _>(self.rows(query).await?)
        })
    }

    fn learners_of<'a>(
        &'a mut self,
        classes: &'a [ClassId],
    ) -> Pending<'a, Vec<(ClassId, UserSummary, EnrolmentPeriod)>> {
        Box::pin(async move {
            let query = || {
                enrolments::table
                    .inner_join(users::table)
                    .filter(enrolments::role.eq(ClassRole::Learner.as_str()))
                    .filter(enrolments::status.ne(EnrolmentStatus::Waiting.as_str()))
                    .filter(dialect::is_one_of("enrolments.class_id", classes))
                    .order((users::name, users::id, enrolments::enrolled_on, enrolments::id))
                    .select((enrolments::class_id, UserSummaryRow::as_select(), PERIOD))
            };
            let rows: Vec<(ClassId, UserSummaryRow, PeriodRow)> = self.rows(query).await?;
            rows.into_iter().map(|(class, user, days)| Ok((class, user.into(), period(days)?))).collect()
        })
    }

    fn taken(&mut self, class: ClassId, day: NaiveDate) -> Pending<'_, Taken> {
        Box::pin(async move {
            let rows: Vec<(bool, Option<NaiveDate>, i64)> = self.rows(move || taken(class, day)).await?;
            let mut taken = Taken::default();
            for (waits, end, count) in rows {
                let count = u64::try_from(count).unwrap_or_default();
                if waits {
                    taken.waiting += count;
                } else {
                    taken.ends.push((end, count));
                }
            }
            Ok(taken)
        })
    }

    fn first_waiting(&mut self, class: ClassId, day: NaiveDate, count: u64) -> Pending<'_, Vec<Enrolment>> {
        Box::pin(async move {
            let query = move || {
                let has_no_place = Fragment::sql(
                    "NOT EXISTS (SELECT 1 FROM enrolments AS held WHERE held.class_id = enrolments.class_id \
                     AND held.user_id = enrolments.user_id AND held.status <> 'waiting' \
                     AND (held.left_on IS NULL OR (held.left_on > held.enrolled_on \
                     AND held.left_on > enrolments.enrolled_on AND held.left_on > ",
                )
                .bind(day)
                .then(")))");
                let query = enrolments::table
                    .inner_join(users::table)
                    .filter(enrolments::class_id.eq(types::id(class)))
                    .filter(enrolments::status.eq(EnrolmentStatus::Waiting.as_str()))
                    .filter(users::is_active)
                    .filter(has_no_place)
                    .order((enrolments::created_at, enrolments::id))
                    .limit(i64::try_from(count).unwrap_or(i64::MAX))
                    .select(EnrolmentRow::as_select());
                dialect::for_update!(query, enrolments)
            };
            all::<EnrolmentRow, _>(self.rows(query).await?)
        })
    }

    fn insert_many<'a>(&'a mut self, enrolments: &'a [Enrolment]) -> Pending<'a, ()> {
        Box::pin(async move {
            let rows: Vec<EnrolmentRow> = enrolments.iter().map(EnrolmentRow::from).collect();
            self.insert_rows(&rows).await
        })
    }

    fn update<'a>(&'a mut self, enrolment: &'a Enrolment) -> Pending<'a, ()> {
        Box::pin(async move { self.update_rows(&[EnrolmentRow::from(enrolment)]).await })
    }

    fn update_many<'a>(&'a mut self, enrolments: &'a [Enrolment]) -> Pending<'a, ()> {
        Box::pin(async move {
            let rows: Vec<EnrolmentRow> = enrolments.iter().map(EnrolmentRow::from).collect();
            self.update_rows(&rows).await
        })
    }

    fn hand_over<'a>(
        &'a mut self,
        from: UserId,
        to: UserId,
        only: Option<&'a [EnrolmentId]>,
    ) -> Pending<'a, Vec<Enrolment>> {
        Box::pin(async move {
            let query = || {
                let theirs = enrolments::table.filter(enrolments::user_id.eq(types::id(from)));
                diesel::update(theirs.filter(super::is_one_of_some("enrolments.id", only)))
                    .set((
                        enrolments::user_id.eq(types::id(to)),
                        enrolments::version.eq(enrolments::version + 1),
                    ))
                    .returning(EnrolmentRow::as_returning())
            };
            all::<EnrolmentRow, _>(self.rows(query).await?)
        })
    }
}

/// The places of learners by the days on which they end, and the queue; a user with several periods has one place.
fn taken(class: ClassId, day: NaiveDate) -> Statement<(Bool, Nullable<Date>, BigInt)> {
    Fragment::sql(
        "SELECT places.waits, places.ends, count(*) FROM (\
         SELECT enrolments.status = 'waiting' AS waits, \
         CASE WHEN count(enrolments.left_on) = count(*) THEN max(enrolments.left_on) END AS ends \
         FROM enrolments WHERE enrolments.role = 'learner' AND enrolments.class_id = ",
    )
    .bind(class.0)
    .then(" AND (enrolments.status = 'waiting' OR enrolments.left_on IS NULL OR enrolments.left_on > ")
    .bind(day)
    .then(
        ") GROUP BY enrolments.user_id, enrolments.status = 'waiting') AS places \
         GROUP BY places.waits, places.ends ORDER BY places.ends",
    )
    .into_statement()
}

fn view((enrolment, user, class_title, place): ViewRow) -> RepositoryResult<EnrolmentView> {
    let waiting_place = place.and_then(|place| u64::try_from(place).ok());
    Ok(EnrolmentView { enrolment: enrolment.try_into()?, user: user.into(), class_title, waiting_place })
}

fn period((enrolled_on, left_on): PeriodRow) -> RepositoryResult<EnrolmentPeriod> {
    Ok(parsed(EnrolmentPeriod::new(enrolled_on, left_on), "enrolments.left_on")?)
}
