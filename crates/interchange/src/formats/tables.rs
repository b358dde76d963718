//! One CSV file per table, with the field names of the API as columns: what an export writes, or a person types.
//!
//! Which table a file holds is told by its header. The id of a row is its `external_id`, or else its `id`; references
//! are `course_external_id` or else `course_id`, and so on. A file with both kinds of id may be mixed with files that
//! use either: references by `id` are followed to the external id. Rows without an id: a user goes by the user name,
//! an enrolment by class, user and first day, a mark by lecture and user, a certification by course and user.
//! `password` and what the server writes itself (`created_at`, `version`, …) are accepted and not read.

use std::collections::HashMap;

use madang_domain::access::ClassRole;
use madang_domain::accounts::{AuthType, User};
use madang_domain::attendance::{AttendanceStatus, AttendanceView};
use madang_domain::certification::Certification;
use madang_domain::learning::classes::Class;
use madang_domain::learning::courses::Course;
use madang_domain::learning::enrolments::{EnrolmentStatus, EnrolmentView};
use madang_domain::learning::lectures::Lecture;
use uuid::Uuid;

use super::{Draft, Header};
use crate::columns::Exported;
use crate::problem::ProblemCode;
use crate::roster::{
    AttendanceRow, CertificationRow, ClassRow, CourseRow, EnrolmentRow, ExternalId, LectureRow, UserRow,
};
use crate::row::{Rejected, Row, Seen};
use crate::table::{Columns, TextFile, for_each_row, header_names};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Users,
    Courses,
    Classes,
    Lectures,
    Enrolments,
    Attendances,
    Certifications,
}

impl Kind {
    /// What is referred to comes before what refers to it.
    const IN_ORDER: [Self; 7] = [
        Self::Users,
        Self::Courses,
        Self::Classes,
        Self::Lectures,
        Self::Enrolments,
        Self::Attendances,
        Self::Certifications,
    ];

    fn of(header: &Header) -> Option<Self> {
        let refers_to =
            |thing: &str| header.has(&format!("{thing}_id")) || header.has(&format!("{thing}_external_id"));
        let by_user = refers_to("user");
        match () {
            () if by_user && refers_to("lecture") => Some(Self::Attendances),
            () if by_user && header.has("issued_at") => Some(Self::Certifications),
            () if by_user && refers_to("class") => Some(Self::Enrolments),
            () if refers_to("class") && header.has("title") => Some(Self::Lectures),
            () if refers_to("course") && header.has("title") => Some(Self::Classes),
            () if header.has("username") => Some(Self::Users),
            () if header.has("title") => Some(Self::Courses),
            () => None,
        }
    }

    /// What an export writes, and what only people write.
    fn columns(self) -> Columns {
        let (required, optional): (&[&str], &[&[&str]]) = match self {
            Self::Users => (&["username"], &[User::NAMES, &["external_id", "password"]]),
            Self::Courses => (&["title"], &[Course::NAMES, &["external_id"]]),
            Self::Classes => (
                &["title"],
                &[Class::NAMES, &["external_id", "course_external_id", "place", "apply_from", "apply_until"]],
            ),
            Self::Lectures => (
                &["title", "sequence", "lecture_date"],
                &[Lecture::NAMES, &["external_id", "class_external_id"]],
            ),
            Self::Enrolments => {
                (&[], &[EnrolmentView::NAMES, &["external_id", "class_external_id", "user_external_id"]])
            }
            Self::Attendances => (
                &["status"],
                &[AttendanceView::NAMES, &["external_id", "lecture_external_id", "user_external_id"]],
            ),
            Self::Certifications => (
                &["issued_at"],
                &[
                    Certification::NAMES,
                    &["external_id", "course_external_id", "user_external_id", "class_external_ids"],
                ],
            ),
        };
        Columns { required, optional: Some(optional) }
    }
}

