-- Sessions and what belongs to the proof of who somebody is: refresh tokens, links in mails, the keys that sign access tokens;
-- and what an account knows of it: a verified address, a suspension, the leaving of its owner.
--
-- The same tables as in migrations/postgres, which explains them.

ALTER TABLE users ADD COLUMN email_verified_at TEXT;
ALTER TABLE users ADD COLUMN suspended_at TEXT;
ALTER TABLE users ADD COLUMN suspension_reason TEXT
    CONSTRAINT users_suspension_check CHECK ((suspended_at IS NULL) = (suspension_reason IS NULL));
ALTER TABLE users ADD COLUMN withdrawn_at TEXT;
CREATE INDEX users_email_idx ON users (lower(email));
CREATE UNIQUE INDEX users_verified_email_key ON users (lower(email)) WHERE email_verified_at IS NOT NULL;

CREATE TABLE sessions (
    id TEXT NOT NULL CONSTRAINT sessions_pkey PRIMARY KEY,
    user_id TEXT NOT NULL CONSTRAINT sessions_user_id_fkey REFERENCES users (id) ON DELETE RESTRICT,
    user_agent TEXT,
    address TEXT,
    created_at TEXT NOT NULL,
    last_used_at TEXT NOT NULL,
    ends_at TEXT NOT NULL,
    ended_at TEXT
) STRICT;
CREATE INDEX sessions_user_id_idx ON sessions (user_id, last_used_at, id);
CREATE INDEX sessions_ends_at_idx ON sessions (ends_at);

CREATE TABLE refresh_tokens (
    hash TEXT NOT NULL CONSTRAINT refresh_tokens_pkey PRIMARY KEY,
    session_id TEXT NOT NULL CONSTRAINT refresh_tokens_session_id_fkey REFERENCES sessions (id) ON DELETE RESTRICT,
    issued_at TEXT NOT NULL,
    used_at TEXT
) STRICT;
CREATE INDEX refresh_tokens_session_id_idx ON refresh_tokens (session_id);

CREATE TABLE mail_tokens (
    user_id TEXT NOT NULL CONSTRAINT mail_tokens_user_id_fkey REFERENCES users (id) ON DELETE RESTRICT,
    purpose TEXT NOT NULL CONSTRAINT mail_tokens_purpose_check CHECK (purpose IN ('reset_password', 'verify_email')),
    hash TEXT NOT NULL CONSTRAINT mail_tokens_hash_key UNIQUE,
    email TEXT NOT NULL,
    created_at TEXT NOT NULL,
    ends_at TEXT NOT NULL,
    CONSTRAINT mail_tokens_pkey PRIMARY KEY (user_id, purpose)
) STRICT;
CREATE INDEX mail_tokens_ends_at_idx ON mail_tokens (ends_at);

CREATE TABLE signing_keys (
    kid TEXT NOT NULL CONSTRAINT signing_keys_pkey PRIMARY KEY,
    state TEXT NOT NULL CONSTRAINT signing_keys_state_check CHECK (state IN ('next', 'active', 'retiring')),
    pkcs8 BLOB NOT NULL,
    created_at TEXT NOT NULL,
    ends_at TEXT,
    CONSTRAINT signing_keys_end_check CHECK ((state = 'retiring') = (ends_at IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX signing_keys_state_key ON signing_keys (state) WHERE state <> 'retiring';

DROP TRIGGER audit_log_append_only_update;
CREATE TRIGGER audit_log_append_only_update BEFORE UPDATE ON audit_log
WHEN NOT (
    NEW.id = OLD.id AND NEW.at = OLD.at AND NEW.entity = OLD.entity AND NEW.entity_id = OLD.entity_id
    AND NEW.action = OLD.action AND NEW.actor IS OLD.actor AND NEW.request_id IS OLD.request_id
    AND EXISTS (SELECT 1 FROM users WHERE withdrawn_at IS NOT NULL AND id = CASE OLD.entity
        WHEN 'user' THEN OLD.entity_id
        WHEN 'certification' THEN (SELECT user_id FROM certifications WHERE id = OLD.entity_id) END)
)
BEGIN
    SELECT RAISE(ABORT, 'audit_log_append_only');
END;

DELETE FROM server_secrets WHERE name = 'token_signing_key';
