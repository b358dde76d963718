//! What there is to tell, and whether what was told still holds.
//!
//! What is told is written once for each kind, in `cause_conditions`, as a condition on a row called `notice`: of people who could
//! be told when notices are planned, of notices when they are sent or looked at again.

use std::ops::Range;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use diesel::{
    prelude::*,
    sql_types::{Bool, Date, Integer, Nullable, Text},
};
use madang_domain::{
    calendar::{TimeZone, local_day},
    certification::CertificateNumber,
    error::{Pending, RepositoryResult},
    ids::{AnnouncementId, ClassId, LectureId, NoticeId, UserId},
    notifications::{Candidate, CauseRepository, DueLecture, Facts, LectureCause, NoticeKind},
};
use uuid::Uuid;

use super::{
    Session,
    bulk::given_fragment,
    cause_conditions::{ON_THE_DAY, stands},
    dialect,
};
use crate::{
    fragment::{Fragment, Statement},
    rows::{
        known,
        lectures::LectureRow,
        notices::{LectureCauseRow, RemindersRow},
        parsed,
    },
    schema::{class_reminders, classes, lectures},
    types::{self, Id, Instant},
};

/// Users who may sign in and have somewhere to read.
const READERS: &str = "JOIN users ON users.is_active AND users.suspended_at IS NULL \
     AND users.withdrawn_at IS NULL AND users.auth_type <> 'temp' AND users.id =";
/// Nobody who could be told was told already.
const UNTOLD: &str = "NOT EXISTS (SELECT 1 FROM notices AS told WHERE told.user_id = notice.user_id \
     AND told.kind = notice.kind AND told.subject_id = notice.subject_id AND told.cause = notice.cause \
     AND told.cancelled_at IS NULL)";

/// Who, what, of what, in which class, of which version.
type Told = (Id, Text, Id, Nullable<Id>, Nullable<Text>, Nullable<Integer>);
type ToldRow = (UserId, String, Uuid, Option<ClassId>, Option<String>, Option<i32>);
type AbsenceRow = (ToldRow, (LectureId, String, DateTime<Utc>));
type CertificateTypes = (Told, (Text, Integer, Nullable<Instant>));
type CertificateRow = (ToldRow, (String, i32, Option<DateTime<Utc>>));