pub(super) fn fits(headers: &[Header]) -> bool {
    headers.iter().any(|header| Kind::of(header).is_some())
}

pub(super) fn read(files: &[TextFile], draft: &mut Draft) {
    let kinds: Vec<(&TextFile, Option<Kind>)> =
        files.iter().map(|file| (file, kind_of(&file.text))).collect();
    for (file, _) in kinds.iter().filter(|(_, kind)| kind.is_none()) {
        draft.problems.file(&file.name, 1, ProblemCode::FileUnrecognised, None);
    }
    let mut names = Names::default();
    for kind in Kind::IN_ORDER {
        let (mut seen, mut marks) = (Seen::new(), Seen::new());
        for (file, _) in kinds.iter().filter(|(_, found)| *found == Some(kind)) {
            let Draft { roster, problems, ids } = &mut *draft;
            names.ids = std::mem::take(ids);
            for_each_row(file, kind.columns(), problems, |row| {
                match kind {
                    Kind::Users => roster.users.push(user(row, &mut names, &mut seen)?),
                    Kind::Courses => roster.courses.push(course(row, &mut names, &mut seen)?),
                    Kind::Classes => roster.classes.push(class(row, &mut names, &mut seen)?),
                    Kind::Lectures => roster.lectures.push(lecture(row, &mut names, &mut seen)?),
                    Kind::Enrolments => roster.enrolments.push(enrolment(row, &mut names, &mut seen)?),
                    Kind::Attendances => roster.attendances.push(attendance(row, &mut names, &mut marks)?),
                    Kind::Certifications => {
                        roster.certifications.push(certification(row, &mut names, &mut seen)?);
                    }
                }
                Ok(())
            });
            *ids = std::mem::take(&mut names.ids);
        }
    }
}

fn kind_of(text: &str) -> Option<Kind> {
    let line = text.lines().find(|line| !line.trim().is_empty())?;
    Kind::of(&Header { columns: header_names(line) })
}

/// The ids of this bundle.
#[derive(Default)]
struct Names {
    ids: crate::roster::Ids,
    /// From `id` to `external_id`, where a row has both.
    aliases: HashMap<(&'static str, ExternalId), ExternalId>,
}

impl Names {
    fn own(
        &mut self,
        row: &mut Row<'_>,
        thing: &'static str,
        otherwise: Option<&str>,
    ) -> Result<ExternalId, Rejected> {
        let (external, id) = (row.token("external_id"), row.token("id"));
        let Some(chosen) = external.or(id).or(otherwise) else {
            return Err(row.reject("external_id", ProblemCode::ValueMissing, None));
        };
        let chosen = self.ids.share(chosen);
        if let (Some(_), Some(id)) = (external, id) {
            let id = self.ids.share(id);
            self.aliases.insert((thing, id), ExternalId::clone(&chosen));
        }
        Ok(chosen)
    }

    fn reference(&mut self, row: &mut Row<'_>, thing: &'static str) -> Result<ExternalId, Rejected> {
        if let Some(external) = row.token(&format!("{thing}_external_id")) {
            return Ok(self.ids.share(external));
        }
        let id = row.required_token(&format!("{thing}_id"))?;
        Ok(self.follow(thing, id))
    }

