-- Attendance policies (출석 인정 기준): versions of rules, which policy each class goes by, and who was warned of what.
-- See the same migration of PostgreSQL.

CREATE TABLE attendance_policies (
    id TEXT NOT NULL CONSTRAINT attendance_policies_pkey PRIMARY KEY,
    family TEXT NOT NULL,
    version INTEGER NOT NULL CONSTRAINT attendance_policies_version_check CHECK (version > 0),
    title TEXT NOT NULL,
    description TEXT,
    document TEXT NOT NULL,
    digest TEXT NOT NULL,
    created_at TEXT NOT NULL,
    created_by TEXT,
    CONSTRAINT attendance_policies_family_version_key UNIQUE (family, version)
) STRICT;
CREATE INDEX attendance_policies_family_idx ON attendance_policies (family, id);
CREATE INDEX attendance_policies_created_at_idx ON attendance_policies (created_at, id);

INSERT INTO attendance_policies (id, family, version, title, description, document, digest, created_at) VALUES (
    '00000000-0000-7000-8000-000000000080', 'lecture-80', 1, '차시 기준 80%',
    '열린 차시의 80% 이상 출석하면 됩니다. 지각·조퇴·공결은 출석으로 인정하고, 결석과 기록이 없는 차시는 인정하지 않습니다.',
    '{"unit":"lecture","long_class":null,"credits":{"late":"1/1","early_leave":"1/1","excused":"1/1"},"times":{"late_grace_minutes":10,"absent_after_minutes":null,"early_leave_grace_minutes":10},"attended_time":"by_status","day_min_share":"1/2","conversion":null,"excused":{"treatment":"counts_present","cap":null,"beyond_cap":"counts_absent"},"unmarked":"absent","denominator":"held","membership":{"late_joiners":"personal_period","leavers":"personal_period"},"threshold":{"share":"4/5","when":"reached"},"rounding":{"decimals":1,"mode":"half_up"},"at_risk_absences_left":1}',
    'e6416952d2b50fd7c000dda9bfbc238883119b61f0d3ef41c0556c336f485241',
    '2026-01-01T00:00:00.000000Z'
);

CREATE TRIGGER attendance_policies_no_update BEFORE UPDATE ON attendance_policies
BEGIN
    SELECT RAISE(ABORT, 'attendance_policies_immutable');
END;
CREATE TRIGGER attendance_policies_no_delete BEFORE DELETE ON attendance_policies
BEGIN
    SELECT RAISE(ABORT, 'attendance_policies_immutable');
END;

CREATE TABLE class_policy_pins (
    class_id TEXT NOT NULL CONSTRAINT class_policy_pins_class_id_fkey REFERENCES classes (id) ON DELETE RESTRICT,
    number INTEGER NOT NULL CONSTRAINT class_policy_pins_number_check CHECK (number > 0),
    policy_id TEXT NOT NULL CONSTRAINT class_policy_pins_policy_id_fkey
        REFERENCES attendance_policies (id) ON DELETE RESTRICT,
    pinned_at TEXT NOT NULL,
    pinned_by TEXT,
    reason TEXT,
    CONSTRAINT class_policy_pins_pkey PRIMARY KEY (class_id, number)
) STRICT;
CREATE INDEX class_policy_pins_policy_id_idx ON class_policy_pins (policy_id);

INSERT INTO class_policy_pins (class_id, number, policy_id, pinned_at, pinned_by)
    SELECT id, 1, '00000000-0000-7000-8000-000000000080', created_at, created_by FROM classes;

CREATE TRIGGER classes_pin_default_policy AFTER INSERT ON classes
BEGIN
    INSERT INTO class_policy_pins (class_id, number, policy_id, pinned_at, pinned_by)
        VALUES (NEW.id, 1, '00000000-0000-7000-8000-000000000080', NEW.created_at, NEW.created_by);
END;

CREATE TABLE attendance_warnings (
    class_id TEXT NOT NULL CONSTRAINT attendance_warnings_class_id_fkey REFERENCES classes (id) ON DELETE RESTRICT,
    user_id TEXT NOT NULL CONSTRAINT attendance_warnings_user_id_fkey REFERENCES users (id) ON DELETE RESTRICT,
    kind TEXT NOT NULL CONSTRAINT attendance_warnings_kind_check CHECK (kind IN ('at_risk', 'unreachable')),
    at TEXT NOT NULL,
    CONSTRAINT attendance_warnings_pkey PRIMARY KEY (class_id, user_id, kind)
) STRICT;
CREATE INDEX attendance_warnings_user_id_idx ON attendance_warnings (user_id);