impl CauseRepository for Session {
    fn lectures_starting(&mut self, within: Range<DateTime<Utc>>) -> Pending<'_, Vec<DueLecture>> {
        Box::pin(async move {
            let query = || {
                lectures::table
                    .inner_join(classes::table)
                    .left_join(class_reminders::table.on(class_reminders::class_id.eq(lectures::class_id)))
                    .filter(lectures::lecture_date.ge(types::time(within.start)))
                    .filter(lectures::lecture_date.lt(types::time(within.end)))
                    .filter(lectures::cancelled_at.is_null())
                    .filter(classes::is_active)
                    .filter(classes::closed_at.is_null())
                    .select((LectureRow::as_select(), classes::title, Option::<RemindersRow>::as_select()))
            };
            let rows: Vec<(LectureRow, String, Option<RemindersRow>)> = self.rows(query).await?;
            rows.into_iter()
                .map(|(lecture, class_title, reminders)| {
                    let reminders = reminders.map(|row| row.reminders());
                    Ok(DueLecture { lecture: lecture.try_into()?, class_title, reminders })
                })
                .collect()
        })
    }

    fn untold_of<'a>(
        &'a mut self,
        kind: NoticeKind,
        lectures: &'a [LectureCause],
        now: DateTime<Utc>,
    ) -> Pending<'a, Vec<(LectureId, UserId)>> {
        Box::pin(async move {
            let rows: Vec<LectureCauseRow<'_>> = lectures.iter().map(LectureCauseRow::from).collect();
            let before = format!(
                "SELECT notice.subject_id, notice.user_id FROM (SELECT users.id AS user_id, '{}' AS kind, \
                 given.subject_id, given.cause, given.subject_at FROM ",
                kind.as_str()
            );
            let after = format!(
                " JOIN lectures ON lectures.id = given.subject_id JOIN enrolments ON {ON_THE_DAY} \
                 {READERS} enrolments.user_id) AS notice WHERE {UNTOLD} AND "
            );
            let query = given_fragment(before, &rows, after)?.append(stands(kind, now, true));
            self.rows(move || query.clone().into_statement::<(Id, Id)>()).await
        })
    }

    fn absences(
        &mut self,
        marked: Range<DateTime<Utc>>,
        lectures_from: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Pending<'_, Vec<Candidate>> {
        Box::pin(async move {
            let query = || -> Statement<(Told, (Id, Text, Instant))> {
                Fragment::sql(
                    "SELECT notice.user_id, notice.kind, notice.subject_id, notice.class_id, notice.class_title, \
                     notice.version, notice.lecture_id, notice.title, notice.subject_at FROM \
                     (SELECT attendances.user_id, 'absence' AS kind, attendances.id AS subject_id, '' AS cause, \
                     lectures.lecture_date AS subject_at, lectures.id AS lecture_id, lectures.title, \
                     classes.id AS class_id, classes.title AS class_title, attendances.version FROM attendances \
                     JOIN lectures ON lectures.id = attendances.lecture_id \
                     JOIN classes ON classes.id = lectures.class_id ",
                )
                .then(format!("{READERS} attendances.user_id "))
                .then("WHERE attendances.status = 'absent' AND attendances.updated_at >= ")
                .bind(marked.start)
                .then(" AND attendances.updated_at < ")
                .bind(marked.end)
                .then(" AND lectures.lecture_date >= ")
                .bind(lectures_from)
                .then(format!(") AS notice WHERE {UNTOLD} AND "))
                .append(stands(NoticeKind::Absence, now, true))
                .into_statement()
            };
            let rows: Vec<AbsenceRow> = self.rows(query).await?;
            rows.into_iter()
                .map(|(told, (lecture_id, title, starts_at))| {
                    let mut found = candidate(told)?;
                    found.facts.lecture_id = Some(lecture_id);
                    found.facts.lecture_title = Some(title);
                    found.facts.starts_at = Some(starts_at);
                    found.subject_at = Some(starts_at);
                    Ok(found)
                })
                .collect()
        })
    }

    fn warnings(&mut self, since: DateTime<Utc>, now: DateTime<Utc>) -> Pending<'_, Vec<Candidate>> {
        Box::pin(async move {
            let query = || -> Statement<Told> {
                Fragment::sql(
                    "SELECT notice.user_id, notice.kind, notice.subject_id, notice.class_id, notice.class_title, \
                     NULL FROM (SELECT attendance_warnings.user_id, attendance_warnings.kind, \
                     attendance_warnings.class_id AS subject_id, '' AS cause, classes.id AS class_id, \
                     classes.title AS class_title FROM attendance_warnings \
                     JOIN classes ON classes.id = attendance_warnings.class_id ",
                )
                .then(format!("{READERS} attendance_warnings.user_id WHERE attendance_warnings.at >= "))
                .bind(since)
                .then(format!(") AS notice WHERE {UNTOLD} AND "))
                .append(stands(NoticeKind::AtRisk, now, true))
                .into_statement()
            };
            let rows: Vec<ToldRow> = self.rows(query).await?;
            rows.into_iter().map(candidate).collect()
        })
    }

    fn leave_results(&mut self, since: DateTime<Utc>, _now: DateTime<Utc>) -> Pending<'_, Vec<Candidate>> {
        Box::pin(async move {
            let query = || -> Statement<(Told, (Date, Date))> {
                Fragment::sql(
                    "SELECT notice.user_id, notice.kind, notice.subject_id, notice.class_id, notice.class_title, \
                     notice.version, notice.first_on, notice.last_on FROM (SELECT leave_requests.user_id, \
                     CASE leave_requests.status WHEN 'approved' THEN 'leave_approved' \
                     WHEN 'rejected' THEN 'leave_rejected' ELSE 'leave_revoked' END AS kind, \
                     leave_requests.id AS subject_id, '' AS cause, classes.id AS class_id, \
                     classes.title AS class_title, leave_requests.version, leave_requests.first_on, \
                     leave_requests.last_on FROM leave_requests \
                     JOIN classes ON classes.id = leave_requests.class_id ",
                )
                .then(format!("{READERS} leave_requests.user_id "))
                .then(
                    "WHERE leave_requests.decided_at IS NOT NULL AND leave_requests.status <> 'pending' \
                     AND leave_requests.id IN (SELECT events.subject_id FROM events WHERE events.kind IN \
                     ('leave_request.approved', 'leave_request.rejected', 'leave_request.withdrawn') \
                     AND events.occurred_at >= ",
                )
                .bind(since)
                .then(format!(")) AS notice WHERE {UNTOLD}"))
                .into_statement()
            };
            let rows: Vec<(ToldRow, (NaiveDate, NaiveDate))> = self.rows(query).await?;
            rows.into_iter()
                .map(|(told, (first_on, last_on))| {
                    let mut found = candidate(told)?;
                    found.facts.first_on = Some(first_on);
                    found.facts.last_on = Some(last_on);
                    Ok(found)
                })
                .collect()
        })
    }

    fn certificates(&mut self, since: DateTime<Utc>, now: DateTime<Utc>) -> Pending<'_, Vec<Candidate>> {
        Box::pin(async move {
            self.write_journal().await?;
            // One that was brought from elsewhere is news to nobody.
            let issued_from = since - TimeDelta::days(7);
            let query = || -> Statement<CertificateTypes> {
                Fragment::sql(
                    "SELECT notice.user_id, notice.kind, notice.subject_id, NULL, NULL, notice.version, \
                     notice.title, notice.number, notice.expires_at FROM (SELECT certifications.user_id, \
                     CASE events.kind WHEN 'certification.issued' THEN 'certificate_issued' \
                     WHEN 'certification.revoked' THEN 'certificate_revoked' ELSE 'certificate_expiring' END AS kind, \
                     certifications.id AS subject_id, '' AS cause, certifications.version, courses.title, \
                     certifications.number, certifications.expires_at FROM events \
                     JOIN certifications ON certifications.id = events.subject_id \
                     JOIN courses ON courses.id = certifications.course_id ",
                )
                .then(format!("{READERS} certifications.user_id "))
                .then(
                    "WHERE events.kind IN ('certification.issued', 'certification.revoked', \
                     'certification.expiring') AND events.occurred_at >= ",
                )
                .bind(since)
                .then(
                    " AND certifications.state = CASE events.kind WHEN 'certification.revoked' THEN 'revoked' \
                     ELSE 'issued' END AND (events.kind <> 'certification.issued' OR certifications.issued_at >= ",
                )
                .bind(issued_from)
                .then(
                    ") AND (certifications.state = 'revoked' OR certifications.expires_at IS NULL \
                     OR certifications.expires_at > ",
                )
                .bind(now)
                .then(format!(")) AS notice WHERE {UNTOLD}"))
                .into_statement()
            };
            let rows: Vec<CertificateRow> = self.rows(query).await?;
            rows.into_iter()
                .map(|(told, (course_title, number, expires_at))| {
                    let mut found = candidate(told)?;
                    let number = parsed(CertificateNumber::from_integer(number), "certifications.number")?;
                    found.facts.course_title = Some(course_title);
                    found.facts.number = Some(number.to_string());
                    found.facts.expires_on =
                        expires_at.map(|at| local_day(at - TimeDelta::seconds(1), TimeZone::SEOUL));
                    Ok(found)
                })
                .collect()
        })
    }

    fn audience(&mut self, announcement: AnnouncementId, now: DateTime<Utc>) -> Pending<'_, Vec<Candidate>> {
        Box::pin(async move {
            let query = move || -> Statement<(Told, (Text, Text, Bool))> {
                Fragment::sql(
                    "SELECT DISTINCT notice.user_id, notice.kind, notice.subject_id, notice.class_id, \
                     notice.class_title, notice.version, notice.title, notice.body, notice.is_urgent FROM \
                     (SELECT enrolments.user_id, 'announcement' AS kind, announcements.id AS subject_id, '' AS cause, \
                     classes.id AS class_id, classes.title AS class_title, announcements.version, \
                     announcements.title, announcements.body, announcements.is_urgent FROM announcements \
                     JOIN classes ON classes.id = announcements.class_id \
                     JOIN enrolments ON enrolments.class_id = classes.id ",
                )
                .then(format!("{READERS} enrolments.user_id "))
                .then("AND (announcements.created_by IS NULL OR announcements.created_by <> users.id) ")
                .then("WHERE announcements.id = ")
                .bind(announcement.0)
                .then(format!(") AS notice WHERE {UNTOLD} AND "))
                .append(stands(NoticeKind::Announcement, now, true))
                .into_statement()
            };
            let rows: Vec<(ToldRow, (String, String, bool))> = self.rows(query).await?;
            rows.into_iter()
                .map(|(told, (title, body, is_urgent))| {
                    let mut found = candidate(told)?;
                    found.facts.title = Some(title);
                    found.facts.body = Some(body);
                    found.facts.is_urgent = is_urgent;
                    Ok(found)
                })
                .collect()
        })
    }

    fn holding<'a>(
        &'a mut self,
        kind: NoticeKind,
        ids: &'a [NoticeId],
        now: DateTime<Utc>,
    ) -> Pending<'a, Vec<NoticeId>> {
        Box::pin(async move {
            let query = || -> Statement<Id> {
                Fragment::sql(
                    "SELECT notice.id FROM notices AS notice WHERE notice.cancelled_at IS NULL AND ",
                )
                .append(dialect::is_one_of("notice.id", ids))
                .then(" AND ")
                .append(stands(kind, now, true))
                .into_statement()
            };
            self.rows(query).await
        })
    }

    fn retract(&mut self, kind: NoticeKind, since: DateTime<Utc>, now: DateTime<Utc>) -> Pending<'_, usize> {
        Box::pin(async move {
            let statement = Fragment::sql("UPDATE notices AS notice SET cancelled_at = ")
                .bind(now)
                .then(", changed_at = ")
                .bind(now)
                .then(format!(" WHERE notice.kind = '{}' AND notice.created_at >= ", kind.as_str()))
                .bind(since)
                .then(
                    " AND notice.read_at IS NULL AND notice.deleted_at IS NULL \
                     AND notice.cancelled_at IS NULL AND NOT ",
                )
                .append(stands(kind, now, false));
            self.execute(statement.into_statement::<()>()).await
        })
    }
}

fn candidate(
    (user_id, kind, subject_id, class_id, class_title, version): ToldRow,
) -> RepositoryResult<Candidate> {
    Ok(Candidate {
        user_id,
        kind: known(NoticeKind::parse(&kind), "notices.kind")?,
        subject_id,
        cause: String::new(),
        subject_at: None,
        facts: Facts { class_id, class_title, version, ..Facts::default() },
    })
}
