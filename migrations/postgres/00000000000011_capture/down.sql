DROP TABLE stream_tickets;
DROP TABLE attendance_batches;
DROP TABLE check_in_guesses;
DROP TABLE check_in_sessions;

UPDATE attendances SET source = 'staff' WHERE source = 'closing';
ALTER TABLE attendances DROP CONSTRAINT attendances_source_check;
ALTER TABLE attendances ADD CONSTRAINT attendances_source_check
    CHECK (source IN ('staff', 'self_check_in', 'import'));
ALTER TABLE attendances DROP COLUMN presence;
