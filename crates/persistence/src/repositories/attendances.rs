//! Marks. What is counted of them is in `tallies`.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use madang_domain::{
    attendance::{
        Attendance, AttendanceFilter, AttendanceRepository, AttendanceSort, AttendanceView, LectureTally,
        PeriodTally, TallyFilter, TallyScope,
    },
    error::{Pending, RepositoryError, RepositoryResult},
    ids::{AttendanceId, ClassId, LectureId, UserId},
    learning::{enrolments::Enrolment, lectures::Lecture},
    page::{Listed, Listing},
};

use super::{Db, Session, all, dialect, found_by_index, one, tallies, wrote_one};
use crate::{
    fragment::Fragment,
    listing::{Part, listed},
    rows::{attendances::AttendanceRow, enrolments::EnrolmentRow, users::UserSummaryRow},
    schema::{attendances, enrolments, lectures, users},
    types,
};

type ViewRow = (AttendanceRow, UserSummaryRow, (ClassId, String, DateTime<Utc>));

/// What a view shows of the lecture.
const LECTURE: (lectures::class_id, lectures::title, lectures::lecture_date) =
    (lectures::class_id, lectures::title, lectures::lecture_date);

/// The conditions of a filter, on the table alone or on a join. Those that look at a lecture or a user are subqueries,
/// so that counting joins nothing that it does not need.
macro_rules! wanted {
    ($query:expr, $filter:expr) => {{
        let filter: &AttendanceFilter = $filter;
        let mut query = $query.into_boxed::<Db>();
        if let Some(lecture) = filter.lecture_id {
            query = query.filter(attendances::lecture_id.eq(types::id(lecture)));
        }
        if let Some(user) = filter.user_id {
            query = query.filter(attendances::user_id.eq(types::id(user)));
        }
        if let Some(status) = filter.status {
            query = query.filter(attendances::status.eq(status.as_str()));
        }
        if let Some(search) = &filter.search {
            query = query.filter(
                Fragment::sql("attendances.user_id IN (SELECT users.id FROM users WHERE ")
                    .append(found_by_index("users", search))
                    .then(")"),
            );
        }
        if let Some(lectures) = lectures_of(filter) {
            query = query.filter(lectures);
        }
        query
    }};
}

