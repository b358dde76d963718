//! OneRoster CSV (1EdTech, versions 1.1 and 1.2) and the Microsoft School Data Sync 2.1 bundle, which descends from it.
//!
//! Read: `users`, `roles`, `courses`, `academicSessions`, `classes`, `enrollments`; column names as in "OneRoster 1.2
//! CSV Binding" and in the SDS V2.1 sample. Everything else in a bundle (organisations, demographics, guardians, flags,
//! grades) is not opened. The `password` column is never read. Roles: student is a learner; teacher, professor and
//! faculty are lecturers; any other role is skipped with a notice. Academic sessions give a class its dates: from the
//! first day of the earliest to the last day of the latest. `status` `tobedeleted` (1.2, delta files) deactivates users,
//! courses and classes and skips enrolments. `endDate` of an enrolment is exclusive, as our `left_on`.

use std::collections::HashMap;

use chrono::NaiveDate;

use super::{Draft, Header, optional_file};
use madang_domain::access::ClassRole;

use crate::problem::ProblemCode;
use crate::roster::{ClassRow, CourseRow, EnrolmentRow, ExternalId, UserRow};
use crate::row::{Rejected, Row, Seen, parse_boolean};
use crate::table::{Columns, TextFile, for_each_row};

type Sessions = HashMap<Box<str>, (NaiveDate, NaiveDate)>;

pub(super) fn fits(headers: &[Header]) -> bool {
    headers.iter().any(|header| header.has("sourcedId") || header.has("classSourcedId"))
}

pub(super) fn read(files: &[TextFile], draft: &mut Draft) {
    read_users(files, draft);
    read_roles(files, draft);
    read_courses(files, draft);
    let sessions = read_sessions(files, draft);
    read_classes(files, &sessions, draft);
    read_enrolments(files, draft);
}

const fn columns(required: &'static [&'static str]) -> Columns {
    Columns { required, optional: None }
}

fn read_users(files: &[TextFile], draft: &mut Draft) {
    let Some(file) = draft.required_file(files, "users.csv") else { return };
    let Draft { roster, problems, ids } = draft;
    let mut seen = Seen::new();
    for_each_row(file, columns(&["sourcedId", "username"]), problems, |row| {
        let external_id = row.required_token("sourcedId").map(|id| ids.share(id));
        let username = row.required_token("username");
        let enabled = row.parsed("enabledUser", ProblemCode::BooleanInvalid, parse_boolean);
        let external_id = external_id?;
        seen.first(ExternalId::clone(&external_id), row, "sourcedId")?;
        roster.users.push(UserRow {
            at: row.at(),
            external_id,
            username: username?.into(),
            name: full_name(row.token("givenName"), row.token("familyName")),
            email: row.token("email").map(Box::from),
            phone: row.token("phone").or_else(|| row.token("sms")).map(Box::from),
            auth_type: None,
            // OneRoster 1.1 has the role here, 1.2 and SDS in a file of its own.
            roles: row.token("role").and_then(role).into_iter().collect(),
            authorizations: None,
            is_active: if is_deleted(row) { Some(false) } else { enabled? },
        });
        Ok(())
    });
}

fn read_roles(files: &[TextFile], draft: &mut Draft) {
    let Some(file) = optional_file(files, "roles.csv") else { return };
    let Draft { roster, problems, .. } = draft;
    let positions: HashMap<ExternalId, usize> = roster
        .users
        .iter()
        .enumerate()
        .map(|(at, user)| (ExternalId::clone(&user.external_id), at))
        .collect();
    for_each_row(file, columns(&["userSourcedId", "role"]), problems, |row| {
        let (id, name) = (row.required_token("userSourcedId")?, row.required_token("role")?);
        let Some(user) = positions.get(id).and_then(|at| roster.users.get_mut(*at)) else {
            return Err(row.reject("userSourcedId", ProblemCode::ReferenceUnknown, Some(id)));
        };
        let Some(role) = role(name) else {
            return Err(row.reject("role", ProblemCode::RoleSkipped, Some(name)));
        };
        if !user.roles.contains(&role) {
            user.roles.push(role);
        }
        Ok(())
    });
}

