-- Webhooks: endpoints, and what is delivered to them.
--
-- The same tables as in migrations/postgres, which explains them.

CREATE TABLE webhook_endpoints (
    id TEXT NOT NULL CONSTRAINT webhook_endpoints_pkey PRIMARY KEY,
    url TEXT NOT NULL,
    description TEXT,
    kinds TEXT NOT NULL,
    hears_changes INTEGER NOT NULL,
    disabled TEXT CONSTRAINT webhook_endpoints_disabled_check CHECK (disabled IN ('gone', 'failing', 'by_hand')),
    failing_since TEXT,
    secret_number INTEGER NOT NULL CONSTRAINT webhook_endpoints_secret_number_check CHECK (secret_number > 0),
    old_secret_until TEXT,
    version INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    created_by TEXT,
    updated_at TEXT NOT NULL,
    updated_by TEXT
) STRICT;
CREATE INDEX webhook_endpoints_created_at_idx ON webhook_endpoints (created_at, id);
CREATE INDEX webhook_endpoints_active_idx ON webhook_endpoints (hears_changes) WHERE disabled IS NULL;

CREATE TABLE webhook_deliveries (
    id TEXT NOT NULL CONSTRAINT webhook_deliveries_pkey PRIMARY KEY,
    endpoint_id TEXT NOT NULL
        CONSTRAINT webhook_deliveries_endpoint_id_fkey REFERENCES webhook_endpoints (id) ON DELETE CASCADE,
    event_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    status TEXT NOT NULL CONSTRAINT webhook_deliveries_status_check
        CHECK (status IN ('pending', 'delivered', 'failed', 'skipped')),
    attempts INTEGER NOT NULL,
    last_status INTEGER,
    last_error TEXT,
    created_at TEXT NOT NULL,
    attempted_at TEXT,
    CONSTRAINT webhook_deliveries_endpoint_id_event_id_key UNIQUE (endpoint_id, event_id)
) STRICT;
CREATE INDEX webhook_deliveries_endpoint_id_created_at_idx ON webhook_deliveries (endpoint_id, created_at, id);
CREATE INDEX webhook_deliveries_status_idx ON webhook_deliveries (endpoint_id, status, created_at, id);
CREATE INDEX webhook_deliveries_created_at_idx ON webhook_deliveries (created_at) WHERE status <> 'pending';

CREATE TRIGGER events_tell_webhooks AFTER INSERT ON events
    WHEN EXISTS (SELECT 1 FROM webhook_endpoints WHERE disabled IS NULL)
BEGIN
    INSERT INTO jobs (id, kind, payload, priority, status, run_at, attempts, max_attempts, created_at)
    VALUES (NEW.id, 'webhooks.fan_out', '{"of":"events"}', 1, 'queued', NEW.occurred_at, 0, 12, NEW.occurred_at);
END;

CREATE TRIGGER audit_log_tell_webhooks AFTER INSERT ON audit_log
    WHEN NEW.entity IN ('attendance', 'enrolment')
        AND EXISTS (SELECT 1 FROM webhook_endpoints WHERE disabled IS NULL AND hears_changes)
BEGIN
    INSERT INTO jobs (id, kind, payload, priority, status, run_at, attempts, max_attempts, created_at)
    VALUES (NEW.id, 'webhooks.fan_out', '{"of":"audit_log"}', 1, 'queued', NEW.at, 0, 12, NEW.at);
END;
