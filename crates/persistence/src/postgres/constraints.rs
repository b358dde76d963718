//! What the constraints of PostgreSQL mean, by their names.

use diesel::result::DatabaseErrorInformation;
use madang_domain::error::UniqueKey;

use crate::error::Constraints;

/// PostgreSQL's names and messages.
pub(crate) struct Named;

impl Constraints for Named {
    fn unique_key(information: &dyn DatabaseErrorInformation) -> Option<UniqueKey> {
        Some(match information.constraint_name()? {
            "users_username_key" => UniqueKey::Username,
            "users_verified_email_key" => UniqueKey::VerifiedEmail,
            "signing_keys_state_key" => UniqueKey::SigningKeyState,
            "identities_provider_subject_key" => UniqueKey::IdentitySubject,
            "identities_user_id_provider_key" => UniqueKey::IdentityProvider,
            "lectures_class_id_sequence_key" => UniqueKey::LectureSequence,
            "enrolments_no_overlap" => UniqueKey::EnrolmentPeriod,
            "enrolments_one_waiting_key" => UniqueKey::WaitingPlace,
            "attendances_lecture_id_user_id_key" => UniqueKey::AttendanceMark,
            "check_in_sessions_lecture_id_key" => UniqueKey::CheckInSession,
            "attendance_policies_family_version_key" => UniqueKey::PolicyVersion,
            "class_policy_pins_pkey" => UniqueKey::PolicyPin,
            "certifications_one_issued_key" => UniqueKey::Certification,
            "certifications_number_key" | "certifications_code_key" => UniqueKey::CertificateNumber,
            "completion_rules_course_id_version_key" => UniqueKey::CompletionRuleVersion,
            "external_ids_pkey" => UniqueKey::ExternalId,
            "idempotency_keys_pkey" => UniqueKey::IdempotencyKey,
            name if name.ends_with("_pkey") => UniqueKey::PrimaryKey,
            _ => return None,
        })
    }

    /// diesel tells all of them by their kind.
    fn is_missing_reference(_: &dyn DatabaseErrorInformation) -> bool {
        false
    }

    /// diesel hides the SQLSTATE, so the messages decide; connections ask for them in English (see `pool.rs`).
    fn is_passing(information: &dyn DatabaseErrorInformation) -> bool {
        const SIGNS: [&str; 11] = [
            "canceling statement due to lock timeout",
            "canceling statement due to statement timeout",
            "canceling statement due to conflict with recovery",
            "canceling statement due to user request",
            "deadlock detected",
            "terminating connection",
            "the database system is",
            "too many clients already",
            "too many connections",
            "remaining connection slots are reserved",
            "out of shared memory",
        ];
        let message = information.message();
        SIGNS.iter().any(|sign| message.contains(sign))
    }
}
