-- Certificates (수료증) as facts: completion rules, numbers, verification codes, and states that say how a certificate ended.
--
-- The same as in migrations/postgres, which explains it. SQLite can't drop foreign keys, so `certifications` is made anew. It is not
-- renamed: a trigger of the audit log reads it by its name.

CREATE TABLE completion_rules (
    id TEXT NOT NULL CONSTRAINT completion_rules_pkey PRIMARY KEY,
    course_id TEXT NOT NULL CONSTRAINT completion_rules_course_id_fkey REFERENCES courses (id) ON DELETE RESTRICT,
    version INTEGER NOT NULL CONSTRAINT completion_rules_version_check CHECK (version > 0),
    document TEXT NOT NULL,
    digest TEXT NOT NULL,
    reason TEXT,
    created_at TEXT NOT NULL,
    created_by TEXT,
    CONSTRAINT completion_rules_course_id_version_key UNIQUE (course_id, version)
) STRICT;

CREATE TRIGGER completion_rules_no_update BEFORE UPDATE ON completion_rules
BEGIN
    SELECT RAISE(ABORT, 'completion_rules_immutable');
END;
CREATE TRIGGER completion_rules_no_delete BEFORE DELETE ON completion_rules
BEGIN
    SELECT RAISE(ABORT, 'completion_rules_immutable');
END;

CREATE TABLE certificate_holders (
    user_id TEXT NOT NULL CONSTRAINT certificate_holders_pkey PRIMARY KEY
        CONSTRAINT certificate_holders_user_id_fkey REFERENCES users (id) ON DELETE RESTRICT,
    name_roman TEXT,
    birth_date TEXT,
    version INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    created_by TEXT,
    updated_at TEXT NOT NULL,
    updated_by TEXT
) STRICT;

CREATE TABLE certificate_counters (
    year INTEGER NOT NULL CONSTRAINT certificate_counters_pkey PRIMARY KEY,
    last INTEGER NOT NULL CONSTRAINT certificate_counters_last_check CHECK (last BETWEEN 0 AND 999999)
) STRICT;

CREATE TABLE certifications_first AS SELECT * FROM certifications;
DROP TABLE certifications;
CREATE TABLE certifications (
    id TEXT NOT NULL CONSTRAINT certifications_pkey PRIMARY KEY,
    course_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    class_ids TEXT NOT NULL,
    issued_at TEXT NOT NULL,
    snapshot TEXT NOT NULL,
    number INTEGER NOT NULL CONSTRAINT certifications_number_key UNIQUE,
    code TEXT NOT NULL CONSTRAINT certifications_code_key UNIQUE,
    expires_at TEXT,
    supersedes TEXT,
    state TEXT NOT NULL CONSTRAINT certifications_state_check
        CHECK (state IN ('issued', 'superseded', 'revoked', 'expired')),
    ended_at TEXT,
    superseded_by TEXT,
    reason_code TEXT,
    reason TEXT,
    expiry_told_at TEXT,
    version INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    created_by TEXT,
    updated_at TEXT NOT NULL,
    updated_by TEXT,
    CONSTRAINT certifications_ended_check CHECK ((state = 'issued') = (ended_at IS NULL)),
    CONSTRAINT certifications_superseded_check CHECK ((state = 'superseded') = (superseded_by IS NOT NULL)),
    CONSTRAINT certifications_revoked_check
        CHECK ((state = 'revoked') = (reason_code IS NOT NULL) AND (state = 'revoked') = (reason IS NOT NULL))
) STRICT;

-- Digits are drawn into a table of their own: an expression with random() may be computed more than once.
CREATE TABLE certifications_digits AS
    WITH RECURSIVE digits (id, place, digit) AS (
        SELECT id, 1, random() & 31 FROM certifications_first
        UNION ALL
        SELECT id, place + 1, random() & 31 FROM digits WHERE place < 16
    )
    SELECT id, place, digit FROM digits;
CREATE UNIQUE INDEX certifications_digits_idx ON certifications_digits (id, place);
CREATE TABLE certifications_codes AS
    WITH RECURSIVE codes (id, place, code, rest) AS (
        SELECT id, 0, '', 0 FROM certifications_first
        UNION ALL
        SELECT codes.id, drawn.place, codes.code || substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', drawn.digit + 1, 1),
            (codes.rest * 32 + drawn.digit) % 37
        FROM codes JOIN certifications_digits AS drawn ON drawn.id = codes.id AND drawn.place = codes.place + 1
    )
    SELECT id, code || substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ*~$=U', rest + 1, 1) AS code FROM codes WHERE place = 16;
