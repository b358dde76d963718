DROP INDEX external_ids_id_idx;
DROP TABLE user_merges;

CREATE OR REPLACE FUNCTION audit_log_names_only() RETURNS trigger LANGUAGE plpgsql AS
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
