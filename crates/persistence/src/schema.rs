//! The tables as diesel sees them: both databases have every column here, under types that both know.
//!
//! Kept by hand, because no database prints these types; `tests/schema.rs` compares the databases with each other. What only one
//! of them has (`search_vector`, `row_id`, the FTS5 tables) is used by that adapter's dialect alone.

use diesel::{allow_tables_to_appear_in_same_query, joinable, table};

table! {
    use diesel::sql_types::{Bool, Integer, Nullable, Text};
    use crate::types::{Document, Id, Instant};

    users (id) {
        id -> Id,
        username -> Text,
        auth_type -> Text,
        password -> Nullable<Text>,
        authorizations -> Document,
        name -> Text,
        email -> Nullable<Text>,
        phone -> Nullable<Text>,
        search_text -> Text,
        search_terms -> Text,
        created_at -> Instant,
        updated_at -> Instant,
        last_login -> Nullable<Instant>,
        is_active -> Bool,
        version -> Integer,
        email_verified_at -> Nullable<Instant>,
        suspended_at -> Nullable<Instant>,
        suspension_reason -> Nullable<Text>,
        withdrawn_at -> Nullable<Instant>,
    }
}

table! {
    use diesel::sql_types::{Nullable, Text};
    use crate::types::{Id, Instant};

    sessions (id) {
        id -> Id,
        user_id -> Id,
        user_agent -> Nullable<Text>,
        address -> Nullable<Text>,
        created_at -> Instant,
        last_used_at -> Instant,
        ends_at -> Instant,
        ended_at -> Nullable<Instant>,
    }
}

table! {
    use diesel::sql_types::{Nullable, Text};
    use crate::types::{Id, Instant};

    refresh_tokens (hash) {
        hash -> Text,
        session_id -> Id,
        issued_at -> Instant,
        used_at -> Nullable<Instant>,
    }
}

table! {
    use diesel::sql_types::Text;
    use crate::types::{Id, Instant};

    mail_tokens (user_id, purpose) {
        user_id -> Id,
        purpose -> Text,
        hash -> Text,
        email -> Text,
        created_at -> Instant,
        ends_at -> Instant,
    }
}

table! {
    use diesel::sql_types::{Binary, Nullable, Text};
    use crate::types::Instant;

    signing_keys (kid) {
        kid -> Text,
        state -> Text,
        pkcs8 -> Binary,
        created_at -> Instant,
        ends_at -> Nullable<Instant>,
    }
}

table! {
    use diesel::sql_types::{Bool, Nullable, Text};
    use crate::types::{Id, Instant};

    identities (id) {
        id -> Id,
        user_id -> Id,
        provider -> Text,
        subject -> Text,
        email -> Nullable<Text>,
        email_verified -> Bool,
        sealed_token -> Nullable<Text>,
        linked_at -> Instant,
        last_used_at -> Instant,
    }
}

table! {
    use diesel::sql_types::{Nullable, Text};
    use crate::types::{Id, Instant};

    sign_in_flows (key) {
        key -> Text,
        browser -> Text,
        provider -> Text,
        purpose -> Text,
        user_id -> Nullable<Id>,
        redirect_uri -> Text,
        return_to -> Nullable<Text>,
        expires_at -> Instant,
    }
}

table! {
    use diesel::sql_types::{Binary, Text};
    use crate::types::Instant;

    server_secrets (name) {
        name -> Text,
        value -> Binary,
        created_at -> Instant,
    }
}

table! {
    use diesel::sql_types::{Bool, Integer, Nullable, Text};
    use crate::types::{Id, Instant};

    courses (id) {
        id -> Id,
        title -> Text,
        description -> Nullable<Text>,
        keyword -> Nullable<Text>,
        search_text -> Text,
        search_terms -> Text,
        is_active -> Bool,
        version -> Integer,
        created_at -> Instant,
        created_by -> Nullable<Id>,
        updated_at -> Instant,
        updated_by -> Nullable<Id>,
    }
}

