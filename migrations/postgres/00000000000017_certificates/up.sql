-- Certificates (수료증) as facts: completion rules, numbers, verification codes, and states that say how a certificate ended.
--
-- A certificate outlives its course and its user, so it points at both by plain ids without foreign keys. What it says is never
-- changed (certifications_immutable); only its state goes on, its user where a temporary account is merged into a real one, and who it
-- was is taken out where somebody has left.

CREATE TABLE completion_rules (
    id uuid NOT NULL CONSTRAINT completion_rules_pkey PRIMARY KEY,
    course_id uuid NOT NULL CONSTRAINT completion_rules_course_id_fkey REFERENCES courses (id) ON DELETE RESTRICT,
    version integer NOT NULL CONSTRAINT completion_rules_version_check CHECK (version > 0),
    document jsonb NOT NULL,
    digest text COLLATE "C" NOT NULL,
    reason text COLLATE "C",
    created_at timestamptz NOT NULL,
    created_by uuid,
    CONSTRAINT completion_rules_course_id_version_key UNIQUE (course_id, version)
);

CREATE FUNCTION completion_rules_immutable() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN RAISE EXCEPTION 'completion_rules_immutable'; END$$;
CREATE TRIGGER completion_rules_immutable BEFORE UPDATE OR DELETE ON completion_rules
    FOR EACH STATEMENT EXECUTE FUNCTION completion_rules_immutable();

-- How people are named on certificates, beside their name in Korean, and what proves that a certificate is theirs.
CREATE TABLE certificate_holders (
    user_id uuid NOT NULL CONSTRAINT certificate_holders_pkey PRIMARY KEY
        CONSTRAINT certificate_holders_user_id_fkey REFERENCES users (id) ON DELETE RESTRICT,
    name_roman text COLLATE "C",
    birth_date date,
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    created_by uuid,
    updated_at timestamptz NOT NULL,
    updated_by uuid
);

-- The last number of each year. Whoever issues takes numbers here in the transaction that uses them: the row is held until its
-- end, so that numbers are given in turn, and a transaction that fails gives them back.
CREATE TABLE certificate_counters (
    year integer NOT NULL CONSTRAINT certificate_counters_pkey PRIMARY KEY,
    last integer NOT NULL CONSTRAINT certificate_counters_last_check CHECK (last BETWEEN 0 AND 999999)
);

-- number is the year times a million, plus the place in the year: 2026000123 is written 제2026-0123호.
ALTER TABLE certifications
    DROP CONSTRAINT certifications_course_id_fkey,
    DROP CONSTRAINT certifications_user_id_fkey,
    ALTER COLUMN state DROP DEFAULT,
    ADD COLUMN number integer,
    ADD COLUMN code text COLLATE "C",
    ADD COLUMN expires_at timestamptz,
    ADD COLUMN supersedes uuid,
    ADD COLUMN ended_at timestamptz,
    ADD COLUMN superseded_by uuid,
    ADD COLUMN reason_code text COLLATE "C",
    ADD COLUMN reason text COLLATE "C",
    ADD COLUMN expiry_told_at timestamptz;

-- Records of the first form get a number, in the order in which they were issued, and a code: 16 digits of five random bits each,
-- and Crockford's check symbol, the rest of the whole by 37.
CREATE FUNCTION certifications_draw_code() RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    symbols text := '0123456789ABCDEFGHJKMNPQRSTVWXYZ*~$=U';
    -- Bytes 6 and 8 of such an id are not random throughout.
    drawn bytea := uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid());
    place integer;
    digit integer;
    code text := '';
    rest integer := 0;
BEGIN
    FOREACH place IN ARRAY ARRAY[0, 1, 2, 3, 4, 5, 9, 10, 16, 17, 18, 19, 20, 21, 25, 26] LOOP
        digit := get_byte(drawn, place) & 31;
        code := code || substr(symbols, digit + 1, 1);
        rest := (rest * 32 + digit) % 37;
    END LOOP;
    RETURN code || substr(symbols, rest + 1, 1);
END$$;
UPDATE certifications SET number = numbered.year * 1000000 + numbered.place, code = certifications_draw_code()
FROM (
    SELECT id, extract(year FROM issued_at AT TIME ZONE 'Asia/Seoul')::integer AS year,
        (row_number() OVER (PARTITION BY extract(year FROM issued_at AT TIME ZONE 'Asia/Seoul') ORDER BY issued_at, id))::integer AS place
    FROM certifications
) AS numbered
WHERE numbered.id = certifications.id;
UPDATE certifications SET snapshot = snapshot || jsonb_build_object(
    'number', number / 1000000 || '-' || lpad((number % 1000000)::text, greatest(4, length((number % 1000000)::text)), '0'),
    'code', code,
    'issued_at', issued_at
);
INSERT INTO certificate_counters (year, last)
    SELECT number / 1000000, max(number % 1000000) FROM certifications GROUP BY number / 1000000;
