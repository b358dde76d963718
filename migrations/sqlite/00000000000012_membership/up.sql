-- Membership: waiting lists, places that came by a move between classes, and excused absences (공결).
--
-- The same as in migrations/postgres, which explains it. SQLite can't change the checks of a table, so `enrolments` is made anew;
-- nothing refers to it.

CREATE TABLE enrolments_new (
    id TEXT NOT NULL CONSTRAINT enrolments_pkey PRIMARY KEY,
    class_id TEXT NOT NULL CONSTRAINT enrolments_class_id_fkey REFERENCES classes (id) ON DELETE RESTRICT,
    user_id TEXT NOT NULL CONSTRAINT enrolments_user_id_fkey REFERENCES users (id) ON DELETE RESTRICT,
    role TEXT NOT NULL CONSTRAINT enrolments_role_check CHECK (role IN ('lecturer', 'assistant', 'learner')),
    enrolled_on TEXT NOT NULL,
    left_on TEXT,
    status TEXT NOT NULL CONSTRAINT enrolments_status_check
        CHECK (status IN ('active', 'left', 'transferred', 'waiting')),
    transferred_from TEXT,
    version INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    created_by TEXT,
    updated_at TEXT NOT NULL,
    updated_by TEXT,
    CONSTRAINT enrolments_period_check CHECK (left_on >= enrolled_on),
    CONSTRAINT enrolments_end_check CHECK ((status = 'active') = (left_on IS NULL)),
    CONSTRAINT enrolments_waiting_check CHECK (status <> 'waiting' OR (left_on = enrolled_on AND role = 'learner'))
) STRICT;
INSERT INTO enrolments_new (id, class_id, user_id, role, enrolled_on, left_on, status, version, created_at, created_by, updated_at, updated_by)
    SELECT id, class_id, user_id, role, enrolled_on, left_on, status, version, created_at, created_by, updated_at, updated_by FROM enrolments;
DROP TABLE enrolments;
ALTER TABLE enrolments_new RENAME TO enrolments;
CREATE INDEX enrolments_class_id_idx ON enrolments (class_id, user_id);
CREATE INDEX enrolments_user_id_idx ON enrolments (user_id, enrolled_on, id);
CREATE INDEX enrolments_created_at_idx ON enrolments (created_at, id);

-- The periods of one user in one class never overlap; empty ones (left on the day of enrolment) overlap nothing.
CREATE TRIGGER enrolments_no_overlap_insert BEFORE INSERT ON enrolments
WHEN NEW.left_on IS NULL OR NEW.enrolled_on < NEW.left_on
BEGIN
    SELECT RAISE(ABORT, 'enrolments_no_overlap') FROM enrolments AS other
    WHERE other.class_id = NEW.class_id AND other.user_id = NEW.user_id
        AND (other.left_on IS NULL OR (other.enrolled_on < other.left_on AND NEW.enrolled_on < other.left_on))
        AND (NEW.left_on IS NULL OR other.enrolled_on < NEW.left_on);
END;
CREATE TRIGGER enrolments_no_overlap_update BEFORE UPDATE OF class_id, user_id, enrolled_on, left_on ON enrolments
WHEN NEW.left_on IS NULL OR NEW.enrolled_on < NEW.left_on
BEGIN
    SELECT RAISE(ABORT, 'enrolments_no_overlap') FROM enrolments AS other
    WHERE other.class_id = NEW.class_id AND other.user_id = NEW.user_id AND other.id <> OLD.id
        AND (other.left_on IS NULL OR (other.enrolled_on < other.left_on AND NEW.enrolled_on < other.left_on))
        AND (NEW.left_on IS NULL OR other.enrolled_on < NEW.left_on);
END;

CREATE UNIQUE INDEX enrolments_one_waiting_key ON enrolments (class_id, user_id) WHERE status = 'waiting';
-- The queue of a class, in order.
CREATE INDEX enrolments_waiting_idx ON enrolments (class_id, created_at, id) WHERE status = 'waiting';

-- The lectures of a request are ids without foreign keys: a request stays on record when a lecture is removed.
CREATE TABLE leave_requests (
    id TEXT NOT NULL CONSTRAINT leave_requests_pkey PRIMARY KEY,
    class_id TEXT NOT NULL CONSTRAINT leave_requests_class_id_fkey REFERENCES classes (id) ON DELETE RESTRICT,
    user_id TEXT NOT NULL CONSTRAINT leave_requests_user_id_fkey REFERENCES users (id) ON DELETE RESTRICT,
    reason TEXT NOT NULL CONSTRAINT leave_requests_reason_check
        CHECK (reason IN ('military', 'reserve_forces', 'family_event', 'illness', 'exam', 'interview', 'official', 'other')),
    description TEXT,
    first_on TEXT NOT NULL,
    last_on TEXT NOT NULL,
    lecture_ids TEXT,
    evidence TEXT NOT NULL,
    status TEXT NOT NULL CONSTRAINT leave_requests_status_check
        CHECK (status IN ('pending', 'approved', 'rejected', 'withdrawn')),
    decided_at TEXT,
    decided_by TEXT,
    decision_note TEXT,
    withdrawn_at TEXT,
    version INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    created_by TEXT,
    updated_at TEXT NOT NULL,
    updated_by TEXT,
    CONSTRAINT leave_requests_period_check CHECK (last_on >= first_on),
    CONSTRAINT leave_requests_withdrawn_check CHECK ((status = 'withdrawn') = (withdrawn_at IS NOT NULL))
) STRICT;
CREATE INDEX leave_requests_class_id_idx ON leave_requests (class_id, created_at, id);
CREATE INDEX leave_requests_user_id_idx ON leave_requests (user_id, created_at, id);
CREATE INDEX leave_requests_status_idx ON leave_requests (status, created_at, id);
CREATE INDEX leave_requests_first_on_idx ON leave_requests (first_on, id);
CREATE INDEX leave_requests_created_at_idx ON leave_requests (created_at, id);
