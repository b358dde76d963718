-- Sessions and what belongs to the proof of who somebody is: refresh tokens, links in mails, the keys that sign access tokens;
-- and what an account knows of it: a verified address, a suspension, the leaving of its owner.
--
-- Tokens are kept as SHA-256 in base64url, never as they are sent.

ALTER TABLE users
    ADD COLUMN email_verified_at timestamptz,
    ADD COLUMN suspended_at timestamptz,
    ADD COLUMN suspension_reason text COLLATE "C"
        CONSTRAINT users_suspension_check CHECK ((suspended_at IS NULL) = (suspension_reason IS NULL)),
    ADD COLUMN withdrawn_at timestamptz;
CREATE INDEX users_email_idx ON users (lower(email));
-- A mailbox belongs to one account: whoever proves to read it can be taken for that account's owner.
CREATE UNIQUE INDEX users_verified_email_key ON users (lower(email)) WHERE email_verified_at IS NOT NULL;

CREATE TABLE sessions (
    id uuid NOT NULL CONSTRAINT sessions_pkey PRIMARY KEY,
    user_id uuid NOT NULL CONSTRAINT sessions_user_id_fkey REFERENCES users (id) ON DELETE RESTRICT,
    user_agent text COLLATE "C",
    address text COLLATE "C",
    created_at timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    ended_at timestamptz
);
CREATE INDEX sessions_user_id_idx ON sessions (user_id, last_used_at, id);
CREATE INDEX sessions_ends_at_idx ON sessions (ends_at);

CREATE TABLE refresh_tokens (
    hash text COLLATE "C" NOT NULL CONSTRAINT refresh_tokens_pkey PRIMARY KEY,
    session_id uuid NOT NULL CONSTRAINT refresh_tokens_session_id_fkey REFERENCES sessions (id) ON DELETE RESTRICT,
    issued_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX refresh_tokens_session_id_idx ON refresh_tokens (session_id);

-- One of each purpose: a newer one takes the place of the one before.
CREATE TABLE mail_tokens (
    user_id uuid NOT NULL CONSTRAINT mail_tokens_user_id_fkey REFERENCES users (id) ON DELETE RESTRICT,
    purpose text COLLATE "C" NOT NULL CONSTRAINT mail_tokens_purpose_check
        CHECK (purpose IN ('reset_password', 'verify_email')),
    hash text COLLATE "C" NOT NULL CONSTRAINT mail_tokens_hash_key UNIQUE,
    email text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    CONSTRAINT mail_tokens_pkey PRIMARY KEY (user_id, purpose)
);
CREATE INDEX mail_tokens_ends_at_idx ON mail_tokens (ends_at);

CREATE TABLE signing_keys (
    kid text COLLATE "C" NOT NULL CONSTRAINT signing_keys_pkey PRIMARY KEY,
    state text COLLATE "C" NOT NULL CONSTRAINT signing_keys_state_check CHECK (state IN ('next', 'active', 'retiring')),
    pkcs8 bytea NOT NULL,
    created_at timestamptz NOT NULL,
    -- Until when a retiring key verifies.
    ends_at timestamptz,
    CONSTRAINT signing_keys_end_check CHECK ((state = 'retiring') = (ends_at IS NOT NULL))
);
CREATE UNIQUE INDEX signing_keys_state_key ON signing_keys (state) WHERE state <> 'retiring';

-- What was recorded of somebody who has left may lose what names them; nothing else of the log ever changes.
CREATE FUNCTION audit_log_names_only() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN
    IF (NEW.id, NEW.at, NEW.entity, NEW.entity_id, NEW.action) = (OLD.id, OLD.at, OLD.entity, OLD.entity_id, OLD.action)
        AND NEW.actor IS NOT DISTINCT FROM OLD.actor AND NEW.request_id IS NOT DISTINCT FROM OLD.request_id
        AND EXISTS (SELECT 1 FROM users WHERE withdrawn_at IS NOT NULL AND id = CASE OLD.entity
            WHEN 'user' THEN OLD.entity_id
            WHEN 'certification' THEN (SELECT user_id FROM certifications WHERE id = OLD.entity_id) END) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'audit_log_append_only';
END$$;
DROP TRIGGER audit_log_append_only ON audit_log;
CREATE TRIGGER audit_log_append_only BEFORE DELETE OR TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION audit_log_append_only();
CREATE TRIGGER audit_log_names_only BEFORE UPDATE ON audit_log
    FOR EACH ROW EXECUTE FUNCTION audit_log_names_only();

-- Where the one key was kept before there were several; it signed for half an hour at a time.
DELETE FROM server_secrets WHERE name = 'token_signing_key';
