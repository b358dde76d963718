//! Lectures.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::{
    prelude::*,
    sql_types::{Integer, Nullable},
};
use madang_domain::{
    error::{Pending, RepositoryError, RepositoryResult},
    ids::{ClassId, LectureId, UserId},
    learning::{
        classes::Class,
        lectures::{Lecture, LectureFilter, LectureRepository, LectureSort, NearbyLecture, OtherLecture},
    },
    page::{Listed, Listing},
};

use super::{Db, Session, all, bulk::given_fragment, dialect, wrote_one};
use crate::{
    error::{WrongCount, backend},
    fragment::{Fragment, Statement},
    listing::{Part, listed},
    rows::{Row, classes::ClassRow, lectures::LectureRow},
    schema::{classes, lectures},
    types::{self, Id, Instant},
};

impl LectureRepository for Session {
    fn find(&mut self, id: LectureId) -> Pending<'_, Option<(Lecture, Class)>> {
        Box::pin(async move {
            let query = move || {
                lectures::table
                    .inner_join(classes::table)
                    .filter(lectures::id.eq(types::id(id)))
                    .select((LectureRow::as_select(), ClassRow::as_select()))
            };
            with_class(self.rows(query).await?)
        })
    }

    fn find_to_mark(&mut self, id: LectureId) -> Pending<'_, Option<(Lecture, Class)>> {
        Box::pin(async move {
            let query = move || {
                dialect::keeping!(
                    lectures::table
                        .inner_join(classes::table)
                        .filter(lectures::id.eq(types::id(id)))
                        .select((LectureRow::as_select(), ClassRow::as_select())),
                    classes
                )
            };
            with_class(self.rows(query).await?)
        })
    }

    fn find_for_update(&mut self, id: LectureId) -> Pending<'_, Option<(Lecture, Class)>> {
        Box::pin(async move {
            let query = move || {
                dialect::for_update!(
                    lectures::table
                        .inner_join(classes::table)
                        .filter(lectures::id.eq(types::id(id)))
                        .select((LectureRow::as_select(), ClassRow::as_select())),
                    lectures, keeping classes
                )
            };
            with_class(self.rows(query).await?)
        })
    }

    fn find_many<'a>(&'a mut self, ids: &'a [LectureId]) -> Pending<'a, Vec<Lecture>> {
        Box::pin(async move {
            let query = || {
                lectures::table.filter(dialect::is_one_of("lectures.id", ids)).select(LectureRow::as_select())
            };
            all::<LectureRow, _>(self.rows(query).await?)
        })
    }

    fn list<'a>(
        &'a mut self,
        listing: &'a Listing<LectureFilter, LectureSort>,
    ) -> Pending<'a, Listed<Lecture>> {
        Box::pin(async move {
            let part = Part::of(listing)?;
            let query = || part.of_query(wanted(&listing.filter)).select(LectureRow::as_select());
            let count = || wanted(&listing.filter).count();
            let (rows, total) = self.listed::<_, _, LectureRow>(&listing.window, query, count).await?;
            Ok(listed(listing, all(rows)?, total))
        })
    }

    fn of_class(&mut self, class: ClassId) -> Pending<'_, Vec<Lecture>> {
        Box::pin(async move {
            let query = move || {
                lectures::table
                    .filter(lectures::class_id.eq(types::id(class)))
                    .order(lectures::sequence)
                    .select(LectureRow::as_select())
            };
            all::<LectureRow, _>(self.rows(query).await?)
        })
    }

    fn last_sequence(&mut self, class: ClassId) -> Pending<'_, i32> {
        Box::pin(async move {
            let query = move || {
                lectures::table
                    .filter(lectures::class_id.eq(types::id(class)))
                    .order(lectures::sequence.desc())
                    .select(lectures::sequence)
                    .limit(1)
            };
            let rows: Vec<i32> = self.rows(query).await?;
            Ok(rows.into_iter().next().unwrap_or_default())
        })
    }

    fn last_day_begun(&mut self, class: ClassId, as_of: DateTime<Utc>) -> Pending<'_, Option<NaiveDate>> {
        Box::pin(async move {
            let query = move || {
                lectures::table
                    .filter(lectures::class_id.eq(types::id(class)))
                    .filter(lectures::lecture_date.le(types::time(as_of)))
                    .order((lectures::lecture_date.desc(), lectures::id.desc()))
                    .select(lectures::lecture_on)
                    .limit(1)
            };
            let rows: Vec<NaiveDate> = self.rows(query).await?;
            Ok(rows.into_iter().next())
        })
    }

    fn insert_many<'a>(&'a mut self, lectures: &'a [Lecture]) -> Pending<'a, ()> {
        Box::pin(async move {
            let rows: Vec<LectureRow> = lectures.iter().map(LectureRow::from).collect();
            self.insert_rows(&rows).await
        })
    }

    fn append<'a>(&'a mut self, lecture: &'a Lecture) -> Pending<'a, i32> {
        Box::pin(async move {
            let values = LectureRow::COLUMNS.iter().map(|column| match *column {
                "sequence" => "COALESCE((SELECT max(earlier.sequence) FROM lectures AS earlier \
                     WHERE earlier.class_id = given.class_id), 0) + 1"
                    .to_owned(),
                column => format!("given.{column}"),
            });
            let values: Vec<String> = values.collect();
            let before = format!(
                "INSERT INTO lectures ({}) SELECT {} FROM ",
                LectureRow::COLUMNS.join(", "),
                values.join(", ")
            );
            let insert = given_fragment(before, &[LectureRow::from(lecture)], " RETURNING sequence")?;
            let rows: Vec<i32> = self.rows(|| insert.clone().into_statement::<Integer>()).await?;
            rows.into_iter().next().ok_or_else(|| backend(WrongCount { written: 0, wanted: 1 }))
        })
    }

    fn update<'a>(&'a mut self, lecture: &'a Lecture) -> Pending<'a, ()> {
        Box::pin(async move { self.update_rows(&[LectureRow::from(lecture)]).await })
    }

    fn renumber<'a>(&'a mut self, lectures: &'a [Lecture]) -> Pending<'a, ()> {
        Box::pin(async move {
            // The unique rule looks at each row as it is written, so all numbers step out of the way first.
            let ids: Vec<LectureId> = lectures.iter().map(|lecture| lecture.id).collect();
            let aside = Fragment::sql("UPDATE lectures SET sequence = -sequence WHERE ")
                .append(dialect::is_one_of("lectures.id", &ids));
            self.execute(aside.into_statement::<()>()).await?;
            let rows: Vec<LectureRow> = lectures.iter().map(LectureRow::from).collect();
            self.update_rows(&rows).await
        })
    }

    fn nearby<'a>(&'a mut self, lectures: &'a [LectureId]) -> Pending<'a, Vec<NearbyLecture>> {
        Box::pin(async move {
            let rows: Vec<NearbyRow> = self.rows(|| nearby(lectures)).await?;
            Ok(rows.into_iter().map(nearby_lecture).collect())
        })
    }

    fn delete(&mut self, id: LectureId) -> Pending<'_, ()> {
        Box::pin(async move {
            let written = self.execute(diesel::delete(lectures::table.find(types::id(id)))).await?;
            wrote_one(written, RepositoryError::Stale)
        })
    }
}

