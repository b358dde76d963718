//! The Open University Learning Analytics Dataset, mapped to classes, lectures and marks.
//!
//! Kuzilek, Hlosta, Zdrahal: Scientific Data 4:170171 (2017), doi 10.1038/sdata.2017.171. The mapping: a class is a
//! module with a presentation (`AAA-2013J`), a course a module, a lecture a submission. `date`, `date_registration` and
//! `date_unregistration` are days relative to the beginning of the class. Without a registration day the enrolment
//! begins with the class, or on the day of unregistration if that is earlier. A lecture begins at 10:00 in Korea and
//! takes an hour. Users have no names in the source and are called `학습자 <id>`; completions are issued on the last
//! day of the class. `student.csv` and `course.csv` are not read.

use std::collections::HashMap;

use chrono::{Days, NaiveDate, NaiveTime};

use super::{Draft, Header};
use madang_domain::access::ClassRole;
use madang_domain::attendance::AttendanceStatus;

use crate::problem::ProblemCode;
use crate::roster::{
    AttendanceRow, CertificationRow, ClassRow, CourseRow, EnrolmentRow, ExternalId, LectureRow, UserRow,
};
use crate::row::{Rejected, Row, Seen, in_korea};
use crate::table::{Columns, TextFile, for_each_row};

const LECTURE_STARTS: NaiveTime = match NaiveTime::from_hms_opt(10, 0, 0) {
    Some(time) => time,
    None => NaiveTime::MIN,
};
const LECTURE_MINUTES: u32 = 60;

const CLASSES: Columns = Columns {
    required: &["class_id", "course_code", "code_presentation", "starts_on", "ends_on"],
    optional: Some(&[]),
};
const LECTURES: Columns = Columns {
    required: &["class_id", "lecture_id", "kind", "date", "starts_on"],
    optional: Some(&[&["weight"]]),
};
const ENROLMENTS: Columns = Columns {
    required: &["class_id", "user_id", "date_registration", "date_unregistration"],
    optional: Some(&[]),
};
const ATTENDANCES: Columns =
    Columns { required: &["class_id", "lecture_id", "user_id", "status"], optional: Some(&[]) };
const CERTIFICATIONS: Columns =
    Columns { required: &["class_id", "user_id", "final_result"], optional: Some(&[]) };

/// First and last day of each class.
type Periods = HashMap<ExternalId, (NaiveDate, NaiveDate)>;

pub(super) fn fits(headers: &[Header]) -> bool {
    headers.iter().any(|header| {
        header.has("class_id") && (header.has("code_presentation") || header.has("date_registration"))
    })
}

pub(super) fn read(files: &[TextFile], draft: &mut Draft) {
    let periods = read_classes(files, draft);
    read_lectures(files, &periods, draft);
    read_enrolments(files, &periods, draft);
    read_attendances(files, draft);
    read_certifications(files, &periods, draft);
}

fn read_classes(files: &[TextFile], draft: &mut Draft) -> Periods {
    let mut periods = Periods::new();
    let Some(file) = draft.required_file(files, "classes.csv") else { return periods };
    let Draft { roster, problems, ids } = draft;
    let mut seen = Seen::new();
    for_each_row(file, CLASSES, problems, |row| {
        let external_id = row.required_token("class_id").map(|id| ids.share(id));
        let module = row.required_token("course_code").map(|id| ids.share(id));
        let presentation = row.required_token("code_presentation");
        let (begin, end) = (row.required_date("starts_on"), row.required_date("ends_on"));
        let (external_id, course_ref, presentation) = (external_id?, module?, presentation?);
        let (begin, end) = (begin?, end?);
        if end < begin {
            return Err(row.reject("ends_on", ProblemCode::PeriodReversed, None));
        }
        seen.first(ExternalId::clone(&external_id), row, "class_id")?;
        if !roster.courses.iter().any(|course| course.external_id == course_ref) {
            roster.courses.push(CourseRow {
                at: row.at(),
                external_id: ExternalId::clone(&course_ref),
                title: (&*course_ref).into(),
                description: None,
                keyword: None,
                is_active: None,
            });
        }
        periods.insert(ExternalId::clone(&external_id), (begin, end));
        roster.classes.push(ClassRow {
            at: row.at(),
            title: format!("{course_ref} {presentation}").into(),
            external_id,
            course_ref,
            lecturer_info: None,
            date_info: Some(format!("{begin} ~ {end}").into()),
            begin_date: Some(begin),
            end_date: Some(end),
            capacity: None,
            place: None,
            apply_from: None,
            apply_until: None,
            closed_at: None,
            is_active: None,
        });
        Ok(())
    });
    periods
}

