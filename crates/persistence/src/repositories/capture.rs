//! Check-in sessions, what learners do in them, and who is in.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use madang_domain::{
    attendance::{
        Attendance,
        capture::{Board, BoardEntry, CaptureRepository, CheckInSession, Door, Guesses},
    },
    error::{Pending, RepositoryResult},
    ids::{AttendanceId, EnrolmentId, LectureId, UserId},
};

use super::{Session, all, dialect, one};
use crate::{
    fragment::Fragment,
    rows::{
        attendances::AttendanceRow, capture::CheckInSessionRow, classes::ClassRow, lectures::LectureRow,
        users::UserSummaryRow,
    },
    schema::{attendances, check_in_guesses, check_in_sessions, classes, enrolments, lectures, users},
    types::{self, Id},
};

type DoorRow = (
    LectureRow,
    ClassRow,
    Option<CheckInSessionRow>,
    Option<EnrolmentId>,
    Option<AttendanceRow>,
    Option<(i32, DateTime<Utc>)>,
);

/// Of the given marks, those of learners who are expected at a lecture that takes place in an open class. A mark that is there
/// already stays as it is; whoever makes the same mark at the same moment is waited for, nobody else.
fn of_expected() -> String {
    format!(
        " JOIN lectures ON lectures.id = given.lecture_id AND lectures.cancelled_at IS NULL \
          JOIN classes ON classes.id = lectures.class_id AND classes.closed_at IS NULL \
          WHERE EXISTS (SELECT 1 FROM enrolments WHERE enrolments.class_id = lectures.class_id \
              AND enrolments.user_id = given.user_id AND enrolments.role = 'learner' \
              AND enrolments.enrolled_on <= lectures.lecture_on \
              AND (enrolments.left_on IS NULL OR enrolments.left_on > lectures.lecture_on)){} \
          ON CONFLICT (lecture_id, user_id) DO NOTHING RETURNING id",
        dialect::KEEPING_CLASSES
    )
}

/// A learner whose enrolment holds on the day of the lecture.
macro_rules! expected {
    () => {
        enrolments::class_id
            .eq(lectures::class_id)
            .and(enrolments::role.eq("learner"))
            .and(enrolments::enrolled_on.le(lectures::lecture_on))
            .and(
                enrolments::left_on
                    .is_null()
                    .or(enrolments::left_on.assume_not_null().gt(lectures::lecture_on)),
            )
    };
}

