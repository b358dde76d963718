//! What can have happened, by name: the kinds of events, what each says, and what it tells.
//!
//! Marks, places in classes and announcements are told from the audit log, which has them all already; everything else is recorded as
//! an event.
//! Rooms are known here by the names of their things only.

use crate::audit::AuditAction;

/// What a field of an event holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldType {
    /// A UUID.
    Id,
    /// A text.
    Text,
    /// A moment, RFC 3339 in UTC.
    Time,
    /// A day, `YYYY-MM-DD`.
    Day,
}

/// A field of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventField {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub holds: FieldType,
    /// Whether it may be null.
    pub may_be_null: bool,
    /// What that is.
    pub meaning: &'static str,
}

/// A kind of event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventKind {
    /// Its name, `thing.happened`.
    pub name: &'static str,
    /// What has happened, in Korean.
    pub korean: &'static str,
    /// What has happened, in English.
    pub english: &'static str,
    /// What it tells beside `id` and `user_id`.
    pub fields: &'static [EventField],
}

const fn field(name: &'static str, holds: FieldType, meaning: &'static str) -> EventField {
    EventField { name, holds, may_be_null: false, meaning }
}

const fn maybe(name: &'static str, holds: FieldType, meaning: &'static str) -> EventField {
    EventField { name, holds, may_be_null: true, meaning }
}

const fn kind(
    name: &'static str,
    korean: &'static str,
    english: &'static str,
    fields: &'static [EventField],
) -> EventKind {
    EventKind { name, korean, english, fields }
}

const CLASS: EventField = field("class_id", FieldType::Id, "The class.");
const CERTIFICATION: &[EventField] = &[
    field("certification_id", FieldType::Id, "The certification."),
    field("course_id", FieldType::Id, "The course."),
    field("number", FieldType::Text, "The number of the certificate."),
    maybe("expires_at", FieldType::Time, "When it expires; null where it does not."),
];
const CLOSED: &[EventField] = &[
    field("course_id", FieldType::Id, "The course of the class."),
    maybe("reason", FieldType::Text, "Why, where a reason was given."),
];
const CANCELLED: &[EventField] = &[
    CLASS,
    field("lecture_date", FieldType::Time, "When the lecture starts, or would have started."),
    maybe("reason", FieldType::Text, "Why."),
];
const LEAVE: &[EventField] = &[
    CLASS,
    field("first_on", FieldType::Day, "The first day of the absence."),
    field("last_on", FieldType::Day, "The last day of the absence."),
];
const WARNING: &[EventField] = &[CLASS];
const MERGE: &[EventField] =
    &[field("temp_id", FieldType::Id, "The temp user."), field("into_id", FieldType::Id, "The real user.")];
const MARK: &[EventField] = &[
    field("lecture_id", FieldType::Id, "The lecture."),
    field("status", FieldType::Text, "What the mark says; what it said, where it was removed."),
];
const PLACE: &[EventField] = &[
    CLASS,
    field("role", FieldType::Text, "What the user is in the class."),
    field("status", FieldType::Text, "Whether the place holds, is waited for, or why it ended."),
    field("enrolled_on", FieldType::Day, "The first day."),
    maybe("left_on", FieldType::Day, "The first day no more."),
];

