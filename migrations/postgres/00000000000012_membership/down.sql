DROP TABLE leave_requests;

DROP INDEX enrolments_waiting_idx;
DROP INDEX enrolments_one_waiting_key;
-- Who waited has never come: the empty period says so without a name for it.
ALTER TABLE enrolments DROP CONSTRAINT enrolments_waiting_check, DROP CONSTRAINT enrolments_status_check;
UPDATE enrolments SET status = 'left' WHERE status = 'waiting';
ALTER TABLE enrolments
    DROP COLUMN transferred_from,
    ADD CONSTRAINT enrolments_status_check CHECK (status IN ('active', 'left', 'transferred'));
