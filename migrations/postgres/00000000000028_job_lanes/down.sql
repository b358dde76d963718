DROP TRIGGER audit_log_tell_webhooks ON audit_log;
CREATE OR REPLACE FUNCTION audit_log_tell_webhooks() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN
    IF EXISTS (SELECT 1 FROM webhook_endpoints WHERE disabled IS NULL AND hears_changes) THEN
        INSERT INTO jobs (id, kind, payload, priority, status, run_at, attempts, max_attempts, created_at)
        VALUES (NEW.id, 'webhooks.fan_out', '{"of": "audit_log"}', 1, 'queued', NEW.at, 0, 12, NEW.at);
    END IF;
    RETURN NULL;
END$$;
CREATE TRIGGER audit_log_tell_webhooks AFTER INSERT ON audit_log FOR EACH ROW
    WHEN (NEW.entity IN ('attendance', 'enrolment')) EXECUTE FUNCTION audit_log_tell_webhooks();
DROP INDEX jobs_lane_idx;
ALTER TABLE jobs DROP COLUMN lane;
