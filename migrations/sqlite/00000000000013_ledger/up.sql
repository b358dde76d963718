-- The ledger of marks, the closing of classes, and lectures that do not take place.
--
-- The same tables as in migrations/postgres, which explains them. INSERT OR REPLACE removes a row without asking the
-- triggers that refuse removals, so a trigger of its own refuses a row whose key is taken.

ALTER TABLE lectures ADD COLUMN cancelled_at TEXT;
ALTER TABLE lectures ADD COLUMN cancel_reason TEXT
    CONSTRAINT lectures_cancel_reason_check CHECK (cancel_reason IS NULL OR cancelled_at IS NOT NULL);
CREATE INDEX lectures_place_idx ON lectures (place, lecture_date) WHERE place IS NOT NULL;

ALTER TABLE audit_log ADD COLUMN after_closing INTEGER NOT NULL DEFAULT 0;
CREATE TRIGGER audit_log_append_only_replace BEFORE INSERT ON audit_log
WHEN EXISTS (SELECT 1 FROM audit_log WHERE id = NEW.id)
BEGIN
    SELECT RAISE(ABORT, 'UNIQUE constraint failed: audit_log.id');
END;

CREATE TABLE ledger_digests (
    month TEXT NOT NULL CONSTRAINT ledger_digests_pkey PRIMARY KEY,
    entries INTEGER NOT NULL,
    previous TEXT,
    digest TEXT NOT NULL,
    sealed_at TEXT NOT NULL
) STRICT;

CREATE TABLE ledger_segments (
    month TEXT NOT NULL,
    number INTEGER NOT NULL,
    entries TEXT NOT NULL,
    CONSTRAINT ledger_segments_pkey PRIMARY KEY (month, number)
) STRICT;

CREATE TRIGGER ledger_digests_append_only_update BEFORE UPDATE ON ledger_digests
BEGIN
    SELECT RAISE(ABORT, 'ledger_append_only');
END;
CREATE TRIGGER ledger_digests_append_only_delete BEFORE DELETE ON ledger_digests
BEGIN
    SELECT RAISE(ABORT, 'ledger_append_only');
END;
CREATE TRIGGER ledger_digests_append_only_replace BEFORE INSERT ON ledger_digests
WHEN EXISTS (SELECT 1 FROM ledger_digests WHERE month = NEW.month)
BEGIN
    SELECT RAISE(ABORT, 'UNIQUE constraint failed: ledger_digests.month');
END;
CREATE TRIGGER ledger_segments_append_only_update BEFORE UPDATE ON ledger_segments
BEGIN
    SELECT RAISE(ABORT, 'ledger_append_only');
END;
CREATE TRIGGER ledger_segments_append_only_delete BEFORE DELETE ON ledger_segments
BEGIN
    SELECT RAISE(ABORT, 'ledger_append_only');
END;
CREATE TRIGGER ledger_segments_append_only_replace BEFORE INSERT ON ledger_segments
WHEN EXISTS (SELECT 1 FROM ledger_segments WHERE month = NEW.month AND number = NEW.number)
BEGIN
    SELECT RAISE(ABORT, 'UNIQUE constraint failed: ledger_segments.month, ledger_segments.number');
END;
