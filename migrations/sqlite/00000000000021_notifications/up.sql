-- What a person is told, why, and whether it was read (notices); how a person wants to be told; what lecturers announce; and
-- when a class reminds.
--
-- The same as in migrations/postgres, which explains it.
CREATE TABLE notices (
    id TEXT NOT NULL CONSTRAINT notices_pkey PRIMARY KEY,
    user_id TEXT NOT NULL CONSTRAINT notices_user_id_fkey REFERENCES users (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    cause TEXT NOT NULL,
    subject_at TEXT,
    facts TEXT NOT NULL,
    in_digest INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    changed_at TEXT NOT NULL,
    read_at TEXT,
    deleted_at TEXT,
    cancelled_at TEXT
) STRICT;
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
    key TEXT NOT NULL CONSTRAINT notice_deliveries_pkey PRIMARY KEY,
    notice_id TEXT NOT NULL
        CONSTRAINT notice_deliveries_notice_id_fkey REFERENCES notices (id) ON DELETE CASCADE,
    channel TEXT NOT NULL,
    state TEXT NOT NULL CONSTRAINT notice_deliveries_state_check
        CHECK (state IN ('sending', 'pending', 'accepted', 'refused', 'later')),
    reference TEXT,
    asked_at TEXT NOT NULL,
    changed_at TEXT NOT NULL
) STRICT;
CREATE INDEX notice_deliveries_notice_id_idx ON notice_deliveries (notice_id);

CREATE TABLE notice_preferences (
    user_id TEXT NOT NULL CONSTRAINT notice_preferences_pkey PRIMARY KEY
        CONSTRAINT notice_preferences_user_id_fkey REFERENCES users (id) ON DELETE CASCADE,
    document TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    created_by TEXT,
    updated_at TEXT NOT NULL,
    updated_by TEXT
) STRICT;

CREATE TABLE announcements (
    id TEXT NOT NULL CONSTRAINT announcements_pkey PRIMARY KEY,
    class_id TEXT NOT NULL CONSTRAINT announcements_class_id_fkey REFERENCES classes (id) ON DELETE RESTRICT,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    is_urgent INTEGER NOT NULL,
    withdrawn_at TEXT,
    version INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    created_by TEXT,
    updated_at TEXT NOT NULL,
    updated_by TEXT
) STRICT;
CREATE INDEX announcements_class_id_idx ON announcements (class_id, created_at, id);

-- Minutes, or null for no reminder; a class without a row has those of the installation.
CREATE TABLE class_reminders (
    class_id TEXT NOT NULL CONSTRAINT class_reminders_pkey PRIMARY KEY
        CONSTRAINT class_reminders_class_id_fkey REFERENCES classes (id) ON DELETE CASCADE,
    before_start INTEGER CONSTRAINT class_reminders_before_start_check CHECK (before_start BETWEEN 1 AND 1440),
    check_in_after INTEGER CONSTRAINT class_reminders_check_in_after_check CHECK (check_in_after BETWEEN 1 AND 1440),
    marking_after INTEGER CONSTRAINT class_reminders_marking_after_check CHECK (marking_after BETWEEN 1 AND 1440),
    version INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    created_by TEXT,
    updated_at TEXT NOT NULL,
    updated_by TEXT
) STRICT;

-- Absences and warnings are looked for by when they came to be.
CREATE INDEX attendances_absent_idx ON attendances (updated_at) WHERE status = 'absent';
CREATE INDEX attendance_warnings_at_idx ON attendance_warnings (at);
