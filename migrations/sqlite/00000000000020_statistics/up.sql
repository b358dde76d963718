-- Counters of attendance: what was counted at each lecture, and what the policy engine says of each class and its learners.
--
-- The same as in migrations/postgres, which explains it. Triggers here run row by row.

CREATE TABLE statistics_changes (
    id INTEGER NOT NULL CONSTRAINT statistics_changes_pkey PRIMARY KEY,
    class_id TEXT NOT NULL,
    lecture_id TEXT
) STRICT;
CREATE INDEX statistics_changes_class_id_idx ON statistics_changes (class_id, lecture_id);

CREATE TABLE lecture_counters (
    lecture_id TEXT NOT NULL CONSTRAINT lecture_counters_pkey PRIMARY KEY,
    class_id TEXT NOT NULL,
    lecture_date TEXT NOT NULL,
    expected INTEGER NOT NULL,
    present INTEGER NOT NULL,
    late INTEGER NOT NULL,
    early_leave INTEGER NOT NULL,
    excused INTEGER NOT NULL,
    absent INTEGER NOT NULL,
    excused_unmarked INTEGER NOT NULL
) STRICT;
CREATE INDEX lecture_counters_class_id_idx ON lecture_counters (class_id, lecture_date);
CREATE INDEX lecture_counters_lecture_date_idx ON lecture_counters (lecture_date, lecture_id);

CREATE TABLE class_standings (
    class_id TEXT NOT NULL CONSTRAINT class_standings_pkey PRIMARY KEY,
    revision INTEGER NOT NULL,
    assessed_revision INTEGER,
    assessed_at TEXT,
    holds_until TEXT,
    figures TEXT
) STRICT;
CREATE INDEX class_standings_holds_until_idx ON class_standings (holds_until);

CREATE TABLE learner_standings (
    class_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    figures TEXT NOT NULL,
    CONSTRAINT learner_standings_pkey PRIMARY KEY (class_id, user_id)
) STRICT;
CREATE INDEX learner_standings_user_id_idx ON learner_standings (user_id, class_id);

CREATE INDEX leave_requests_approved_idx ON leave_requests (class_id, user_id) WHERE status = 'approved';
CREATE INDEX enrolments_moved_idx ON enrolments (user_id) WHERE transferred_from IS NOT NULL;
CREATE INDEX enrolments_moved_class_idx ON enrolments (class_id) WHERE transferred_from IS NOT NULL OR status = 'transferred';

-- Marks, places, leave and lectures of a class also count in the classes into which its learners moved.
CREATE TRIGGER attendances_statistics_insert AFTER INSERT ON attendances
BEGIN
    INSERT INTO statistics_changes (class_id, lecture_id) SELECT class_id, id FROM lectures WHERE id = NEW.lecture_id;
    INSERT INTO statistics_changes (class_id, lecture_id) SELECT class_id, NEW.lecture_id FROM enrolments
        WHERE user_id = NEW.user_id AND transferred_from IS NOT NULL;
END;

CREATE TRIGGER attendances_statistics_update AFTER UPDATE ON attendances
BEGIN
    INSERT INTO statistics_changes (class_id, lecture_id) SELECT class_id, id FROM lectures WHERE id = NEW.lecture_id;
    INSERT INTO statistics_changes (class_id, lecture_id) SELECT class_id, NEW.lecture_id FROM enrolments
        WHERE user_id = NEW.user_id AND transferred_from IS NOT NULL;
END;

CREATE TRIGGER attendances_statistics_hand_over AFTER UPDATE OF lecture_id, user_id ON attendances
WHEN OLD.lecture_id <> NEW.lecture_id OR OLD.user_id <> NEW.user_id
BEGIN
    INSERT INTO statistics_changes (class_id, lecture_id) SELECT class_id, id FROM lectures WHERE id = OLD.lecture_id;
    INSERT INTO statistics_changes (class_id, lecture_id) SELECT class_id, OLD.lecture_id FROM enrolments
        WHERE user_id = OLD.user_id AND transferred_from IS NOT NULL;
END;

CREATE TRIGGER attendances_statistics_delete AFTER DELETE ON attendances
BEGIN
    INSERT INTO statistics_changes (class_id, lecture_id) SELECT class_id, id FROM lectures WHERE id = OLD.lecture_id;
    INSERT INTO statistics_changes (class_id, lecture_id) SELECT class_id, OLD.lecture_id FROM enrolments
        WHERE user_id = OLD.user_id AND transferred_from IS NOT NULL;
END;

CREATE TRIGGER enrolments_statistics_insert AFTER INSERT ON enrolments
BEGIN
    INSERT INTO statistics_changes (class_id) VALUES (NEW.class_id);
    INSERT INTO statistics_changes (class_id, lecture_id) SELECT class_id, NULL FROM enrolments
        WHERE user_id = NEW.user_id AND transferred_from IS NOT NULL;
END;

CREATE TRIGGER enrolments_statistics_update AFTER UPDATE ON enrolments
BEGIN
    INSERT INTO statistics_changes (class_id) VALUES (NEW.class_id);
    INSERT INTO statistics_changes (class_id, lecture_id) SELECT class_id, NULL FROM enrolments
        WHERE user_id = NEW.user_id AND transferred_from IS NOT NULL;
END;

CREATE TRIGGER enrolments_statistics_hand_over AFTER UPDATE OF class_id, user_id ON enrolments
WHEN OLD.class_id <> NEW.class_id OR OLD.user_id <> NEW.user_id
BEGIN
    INSERT INTO statistics_changes (class_id) VALUES (OLD.class_id);
    INSERT INTO statistics_changes (class_id, lecture_id) SELECT class_id, NULL FROM enrolments
        WHERE user_id = OLD.user_id AND transferred_from IS NOT NULL;
