-- The ledger of marks, the closing of classes, and lectures that do not take place.
--
-- The ledger is the audit log's rows about marks (docs/decisions/0005): who, when, by which request, old, new, reason. after_closing
-- tells that a thing was changed although its class was closed. ledger_digests chains a digest of each month to that of
-- the month before; ledger_segments keeps the id and a short hash of every row, so that `madang verify-ledger` can
-- name the row that differs.

ALTER TABLE lectures ADD COLUMN cancelled_at timestamptz;
ALTER TABLE lectures ADD COLUMN cancel_reason text COLLATE "C"
    CONSTRAINT lectures_cancel_reason_check CHECK (cancel_reason IS NULL OR cancelled_at IS NOT NULL);
CREATE INDEX lectures_place_idx ON lectures (place, lecture_date) WHERE place IS NOT NULL;

ALTER TABLE audit_log ADD COLUMN after_closing boolean NOT NULL DEFAULT false;

CREATE TABLE ledger_digests (
    month date NOT NULL CONSTRAINT ledger_digests_pkey PRIMARY KEY,
    entries bigint NOT NULL,
    previous text COLLATE "C",
    digest text COLLATE "C" NOT NULL,
    sealed_at timestamptz NOT NULL
);

CREATE TABLE ledger_segments (
    month date NOT NULL,
    number integer NOT NULL,
    entries text COLLATE "C" NOT NULL,
    CONSTRAINT ledger_segments_pkey PRIMARY KEY (month, number)
);

CREATE FUNCTION ledger_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN RAISE EXCEPTION 'ledger_append_only'; END$$;
CREATE TRIGGER ledger_digests_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_digests
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only();
CREATE TRIGGER ledger_segments_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_segments
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only();
