DROP INDEX external_ids_id_idx;
DROP TABLE user_merges;

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