fn read_courses(files: &[TextFile], draft: &mut Draft) {
    let Some(file) = draft.required_file(files, "courses.csv") else { return };
    let Draft { roster, problems, ids } = draft;
    let mut seen = Seen::new();
    for_each_row(file, columns(&["sourcedId", "title"]), problems, |row| {
        let external_id = row.required_token("sourcedId").map(|id| ids.share(id));
        let title = row.required_text("title");
        let external_id = external_id?;
        seen.first(ExternalId::clone(&external_id), row, "sourcedId")?;
        roster.courses.push(CourseRow {
            at: row.at(),
            external_id,
            title: title?.into(),
            description: None,
            // SDS calls it `code`, OneRoster `courseCode`.
            keyword: row.token("courseCode").or_else(|| row.token("code")).map(Box::from),
            is_active: is_deleted(row).then_some(false),
        });
        Ok(())
    });
}

fn read_sessions(files: &[TextFile], draft: &mut Draft) -> Sessions {
    let mut sessions = Sessions::new();
    let Some(file) = optional_file(files, "academicSessions.csv") else { return sessions };
    for_each_row(file, columns(&["sourcedId", "startDate", "endDate"]), &mut draft.problems, |row| {
        let id = row.required_token("sourcedId");
        let (start, end) = (row.required_date("startDate"), row.required_date("endDate"));
        let (id, start, end) = (id?, start?, end?);
        if end < start {
            return Err(row.reject("endDate", ProblemCode::PeriodReversed, None));
        }
        sessions.insert(id.into(), (start, end));
        Ok(())
    });
    sessions
}

fn read_classes(files: &[TextFile], sessions: &Sessions, draft: &mut Draft) {
    let Some(file) = draft.required_file(files, "classes.csv") else { return };
    let Draft { roster, problems, ids } = draft;
    let mut seen = Seen::new();
    for_each_row(file, columns(&["sourcedId", "title", "courseSourcedId"]), problems, |row| {
        let external_id = row.required_token("sourcedId").map(|id| ids.share(id));
        let title = row.required_text("title");
        let course_ref = row.required_token("courseSourcedId").map(|id| ids.share(id));
        // SDS calls the column `sessionSourcedIds`, OneRoster `termSourcedIds`.
        let dates =
            ["sessionSourcedIds", "termSourcedIds"].map(|column| session_dates(row, column, sessions));
        let (external_id, course_ref) = (external_id?, course_ref?);
        let [session, term] = dates;
        let dates = session?.or(term?);
        if !roster.courses.iter().any(|course| course.external_id == course_ref) {
            return Err(row.reject("courseSourcedId", ProblemCode::ReferenceUnknown, Some(&course_ref)));
        }
        seen.first(ExternalId::clone(&external_id), row, "sourcedId")?;
        roster.classes.push(ClassRow {
            at: row.at(),
            external_id,
            course_ref,
            title: title?.into(),
            lecturer_info: None,
            date_info: None,
            begin_date: dates.map(|(begin, _)| begin),
            end_date: dates.map(|(_, end)| end),
            capacity: None,
            place: row.owned_text("location"),
            apply_from: None,
            apply_until: None,
            closed_at: None,
            is_active: is_deleted(row).then_some(false),
        });
        Ok(())
    });
}

fn session_dates(
    row: &mut Row<'_>,
    column: &str,
    sessions: &Sessions,
) -> Result<Option<(NaiveDate, NaiveDate)>, Rejected> {
    let mut dates: Option<(NaiveDate, NaiveDate)> = None;
    for id in row.token(column).unwrap_or_default().split(',').map(str::trim).filter(|id| !id.is_empty()) {
        let Some((start, end)) = sessions.get(id).copied() else {
            return Err(row.reject(column, ProblemCode::ReferenceUnknown, Some(id)));
        };
        let (first, last) = dates.unwrap_or((start, end));
        dates = Some((first.min(start), last.max(end)));
    }
    Ok(dates)
}