impl CaptureRepository for Session {
    fn door(&mut self, lecture: LectureId, user: UserId) -> Pending<'_, Option<Door>> {
        Box::pin(async move {
            let query = move || {
                lectures::table
                    .inner_join(classes::table)
                    .left_join(check_in_sessions::table.on(check_in_sessions::lecture_id.eq(lectures::id)))
                    .left_join(enrolments::table.on(expected!().and(enrolments::user_id.eq(types::id(user)))))
                    .left_join(
                        attendances::table.on(attendances::lecture_id
                            .eq(lectures::id)
                            .and(attendances::user_id.eq(types::id(user)))),
                    )
                    .left_join(
                        check_in_guesses::table.on(check_in_guesses::lecture_id
                            .eq(lectures::id)
                            .and(check_in_guesses::user_id.eq(types::id(user)))),
                    )
                    .filter(lectures::id.eq(types::id(lecture)))
                    .select((
                        LectureRow::as_select(),
                        ClassRow::as_select(),
                        Option::<CheckInSessionRow>::as_select(),
                        enrolments::id.nullable(),
                        Option::<AttendanceRow>::as_select(),
                        (check_in_guesses::wrong, check_in_guesses::since).nullable(),
                    ))
            };
            let rows: Vec<DoorRow> = self.rows(query).await?;
            rows.into_iter().next().map(door).transpose()
        })
    }

    fn find_session(&mut self, lecture: LectureId) -> Pending<'_, Option<CheckInSession>> {
        Box::pin(async move {
            let query = move || {
                check_in_sessions::table
                    .filter(check_in_sessions::lecture_id.eq(types::id(lecture)))
                    .select(CheckInSessionRow::as_select())
            };
            let rows: Vec<CheckInSessionRow> = self.rows(query).await?;
            one(rows)
        })
    }

    fn insert_session<'a>(&'a mut self, session: &'a CheckInSession) -> Pending<'a, ()> {
        Box::pin(async move { self.insert_rows(&[CheckInSessionRow::from(session)]).await })
    }

    fn update_session<'a>(&'a mut self, session: &'a CheckInSession) -> Pending<'a, ()> {
        Box::pin(async move { self.update_rows(&[CheckInSessionRow::from(session)]).await })
    }

    fn unsettled(&mut self, now: DateTime<Utc>, most: i64) -> Pending<'_, Vec<CheckInSession>> {
        Box::pin(async move {
            let query = move || {
                check_in_sessions::table
                    .filter(check_in_sessions::settled_at.is_null())
                    .filter(check_in_sessions::closes_at.le(types::time(now)))
                    .order((check_in_sessions::closes_at, check_in_sessions::id))
                    .limit(most)
                    .select(CheckInSessionRow::as_select())
            };
            let rows: Vec<CheckInSessionRow> = self.rows(query).await?;
            all(rows)
        })
    }

    fn insert_expected<'a>(&'a mut self, marks: &'a [Attendance]) -> Pending<'a, Vec<AttendanceId>> {
        Box::pin(async move {
            let rows: Vec<AttendanceRow> = marks.iter().map(AttendanceRow::from).collect();
            self.insert_rows_where::<_, Id, AttendanceId>(&rows, of_expected()).await
        })
    }

    fn count_wrong_code(
        &mut self,
        lecture: LectureId,
        user: UserId,
        now: DateTime<Utc>,
        forgotten: DateTime<Utc>,
    ) -> Pending<'_, ()> {
        Box::pin(async move {
            let statement = Fragment::sql("INSERT INTO check_in_guesses (lecture_id, user_id, wrong, since) VALUES (")
                .bind(lecture.0)
                .then(", ")
                .bind(user.0)
                .then(", 1, ")
                .bind(now)
                .then(") ON CONFLICT (lecture_id, user_id) DO UPDATE SET wrong = CASE WHEN check_in_guesses.since <= ")
                .bind(forgotten)
                .then(" THEN 1 ELSE check_in_guesses.wrong + 1 END, since = CASE WHEN check_in_guesses.since <= ")
                .bind(forgotten)
                .then(" THEN excluded.since ELSE check_in_guesses.since END")
                .into_statement::<()>();
            self.execute(statement).await.map(drop)
        })
    }

    fn forget_wrong_codes(&mut self, before: DateTime<Utc>) -> Pending<'_, usize> {
        Box::pin(async move {
            let old = check_in_guesses::table.filter(check_in_guesses::since.lt(types::time(before)));
            self.execute(diesel::delete(old)).await
        })
    }

    fn board(&mut self, lecture: LectureId) -> Pending<'_, Board> {
        Box::pin(async move {
            let query = move || {
                lectures::table
                    .inner_join(enrolments::table.on(expected!()))
                    .inner_join(users::table.on(users::id.eq(enrolments::user_id)))
                    .left_join(
                        attendances::table.on(attendances::lecture_id
                            .eq(types::id(lecture))
                            .and(attendances::user_id.eq(enrolments::user_id))),
                    )
                    .filter(lectures::id.eq(types::id(lecture)))
                    .order((users::name, users::id))
                    .select((UserSummaryRow::as_select(), Option::<AttendanceRow>::as_select()))
            };
            let rows: Vec<(UserSummaryRow, Option<AttendanceRow>)> = self.rows(query).await?;
            let entries = rows.into_iter().map(|(user, mark)| {
                Ok(BoardEntry { user: user.into(), mark: mark.map(Attendance::try_from).transpose()? })
            });
            Ok(Board { entries: entries.collect::<RepositoryResult<_>>()? })
        })
    }
}

fn door((lecture, class, session, enrolment, mark, guesses): DoorRow) -> RepositoryResult<Door> {
    Ok(Door {
        lecture: lecture.try_into()?,
        class: class.try_into()?,
        session: session.map(CheckInSession::try_from).transpose()?,
        is_learner: enrolment.is_some(),
        mark: mark.map(Attendance::try_from).transpose()?,
        guesses: guesses.map(|(wrong, since)| Guesses { wrong, since }),
    })
}
