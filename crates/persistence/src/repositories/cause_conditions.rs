//! What must be true for a notice to be told, kind by kind: a condition on a row called `notice`.

use chrono::{DateTime, TimeDelta, Utc};
use madang_domain::{
    calendar::{TimeZone, local_day},
    notifications::NoticeKind,
};

use super::dialect;
use crate::fragment::Fragment;

/// The place of the person in the class of the lecture holds on its day.
pub(super) const ON_THE_DAY: &str = "enrolments.class_id = lectures.class_id \
     AND enrolments.enrolled_on <= lectures.lecture_on \
     AND (enrolments.left_on IS NULL OR enrolments.left_on > lectures.lecture_on)";
/// Whether what `notice` tells is true; see the table at [`CauseRepository`]. Without `timely` it does not matter that time has
/// passed.
pub(super) fn stands(kind: NoticeKind, now: DateTime<Utc>, timely: bool) -> Fragment {
    let today = local_day(now, TimeZone::default());
    let in_time = |condition: Fragment| if timely { condition } else { Fragment::sql("") };
    match kind {
        NoticeKind::LectureStart => Fragment::sql(format!(
            "EXISTS ({} AND (enrolments.role <> 'learner' OR {})",
            of_lecture(),
            no_leave()
        ))
        .append(in_time(Fragment::sql(" AND lectures.lecture_date > ").bind(now)))
        .then(")"),
        NoticeKind::CheckInReminder => Fragment::sql(format!(
            "EXISTS ({} AND enrolments.role = 'learner' AND lectures.attendance_type IN ('in_person', 'online') \
             AND {} AND NOT EXISTS (SELECT 1 FROM attendances WHERE attendances.lecture_id = lectures.id \
             AND attendances.user_id = notice.user_id)",
            of_lecture(),
            no_leave()
        ))
        .append(in_time(
            Fragment::sql(format!(" AND {} > ", dialect::END_OF_LECTURE))
                .bind(now)
                .then(
                    " AND (EXISTS (SELECT 1 FROM attendances AS others WHERE others.lecture_id = lectures.id) \
                     OR EXISTS (SELECT 1 FROM check_in_sessions WHERE check_in_sessions.lecture_id = lectures.id \
                     AND check_in_sessions.opens_at <= ",
                )
                .bind(now)
                .then(" AND check_in_sessions.closes_at > ")
                .bind(now)
                .then("))"),
        ))
        .then(")"),
        NoticeKind::MarkingReminder => Fragment::sql(format!(
            "EXISTS ({} AND enrolments.role <> 'learner' AND NOT EXISTS (SELECT 1 FROM attendances \
             WHERE attendances.lecture_id = lectures.id) AND EXISTS (SELECT 1 FROM enrolments AS expected \
             WHERE expected.class_id = lectures.class_id AND expected.role = 'learner' \
             AND expected.enrolled_on <= lectures.lecture_on \
             AND (expected.left_on IS NULL OR expected.left_on > lectures.lecture_on))",
            of_lecture()
        ))
        .append(in_time(Fragment::sql(" AND lectures.lecture_date > ").bind(now - TimeDelta::days(1))))
        .then(")"),
        NoticeKind::Absence => Fragment::sql(format!(
            "EXISTS (SELECT 1 FROM attendances JOIN lectures ON lectures.id = attendances.lecture_id \
             AND lectures.cancelled_at IS NULL JOIN classes ON classes.id = lectures.class_id \
             AND classes.is_active AND classes.closed_at IS NULL JOIN enrolments ON {ON_THE_DAY} \
             AND enrolments.user_id = notice.user_id AND enrolments.role = 'learner' \
             WHERE attendances.id = notice.subject_id AND attendances.user_id = notice.user_id \
             AND attendances.status = 'absent' AND {} AND (enrolments.left_on IS NULL OR enrolments.left_on > ",
            no_leave()
        ))
        .bind(today)
        .then("))"),
        NoticeKind::AtRisk | NoticeKind::Unreachable => Fragment::sql(
            "EXISTS (SELECT 1 FROM enrolments JOIN classes ON classes.id = enrolments.class_id \
             AND classes.is_active AND classes.closed_at IS NULL WHERE enrolments.class_id = notice.subject_id \
             AND enrolments.user_id = notice.user_id AND enrolments.role = 'learner' \
             AND enrolments.status <> 'waiting' AND (enrolments.left_on IS NULL OR enrolments.left_on > ",
        )
        .bind(today)
        .then("))"),
        NoticeKind::LeaveApproved => of_leave("approved"),
        NoticeKind::LeaveRejected => of_leave("rejected"),
        NoticeKind::LeaveRevoked => of_leave("withdrawn"),
        NoticeKind::CertificateIssued | NoticeKind::CertificateExpiring => Fragment::sql(
            "EXISTS (SELECT 1 FROM certifications WHERE certifications.id = notice.subject_id \
             AND certifications.user_id = notice.user_id AND certifications.state IN ('issued', 'expired')",
        )
        .append(in_time(
            Fragment::sql(
                " AND certifications.state = 'issued' \
                 AND (certifications.expires_at IS NULL OR certifications.expires_at > ",
            )
            .bind(now)
            .then(")"),
        ))
        .then(")"),
        NoticeKind::CertificateRevoked => Fragment::sql(
            "EXISTS (SELECT 1 FROM certifications WHERE certifications.id = notice.subject_id \
             AND certifications.user_id = notice.user_id AND certifications.state = 'revoked')",
        ),
        NoticeKind::Announcement => Fragment::sql(
            "EXISTS (SELECT 1 FROM announcements JOIN classes ON classes.id = announcements.class_id \
             AND classes.is_active JOIN enrolments ON enrolments.class_id = classes.id \
             WHERE announcements.id = notice.subject_id AND announcements.withdrawn_at IS NULL \
             AND enrolments.user_id = notice.user_id AND enrolments.status <> 'waiting' \
             AND (enrolments.left_on IS NULL OR enrolments.left_on > ",
        )
        .bind(today)
        .then("))"),
    }
}

/// A lecture that takes place when it was told to, and the place of the person on its day.
fn of_lecture() -> String {
    format!(
        "SELECT 1 FROM lectures JOIN classes ON classes.id = lectures.class_id AND classes.is_active \
         AND classes.closed_at IS NULL JOIN enrolments ON {ON_THE_DAY} \
         AND enrolments.user_id = notice.user_id WHERE lectures.id = notice.subject_id \
         AND lectures.lecture_date = notice.subject_at AND lectures.cancelled_at IS NULL"
    )
}

/// Nobody has approved that the person misses the lecture.
fn no_leave() -> String {
    format!(
        "NOT EXISTS (SELECT 1 FROM leave_requests WHERE leave_requests.class_id = lectures.class_id \
         AND leave_requests.user_id = notice.user_id AND leave_requests.status = 'approved' \
         AND CASE WHEN leave_requests.lecture_ids IS NULL \
         THEN lectures.lecture_on BETWEEN leave_requests.first_on AND leave_requests.last_on ELSE {} END)",
        dialect::LEAVE_NAMES_LECTURE
    )
}

fn of_leave(status: &str) -> Fragment {
    Fragment::sql(format!(
        "EXISTS (SELECT 1 FROM leave_requests WHERE leave_requests.id = notice.subject_id \
         AND leave_requests.user_id = notice.user_id AND leave_requests.status = '{status}')"
    ))
}