fn read_enrolments(files: &[TextFile], draft: &mut Draft) {
    let Some(file) = draft.required_file(files, "enrollments.csv") else { return };
    let Draft { roster, problems, ids } = draft;
    let classes: HashMap<&str, Option<NaiveDate>> =
        roster.classes.iter().map(|class| (&*class.external_id, class.begin_date)).collect();
    let users: std::collections::HashSet<&str> = roster.users.iter().map(|user| &*user.external_id).collect();
    let enrolments = &mut roster.enrolments;
    let mut seen = Seen::new();
    for_each_row(file, columns(&["classSourcedId", "userSourcedId", "role"]), problems, |row| {
        let class = row.required_token("classSourcedId");
        let user = row.required_token("userSourcedId");
        let role_name = row.required_token("role");
        let (begin, end) = (row.date("beginDate"), row.date("endDate"));
        let (class, user, role_name) = (class?, user?, role_name?);
        let Some(class_begin) = classes.get(class).copied() else {
            return Err(row.reject("classSourcedId", ProblemCode::ReferenceUnknown, Some(class)));
        };
        if !users.contains(user) {
            return Err(row.reject("userSourcedId", ProblemCode::ReferenceUnknown, Some(user)));
        }
        if is_deleted(row) {
            return Err(row.reject("status", ProblemCode::DeletedSkipped, None));
        }
        let Some(role) = role(role_name) else {
            return Err(row.reject("role", ProblemCode::RoleSkipped, Some(role_name)));
        };
        let (enrolled_on, left_on) = (begin?.or(class_begin), end?);
        if enrolled_on.zip(left_on).is_some_and(|(enrolled, left)| left < enrolled) {
            return Err(row.reject("endDate", ProblemCode::PeriodReversed, None));
        }
        // SDS gives enrolments no id.
        let own =
            row.token("sourcedId").map_or_else(|| format!("{class}/{user}/{}", role.as_str()), str::to_owned);
        let external_id = ids.share(&own);
        seen.first(ExternalId::clone(&external_id), row, "userSourcedId")?;
        enrolments.push(EnrolmentRow {
            at: row.at(),
            external_id,
            class_ref: ids.share(class),
            user_ref: ids.share(user),
            role,
            enrolled_on,
            left_on,
            status: None,
            transferred_from: None,
        });
        Ok(())
    });
}

fn role(name: &str) -> Option<ClassRole> {
    match name.to_ascii_lowercase().as_str() {
        "student" => Some(ClassRole::Learner),
        "teacher" | "professor" | "faculty" => Some(ClassRole::Lecturer),
        _ => None,
    }
}

fn is_deleted(row: &Row<'_>) -> bool {
    row.token("status").is_some_and(|status| status.eq_ignore_ascii_case("tobedeleted"))
}

/// Korean names have the family name first, without a space.
fn full_name(given: Option<&str>, family: Option<&str>) -> Option<Box<str>> {
    let is_hangul = |name: &str| name.chars().all(|c| ('가'..='힣').contains(&c));
    match (given, family) {
        (Some(given), Some(family)) if is_hangul(given) && is_hangul(family) => {
            Some(format!("{family}{given}").into())
        }
        (Some(given), Some(family)) => Some(format!("{given} {family}").into()),
        (one, other) => one.or(other).map(Box::from),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn korean_names_have_the_family_name_first() {
        assert_eq!(full_name(Some("마당"), Some("김")).as_deref(), Some("김마당"));
        assert_eq!(full_name(Some("Jack"), Some("Craig")).as_deref(), Some("Jack Craig"));
        assert_eq!(full_name(None, Some("Craig")).as_deref(), Some("Craig"));
        assert_eq!(full_name(None, None), None);
    }
}