table! {
    use diesel::sql_types::{Bool, Date, Integer, Nullable, Text};
    use crate::types::{Id, Instant};

    classes (id) {
        id -> Id,
        course_id -> Id,
        title -> Text,
        lecturer_info -> Nullable<Text>,
        date_info -> Nullable<Text>,
        begin_date -> Date,
        end_date -> Date,
        capacity -> Nullable<Integer>,
        closed_at -> Nullable<Instant>,
        search_text -> Text,
        search_terms -> Text,
        is_active -> Bool,
        version -> Integer,
        created_at -> Instant,
        created_by -> Nullable<Id>,
        updated_at -> Instant,
        updated_by -> Nullable<Id>,
    }
}

table! {
    use diesel::sql_types::{Date, Integer, Nullable, Text};
    use crate::types::{Id, Instant};

    lectures (id) {
        id -> Id,
        class_id -> Id,
        title -> Text,
        sequence -> Integer,
        attendance_type -> Text,
        lecture_date -> Instant,
        lecture_on -> Date,
        duration_minutes -> Integer,
        place -> Nullable<Text>,
        cancelled_at -> Nullable<Instant>,
        cancel_reason -> Nullable<Text>,
        version -> Integer,
        created_at -> Instant,
        created_by -> Nullable<Id>,
        updated_at -> Instant,
        updated_by -> Nullable<Id>,
    }
}

table! {
    use diesel::sql_types::{Date, Integer, Nullable, Text};
    use crate::types::{Id, Instant};

    enrolments (id) {
        id -> Id,
        class_id -> Id,
        user_id -> Id,
        role -> Text,
        enrolled_on -> Date,
        left_on -> Nullable<Date>,
        status -> Text,
        transferred_from -> Nullable<Id>,
        version -> Integer,
        created_at -> Instant,
        created_by -> Nullable<Id>,
        updated_at -> Instant,
        updated_by -> Nullable<Id>,
    }
}

table! {
    use diesel::sql_types::{Integer, Nullable, Text};
    use crate::types::{Document, Id, Instant};

    attendances (id) {
        id -> Id,
        lecture_id -> Id,
        user_id -> Id,
        status -> Text,
        detail_type -> Nullable<Text>,
        description -> Nullable<Text>,
        assignment_id -> Nullable<Text>,
        checked_at -> Nullable<Instant>,
        source -> Text,
        presence -> Nullable<Document>,
        version -> Integer,
        created_at -> Instant,
        created_by -> Nullable<Id>,
        updated_at -> Instant,
        updated_by -> Nullable<Id>,
    }
}

table! {
    use diesel::sql_types::{Integer, Nullable, Text};
    use crate::types::{Document, Id, Instant};

    completion_rules (id) {
        id -> Id,
        course_id -> Id,
        version -> Integer,
        document -> Document,
        digest -> Text,
        reason -> Nullable<Text>,
        created_at -> Instant,
        created_by -> Nullable<Id>,
    }
}

table! {
    use diesel::sql_types::{Integer, Nullable};
    use crate::types::{Document, Id, Instant};

    certificate_templates (id) {
        id -> Id,
        course_id -> Id,
        version -> Integer,
        document -> Nullable<Document>,
        created_at -> Instant,
        created_by -> Nullable<Id>,
    }
}

table! {
    use diesel::sql_types::{Binary, Bool, Text};
    use crate::types::Instant;

    issuer_keys (name) {
        name -> Text,
        pkcs8 -> Binary,
        is_active -> Bool,
        created_at -> Instant,
    }
}

table! {
    use diesel::sql_types::{Date, Integer, Nullable, Text};
    use crate::types::{Id, Instant};

    certificate_holders (user_id) {
        user_id -> Id,
        name_roman -> Nullable<Text>,
        birth_date -> Nullable<Date>,
        version -> Integer,
        created_at -> Instant,
        created_by -> Nullable<Id>,
        updated_at -> Instant,
        updated_by -> Nullable<Id>,
    }
}

