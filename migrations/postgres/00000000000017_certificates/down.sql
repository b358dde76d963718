-- What a snapshot says more than in its first form stays in it; readers of the first form pass over it.
DROP TRIGGER certifications_list_classes ON certifications;
DROP FUNCTION certifications_list_classes();
DROP TABLE certification_classes;
DROP TRIGGER certifications_no_truncate ON certifications;
DROP TRIGGER certifications_immutable ON certifications;
DROP FUNCTION certifications_immutable();
DROP INDEX certifications_expires_at_idx;
DROP INDEX certifications_state_idx;
ALTER TABLE certifications
    DROP CONSTRAINT certifications_revoked_check,
    DROP CONSTRAINT certifications_superseded_check,
    DROP CONSTRAINT certifications_ended_check,
    DROP COLUMN number,
    DROP COLUMN code,
    DROP COLUMN expires_at,
    DROP COLUMN supersedes,
    DROP COLUMN ended_at,
    DROP COLUMN superseded_by,
    DROP COLUMN reason_code,
    DROP COLUMN reason,
    DROP COLUMN expiry_told_at,
    ALTER COLUMN state SET DEFAULT 'issued',
    ADD CONSTRAINT certifications_course_id_fkey FOREIGN KEY (course_id) REFERENCES courses (id) ON DELETE RESTRICT,
    ADD CONSTRAINT certifications_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE RESTRICT;
DROP TABLE certificate_counters;
DROP TABLE certificate_holders;
DROP TRIGGER completion_rules_immutable ON completion_rules;
DROP TABLE completion_rules;
DROP FUNCTION completion_rules_immutable();
