-- Taking attendance: sessions in which learners check in by themselves, wrong guesses at a code, what bulk requests did, and
-- tickets for streams. presence holds the times of one learner at one lecture and what follows from them; it is a document
-- because it is read and written with its mark only. What belongs to a lecture alone goes with it.

-- SQLite changes no constraint of a table that is there: the table is made anew.
CREATE TABLE attendances_rebuilt (
    id TEXT NOT NULL CONSTRAINT attendances_pkey PRIMARY KEY,
    lecture_id TEXT NOT NULL CONSTRAINT attendances_lecture_id_fkey REFERENCES lectures (id) ON DELETE RESTRICT,
    user_id TEXT NOT NULL CONSTRAINT attendances_user_id_fkey REFERENCES users (id) ON DELETE RESTRICT,
    status TEXT NOT NULL CONSTRAINT attendances_status_check
        CHECK (status IN ('present', 'late', 'early_leave', 'excused', 'absent')),
    detail_type TEXT,
    description TEXT,
    assignment_id TEXT,
    checked_at TEXT,
    source TEXT NOT NULL CONSTRAINT attendances_source_check
        CHECK (source IN ('staff', 'self_check_in', 'import', 'closing')),
    version INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    created_by TEXT,
    updated_at TEXT NOT NULL,
    updated_by TEXT,
    presence TEXT,
    CONSTRAINT attendances_lecture_id_user_id_key UNIQUE (lecture_id, user_id)
) STRICT;
INSERT INTO attendances_rebuilt (id, lecture_id, user_id, status, detail_type, description, assignment_id, checked_at, source, version, created_at,
    created_by, updated_at, updated_by)
SELECT id, lecture_id, user_id, status, detail_type, description, assignment_id, checked_at, source, version, created_at,
    created_by, updated_at, updated_by
FROM attendances;
DROP TABLE attendances;
ALTER TABLE attendances_rebuilt RENAME TO attendances;
CREATE INDEX attendances_user_id_idx ON attendances (user_id, lecture_id);
CREATE INDEX attendances_created_at_idx ON attendances (created_at, id);

CREATE TABLE check_in_sessions (
    id TEXT NOT NULL CONSTRAINT check_in_sessions_pkey PRIMARY KEY,
    lecture_id TEXT NOT NULL CONSTRAINT check_in_sessions_lecture_id_key UNIQUE
        CONSTRAINT check_in_sessions_lecture_id_fkey REFERENCES lectures (id) ON DELETE CASCADE,
    opens_at TEXT NOT NULL,
    closes_at TEXT NOT NULL,
    late_grace_minutes INTEGER NOT NULL,
    absent_after_minutes INTEGER,
    early_leave_grace_minutes INTEGER NOT NULL,
    unmarked_absent INTEGER NOT NULL,
    settled_at TEXT,
    version INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    created_by TEXT,
    updated_at TEXT NOT NULL,
    updated_by TEXT,
    CONSTRAINT check_in_sessions_times_check CHECK (closes_at >= opens_at)
) STRICT;
CREATE INDEX check_in_sessions_unsettled_idx ON check_in_sessions (closes_at) WHERE settled_at IS NULL;

CREATE TABLE check_in_guesses (
    lecture_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    wrong INTEGER NOT NULL,
    since TEXT NOT NULL,
    CONSTRAINT check_in_guesses_pkey PRIMARY KEY (lecture_id, user_id)
) STRICT;
CREATE INDEX check_in_guesses_since_idx ON check_in_guesses (since);

CREATE TABLE attendance_batches (
    id TEXT NOT NULL CONSTRAINT attendance_batches_pkey PRIMARY KEY,
    lecture_id TEXT NOT NULL
        CONSTRAINT attendance_batches_lecture_id_fkey REFERENCES lectures (id) ON DELETE CASCADE,
    entries TEXT NOT NULL,
    made_at TEXT NOT NULL,
    made_by TEXT,
    undone_at TEXT,
    undone_by TEXT
) STRICT;
CREATE INDEX attendance_batches_lecture_id_idx ON attendance_batches (lecture_id, made_at, id);

CREATE TABLE stream_tickets (
    hash TEXT NOT NULL CONSTRAINT stream_tickets_pkey PRIMARY KEY,
    stream TEXT NOT NULL,
    user_id TEXT NOT NULL,
    session_id TEXT NOT NULL,
    usable_until TEXT NOT NULL,
    signed_in_until TEXT NOT NULL
) STRICT;
CREATE INDEX stream_tickets_usable_until_idx ON stream_tickets (usable_until);