table! {
    use diesel::sql_types::{Integer, Nullable, Text};
    use crate::types::{Document, Id, Instant};

    certifications (id) {
        id -> Id,
        course_id -> Id,
        user_id -> Id,
        class_ids -> Document,
        issued_at -> Instant,
        snapshot -> Document,
        number -> Integer,
        code -> Text,
        expires_at -> Nullable<Instant>,
        supersedes -> Nullable<Id>,
        state -> Text,
        ended_at -> Nullable<Instant>,
        superseded_by -> Nullable<Id>,
        reason_code -> Nullable<Text>,
        reason -> Nullable<Text>,
        expiry_told_at -> Nullable<Instant>,
        version -> Integer,
        created_at -> Instant,
        created_by -> Nullable<Id>,
        updated_at -> Instant,
        updated_by -> Nullable<Id>,
    }
}

table! {
    use diesel::sql_types::{Bool, Nullable, Text};
    use crate::types::{Document, Id, Instant};

    audit_log (id) {
        id -> Id,
        at -> Instant,
        actor -> Nullable<Id>,
        request_id -> Nullable<Text>,
        entity -> Text,
        entity_id -> Id,
        action -> Text,
        old -> Nullable<Document>,
        new -> Nullable<Document>,
        reason -> Nullable<Text>,
        after_closing -> Bool,
    }
}

table! {
    use diesel::sql_types::{BigInt, Date, Nullable, Text};
    use crate::types::Instant;

    ledger_digests (month) {
        month -> Date,
        entries -> BigInt,
        previous -> Nullable<Text>,
        digest -> Text,
        sealed_at -> Instant,
    }
}

table! {
    use diesel::sql_types::{Date, Integer, Text};

    ledger_segments (month, number) {
        month -> Date,
        number -> Integer,
        entries -> Text,
    }
}

table! {
    use diesel::sql_types::{Integer, Nullable, Text};
    use crate::types::{Id, Instant};

    idempotency_keys (principal, key) {
        principal -> Id,
        key -> Text,
        fingerprint -> Text,
        holds_until -> Instant,
        status -> Nullable<Integer>,
        location -> Nullable<Text>,
        etag -> Nullable<Text>,
        body -> Nullable<Text>,
    }
}

table! {
    use diesel::sql_types::{Integer, Nullable, Text};
    use crate::types::{Document, Id, Instant};

    operations (id) {
        id -> Id,
        kind -> Text,
        status -> Text,
        progress -> Integer,
        requested_by -> Nullable<Id>,
        result -> Nullable<Document>,
        error -> Nullable<Document>,
        created_at -> Instant,
        updated_at -> Instant,
    }
}

table! {
    use diesel::sql_types::Text;
    use crate::types::Id;

    external_ids (source, entity, external_id) {
        source -> Text,
        entity -> Text,
        external_id -> Text,
        id -> Id,
    }
}

table! {
    use diesel::sql_types::{Bool, Integer, Nullable};
    use crate::types::{Id, Instant};

    check_in_sessions (id) {
        id -> Id,
        lecture_id -> Id,
        opens_at -> Instant,
        closes_at -> Instant,
        late_grace_minutes -> Integer,
        absent_after_minutes -> Nullable<Integer>,
        early_leave_grace_minutes -> Integer,
        unmarked_absent -> Bool,
        settled_at -> Nullable<Instant>,
        version -> Integer,
        created_at -> Instant,
        created_by -> Nullable<Id>,
        updated_at -> Instant,
        updated_by -> Nullable<Id>,
    }
}

