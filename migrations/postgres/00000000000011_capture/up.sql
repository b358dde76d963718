-- Taking attendance: sessions in which learners check in by themselves, wrong guesses at a code, what bulk requests did, and
-- tickets for streams. presence holds the times of one learner at one lecture and what follows from them; it is a document
-- because it is read and written with its mark only. What belongs to a lecture alone goes with it.

ALTER TABLE attendances ADD COLUMN presence jsonb;
ALTER TABLE attendances DROP CONSTRAINT attendances_source_check;
ALTER TABLE attendances ADD CONSTRAINT attendances_source_check
    CHECK (source IN ('staff', 'self_check_in', 'import', 'closing'));

CREATE TABLE check_in_sessions (
    id uuid NOT NULL CONSTRAINT check_in_sessions_pkey PRIMARY KEY,
    lecture_id uuid NOT NULL CONSTRAINT check_in_sessions_lecture_id_key UNIQUE
        CONSTRAINT check_in_sessions_lecture_id_fkey REFERENCES lectures (id) ON DELETE CASCADE,
    opens_at timestamptz NOT NULL,
    closes_at timestamptz NOT NULL,
    late_grace_minutes integer NOT NULL,
    absent_after_minutes integer,
    early_leave_grace_minutes integer NOT NULL,
    unmarked_absent boolean NOT NULL,
    settled_at timestamptz,
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    created_by uuid,
    updated_at timestamptz NOT NULL,
    updated_by uuid,
    CONSTRAINT check_in_sessions_times_check CHECK (closes_at >= opens_at)
);
CREATE INDEX check_in_sessions_unsettled_idx ON check_in_sessions (closes_at) WHERE settled_at IS NULL;

CREATE TABLE check_in_guesses (
    lecture_id uuid NOT NULL,
    user_id uuid NOT NULL,
    wrong integer NOT NULL,
    since timestamptz NOT NULL,
    CONSTRAINT check_in_guesses_pkey PRIMARY KEY (lecture_id, user_id)
);
CREATE INDEX check_in_guesses_since_idx ON check_in_guesses (since);

CREATE TABLE attendance_batches (
    id uuid NOT NULL CONSTRAINT attendance_batches_pkey PRIMARY KEY,
    lecture_id uuid NOT NULL
        CONSTRAINT attendance_batches_lecture_id_fkey REFERENCES lectures (id) ON DELETE CASCADE,
    entries jsonb NOT NULL,
    made_at timestamptz NOT NULL,
    made_by uuid,
    undone_at timestamptz,
    undone_by uuid
);
CREATE INDEX attendance_batches_lecture_id_idx ON attendance_batches (lecture_id, made_at, id);

CREATE TABLE stream_tickets (
    hash text COLLATE "C" NOT NULL CONSTRAINT stream_tickets_pkey PRIMARY KEY,
    stream text COLLATE "C" NOT NULL,
    user_id uuid NOT NULL,
    session_id uuid NOT NULL,
    usable_until timestamptz NOT NULL,
    signed_in_until timestamptz NOT NULL
);
CREATE INDEX stream_tickets_usable_until_idx ON stream_tickets (usable_until);
