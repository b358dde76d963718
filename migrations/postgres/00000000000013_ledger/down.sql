DROP TABLE ledger_segments;
DROP TABLE ledger_digests;
DROP FUNCTION ledger_append_only();
ALTER TABLE audit_log DROP COLUMN after_closing;
DROP INDEX lectures_place_idx;
ALTER TABLE lectures DROP COLUMN cancel_reason;
ALTER TABLE lectures DROP COLUMN cancelled_at;
