-- Merges of temp users into real ones, with what it takes to undo them; and the log's forgetting, held tighter.
--
-- The same tables as in migrations/postgres, which explains them.

CREATE TABLE user_merges (
    id TEXT NOT NULL CONSTRAINT user_merges_pkey PRIMARY KEY,
    temp_id TEXT NOT NULL CONSTRAINT user_merges_temp_id_fkey REFERENCES users (id) ON DELETE RESTRICT,
    into_id TEXT NOT NULL CONSTRAINT user_merges_into_id_fkey REFERENCES users (id) ON DELETE RESTRICT,
    record TEXT NOT NULL,
    merged_at TEXT NOT NULL,
    merged_by TEXT,
    undone_at TEXT,
    undone_by TEXT
) STRICT;
CREATE INDEX user_merges_temp_id_idx ON user_merges (temp_id, merged_at, id);
CREATE INDEX user_merges_into_id_idx ON user_merges (into_id, merged_at, id);
CREATE UNIQUE INDEX user_merges_one_standing_key ON user_merges (temp_id) WHERE undone_at IS NULL;
CREATE INDEX user_merges_merged_at_idx ON user_merges (merged_at) WHERE record <> '{}';

CREATE INDEX external_ids_id_idx ON external_ids (id);

DROP TRIGGER audit_log_append_only_update;
CREATE TRIGGER audit_log_append_only_update BEFORE UPDATE ON audit_log
WHEN NOT (
    NEW.id = OLD.id AND NEW.at = OLD.at AND NEW.entity = OLD.entity AND NEW.entity_id = OLD.entity_id
    AND NEW.action = OLD.action AND NEW.after_closing = OLD.after_closing
    AND (NEW.old IS NULL) = (OLD.old IS NULL) AND (NEW.new IS NULL) = (OLD.new IS NULL)
    AND NEW.actor IS OLD.actor AND NEW.request_id IS OLD.request_id
    AND EXISTS (SELECT 1 FROM users WHERE withdrawn_at IS NOT NULL AND id = CASE OLD.entity
        WHEN 'user' THEN OLD.entity_id
        WHEN 'certificate_holder' THEN OLD.entity_id
        WHEN 'certification' THEN (SELECT user_id FROM certifications WHERE id = OLD.entity_id) END)
)
BEGIN
    SELECT RAISE(ABORT, 'audit_log_append_only');
END;