table! {
    use diesel::sql_types::{Date, Integer, Nullable, Text};
    use crate::types::{Document, Id, Instant};

    leave_requests (id) {
        id -> Id,
        class_id -> Id,
        user_id -> Id,
        reason -> Text,
        description -> Nullable<Text>,
        first_on -> Date,
        last_on -> Date,
        lecture_ids -> Nullable<Document>,
        evidence -> Document,
        status -> Text,
        decided_at -> Nullable<Instant>,
        decided_by -> Nullable<Id>,
        decision_note -> Nullable<Text>,
        withdrawn_at -> Nullable<Instant>,
        version -> Integer,
        created_at -> Instant,
        created_by -> Nullable<Id>,
        updated_at -> Instant,
        updated_by -> Nullable<Id>,
    }
}

table! {
    use diesel::sql_types::{Nullable, Text};
    use crate::types::{Document, Id, Instant};

    events (id) {
        id -> Id,
        kind -> Text,
        subject_id -> Id,
        user_id -> Nullable<Id>,
        payload -> Document,
        occurred_at -> Instant,
        request_id -> Nullable<Text>,
    }
}

table! {
    use diesel::sql_types::Nullable;
    use crate::types::{Document, Id, Instant};

    attendance_batches (id) {
        id -> Id,
        lecture_id -> Id,
        entries -> Document,
        made_at -> Instant,
        made_by -> Nullable<Id>,
        undone_at -> Nullable<Instant>,
        undone_by -> Nullable<Id>,
    }
}

table! {
    use diesel::sql_types::Text;
    use crate::types::{Id, Instant};

    stream_tickets (hash) {
        hash -> Text,
        stream -> Text,
        user_id -> Id,
        session_id -> Id,
        usable_until -> Instant,
        signed_in_until -> Instant,
    }
}

table! {
    use diesel::sql_types::Integer;
    use crate::types::{Id, Instant};

    check_in_guesses (lecture_id, user_id) {
        lecture_id -> Id,
        user_id -> Id,
        wrong -> Integer,
        since -> Instant,
    }
}

table! {
    use diesel::sql_types::{Bool, Nullable, Text};
    use crate::types::{Document, Id, Instant};

    notices (id) {
        id -> Id,
        user_id -> Id,
        kind -> Text,
        subject_id -> Id,
        cause -> Text,
        subject_at -> Nullable<Instant>,
        facts -> Document,
        in_digest -> Bool,
        created_at -> Instant,
        changed_at -> Instant,
        read_at -> Nullable<Instant>,
        deleted_at -> Nullable<Instant>,
        cancelled_at -> Nullable<Instant>,
    }
}

table! {
    use diesel::sql_types::{Nullable, Text};
    use crate::types::{Id, Instant};

    notice_deliveries (key) {
        key -> Id,
        notice_id -> Id,
        channel -> Text,
        state -> Text,
        reference -> Nullable<Text>,
        asked_at -> Instant,
        changed_at -> Instant,
    }
}

table! {
    use diesel::sql_types::{Integer, Nullable};
    use crate::types::{Document, Id, Instant};

    notice_preferences (user_id) {
        user_id -> Id,
        document -> Document,
        version -> Integer,
        created_at -> Instant,
        created_by -> Nullable<Id>,
        updated_at -> Instant,
        updated_by -> Nullable<Id>,
    }
}

table! {
    use diesel::sql_types::{Bool, Integer, Nullable, Text};
    use crate::types::{Id, Instant};

    announcements (id) {
        id -> Id,
        class_id -> Id,
        title -> Text,
        body -> Text,
        is_urgent -> Bool,
        withdrawn_at -> Nullable<Instant>,
        version -> Integer,
        created_at -> Instant,
        created_by -> Nullable<Id>,
        updated_at -> Instant,
        updated_by -> Nullable<Id>,
    }
}

table! {
    use diesel::sql_types::{Integer, Nullable};
    use crate::types::{Id, Instant};

    class_reminders (class_id) {
        class_id -> Id,
        before_start -> Nullable<Integer>,
        check_in_after -> Nullable<Integer>,
        marking_after -> Nullable<Integer>,
        version -> Integer,
        created_at -> Instant,
        created_by -> Nullable<Id>,
        updated_at -> Instant,
        updated_by -> Nullable<Id>,
    }
}

