-- What has happened (events), and what is still to be done about it (jobs).
--
-- Events are facts and are only ever appended; their ids point into several tables, so no foreign key can hold them.

CREATE TABLE events (
    id uuid NOT NULL CONSTRAINT events_pkey PRIMARY KEY,
    kind text COLLATE "C" NOT NULL,
    subject_id uuid NOT NULL,
    user_id uuid,
    payload jsonb NOT NULL,
    occurred_at timestamptz NOT NULL,
    request_id text COLLATE "C"
);
CREATE INDEX events_subject_id_idx ON events (subject_id, occurred_at, id);
CREATE INDEX events_user_id_idx ON events (user_id, occurred_at, id);
CREATE INDEX events_kind_idx ON events (kind, occurred_at, id);

-- position is the order in which jobs came; ids are made by several machines, whose clocks differ. Only scheduled jobs look at the clock:
-- what is queued is due whatever the time.
CREATE TABLE jobs (
    id uuid NOT NULL CONSTRAINT jobs_pkey PRIMARY KEY,
    position bigint GENERATED ALWAYS AS IDENTITY,
    kind text COLLATE "C" NOT NULL,
    payload jsonb NOT NULL,
    priority integer NOT NULL CONSTRAINT jobs_priority_check CHECK (priority BETWEEN 0 AND 2),
    status text COLLATE "C" NOT NULL CONSTRAINT jobs_status_check
        CHECK (status IN ('scheduled', 'queued', 'running', 'succeeded', 'dead', 'cancelled')),
    unique_key text COLLATE "C",
    order_key text COLLATE "C",
    run_at timestamptz NOT NULL,
    attempts integer NOT NULL,
    max_attempts integer NOT NULL CONSTRAINT jobs_max_attempts_check CHECK (max_attempts > 0),
    leased_by uuid,
    leased_until timestamptz,
    last_error text COLLATE "C",
    created_at timestamptz NOT NULL,
    finished_at timestamptz,
    CONSTRAINT jobs_lease_check
        CHECK ((status = 'running') = (leased_by IS NOT NULL) AND (leased_by IS NULL) = (leased_until IS NULL)),
    CONSTRAINT jobs_finished_at_check
        CHECK ((status IN ('succeeded', 'dead', 'cancelled')) = (finished_at IS NOT NULL))
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);
CREATE UNIQUE INDEX jobs_kind_unique_key_key ON jobs (kind, unique_key) WHERE status <> 'cancelled';
CREATE INDEX jobs_queued_idx ON jobs (priority, position) WHERE status = 'queued';
CREATE INDEX jobs_scheduled_idx ON jobs (run_at) WHERE status = 'scheduled';
CREATE INDEX jobs_running_idx ON jobs (leased_until) WHERE status = 'running';
CREATE INDEX jobs_order_key_idx ON jobs (order_key, position) WHERE status IN ('scheduled', 'queued', 'running');
CREATE INDEX jobs_status_idx ON jobs (status, created_at, id);
CREATE INDEX jobs_kind_idx ON jobs (kind, created_at, id);
CREATE INDEX jobs_created_at_idx ON jobs (created_at, id);
CREATE INDEX jobs_finished_at_idx ON jobs (finished_at) WHERE finished_at IS NOT NULL;

-- Workers listen. PostgreSQL sends equal notifications of one transaction once, and only if it is committed.
CREATE FUNCTION jobs_notify() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN PERFORM pg_notify('madang_jobs', ''); RETURN NULL; END$$;
CREATE TRIGGER jobs_notify AFTER INSERT OR UPDATE OF status ON jobs
    FOR EACH ROW WHEN (NEW.status IN ('scheduled', 'queued')) EXECUTE FUNCTION jobs_notify();