CREATE UNIQUE INDEX certifications_codes_idx ON certifications_codes (id);

INSERT INTO certifications (id, course_id, user_id, class_ids, issued_at, snapshot, number, code, state, ended_at, superseded_by,
    reason_code, reason, version, created_at, created_by, updated_at, updated_by)
WITH numbered AS (
    SELECT first.*, codes.code, CAST(strftime('%Y', issued_at, '+9 hours') AS INTEGER) AS year,
        row_number() OVER (PARTITION BY strftime('%Y', issued_at, '+9 hours') ORDER BY issued_at, first.id) AS place
    FROM certifications_first AS first JOIN certifications_codes AS codes ON codes.id = first.id
)
SELECT id, course_id, user_id, class_ids, issued_at,
    json_set(snapshot, '$.number', printf('%d-%04d', year, place), '$.code', code, '$.issued_at', issued_at),
    year * 1000000 + place, code, state, NULL, NULL, NULL, NULL, version, created_at, created_by, updated_at, updated_by
FROM numbered;
INSERT INTO certificate_counters (year, last)
    SELECT number / 1000000, max(number % 1000000) FROM certifications GROUP BY number / 1000000;
DROP TABLE certifications_codes;
DROP TABLE certifications_digits;
DROP TABLE certifications_first;
CREATE UNIQUE INDEX certifications_one_issued_key ON certifications (course_id, user_id) WHERE state = 'issued';
CREATE INDEX certifications_course_id_idx ON certifications (course_id, issued_at, id);
CREATE INDEX certifications_user_id_idx ON certifications (user_id, issued_at, id);
CREATE INDEX certifications_issued_at_idx ON certifications (issued_at, id);
CREATE INDEX certifications_created_at_idx ON certifications (created_at, id);
CREATE INDEX certifications_state_idx ON certifications (state, issued_at, id);
CREATE INDEX certifications_expires_at_idx ON certifications (expires_at) WHERE state = 'issued';

CREATE TRIGGER certifications_no_update BEFORE UPDATE ON certifications
WHEN (NEW.id, NEW.course_id, NEW.class_ids, NEW.issued_at, NEW.number, NEW.code, NEW.expires_at, NEW.supersedes,
        NEW.created_at, NEW.created_by)
    IS NOT (OLD.id, OLD.course_id, OLD.class_ids, OLD.issued_at, OLD.number, OLD.code, OLD.expires_at, OLD.supersedes,
        OLD.created_at, OLD.created_by)
    OR (NEW.snapshot <> OLD.snapshot AND NOT (
        json_remove(NEW.snapshot, '$.user_name', '$.user_name_roman', '$.birth_date')
            = json_remove(OLD.snapshot, '$.user_name', '$.user_name_roman', '$.birth_date')
        AND EXISTS (SELECT 1 FROM users WHERE id = OLD.user_id AND withdrawn_at IS NOT NULL)))
    OR (NEW.state = OLD.state AND (NEW.ended_at, NEW.superseded_by, NEW.reason_code, NEW.reason)
        IS NOT (OLD.ended_at, OLD.superseded_by, OLD.reason_code, OLD.reason))
    OR (NEW.state <> OLD.state AND OLD.state <> 'issued' AND NOT (OLD.state = 'expired' AND NEW.state IN ('superseded', 'revoked')))
BEGIN
    SELECT RAISE(ABORT, 'certifications_immutable');
END;
CREATE TRIGGER certifications_no_delete BEFORE DELETE ON certifications
BEGIN
    SELECT RAISE(ABORT, 'certifications_immutable');
END;

CREATE TABLE certification_classes (
    certification_id TEXT NOT NULL CONSTRAINT certification_classes_certification_id_fkey
        REFERENCES certifications (id) ON DELETE RESTRICT,
    class_id TEXT NOT NULL,
    CONSTRAINT certification_classes_pkey PRIMARY KEY (certification_id, class_id)
) STRICT;
CREATE INDEX certification_classes_class_id_idx ON certification_classes (class_id, certification_id);
INSERT INTO certification_classes (certification_id, class_id)
    SELECT DISTINCT certifications.id, class.value FROM certifications, json_each(certifications.class_ids) AS class;

CREATE TRIGGER certifications_list_classes AFTER INSERT ON certifications
BEGIN
    INSERT INTO certification_classes (certification_id, class_id)
        SELECT DISTINCT NEW.id, class.value FROM json_each(NEW.class_ids) AS class;
END;