table! {
    use diesel::sql_types::{BigInt, Integer, Nullable, Text};
    use crate::types::{Document, Id, Instant};

    jobs (id) {
        id -> Id,
        position -> BigInt,
        kind -> Text,
        payload -> Document,
        priority -> Integer,
        status -> Text,
        unique_key -> Nullable<Text>,
        order_key -> Nullable<Text>,
        run_at -> Instant,
        attempts -> Integer,
        max_attempts -> Integer,
        leased_by -> Nullable<Id>,
        leased_until -> Nullable<Instant>,
        last_error -> Nullable<Text>,
        created_at -> Instant,
        finished_at -> Nullable<Instant>,
        lane -> Nullable<Text>,
    }
}

table! {
    use diesel::sql_types::{Integer, Nullable, Text};
    use crate::types::{Document, Id, Instant};

    attendance_policies (id) {
        id -> Id,
        family -> Text,
        version -> Integer,
        title -> Text,
        description -> Nullable<Text>,
        document -> Document,
        digest -> Text,
        created_at -> Instant,
        created_by -> Nullable<Id>,
    }
}

table! {
    use diesel::sql_types::{Integer, Nullable, Text};
    use crate::types::{Id, Instant};

    class_policy_pins (class_id, number) {
        class_id -> Id,
        number -> Integer,
        policy_id -> Id,
        pinned_at -> Instant,
        pinned_by -> Nullable<Id>,
        reason -> Nullable<Text>,
    }
}

table! {
    use diesel::sql_types::Text;
    use crate::types::{Id, Instant};

    attendance_warnings (class_id, user_id, kind) {
        class_id -> Id,
        user_id -> Id,
        kind -> Text,
        at -> Instant,
    }
}

table! {
    use diesel::sql_types::{Nullable, Text};
    use crate::types::{Document, Id, Instant};

    api_keys (id) {
        id -> Id,
        owner_id -> Id,
        name -> Text,
        hash -> Text,
        permissions -> Document,
        created_at -> Instant,
        expires_at -> Instant,
        last_used_at -> Nullable<Instant>,
        revoked_at -> Nullable<Instant>,
    }
}

table! {
    use diesel::sql_types::{Nullable, Text};
    use crate::types::{Id, Instant};

    calendars (id) {
        id -> Id,
        user_id -> Id,
        class_id -> Nullable<Id>,
        hash -> Text,
        created_at -> Instant,
    }
}

table! {
    use diesel::sql_types::{Bool, Integer, Nullable, Text};
    use crate::types::{Document, Id, Instant};

    webhook_endpoints (id) {
        id -> Id,
        url -> Text,
        description -> Nullable<Text>,
        kinds -> Document,
        hears_changes -> Bool,
        disabled -> Nullable<Text>,
        failing_since -> Nullable<Instant>,
        secret_number -> Integer,
        old_secret_until -> Nullable<Instant>,
        version -> Integer,
        created_at -> Instant,
        created_by -> Nullable<Id>,
        updated_at -> Instant,
        updated_by -> Nullable<Id>,
    }
}

table! {
    use diesel::sql_types::{Integer, Nullable, Text};
    use crate::types::{Id, Instant};

    webhook_deliveries (id) {
        id -> Id,
        endpoint_id -> Id,
        event_id -> Id,
        kind -> Text,
        body -> Text,
        status -> Text,
        attempts -> Integer,
        last_status -> Nullable<Integer>,
        last_error -> Nullable<Text>,
        created_at -> Instant,
        attempted_at -> Nullable<Instant>,
    }
}

table! {
    use diesel::sql_types::Text;
    use crate::types::{Id, Instant};

    devices (id) {
        id -> Id,
        user_id -> Id,
        token -> Text,
        platform -> Text,
        created_at -> Instant,
        seen_at -> Instant,
    }
}

