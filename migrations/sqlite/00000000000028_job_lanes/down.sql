DROP TRIGGER audit_log_tell_webhooks;
CREATE TRIGGER audit_log_tell_webhooks AFTER INSERT ON audit_log
    WHEN NEW.entity IN ('attendance', 'enrolment')
        AND EXISTS (SELECT 1 FROM webhook_endpoints WHERE disabled IS NULL AND hears_changes)
BEGIN
    INSERT INTO jobs (id, kind, payload, priority, status, run_at, attempts, max_attempts, created_at)
    VALUES (NEW.id, 'webhooks.fan_out', '{"of":"audit_log"}', 1, 'queued', NEW.at, 0, 12, NEW.at);
END;
DROP INDEX jobs_lane_idx;
ALTER TABLE jobs DROP COLUMN lane;
