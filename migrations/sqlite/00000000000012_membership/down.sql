DROP TABLE leave_requests;

-- Who waited has never come: the empty period says so without a name for it.
UPDATE enrolments SET status = 'left' WHERE status = 'waiting';
CREATE TABLE enrolments_old (
    id TEXT NOT NULL CONSTRAINT enrolments_pkey PRIMARY KEY,
    class_id TEXT NOT NULL CONSTRAINT enrolments_class_id_fkey REFERENCES classes (id) ON DELETE RESTRICT,
    user_id TEXT NOT NULL CONSTRAINT enrolments_user_id_fkey REFERENCES users (id) ON DELETE RESTRICT,
    role TEXT NOT NULL CONSTRAINT enrolments_role_check CHECK (role IN ('lecturer', 'assistant', 'learner')),
    enrolled_on TEXT NOT NULL,
    left_on TEXT,
    status TEXT NOT NULL CONSTRAINT enrolments_status_check
        CHECK (status IN ('active', 'left', 'transferred')),
    version INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    created_by TEXT,
    updated_at TEXT NOT NULL,
    updated_by TEXT,
    CONSTRAINT enrolments_period_check CHECK (left_on >= enrolled_on),
    CONSTRAINT enrolments_end_check CHECK ((status = 'active') = (left_on IS NULL))
) STRICT;
INSERT INTO enrolments_old (id, class_id, user_id, role, enrolled_on, left_on, status, version, created_at, created_by, updated_at, updated_by)
    SELECT id, class_id, user_id, role, enrolled_on, left_on, status, version, created_at, created_by, updated_at, updated_by FROM enrolments;
DROP TABLE enrolments;
ALTER TABLE enrolments_old RENAME TO enrolments;
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