table! {
    use diesel::sql_types::Nullable;
    use crate::types::{Document, Id, Instant};

    user_merges (id) {
        id -> Id,
        temp_id -> Id,
        into_id -> Id,
        record -> Document,
        merged_at -> Instant,
        merged_by -> Nullable<Id>,
        undone_at -> Nullable<Instant>,
        undone_by -> Nullable<Id>,
    }
}

table! {
    use diesel::sql_types::{BigInt, Nullable};
    use crate::types::{Document, Id, Instant};

    class_standings (class_id) {
        class_id -> Id,
        revision -> BigInt,
        assessed_revision -> Nullable<BigInt>,
        assessed_at -> Nullable<Instant>,
        holds_until -> Nullable<Instant>,
        figures -> Nullable<Document>,
    }
}

table! {
    use crate::types::{Document, Id};

    learner_standings (class_id, user_id) {
        class_id -> Id,
        user_id -> Id,
        figures -> Document,
    }
}

table! {
    use diesel::sql_types::{BigInt, Nullable};
    use crate::types::{Id, Instant};

    course_judgements (course_id) {
        course_id -> Id,
        revision -> BigInt,
        judged_revision -> Nullable<BigInt>,
        judged_at -> Nullable<Instant>,
        holds_until -> Nullable<Instant>,
    }
}

table! {
    use diesel::sql_types::BigInt;
    use crate::types::Id;

    class_judgements (class_id) {
        class_id -> Id,
        course_id -> Id,
        eligible -> BigInt,
        needs_decision -> BigInt,
    }
}

table! {
    use diesel::sql_types::{Binary, Text};
    use crate::types::{Id, Instant};

    operation_files (operation_id) {
        operation_id -> Id,
        name -> Text,
        media_type -> Text,
        content -> Binary,
        created_at -> Instant,
    }
}

table! {
    use diesel::sql_types::{Bool, Date, Integer, Nullable, Text};
    use crate::types::{Document, Id, Instant};

    report_schedules (id) {
        id -> Id,
        period -> Text,
        course_id -> Nullable<Id>,
        recipients -> Document,
        is_active -> Bool,
        announced_until -> Date,
        version -> Integer,
        created_at -> Instant,
        created_by -> Nullable<Id>,
        updated_at -> Instant,
        updated_by -> Nullable<Id>,
    }
}

joinable!(class_policy_pins -> attendance_policies (policy_id));
joinable!(class_policy_pins -> classes (class_id));
joinable!(classes -> courses (course_id));
joinable!(lectures -> classes (class_id));
joinable!(enrolments -> classes (class_id));
joinable!(enrolments -> users (user_id));
joinable!(attendances -> lectures (lecture_id));
joinable!(attendances -> users (user_id));
joinable!(sessions -> users (user_id));
joinable!(api_keys -> users (owner_id));
joinable!(refresh_tokens -> sessions (session_id));
joinable!(calendars -> users (user_id));
joinable!(webhook_deliveries -> webhook_endpoints (endpoint_id));
joinable!(leave_requests -> classes (class_id));
joinable!(leave_requests -> users (user_id));

allow_tables_to_appear_in_same_query!(
    users,
    courses,
    classes,
    lectures,
    enrolments,
    attendances,
    check_in_sessions,
    check_in_guesses,
    sessions,
    refresh_tokens,
    class_policy_pins,
    attendance_policies
);
allow_tables_to_appear_in_same_query!(leave_requests, users);
allow_tables_to_appear_in_same_query!(calendars, users);
allow_tables_to_appear_in_same_query!(webhook_deliveries, webhook_endpoints);
allow_tables_to_appear_in_same_query!(api_keys, users);
allow_tables_to_appear_in_same_query!(leave_requests, classes);
allow_tables_to_appear_in_same_query!(leave_requests, enrolments);
allow_tables_to_appear_in_same_query!(attendance_batches, classes);
allow_tables_to_appear_in_same_query!(attendance_batches, lectures);
allow_tables_to_appear_in_same_query!(class_reminders, lectures);
allow_tables_to_appear_in_same_query!(class_reminders, classes);
