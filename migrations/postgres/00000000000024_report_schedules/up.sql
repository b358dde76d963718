-- Reports that are mailed every week or month; `announced_until` is the last day of the newest one that was, so that none is mailed
-- twice. Who is to be told stands in the row itself: whether somebody still may be
-- is asked when a mail is sent, so that neither a merge nor a leaving has to change it.

CREATE TABLE report_schedules (
    id uuid NOT NULL CONSTRAINT report_schedules_pkey PRIMARY KEY,
    period text COLLATE "C" NOT NULL CONSTRAINT report_schedules_period_check CHECK (period IN ('weekly', 'monthly')),
    course_id uuid CONSTRAINT report_schedules_course_id_fkey REFERENCES courses (id) ON DELETE CASCADE,
    recipients jsonb NOT NULL,
    is_active boolean NOT NULL,
    announced_until date NOT NULL,
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    created_by uuid,
    updated_at timestamptz NOT NULL,
    updated_by uuid
);
CREATE INDEX report_schedules_course_id_idx ON report_schedules (course_id);
CREATE INDEX report_schedules_created_at_idx ON report_schedules (created_at, id);

-- What came of an operation, where that is a file; forgotten after some days.
CREATE TABLE operation_files (
    operation_id uuid NOT NULL CONSTRAINT operation_files_pkey PRIMARY KEY
        CONSTRAINT operation_files_operation_id_fkey REFERENCES operations (id) ON DELETE CASCADE,
    name text COLLATE "C" NOT NULL,
    media_type text COLLATE "C" NOT NULL,
    content bytea NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX operation_files_created_at_idx ON operation_files (created_at);

-- What a learner holds: without it SQLite, which keeps no statistics of its tables, walks all that was ever issued instead.
CREATE INDEX certifications_user_id_state_idx ON certifications (user_id, state, issued_at, id);
