//! What the constraints of SQLite mean: it names the columns of a unique rule, not the rule.

use diesel::result::DatabaseErrorInformation;
use madang_domain::error::UniqueKey;

use crate::error::Constraints;

/// SQLite's messages.
pub(crate) struct Named;

impl Constraints for Named {
    fn unique_key(information: &dyn DatabaseErrorInformation) -> Option<UniqueKey> {
        let message = information.message();
        if message == "enrolments_no_overlap" {
            return Some(UniqueKey::EnrolmentPeriod);
        }
        // Of an index over an expression it names the index.
        if message == "UNIQUE constraint failed: index 'users_verified_email_key'" {
            return Some(UniqueKey::VerifiedEmail);
        }
        Some(match message.strip_prefix("UNIQUE constraint failed: ")? {
            "users.username" => UniqueKey::Username,
            "identities.provider, identities.subject" => UniqueKey::IdentitySubject,
            "identities.user_id, identities.provider" => UniqueKey::IdentityProvider,
            "signing_keys.state" => UniqueKey::SigningKeyState,
            "lectures.class_id, lectures.sequence" => UniqueKey::LectureSequence,
            "enrolments.class_id, enrolments.user_id" => UniqueKey::WaitingPlace,
            "attendances.lecture_id, attendances.user_id" => UniqueKey::AttendanceMark,
            "check_in_sessions.lecture_id" => UniqueKey::CheckInSession,
            "attendance_policies.family, attendance_policies.version" => UniqueKey::PolicyVersion,
            "class_policy_pins.class_id, class_policy_pins.number" => UniqueKey::PolicyPin,
            "certifications.course_id, certifications.user_id" => UniqueKey::Certification,
            "certifications.number" | "certifications.code" => UniqueKey::CertificateNumber,
            "completion_rules.course_id, completion_rules.version" => UniqueKey::CompletionRuleVersion,
            "external_ids.source, external_ids.entity, external_ids.external_id" => UniqueKey::ExternalId,
            "idempotency_keys.principal, idempotency_keys.key" => UniqueKey::IdempotencyKey,
            "ledger_digests.month" | "ledger_segments.month, ledger_segments.number" => UniqueKey::PrimaryKey,
            columns if columns.split_once('.').is_some_and(|(_, column)| column == "id") => {
                UniqueKey::PrimaryKey
            }
            _ => return None,
        })
    }

    /// `ON DELETE RESTRICT` reports itself as a trigger, which diesel does not know as a reference.
    fn is_missing_reference(information: &dyn DatabaseErrorInformation) -> bool {
        information.message() == "FOREIGN KEY constraint failed"
    }

    fn is_passing(information: &dyn DatabaseErrorInformation) -> bool {
        const SIGNS: [&str; 4] = ["is locked", "disk is full", "disk I/O error", "unable to open database"];
        let message = information.message();
        SIGNS.iter().any(|sign| message.contains(sign))
    }
}
