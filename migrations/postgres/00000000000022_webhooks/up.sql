-- Webhooks: endpoints, and what is delivered to them.

CREATE TABLE webhook_endpoints (
    id uuid NOT NULL CONSTRAINT webhook_endpoints_pkey PRIMARY KEY,
    url text COLLATE "C" NOT NULL,
    description text COLLATE "C",
    kinds jsonb NOT NULL,
    -- Whether it is told of what only the audit log tells.
    hears_changes boolean NOT NULL,
    disabled text COLLATE "C" CONSTRAINT webhook_endpoints_disabled_check CHECK (disabled IN ('gone', 'failing', 'by_hand')),
    failing_since timestamptz,
    secret_number integer NOT NULL CONSTRAINT webhook_endpoints_secret_number_check CHECK (secret_number > 0),
    old_secret_until timestamptz,
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    created_by uuid,
    updated_at timestamptz NOT NULL,
    updated_by uuid
);
CREATE INDEX webhook_endpoints_created_at_idx ON webhook_endpoints (created_at, id);
CREATE INDEX webhook_endpoints_active_idx ON webhook_endpoints (hears_changes) WHERE disabled IS NULL;

-- The body is kept as text: it is signed, and the same byte for byte at every attempt.
CREATE TABLE webhook_deliveries (
    id uuid NOT NULL CONSTRAINT webhook_deliveries_pkey PRIMARY KEY,
    endpoint_id uuid NOT NULL
        CONSTRAINT webhook_deliveries_endpoint_id_fkey REFERENCES webhook_endpoints (id) ON DELETE CASCADE,
    event_id uuid NOT NULL,
    kind text COLLATE "C" NOT NULL,
    body text COLLATE "C" NOT NULL,
    status text COLLATE "C" NOT NULL CONSTRAINT webhook_deliveries_status_check
        CHECK (status IN ('pending', 'delivered', 'failed', 'skipped')),
    attempts integer NOT NULL,
    last_status integer,
    last_error text COLLATE "C",
    created_at timestamptz NOT NULL,
    attempted_at timestamptz,
    CONSTRAINT webhook_deliveries_endpoint_id_event_id_key UNIQUE (endpoint_id, event_id)
);
CREATE INDEX webhook_deliveries_endpoint_id_created_at_idx ON webhook_deliveries (endpoint_id, created_at, id);
CREATE INDEX webhook_deliveries_status_idx ON webhook_deliveries (endpoint_id, status, created_at, id);
CREATE INDEX webhook_deliveries_created_at_idx ON webhook_deliveries (created_at) WHERE status <> 'pending';

-- What happens brings the job with it that finds out who is told: in the same transaction, whoever writes it, without a statement more.
-- The job has the id of the event, or of the entry of the audit log. Marks and places are told by the audit log alone.
CREATE FUNCTION events_tell_webhooks() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN
    IF EXISTS (SELECT 1 FROM webhook_endpoints WHERE disabled IS NULL) THEN
        INSERT INTO jobs (id, kind, payload, priority, status, run_at, attempts, max_attempts, created_at)
        VALUES (NEW.id, 'webhooks.fan_out', '{"of": "events"}', 1, 'queued', NEW.occurred_at, 0, 12, NEW.occurred_at);
    END IF;
    RETURN NULL;
END$$;
CREATE TRIGGER events_tell_webhooks AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION events_tell_webhooks();

CREATE FUNCTION audit_log_tell_webhooks() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN
    IF EXISTS (SELECT 1 FROM webhook_endpoints WHERE disabled IS NULL AND hears_changes) THEN
        INSERT INTO jobs (id, kind, payload, priority, status, run_at, attempts, max_attempts, created_at)
        VALUES (NEW.id, 'webhooks.fan_out', '{"of": "audit_log"}', 1, 'queued', NEW.at, 0, 12, NEW.at);
    END IF;
    RETURN NULL;
END$$;
CREATE TRIGGER audit_log_tell_webhooks AFTER INSERT ON audit_log FOR EACH ROW
    WHEN (NEW.entity IN ('attendance', 'enrolment')) EXECUTE FUNCTION audit_log_tell_webhooks();