fn read_lectures(files: &[TextFile], periods: &Periods, draft: &mut Draft) {
    let Some(file) = draft.required_file(files, "lectures.csv") else { return };
    let Draft { roster, problems, ids } = draft;
    let mut seen = Seen::new();
    for_each_row(file, LECTURES, problems, |row| {
        let class = known_class(row, periods);
        let external_id = row.required_token("lecture_id").map(|id| ids.share(id));
        let kind = row.required_token("kind");
        let day = row.required("date", ProblemCode::NumberInvalid, parse_days);
        let starts_on = row.required_date("starts_on");
        let (class_ref, (begin, _)) = class?;
        let (external_id, starts_on) = (external_id?, starts_on?);
        if after(begin, day?) != Some(starts_on) {
            return Err(row.reject("starts_on", ProblemCode::ReferenceMismatch, Some("date")));
        }
        let Some(starts_at) = in_korea(starts_on, LECTURE_STARTS) else {
            return Err(row.reject("starts_on", ProblemCode::DateInvalid, None));
        };
        seen.first(ExternalId::clone(&external_id), row, "lecture_id")?;
        roster.lectures.push(LectureRow {
            at: row.at(),
            external_id,
            class_ref,
            title: kind?.into(),
            sequence: 0,
            attendance_type: None,
            starts_at,
            duration_minutes: Some(LECTURE_MINUTES),
            place: None,
            cancelled_at: None,
            cancel_reason: None,
        });
        Ok(())
    });
    number_lectures(&mut roster.lectures);
}

/// Numbers the lectures of each class by day; those of one day in the order of the file.
fn number_lectures(lectures: &mut [LectureRow]) {
    lectures
        .sort_by(|left, right| (&left.class_ref, left.starts_at).cmp(&(&right.class_ref, right.starts_at)));
    for lectures in lectures.chunk_by_mut(|left, right| left.class_ref == right.class_ref) {
        for (sequence, lecture) in (1..).zip(lectures) {
            lecture.sequence = sequence;
            lecture.title = format!("{sequence}차시 ({})", lecture.title).into();
        }
    }
}

fn read_enrolments(files: &[TextFile], periods: &Periods, draft: &mut Draft) {
    let Some(file) = draft.required_file(files, "enrolments.csv") else { return };
    let Draft { roster, problems, ids } = draft;
    let mut seen = Seen::new();
    let mut users = std::collections::HashSet::new();
    for_each_row(file, ENROLMENTS, problems, |row| {
        let class = known_class(row, periods);
        let user = row.required_token("user_id").map(|id| ids.share(id));
        let registered = row.parsed("date_registration", ProblemCode::NumberInvalid, parse_days);
        let unregistered = row.parsed("date_unregistration", ProblemCode::NumberInvalid, parse_days);
        let ((class_ref, (begin, _)), user_ref) = (class?, user?);
        let (registered, unregistered) = (registered?, unregistered?);
        let registered = registered.unwrap_or_else(|| unregistered.map_or(0, |day| day.min(0)));
        if unregistered.is_some_and(|day| day < registered) {
            return Err(row.reject("date_unregistration", ProblemCode::PeriodReversed, None));
        }
        let enrolled_on = after(begin, registered);
        let left_on = unregistered.map(|day| after(begin, day));
        let (Some(enrolled_on), Some(left_on)) =
            (enrolled_on, left_on.map_or(Some(None), |day| day.map(Some)))
        else {
            return Err(row.reject("date_registration", ProblemCode::NumberInvalid, None));
        };
        seen.first((ExternalId::clone(&class_ref), ExternalId::clone(&user_ref)), row, "user_id")?;
        if users.insert(ExternalId::clone(&user_ref)) {
            roster.users.push(user_row(row, &user_ref));
        }
        roster.enrolments.push(EnrolmentRow {
            at: row.at(),
            external_id: format!("{class_ref}/{user_ref}").into(),
            class_ref,
            user_ref,
            role: ClassRole::Learner,
            enrolled_on: Some(enrolled_on),
            left_on,
            status: None,
            transferred_from: None,
        });
        Ok(())
    });
}

fn user_row(row: &Row<'_>, id: &ExternalId) -> UserRow {
    UserRow {
        at: row.at(),
        external_id: ExternalId::clone(id),
        username: format!("oulad-{id}").into(),
        name: Some(format!("학습자 {id}").into()),
        email: None,
        phone: None,
        auth_type: None,
        roles: vec![ClassRole::Learner],
        authorizations: None,
        is_active: None,
    }
}