impl AttendanceRepository for Session {
    fn find(&mut self, id: AttendanceId) -> Pending<'_, Option<AttendanceView>> {
        Box::pin(async move {
            let query = move || {
                attendances::table
                    .inner_join(users::table)
                    .inner_join(lectures::table)
                    .filter(attendances::id.eq(types::id(id)))
                    .select((AttendanceRow::as_select(), UserSummaryRow::as_select(), LECTURE))
            };
            let rows: Vec<ViewRow> = self.rows(query).await?;
            rows.into_iter().next().map(view).transpose()
        })
    }

    fn find_for_update(&mut self, id: AttendanceId) -> Pending<'_, Option<Attendance>> {
        Box::pin(async move {
            let query = move || {
                let query = attendances::table.find(types::id(id)).select(AttendanceRow::as_select());
                dialect::for_update!(query, attendances)
            };
            one::<AttendanceRow, _>(self.rows(query).await?)
        })
    }

    fn list<'a>(
        &'a mut self,
        listing: &'a Listing<AttendanceFilter, AttendanceSort>,
    ) -> Pending<'a, Listed<AttendanceView>> {
        Box::pin(async move {
            let part = Part::of(listing)?;
            let query = || {
                let joined = attendances::table.inner_join(users::table).inner_join(lectures::table);
                let columns = (AttendanceRow::as_select(), UserSummaryRow::as_select(), LECTURE);
                part.of_query(wanted!(joined.select(columns), &listing.filter))
            };
            let count = || wanted!(attendances::table.count(), &listing.filter);
            let (rows, total) = self.listed::<_, _, ViewRow>(&listing.window, query, count).await?;
            let views = rows.into_iter().map(view).collect::<RepositoryResult<_>>()?;
            Ok(listed(listing, views, total))
        })
    }

    fn of_lecture(&mut self, lecture: LectureId) -> Pending<'_, Vec<Attendance>> {
        Box::pin(async move {
            let query = move || {
                attendances::table
                    .filter(attendances::lecture_id.eq(types::id(lecture)))
                    .order(attendances::user_id)
                    .select(AttendanceRow::as_select())
            };
            all::<AttendanceRow, _>(self.rows(query).await?)
        })
    }

    fn of_class(&mut self, class: ClassId) -> Pending<'_, Vec<Attendance>> {
        Box::pin(async move {
            let query = move || {
                attendances::table
                    .inner_join(lectures::table)
                    .filter(lectures::class_id.eq(types::id(class)))
                    .select(AttendanceRow::as_select())
            };
            all::<AttendanceRow, _>(self.rows(query).await?)
        })
    }

    fn of_users<'a>(&'a mut self, lecture: LectureId, users: &'a [UserId]) -> Pending<'a, Vec<Attendance>> {
        Box::pin(async move {
            let query = || {
                attendances::table
                    .filter(attendances::lecture_id.eq(types::id(lecture)))
                    .filter(dialect::is_one_of("attendances.user_id", users))
                    .order(attendances::user_id)
                    .select(AttendanceRow::as_select())
            };
            all::<AttendanceRow, _>(self.rows(query).await?)
        })
    }

    fn last_day_marked(&mut self, class: ClassId, user: UserId) -> Pending<'_, Option<NaiveDate>> {
        Box::pin(async move {
            let query = move || {
                attendances::table
                    .inner_join(lectures::table)
                    .filter(attendances::user_id.eq(types::id(user)))
                    .filter(lectures::class_id.eq(types::id(class)))
                    .select(diesel::dsl::max(lectures::lecture_on))
            };
            let rows: Vec<Option<NaiveDate>> = self.rows(query).await?;
            Ok(rows.into_iter().next().flatten())
        })
    }

    fn candidates<'a>(
        &'a mut self,
        lecture: &'a Lecture,
        users: &'a [UserId],
    ) -> Pending<'a, Vec<(Enrolment, Option<Attendance>)>> {
        Box::pin(async move {
            let query = || {
                let mark = attendances::user_id
                    .eq(enrolments::user_id)
                    .and(attendances::lecture_id.eq(types::id(lecture.id)));
                enrolments::table
                    .left_join(attendances::table.on(mark))
                    .filter(enrolments::class_id.eq(types::id(lecture.class_id)))
                    .filter(dialect::is_one_of("enrolments.user_id", users))
                    .order((enrolments::user_id, enrolments::enrolled_on, enrolments::id))
                    .select((EnrolmentRow::as_select(), Option::<AttendanceRow>::as_select()))
            };
            let rows: Vec<(EnrolmentRow, Option<AttendanceRow>)> = self.rows(query).await?;
            rows.into_iter()
                .map(|(enrolment, mark)| {
                    Ok((enrolment.try_into()?, mark.map(Attendance::try_from).transpose()?))
                })
                .collect()
        })
    }

    fn count_at(&mut self, lecture: LectureId) -> Pending<'_, (u64, u64)> {
        Box::pin(async move {
            let rows: Vec<(i64, i64)> = self.rows(move || tallies::marks_at(lecture)).await?;
            let number = |count: i64| u64::try_from(count).unwrap_or_default();
            let (all, strange) = rows.first().copied().unwrap_or_default();
            Ok((number(all), number(strange)))
        })
    }

    fn insert_many<'a>(&'a mut self, marks: &'a [Attendance]) -> Pending<'a, ()> {
        Box::pin(async move {
            let rows: Vec<AttendanceRow> = marks.iter().map(AttendanceRow::from).collect();
            self.insert_rows(&rows).await
        })
    }

    fn update_many<'a>(&'a mut self, marks: &'a [Attendance]) -> Pending<'a, ()> {
        Box::pin(async move {
            let rows: Vec<AttendanceRow> = marks.iter().map(AttendanceRow::from).collect();
            self.update_rows(&rows).await
        })
    }

    fn keep_many<'a>(&'a mut self, marks: &'a [Attendance]) -> Pending<'a, ()> {
        Box::pin(async move {
            let rows: Vec<AttendanceRow> = marks.iter().map(AttendanceRow::from).collect();
            self.keep_rows(&rows).await
        })
    }

    fn delete(&mut self, id: AttendanceId) -> Pending<'_, ()> {
        Box::pin(async move {
            let written = self.execute(diesel::delete(attendances::table.find(types::id(id)))).await?;
            wrote_one(written, RepositoryError::Stale)
        })
    }

    fn delete_many<'a>(&'a mut self, marks: &'a [Attendance]) -> Pending<'a, ()> {
        Box::pin(async move {
            let rows: Vec<AttendanceRow> = marks.iter().map(AttendanceRow::from).collect();
            self.delete_rows(&rows).await
        })
    }

    fn delete_of_lecture(&mut self, lecture: LectureId) -> Pending<'_, Vec<Attendance>> {
        Box::pin(async move {
            let query = move || {
                diesel::delete(attendances::table.filter(attendances::lecture_id.eq(types::id(lecture))))
                    .returning(AttendanceRow::as_returning())
            };
            all::<AttendanceRow, _>(self.rows(query).await?)
        })
    }

    fn hand_over<'a>(
        &'a mut self,
        from: UserId,
        to: UserId,
        only: Option<&'a [AttendanceId]>,
    ) -> Pending<'a, Vec<Attendance>> {
        Box::pin(async move {
            let query = || {
                let theirs = attendances::table.filter(attendances::user_id.eq(types::id(from)));
                diesel::update(theirs.filter(super::is_one_of_some("attendances.id", only)))
                    .set((
                        attendances::user_id.eq(types::id(to)),
                        attendances::version.eq(attendances::version + 1),
                    ))
                    .returning(AttendanceRow::as_returning())
            };
            all::<AttendanceRow, _>(self.rows(query).await?)
        })
    }

    fn tallies(&mut self, scope: TallyScope, as_of: DateTime<Utc>) -> Pending<'_, Vec<LectureTally>> {
        Box::pin(async move {
            let rows: Vec<tallies::LectureRow> =
                self.rows(move || tallies::of_lectures(scope, as_of)).await?;
            Ok(rows.into_iter().map(tallies::lecture_tally).collect())
        })
    }

    fn tallies_of_spans<'a>(
        &'a mut self,
        bounds: &'a [DateTime<Utc>],
        filter: &'a TallyFilter,
        as_of: DateTime<Utc>,
    ) -> Pending<'a, Vec<PeriodTally>> {
        Box::pin(async move {
            let rows: Vec<tallies::PeriodRow> =
                self.rows(|| tallies::of_spans(bounds, filter, as_of)).await?;
            Ok(rows.into_iter().map(tallies::period_tally).collect())
        })
    }
}

/// The condition on the lecture, if the filter has one.
fn lectures_of(filter: &AttendanceFilter) -> Option<Fragment> {
    let mut conditions = Vec::new();
    if let Some(class) = filter.class_id {
        conditions.push(Fragment::sql("lectures.class_id = ").bind(class.0));
    }
    if let Some(from) = filter.from {
        conditions.push(Fragment::sql("lectures.lecture_date >= ").bind(from));
    }
    if let Some(to) = filter.to {
        conditions.push(Fragment::sql("lectures.lecture_date < ").bind(to));
    }
    let all = conditions.into_iter().reduce(|all, next| all.then(" AND ").append(next))?;
    Some(
        Fragment::sql("attendances.lecture_id IN (SELECT lectures.id FROM lectures WHERE ")
            .append(all)
            .then(")"),
    )
}

fn view((attendance, user, (class_id, title, date)): ViewRow) -> RepositoryResult<AttendanceView> {
    Ok(AttendanceView {
        attendance: attendance.try_into()?,
        user: user.into(),
        class_id,
        lecture_title: title,
        lecture_date: date,
    })
}