type NearbyTypes = (Id, Id, Id, Instant, Integer, Nullable<Id>);
type NearbyRow = (LectureId, LectureId, ClassId, DateTime<Utc>, i32, Option<UserId>);

/// Lectures at the same place, and lectures of those who teach the class on both days. No lecture takes more than a
/// day, so what starts more than a day apart can't overlap.
fn nearby(lectures: &[LectureId]) -> Statement<NearbyTypes> {
    let columns = "mine.id, other.id, other.class_id, other.lecture_date, other.duration_minutes";
    let near = format!(
        "other.id <> mine.id AND other.cancelled_at IS NULL AND other.lecture_date > {} AND other.lecture_date < {}",
        dialect::days_from("mine.lecture_date", -1),
        dialect::days_from("mine.lecture_date", 1),
    );
    let teaches = |who: &str, lecture: &str| {
        format!(
            "{who}.role = 'lecturer' AND {who}.enrolled_on <= {lecture}.lecture_on \
             AND ({who}.left_on IS NULL OR {who}.left_on > {lecture}.lecture_on)"
        )
    };
    let active = "JOIN classes ON classes.id = other.class_id AND classes.is_active";
    Fragment::sql(format!(
        "SELECT {columns}, CAST(NULL AS uuid) FROM lectures AS mine \
         JOIN lectures AS other ON other.place = mine.place AND {near} {active} WHERE "
    ))
    .append(dialect::is_one_of("mine.id", lectures))
    .then(format!(
        " UNION SELECT {columns}, there.user_id FROM lectures AS mine \
         JOIN enrolments AS here ON here.class_id = mine.class_id AND {} \
         JOIN enrolments AS there ON there.user_id = here.user_id AND there.role = 'lecturer' \
         JOIN lectures AS other ON other.class_id = there.class_id AND {near} AND {} {active} WHERE ",
        teaches("here", "mine"),
        teaches("there", "other"),
    ))
    .append(dialect::is_one_of("mine.id", lectures))
    .then(" ORDER BY 1, 4, 2, 6 LIMIT 1000")
    .into_statement()
}

fn nearby_lecture(
    (of, lecture_id, class_id, starts_at, duration_minutes, lecturer): NearbyRow,
) -> NearbyLecture {
    NearbyLecture { of, other: OtherLecture { lecture_id, class_id, starts_at }, duration_minutes, lecturer }
}

fn with_class(rows: Vec<(LectureRow, ClassRow)>) -> RepositoryResult<Option<(Lecture, Class)>> {
    match rows.into_iter().next() {
        Some((lecture, class)) => Ok(Some((lecture.try_into()?, class.try_into()?))),
        None => Ok(None),
    }
}

fn wanted(filter: &LectureFilter) -> lectures::BoxedQuery<'_, Db> {
    let mut query = lectures::table.filter(lectures::class_id.eq(types::id(filter.class_id))).into_boxed();
    if let Some(from) = filter.from {
        query = query.filter(lectures::lecture_date.ge(types::time(from)));
    }
    if let Some(to) = filter.to {
        query = query.filter(lectures::lecture_date.lt(types::time(to)));
    }
    if let Some(attendance_type) = filter.attendance_type {
        query = query.filter(lectures::attendance_type.eq(attendance_type.as_str()));
    }
    query
}
