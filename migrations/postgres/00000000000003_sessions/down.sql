DROP TRIGGER audit_log_names_only ON audit_log;
DROP FUNCTION audit_log_names_only();
DROP TRIGGER audit_log_append_only ON audit_log;
CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION audit_log_append_only();
DROP TABLE signing_keys;
DROP TABLE mail_tokens;
DROP TABLE refresh_tokens;
DROP TABLE sessions;
DROP INDEX users_verified_email_key;
DROP INDEX users_email_idx;
ALTER TABLE users
    DROP COLUMN withdrawn_at,
    DROP COLUMN suspension_reason,
    DROP COLUMN suspended_at,
    DROP COLUMN email_verified_at;
