-- Membership: waiting lists, places that came by a move between classes, and excused absences (공결).
--
-- A place that is waited for holds on no day: its period is empty, so that whoever counts by days counts it nowhere.
-- transferred_from is a plain id without a foreign key: an import may bring a place before the one that it came from.

ALTER TABLE enrolments DROP CONSTRAINT enrolments_status_check;
ALTER TABLE enrolments
    ADD COLUMN transferred_from uuid,
    ADD CONSTRAINT enrolments_status_check CHECK (status IN ('active', 'left', 'transferred', 'waiting')),
    ADD CONSTRAINT enrolments_waiting_check CHECK (status <> 'waiting' OR (left_on = enrolled_on AND role = 'learner'));
CREATE UNIQUE INDEX enrolments_one_waiting_key ON enrolments (class_id, user_id) WHERE status = 'waiting';
-- The queue of a class, in order.
CREATE INDEX enrolments_waiting_idx ON enrolments (class_id, created_at, id) WHERE status = 'waiting';

-- The lectures of a request are ids without foreign keys: a request stays on record when a lecture is removed.
CREATE TABLE leave_requests (
    id uuid NOT NULL CONSTRAINT leave_requests_pkey PRIMARY KEY,
    class_id uuid NOT NULL CONSTRAINT leave_requests_class_id_fkey REFERENCES classes (id) ON DELETE RESTRICT,
    user_id uuid NOT NULL CONSTRAINT leave_requests_user_id_fkey REFERENCES users (id) ON DELETE RESTRICT,
    reason text COLLATE "C" NOT NULL CONSTRAINT leave_requests_reason_check
        CHECK (reason IN ('military', 'reserve_forces', 'family_event', 'illness', 'exam', 'interview', 'official', 'other')),
    description text COLLATE "C",
    first_on date NOT NULL,
    last_on date NOT NULL,
    lecture_ids jsonb,
    evidence jsonb NOT NULL,
    status text COLLATE "C" NOT NULL CONSTRAINT leave_requests_status_check
        CHECK (status IN ('pending', 'approved', 'rejected', 'withdrawn')),
    decided_at timestamptz,
    decided_by uuid,
    decision_note text COLLATE "C",
    withdrawn_at timestamptz,
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    created_by uuid,
    updated_at timestamptz NOT NULL,
    updated_by uuid,
    CONSTRAINT leave_requests_period_check CHECK (last_on >= first_on),
    CONSTRAINT leave_requests_withdrawn_check CHECK ((status = 'withdrawn') = (withdrawn_at IS NOT NULL))
);
CREATE INDEX leave_requests_class_id_idx ON leave_requests (class_id, created_at, id);
CREATE INDEX leave_requests_user_id_idx ON leave_requests (user_id, created_at, id);
CREATE INDEX leave_requests_status_idx ON leave_requests (status, created_at, id);
CREATE INDEX leave_requests_first_on_idx ON leave_requests (first_on, id);
CREATE INDEX leave_requests_created_at_idx ON leave_requests (created_at, id);