/// Every kind, in the order of names.
pub const KINDS: &[EventKind] = &[
    kind("announcement.made", "수업에 공지가 등록되었습니다.", "Staff told a class something.", &[CLASS]),
    kind("announcement.withdrawn", "공지가 취소되었습니다.", "An announcement was taken back.", &[CLASS]),
    kind(
        "attendance.at_risk",
        "수료가 위험해졌습니다.",
        "A learner may still complete, but barely.",
        WARNING,
    ),
    kind("attendance.changed", "출석 기록이 수정되었습니다.", "A mark was corrected.", MARK),
    kind("attendance.recorded", "출석이 기록되었습니다.", "A mark was made.", MARK),
    kind("attendance.removed", "출석 기록이 삭제되었습니다.", "A mark was removed.", MARK),
    kind(
        "attendance.unreachable",
        "수료할 수 없게 되었습니다.",
        "A learner can't complete any more.",
        WARNING,
    ),
    kind("certification.expiring", "수료증이 곧 만료됩니다.", "A certification expires soon.", CERTIFICATION),
    kind("certification.issued", "수료증이 발급되었습니다.", "A certification was issued.", CERTIFICATION),
    kind("certification.revoked", "수료증이 취소되었습니다.", "A certification was revoked.", CERTIFICATION),
    kind(
        "certification.superseded",
        "수료증이 재발급되었습니다.",
        "A certification was replaced by another.",
        CERTIFICATION,
    ),
    kind("class.closed", "수업이 마감되었습니다.", "A class was closed.", CLOSED),
    kind("class.reopened", "수업 마감이 취소되었습니다.", "A class was reopened.", CLOSED),
    kind(
        "enrolment.changed",
        "수강 등록이 변경되었습니다.",
        "A place in a class was changed or ended.",
        PLACE,
    ),
    kind("enrolment.created", "수강 등록되었습니다.", "A user got or waits for a place in a class.", PLACE),
    kind(
        "enrolment.promoted",
        "대기자가 수강 등록되었습니다.",
        "A user who waited got a place.",
        &[CLASS, field("enrolled_on", FieldType::Day, "The first day.")],
    ),
    kind(
        "enrolment.transferred",
        "다른 수업으로 옮겼습니다.",
        "A user moved to another class of the course.",
        &[
            field("from_class_id", FieldType::Id, "The class that was left."),
            CLASS,
            field("on", FieldType::Day, "The first day in the new class."),
        ],
    ),
    kind("leave_request.approved", "공결이 승인되었습니다.", "A leave request was approved.", LEAVE),
    kind("leave_request.rejected", "공결이 반려되었습니다.", "A leave request was rejected.", LEAVE),
    kind("leave_request.requested", "공결이 신청되었습니다.", "Leave was asked for.", LEAVE),
    kind("leave_request.withdrawn", "공결이 취소되었습니다.", "A leave request was taken back.", LEAVE),
    kind("lecture.cancelled", "휴강되었습니다.", "A lecture was cancelled.", CANCELLED),
    kind(
        "lecture.moved",
        "차시 시간이 변경되었습니다.",
        "A lecture was moved.",
        &[
            CLASS,
            field("from", FieldType::Time, "When it was to start."),
            field("to", FieldType::Time, "When it starts."),
        ],
    ),
    kind(
        "lecture.restored",
        "휴강이 취소되었습니다.",
        "A cancelled lecture takes place after all.",
        CANCELLED,
    ),
    kind("user.merge_undone", "사용자 합치기가 취소되었습니다.", "A merge of users was undone.", MERGE),
    kind("user.merged", "임시 사용자가 합쳐졌습니다.", "A temp user was merged into a real one.", MERGE),
    kind("user.withdrawn", "사용자가 탈퇴했습니다.", "A user has left.", &[]),
];

/// What is told from the audit log: the kind of thing, what was done, and the kind of event that it is.
pub const CHANGES: &[(&str, AuditAction, &str)] = &[
    ("announcement", AuditAction::Create, "announcement.made"),
    // Nothing else is ever changed of one.
    ("announcement", AuditAction::Update, "announcement.withdrawn"),
    ("attendance", AuditAction::Create, "attendance.recorded"),
    ("attendance", AuditAction::Update, "attendance.changed"),
    ("attendance", AuditAction::Delete, "attendance.removed"),
    ("enrolment", AuditAction::Create, "enrolment.created"),
    ("enrolment", AuditAction::Update, "enrolment.changed"),
];

/// The kind of this name.
pub fn find_kind(name: &str) -> Option<&'static EventKind> {
    KINDS.iter().find(|kind| kind.name == name)
}

/// Whether events of this kind are told from the audit log.
pub fn is_told_from_audit_log(name: &str) -> bool {
    CHANGES.iter().any(|(_, _, kind)| *kind == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kinds_are_in_order_and_each_is_there_once() {
        assert!(KINDS.windows(2).all(|pair| pair[0].name < pair[1].name));
        assert!(CHANGES.iter().all(|(_, _, kind)| find_kind(kind).is_some()));
        assert!(find_kind("certification.lost").is_none());
    }

    /// Reads the sources, because nothing else knows what services record.
    #[test]
    fn every_kind_that_a_service_records_is_in_the_catalogue() {
        fn sources(folder: &std::path::Path, found: &mut Vec<String>) {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    sources(&path, found);
                } else if path.extension().is_some_and(|extension| extension == "rs") {
                    found.push(std::fs::read_to_string(path).unwrap());
                }
            }
        }
        let mut files = Vec::new();
        sources(std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), &mut files);
        let things =
            ["attendance", "certification", "class", "enrolment", "leave_request", "lecture", "user"];
        let mut recorded = 0;
        let records = |file: &&String| file.contains("Event::new(") || file.contains("self.told(");
        for file in files.iter().filter(records).filter(|file| !file.contains("pub const KINDS")) {
            for text in file.split('"').skip(1).step_by(2) {
                let Some((thing, happened)) = text.split_once('.') else { continue };
                let is_name = happened.chars().all(|c| c.is_ascii_lowercase() || c == '_');
                // The one kind of job beside events.
                if things.contains(&thing) && is_name && text != "attendance.warn" {
                    assert!(find_kind(text).is_some(), "{text} is not in the catalogue");
                    recorded += 1;
                }
            }
        }
        assert!(recorded >= KINDS.len() - CHANGES.len(), "{recorded}");
    }
}
