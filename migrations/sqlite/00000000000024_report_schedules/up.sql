-- Reports that are mailed every week or month; `announced_until` is the last day of the newest one that was, so that none is mailed
-- twice. Who is to be told stands in the row itself: whether somebody still may be
-- is asked when a mail is sent, so that neither a merge nor a leaving has to change it.
--
-- The same table as in migrations/postgres.

CREATE TABLE report_schedules (
    id TEXT NOT NULL CONSTRAINT report_schedules_pkey PRIMARY KEY,
    period TEXT NOT NULL CONSTRAINT report_schedules_period_check CHECK (period IN ('weekly', 'monthly')),
    course_id TEXT CONSTRAINT report_schedules_course_id_fkey REFERENCES courses (id) ON DELETE CASCADE,
    recipients TEXT NOT NULL,
    is_active INTEGER NOT NULL,
    announced_until TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    created_by TEXT,
    updated_at TEXT NOT NULL,
    updated_by TEXT
) STRICT;
CREATE INDEX report_schedules_course_id_idx ON report_schedules (course_id);
CREATE INDEX report_schedules_created_at_idx ON report_schedules (created_at, id);

-- What came of an operation, where that is a file; forgotten after some days.
CREATE TABLE operation_files (
    operation_id TEXT NOT NULL CONSTRAINT operation_files_pkey PRIMARY KEY
        CONSTRAINT operation_files_operation_id_fkey REFERENCES operations (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    content BLOB NOT NULL,
    created_at TEXT NOT NULL
) STRICT;
CREATE INDEX operation_files_created_at_idx ON operation_files (created_at);

-- What a learner holds: without it SQLite, which keeps no statistics of its tables, walks all that was ever issued instead.
CREATE INDEX certifications_user_id_state_idx ON certifications (user_id, state, issued_at, id);