END;

CREATE TRIGGER enrolments_statistics_delete AFTER DELETE ON enrolments
BEGIN
    INSERT INTO statistics_changes (class_id) VALUES (OLD.class_id);
    INSERT INTO statistics_changes (class_id, lecture_id) SELECT class_id, NULL FROM enrolments
        WHERE user_id = OLD.user_id AND transferred_from IS NOT NULL;
END;

CREATE TRIGGER leave_requests_statistics_insert AFTER INSERT ON leave_requests
BEGIN
    INSERT INTO statistics_changes (class_id) VALUES (NEW.class_id);
    INSERT INTO statistics_changes (class_id, lecture_id) SELECT class_id, NULL FROM enrolments
        WHERE user_id = NEW.user_id AND transferred_from IS NOT NULL;
END;

CREATE TRIGGER leave_requests_statistics_update AFTER UPDATE ON leave_requests
BEGIN
    INSERT INTO statistics_changes (class_id) VALUES (NEW.class_id);
    INSERT INTO statistics_changes (class_id, lecture_id) SELECT class_id, NULL FROM enrolments
        WHERE user_id = NEW.user_id AND transferred_from IS NOT NULL;
END;

CREATE TRIGGER leave_requests_statistics_hand_over AFTER UPDATE OF class_id, user_id ON leave_requests
WHEN OLD.class_id <> NEW.class_id OR OLD.user_id <> NEW.user_id
BEGIN
    INSERT INTO statistics_changes (class_id) VALUES (OLD.class_id);
    INSERT INTO statistics_changes (class_id, lecture_id) SELECT class_id, NULL FROM enrolments
        WHERE user_id = OLD.user_id AND transferred_from IS NOT NULL;
END;

CREATE TRIGGER leave_requests_statistics_delete AFTER DELETE ON leave_requests
BEGIN
    INSERT INTO statistics_changes (class_id) VALUES (OLD.class_id);
    INSERT INTO statistics_changes (class_id, lecture_id) SELECT class_id, NULL FROM enrolments
        WHERE user_id = OLD.user_id AND transferred_from IS NOT NULL;
END;

CREATE TRIGGER lectures_statistics_insert AFTER INSERT ON lectures
BEGIN
    INSERT INTO statistics_changes (class_id, lecture_id) VALUES (NEW.class_id, NEW.id);
    INSERT INTO statistics_changes (class_id, lecture_id) SELECT DISTINCT later.class_id, NEW.id FROM enrolments AS earlier
        JOIN enrolments AS later ON later.user_id = earlier.user_id AND later.transferred_from IS NOT NULL
        WHERE earlier.class_id = NEW.class_id;
END;

CREATE TRIGGER lectures_statistics_update AFTER UPDATE ON lectures
BEGIN
    INSERT INTO statistics_changes (class_id, lecture_id) VALUES (NEW.class_id, NEW.id);
    INSERT INTO statistics_changes (class_id, lecture_id) SELECT DISTINCT later.class_id, NEW.id FROM enrolments AS earlier
        JOIN enrolments AS later ON later.user_id = earlier.user_id AND later.transferred_from IS NOT NULL
        WHERE earlier.class_id = NEW.class_id;
END;

CREATE TRIGGER lectures_statistics_delete AFTER DELETE ON lectures
BEGIN
    INSERT INTO statistics_changes (class_id, lecture_id) VALUES (OLD.class_id, OLD.id);
    INSERT INTO statistics_changes (class_id, lecture_id) SELECT DISTINCT later.class_id, OLD.id FROM enrolments AS earlier
        JOIN enrolments AS later ON later.user_id = earlier.user_id AND later.transferred_from IS NOT NULL
        WHERE earlier.class_id = OLD.class_id;
END;

-- What changes no count, but what is told of a class: the class itself, its policy, its certificates, its course and the rule of that.
CREATE TRIGGER class_policy_pins_statistics AFTER INSERT ON class_policy_pins
BEGIN
    INSERT INTO statistics_changes (class_id, lecture_id) VALUES (NEW.class_id, NEW.class_id);
END;

CREATE TRIGGER certification_classes_statistics AFTER INSERT ON certification_classes
BEGIN
    INSERT INTO statistics_changes (class_id, lecture_id) VALUES (NEW.class_id, NEW.class_id);
END;

CREATE TRIGGER classes_statistics AFTER UPDATE ON classes
BEGIN
    INSERT INTO statistics_changes (class_id, lecture_id) VALUES (NEW.id, NEW.id);
END;

CREATE TRIGGER courses_statistics AFTER UPDATE ON courses
BEGIN
    INSERT INTO statistics_changes (class_id, lecture_id) SELECT id, id FROM classes WHERE course_id = NEW.id;
END;

CREATE TRIGGER completion_rules_statistics AFTER INSERT ON completion_rules
BEGIN
    INSERT INTO statistics_changes (class_id, lecture_id) SELECT id, id FROM classes WHERE course_id = NEW.course_id;
END;

CREATE TRIGGER certifications_statistics AFTER UPDATE ON certifications
BEGIN
    INSERT INTO statistics_changes (class_id, lecture_id)
        SELECT class_id, class_id FROM certification_classes WHERE certification_id = NEW.id;
END;

INSERT INTO statistics_changes (class_id) SELECT id FROM classes;
