-- What a person is told, why, and whether it was read (notices); how a person wants to be told; what lecturers announce; and
-- when a class reminds.
--
-- One person is told one thing once: of planners that meet, the unique index lets one through. A notice whose cause is gone is
-- cancelled and lets go of its key, because the cause may come back. subject_id points into several tables, so no foreign key
-- can hold it; cause tells apart what is said of one subject again and again: a lecture that was moved starts at another time.
CREATE TABLE notices (
    id uuid NOT NULL CONSTRAINT notices_pkey PRIMARY KEY,
    user_id uuid NOT NULL CONSTRAINT notices_user_id_fkey REFERENCES users (id) ON DELETE CASCADE,
    kind text COLLATE "C" NOT NULL,
    subject_id uuid NOT NULL,
    cause text COLLATE "C" NOT NULL,
    subject_at timestamptz,
    facts jsonb NOT NULL,
    in_digest boolean NOT NULL,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    read_at timestamptz,
    deleted_at timestamptz,
    cancelled_at timestamptz
);
CREATE UNIQUE INDEX notices_one_of_a_cause_key ON notices (user_id, kind, subject_id, cause) WHERE cancelled_at IS NULL;
CREATE INDEX notices_user_id_idx ON notices (user_id, created_at, id);
CREATE INDEX notices_unread_idx ON notices (user_id)
    WHERE read_at IS NULL AND deleted_at IS NULL AND cancelled_at IS NULL;
-- Who is told something again that has become untrue.
CREATE INDEX notices_standing_idx ON notices (kind, created_at)
    WHERE read_at IS NULL AND deleted_at IS NULL AND cancelled_at IS NULL;
CREATE INDEX notices_changed_at_idx ON notices (changed_at, id);
CREATE INDEX notices_created_at_idx ON notices (created_at);
CREATE INDEX notices_in_digest_idx ON notices (user_id, created_at, id) WHERE in_digest;

-- What became of a message that was sent outside: kept before it is sent, so that what nobody knows is looked up and never sent again.
CREATE TABLE notice_deliveries (
    key uuid NOT NULL CONSTRAINT notice_deliveries_pkey PRIMARY KEY,
    notice_id uuid NOT NULL
        CONSTRAINT notice_deliveries_notice_id_fkey REFERENCES notices (id) ON DELETE CASCADE,
    channel text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL CONSTRAINT notice_deliveries_state_check
        CHECK (state IN ('sending', 'pending', 'accepted', 'refused', 'later')),
    reference text,
    asked_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL
);
CREATE INDEX notice_deliveries_notice_id_idx ON notice_deliveries (notice_id);

CREATE TABLE notice_preferences (
    user_id uuid NOT NULL CONSTRAINT notice_preferences_pkey PRIMARY KEY
        CONSTRAINT notice_preferences_user_id_fkey REFERENCES users (id) ON DELETE CASCADE,
    document jsonb NOT NULL,
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    created_by uuid,
    updated_at timestamptz NOT NULL,
    updated_by uuid
);

CREATE TABLE announcements (
    id uuid NOT NULL CONSTRAINT announcements_pkey PRIMARY KEY,
    class_id uuid NOT NULL CONSTRAINT announcements_class_id_fkey REFERENCES classes (id) ON DELETE RESTRICT,
    title text NOT NULL,
    body text NOT NULL,
    is_urgent boolean NOT NULL,
    withdrawn_at timestamptz,
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    created_by uuid,
    updated_at timestamptz NOT NULL,
    updated_by uuid
);
CREATE INDEX announcements_class_id_idx ON announcements (class_id, created_at, id);

-- Minutes, or null for no reminder; a class without a row has those of the installation.
CREATE TABLE class_reminders (
    class_id uuid NOT NULL CONSTRAINT class_reminders_pkey PRIMARY KEY
        CONSTRAINT class_reminders_class_id_fkey REFERENCES classes (id) ON DELETE CASCADE,
    before_start integer CONSTRAINT class_reminders_before_start_check CHECK (before_start BETWEEN 1 AND 1440),
    check_in_after integer CONSTRAINT class_reminders_check_in_after_check CHECK (check_in_after BETWEEN 1 AND 1440),
    marking_after integer CONSTRAINT class_reminders_marking_after_check CHECK (marking_after BETWEEN 1 AND 1440),
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    created_by uuid,
    updated_at timestamptz NOT NULL,
    updated_by uuid
);

-- Absences and warnings are looked for by when they came to be.
CREATE INDEX attendances_absent_idx ON attendances (updated_at) WHERE status = 'absent';
CREATE INDEX attendance_warnings_at_idx ON attendance_warnings (at);
