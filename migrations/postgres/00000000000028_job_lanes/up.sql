-- Lanes: of the jobs with one lane only so many run at a time, so that one receiver that hangs does not take all hands.
-- And webhooks: what a statement writes about marks, places and announcements brings one job for up to 500 of them.

ALTER TABLE jobs ADD COLUMN lane text COLLATE "C";
CREATE INDEX jobs_lane_idx ON jobs (lane, position) WHERE lane IS NOT NULL AND status IN ('queued', 'running');

DROP TRIGGER audit_log_tell_webhooks ON audit_log;
-- The job has the id of the first entry, and names them all.
CREATE OR REPLACE FUNCTION audit_log_tell_webhooks() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN
    IF EXISTS (SELECT 1 FROM webhook_endpoints WHERE disabled IS NULL AND hears_changes) THEN
        INSERT INTO jobs (id, kind, payload, priority, status, run_at, attempts, max_attempts, created_at)
        SELECT (array_agg(id ORDER BY id))[1], 'webhooks.fan_out',
            jsonb_build_object('of', 'audit_log', 'ids', jsonb_agg(id ORDER BY id)), 1, 'queued', min(at), 0, 12, min(at)
        FROM (SELECT id, at, (row_number() OVER (ORDER BY id) - 1) / 500 AS part FROM added
              WHERE entity IN ('attendance', 'enrolment', 'announcement')) AS parts
        GROUP BY part ORDER BY part;
    END IF;
    RETURN NULL;
END$$;
CREATE TRIGGER audit_log_tell_webhooks AFTER INSERT ON audit_log REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION audit_log_tell_webhooks();
