-- The extension btree_gist stays: it may have been here before, and others may use it.
DROP TABLE external_ids;
DROP TABLE operations;
DROP TABLE idempotency_keys;
DROP TABLE audit_log;
DROP FUNCTION audit_log_append_only();
DROP TABLE certifications;
DROP TABLE attendances;
DROP TABLE enrolments;
DROP TABLE lectures;
DROP TABLE classes;
DROP TABLE courses;
DROP TABLE server_secrets;
DROP TABLE users;
