-- What has happened (events), and what is still to be done about it (jobs).
--
-- The same tables as in migrations/postgres, which explains them. Workers of the same process are told of new jobs by the
-- process itself.

CREATE TABLE events (
    id TEXT NOT NULL CONSTRAINT events_pkey PRIMARY KEY,
    kind TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    user_id TEXT,
    payload TEXT NOT NULL,
    occurred_at TEXT NOT NULL,
    request_id TEXT
) STRICT;
CREATE INDEX events_subject_id_idx ON events (subject_id, occurred_at, id);
CREATE INDEX events_user_id_idx ON events (user_id, occurred_at, id);
CREATE INDEX events_kind_idx ON events (kind, occurred_at, id);

CREATE TABLE jobs (
    position INTEGER PRIMARY KEY,
    id TEXT NOT NULL CONSTRAINT jobs_pkey UNIQUE,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    priority INTEGER NOT NULL CONSTRAINT jobs_priority_check CHECK (priority BETWEEN 0 AND 2),
    status TEXT NOT NULL CONSTRAINT jobs_status_check
        CHECK (status IN ('scheduled', 'queued', 'running', 'succeeded', 'dead', 'cancelled')),
    unique_key TEXT,
    order_key TEXT,
    run_at TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    max_attempts INTEGER NOT NULL CONSTRAINT jobs_max_attempts_check CHECK (max_attempts > 0),
    leased_by TEXT,
    leased_until TEXT,
    last_error TEXT,
    created_at TEXT NOT NULL,
    finished_at TEXT,
    CONSTRAINT jobs_lease_check
        CHECK ((status = 'running') = (leased_by IS NOT NULL) AND (leased_by IS NULL) = (leased_until IS NULL)),
    CONSTRAINT jobs_finished_at_check
        CHECK ((status IN ('succeeded', 'dead', 'cancelled')) = (finished_at IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX jobs_kind_unique_key_key ON jobs (kind, unique_key) WHERE status <> 'cancelled';
CREATE INDEX jobs_queued_idx ON jobs (priority, position) WHERE status = 'queued';
CREATE INDEX jobs_scheduled_idx ON jobs (run_at) WHERE status = 'scheduled';
CREATE INDEX jobs_running_idx ON jobs (leased_until) WHERE status = 'running';
CREATE INDEX jobs_order_key_idx ON jobs (order_key, position) WHERE status IN ('scheduled', 'queued', 'running');
CREATE INDEX jobs_status_idx ON jobs (status, created_at, id);
CREATE INDEX jobs_kind_idx ON jobs (kind, created_at, id);
CREATE INDEX jobs_created_at_idx ON jobs (created_at, id);
CREATE INDEX jobs_finished_at_idx ON jobs (finished_at) WHERE finished_at IS NOT NULL;