DROP FUNCTION certifications_draw_code();

ALTER TABLE certifications
    ALTER COLUMN number SET NOT NULL,
    ALTER COLUMN code SET NOT NULL,
    ADD CONSTRAINT certifications_number_key UNIQUE (number),
    ADD CONSTRAINT certifications_code_key UNIQUE (code),
    ADD CONSTRAINT certifications_ended_check CHECK ((state = 'issued') = (ended_at IS NULL)),
    ADD CONSTRAINT certifications_superseded_check CHECK ((state = 'superseded') = (superseded_by IS NOT NULL)),
    ADD CONSTRAINT certifications_revoked_check
        CHECK ((state = 'revoked') = (reason_code IS NOT NULL) AND (state = 'revoked') = (reason IS NOT NULL));
CREATE INDEX certifications_state_idx ON certifications (state, issued_at, id);
CREATE INDEX certifications_expires_at_idx ON certifications (expires_at) WHERE state = 'issued';

CREATE FUNCTION certifications_immutable() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN
    IF TG_OP <> 'UPDATE' THEN
        RAISE EXCEPTION 'certifications_immutable';
    END IF;
    IF NEW.snapshot IS DISTINCT FROM OLD.snapshot AND NOT (
        NEW.snapshot - ARRAY['user_name', 'user_name_roman', 'birth_date'] = OLD.snapshot - ARRAY['user_name', 'user_name_roman', 'birth_date']
        AND EXISTS (SELECT 1 FROM users WHERE id = OLD.user_id AND withdrawn_at IS NOT NULL))
    THEN
        RAISE EXCEPTION 'certifications_immutable';
    END IF;
    IF (NEW.id, NEW.course_id, NEW.class_ids, NEW.issued_at, NEW.number, NEW.code, NEW.expires_at, NEW.supersedes,
            NEW.created_at, NEW.created_by)
        IS DISTINCT FROM
        (OLD.id, OLD.course_id, OLD.class_ids, OLD.issued_at, OLD.number, OLD.code, OLD.expires_at, OLD.supersedes,
            OLD.created_at, OLD.created_by)
    THEN
        RAISE EXCEPTION 'certifications_immutable';
    END IF;
    IF NEW.state = OLD.state THEN
        IF (NEW.ended_at, NEW.superseded_by, NEW.reason_code, NEW.reason)
            IS DISTINCT FROM (OLD.ended_at, OLD.superseded_by, OLD.reason_code, OLD.reason)
        THEN
            RAISE EXCEPTION 'certifications_immutable';
        END IF;
    ELSIF OLD.state <> 'issued' AND NOT (OLD.state = 'expired' AND NEW.state IN ('superseded', 'revoked')) THEN
        RAISE EXCEPTION 'certifications_immutable';
    END IF;
    RETURN NEW;
END$$;
CREATE TRIGGER certifications_immutable BEFORE UPDATE OR DELETE ON certifications
    FOR EACH ROW EXECUTE FUNCTION certifications_immutable();
CREATE TRIGGER certifications_no_truncate BEFORE TRUNCATE ON certifications
    FOR EACH STATEMENT EXECUTE FUNCTION certifications_immutable();

-- The classes that a certificate rests on once more, as rows, for lists by class. They follow from the certificate.
CREATE TABLE certification_classes (
    certification_id uuid NOT NULL CONSTRAINT certification_classes_certification_id_fkey
        REFERENCES certifications (id) ON DELETE RESTRICT,
    class_id uuid NOT NULL,
    CONSTRAINT certification_classes_pkey PRIMARY KEY (certification_id, class_id)
);
CREATE INDEX certification_classes_class_id_idx ON certification_classes (class_id, certification_id);
INSERT INTO certification_classes (certification_id, class_id)
    SELECT DISTINCT certifications.id, class.id::uuid
    FROM certifications, jsonb_array_elements_text(certifications.class_ids) AS class (id);

CREATE FUNCTION certifications_list_classes() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN
    INSERT INTO certification_classes (certification_id, class_id)
        SELECT DISTINCT NEW.id, class.id::uuid FROM jsonb_array_elements_text(NEW.class_ids) AS class (id);
    RETURN NULL;
END$$;
CREATE TRIGGER certifications_list_classes AFTER INSERT ON certifications
    FOR EACH ROW EXECUTE FUNCTION certifications_list_classes();
