-- Attendance policies (출석 인정 기준): versions of rules, which policy each class goes by, and who was warned of what.
--
-- A policy never changes: a change is a new version. Which one a class goes by is the last of its pins; a class is pinned to the
-- plain rule when it comes to be. The document of the plain rule is the preset lecture-80 of the domain, which a test compares.

CREATE TABLE attendance_policies (
    id uuid NOT NULL CONSTRAINT attendance_policies_pkey PRIMARY KEY,
    family text COLLATE "C" NOT NULL,
    version integer NOT NULL CONSTRAINT attendance_policies_version_check CHECK (version > 0),
    title text COLLATE "C" NOT NULL,
    description text COLLATE "C",
    document jsonb NOT NULL,
    digest text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    created_by uuid,
    CONSTRAINT attendance_policies_family_version_key UNIQUE (family, version)
);
CREATE INDEX attendance_policies_family_idx ON attendance_policies (family, id);
CREATE INDEX attendance_policies_created_at_idx ON attendance_policies (created_at, id);

INSERT INTO attendance_policies (id, family, version, title, description, document, digest, created_at) VALUES (
    '00000000-0000-7000-8000-000000000080', 'lecture-80', 1, '차시 기준 80%',
    '열린 차시의 80% 이상 출석하면 됩니다. 지각·조퇴·공결은 출석으로 인정하고, 결석과 기록이 없는 차시는 인정하지 않습니다.',
    '{"unit":"lecture","long_class":null,"credits":{"late":"1/1","early_leave":"1/1","excused":"1/1"},"times":{"late_grace_minutes":10,"absent_after_minutes":null,"early_leave_grace_minutes":10},"attended_time":"by_status","day_min_share":"1/2","conversion":null,"excused":{"treatment":"counts_present","cap":null,"beyond_cap":"counts_absent"},"unmarked":"absent","denominator":"held","membership":{"late_joiners":"personal_period","leavers":"personal_period"},"threshold":{"share":"4/5","when":"reached"},"rounding":{"decimals":1,"mode":"half_up"},"at_risk_absences_left":1}',
    'e6416952d2b50fd7c000dda9bfbc238883119b61f0d3ef41c0556c336f485241',
    '2026-01-01T00:00:00Z'
);

CREATE FUNCTION attendance_policies_immutable() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN RAISE EXCEPTION 'attendance_policies_immutable'; END$$;
CREATE TRIGGER attendance_policies_immutable BEFORE UPDATE OR DELETE ON attendance_policies
    FOR EACH STATEMENT EXECUTE FUNCTION attendance_policies_immutable();

-- Pins are numbered from 1 without gaps; two changes at once can't both have the next number.
CREATE TABLE class_policy_pins (
    class_id uuid NOT NULL CONSTRAINT class_policy_pins_class_id_fkey REFERENCES classes (id) ON DELETE RESTRICT,
    number integer NOT NULL CONSTRAINT class_policy_pins_number_check CHECK (number > 0),
    policy_id uuid NOT NULL CONSTRAINT class_policy_pins_policy_id_fkey
        REFERENCES attendance_policies (id) ON DELETE RESTRICT,
    pinned_at timestamptz NOT NULL,
    pinned_by uuid,
    reason text COLLATE "C",
    CONSTRAINT class_policy_pins_pkey PRIMARY KEY (class_id, number)
);
CREATE INDEX class_policy_pins_policy_id_idx ON class_policy_pins (policy_id);

INSERT INTO class_policy_pins (class_id, number, policy_id, pinned_at, pinned_by)
    SELECT id, 1, '00000000-0000-7000-8000-000000000080', created_at, created_by FROM classes;

-- A trigger, so that no way in which classes come to be (routes, imports, restored files) leaves one without a policy.
CREATE FUNCTION classes_pin_default_policy() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN
    INSERT INTO class_policy_pins (class_id, number, policy_id, pinned_at, pinned_by)
        VALUES (NEW.id, 1, '00000000-0000-7000-8000-000000000080', NEW.created_at, NEW.created_by);
    RETURN NULL;
END$$;
CREATE TRIGGER classes_pin_default_policy AFTER INSERT ON classes
    FOR EACH ROW EXECUTE FUNCTION classes_pin_default_policy();

-- What learners and staff were told, so that they are told once.
CREATE TABLE attendance_warnings (
    class_id uuid NOT NULL CONSTRAINT attendance_warnings_class_id_fkey REFERENCES classes (id) ON DELETE RESTRICT,
    user_id uuid NOT NULL CONSTRAINT attendance_warnings_user_id_fkey REFERENCES users (id) ON DELETE RESTRICT,
    kind text COLLATE "C" NOT NULL CONSTRAINT attendance_warnings_kind_check CHECK (kind IN ('at_risk', 'unreachable')),
    at timestamptz NOT NULL,
    CONSTRAINT attendance_warnings_pkey PRIMARY KEY (class_id, user_id, kind)
);
CREATE INDEX attendance_warnings_user_id_idx ON attendance_warnings (user_id);
