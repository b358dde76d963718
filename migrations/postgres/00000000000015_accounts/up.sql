-- Merges of temp users into real ones, with what it takes to undo them; and the log's forgetting, held tighter: nothing but what
-- names a person who has left may go, and what was there before and after stays told.
--
-- merged_by and undone_by are facts of the past without a foreign key, as created_by is elsewhere.

CREATE TABLE user_merges (
    id uuid NOT NULL CONSTRAINT user_merges_pkey PRIMARY KEY,
    temp_id uuid NOT NULL CONSTRAINT user_merges_temp_id_fkey REFERENCES users (id) ON DELETE RESTRICT,
    into_id uuid NOT NULL CONSTRAINT user_merges_into_id_fkey REFERENCES users (id) ON DELETE RESTRICT,
    record jsonb NOT NULL,
    merged_at timestamptz NOT NULL,
    merged_by uuid,
    undone_at timestamptz,
    undone_by uuid
);
CREATE INDEX user_merges_temp_id_idx ON user_merges (temp_id, merged_at, id);
CREATE INDEX user_merges_into_id_idx ON user_merges (into_id, merged_at, id);
CREATE UNIQUE INDEX user_merges_one_standing_key ON user_merges (temp_id) WHERE undone_at IS NULL;
CREATE INDEX user_merges_merged_at_idx ON user_merges (merged_at) WHERE record <> '{}'::jsonb;

-- A merge looks for what other systems call a user.
CREATE INDEX external_ids_id_idx ON external_ids (id);

CREATE OR REPLACE FUNCTION audit_log_names_only() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN
    IF (NEW.id, NEW.at, NEW.entity, NEW.entity_id, NEW.action, NEW.after_closing, NEW.old IS NULL, NEW.new IS NULL)
        = (OLD.id, OLD.at, OLD.entity, OLD.entity_id, OLD.action, OLD.after_closing, OLD.old IS NULL, OLD.new IS NULL)
        AND NEW.actor IS NOT DISTINCT FROM OLD.actor AND NEW.request_id IS NOT DISTINCT FROM OLD.request_id
        AND EXISTS (SELECT 1 FROM users WHERE withdrawn_at IS NOT NULL AND id = CASE OLD.entity
            WHEN 'user' THEN OLD.entity_id
            WHEN 'certificate_holder' THEN OLD.entity_id
            WHEN 'certification' THEN (SELECT user_id FROM certifications WHERE id = OLD.entity_id) END) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'audit_log_append_only';
END$$;