    fn follow(&mut self, thing: &'static str, id: &str) -> ExternalId {
        let id = self.ids.share(id);
        if self.aliases.is_empty() {
            return id;
        }
        let key = (thing, id);
        self.aliases.get(&key).cloned().unwrap_or(key.1)
    }
}

type SeenIds = Seen<ExternalId>;

fn user(row: &mut Row<'_>, names: &mut Names, seen: &mut SeenIds) -> Result<UserRow, Rejected> {
    let username = row.required_token("username")?;
    let external_id = names.own(row, "user", Some(username))?;
    seen.first(ExternalId::clone(&external_id), row, "external_id")?;
    let auth_type = row.choice("auth_type", AuthType::parse);
    let authorizations = row.parsed("authorizations", ProblemCode::JsonInvalid, parse_json_object);
    let is_active = row.boolean("is_active");
    Ok(UserRow {
        at: row.at(),
        external_id,
        username: username.into(),
        name: row.owned_text("name"),
        email: row.token("email").map(Box::from),
        phone: row.token("phone").map(Box::from),
        auth_type: auth_type?,
        roles: Vec::new(),
        authorizations: authorizations?,
        is_active: is_active?,
    })
}

fn course(row: &mut Row<'_>, names: &mut Names, seen: &mut SeenIds) -> Result<CourseRow, Rejected> {
    let external_id = names.own(row, "course", None);
    let title = row.required_text("title");
    let is_active = row.boolean("is_active");
    let external_id = external_id?;
    seen.first(ExternalId::clone(&external_id), row, "external_id")?;
    Ok(CourseRow {
        at: row.at(),
        external_id,
        title: title?.into(),
        description: row.owned_text("description"),
        keyword: row.owned_text("keyword"),
        is_active: is_active?,
    })
}

fn class(row: &mut Row<'_>, names: &mut Names, seen: &mut SeenIds) -> Result<ClassRow, Rejected> {
    let external_id = names.own(row, "class", None);
    let course_ref = names.reference(row, "course");
    let title = row.required_text("title");
    let (begin_date, end_date) = (row.date("begin_date"), row.date("end_date"));
    let capacity = row.number("capacity");
    let (apply_from, apply_until) = (row.date("apply_from"), row.date("apply_until"));
    let closed_at = row.instant("closed_at");
    let is_active = row.boolean("is_active");
    let (begin_date, end_date) = (begin_date?, end_date?);
    if begin_date.zip(end_date).is_some_and(|(begin, end)| end < begin) {
        return Err(row.reject("end_date", ProblemCode::PeriodReversed, None));
    }
    let external_id = external_id?;
    seen.first(ExternalId::clone(&external_id), row, "external_id")?;
    Ok(ClassRow {
        at: row.at(),
        external_id,
        course_ref: course_ref?,
        title: title?.into(),
        lecturer_info: row.owned_text("lecturer_info"),
        date_info: row.owned_text("date_info"),
        begin_date,
        end_date,
        capacity: capacity?,
        place: row.owned_text("place"),
        apply_from: apply_from?,
        apply_until: apply_until?,
        closed_at: closed_at?,
        is_active: is_active?,
    })
}

fn lecture(row: &mut Row<'_>, names: &mut Names, seen: &mut SeenIds) -> Result<LectureRow, Rejected> {
    let external_id = names.own(row, "lecture", None);
    let class_ref = names.reference(row, "class");
    let title = row.required_text("title");
    let sequence = row.required_number("sequence");
    let starts_at = row.required_instant("lecture_date");
    let duration_minutes = row.number("duration_minutes");
    let cancelled_at = row.instant("cancelled_at");
    let external_id = external_id?;
    seen.first(ExternalId::clone(&external_id), row, "external_id")?;
    Ok(LectureRow {
        at: row.at(),
        external_id,
        class_ref: class_ref?,
        title: title?.into(),
        sequence: sequence?,
        attendance_type: row.token("attendance_type").map(Box::from),
        starts_at: starts_at?,
        duration_minutes: duration_minutes?,
        place: row.owned_text("place"),
        cancelled_at: cancelled_at?,
        cancel_reason: row.owned_text("cancel_reason"),
    })
}

fn enrolment(row: &mut Row<'_>, names: &mut Names, seen: &mut SeenIds) -> Result<EnrolmentRow, Rejected> {
    let class_ref = names.reference(row, "class");
    let user_ref = names.reference(row, "user");
    let role = row.choice("role", ClassRole::parse);
    let status = row.choice("status", EnrolmentStatus::parse);
    let (enrolled_on, left_on) = (row.date("enrolled_on"), row.date("left_on"));
    let (class_ref, user_ref, enrolled_on, left_on) = (class_ref?, user_ref?, enrolled_on?, left_on?);
    if enrolled_on.zip(left_on).is_some_and(|(enrolled, left)| left < enrolled) {
        return Err(row.reject("left_on", ProblemCode::PeriodReversed, None));
    }
    let mut name = format!("{class_ref}/{user_ref}");
    if let Some(day) = enrolled_on {
        name = format!("{name}/{day}");
    }
    let external_id = names.own(row, "enrolment", Some(&name))?;
    seen.first(ExternalId::clone(&external_id), row, "external_id")?;
    Ok(EnrolmentRow {
        at: row.at(),
        external_id,
        class_ref,
        user_ref,
        role: role?.unwrap_or(ClassRole::Learner),
        enrolled_on,
        left_on,
        status: status?,
        transferred_from: row
            .token("transferred_from")
            .and_then(|id| Uuid::try_parse(id).ok())
            .filter(|id| id.get_version_num() == 7),
    })
}

fn attendance(
    row: &mut Row<'_>,
    names: &mut Names,
    seen: &mut Seen<(ExternalId, ExternalId)>,
) -> Result<AttendanceRow, Rejected> {
    let lecture_ref = names.reference(row, "lecture");
    let user_ref = names.reference(row, "user");
    let status = row.required_choice("status", AttendanceStatus::parse);
    let checked_at = row.instant("checked_at");
    let (lecture_ref, user_ref) = (lecture_ref?, user_ref?);
    seen.first((ExternalId::clone(&lecture_ref), ExternalId::clone(&user_ref)), row, "user_id")?;
    Ok(AttendanceRow {
        at: row.at(),
        id: row.token("id").and_then(|id| Uuid::try_parse(id).ok()).filter(|id| id.get_version_num() == 7),
        lecture_ref,
        user_ref,
        status: status?,
        detail_type: row.owned_text("detail_type"),
        description: row.owned_text("description"),
        assignment_ref: row.token("assignment_id").map(Box::from),
        checked_at: checked_at?,
    })
}

fn certification(
    row: &mut Row<'_>,
    names: &mut Names,
    seen: &mut SeenIds,
) -> Result<CertificationRow, Rejected> {
    let course_ref = names.reference(row, "course");
    let user_ref = names.reference(row, "user");
    let issued_at = row.required_instant("issued_at");
    let class_refs = row.parsed("class_ids", ProblemCode::JsonInvalid, parse_id_list);
    let class_external_ids = row.parsed("class_external_ids", ProblemCode::JsonInvalid, parse_id_list);
    let snapshot = row.parsed("snapshot", ProblemCode::JsonInvalid, parse_json_object);
    let standing = row.parsed("standing", ProblemCode::JsonInvalid, parse_json_object);
    let supersedes = row.parsed("supersedes", ProblemCode::JsonInvalid, |text| text.parse().ok());
    let (course_ref, user_ref) = (course_ref?, user_ref?);
    let external_id = names.own(row, "certification", Some(&format!("{course_ref}/{user_ref}")))?;
    seen.first(ExternalId::clone(&external_id), row, "external_id")?;
    let class_refs = class_external_ids?.or(class_refs?).unwrap_or_default();
    Ok(CertificationRow {
        at: row.at(),
        external_id,
        course_ref,
        class_refs: class_refs.iter().map(|id| names.follow("class", id)).collect(),
        user_ref,
        issued_at: issued_at?,
        snapshot: snapshot?,
        standing: standing?,
        supersedes: supersedes?,
    })
}

fn parse_json_object(text: &str) -> Option<serde_json::Value> {
    serde_json::from_str(text).ok().filter(serde_json::Value::is_object)
}

/// A JSON array of strings.
fn parse_id_list(text: &str) -> Option<Vec<String>> {
    serde_json::from_str(text).ok()
}