fn read_attendances(files: &[TextFile], draft: &mut Draft) {
    let Some(file) = draft.required_file(files, "attendances.csv") else { return };
    let Draft { roster, problems, ids } = draft;
    let classes: HashMap<&str, &str> =
        roster.lectures.iter().map(|lecture| (&*lecture.external_id, &*lecture.class_ref)).collect();
    let attendances = &mut roster.attendances;
    let mut seen = Seen::new();
    for_each_row(file, ATTENDANCES, problems, |row| {
        let class = row.required_token("class_id");
        let lecture = row.required_token("lecture_id");
        let user = row.required_token("user_id");
        let status = row.required_choice("status", AttendanceStatus::parse);
        let (class, lecture, user) = (class?, lecture?, user?);
        match classes.get(lecture) {
            None => return Err(row.reject("lecture_id", ProblemCode::ReferenceUnknown, Some(lecture))),
            Some(expected) if *expected != class => {
                return Err(row.reject("class_id", ProblemCode::ReferenceMismatch, Some("lecture_id")));
            }
            Some(_) => {}
        }
        let (lecture_ref, user_ref) = (ids.share(lecture), ids.share(user));
        seen.first((ExternalId::clone(&lecture_ref), ExternalId::clone(&user_ref)), row, "user_id")?;
        attendances.push(AttendanceRow {
            at: row.at(),
            id: None,
            lecture_ref,
            user_ref,
            status: status?,
            detail_type: None,
            description: None,
            assignment_ref: None,
            checked_at: None,
        });
        Ok(())
    });
}

fn read_certifications(files: &[TextFile], periods: &Periods, draft: &mut Draft) {
    let Some(file) = draft.required_file(files, "certifications.csv") else { return };
    let Draft { roster, problems, ids } = draft;
    let courses: HashMap<&ExternalId, &ExternalId> =
        roster.classes.iter().map(|class| (&class.external_id, &class.course_ref)).collect();
    let certifications = &mut roster.certifications;
    let mut seen = Seen::new();
    for_each_row(file, CERTIFICATIONS, problems, |row| {
        let class = known_class(row, periods);
        let user = row.required_token("user_id").map(|id| ids.share(id));
        let passed = row
            .required_choice("final_result", |result| matches!(result, "Pass" | "Distinction").then_some(()));
        let ((class_ref, (_, end)), user_ref, ()) = (class?, user?, passed?);
        let (Some(course_ref), Some(issued_at)) = (courses.get(&class_ref), in_korea(end, NaiveTime::MIN))
        else {
            return Err(row.reject("class_id", ProblemCode::ReferenceUnknown, Some(&class_ref)));
        };
        seen.first((ExternalId::clone(&class_ref), ExternalId::clone(&user_ref)), row, "user_id")?;
        certifications.push(CertificationRow {
            at: row.at(),
            external_id: format!("{class_ref}/{user_ref}").into(),
            course_ref: ExternalId::clone(course_ref),
            class_refs: vec![class_ref],
            user_ref,
            issued_at,
            snapshot: None,
            standing: None,
            supersedes: None,
        });
        Ok(())
    });
}

fn known_class(
    row: &mut Row<'_>,
    periods: &Periods,
) -> Result<(ExternalId, (NaiveDate, NaiveDate)), Rejected> {
    let id = row.required_token("class_id")?;
    match periods.get_key_value(id) {
        Some((id, period)) => Ok((ExternalId::clone(id), *period)),
        None => Err(row.reject("class_id", ProblemCode::ReferenceUnknown, Some(id))),
    }
}

/// Whole days, which the source writes with a decimal: `-159.0`.
fn parse_days(text: &str) -> Option<i64> {
    let whole = match text.split_once('.') {
        Some((whole, fraction)) if !fraction.is_empty() && fraction.bytes().all(|digit| digit == b'0') => {
            whole
        }
        Some(_) => return None,
        None => text,
    };
    whole.parse().ok().filter(|days: &i64| days.abs() < 100_000)
}

fn after(day: NaiveDate, days: i64) -> Option<NaiveDate> {
    let distance = Days::new(days.unsigned_abs());
    if days < 0 { day.checked_sub_days(distance) } else { day.checked_add_days(distance) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_days_are_whole() {
        assert_eq!(parse_days("-159.0"), Some(-159));
        assert_eq!(parse_days("19"), Some(19));
        for text in ["12.5", "3.", ".0", "1e3", "", "999999999"] {
            assert_eq!(parse_days(text), None, "{text}");
        }
    }
}
