-- Counters of attendance: what was counted at each lecture, and what the policy engine says of each class and its learners.
--
-- Counters follow what they count; nobody who marks writes one (docs/decisions/0020). Triggers note, in the transaction of the cause,
-- that the figures of a class have changed, and through which lecture: a row of its own each time, so that nobody waits for
-- anybody. A fold counts anew what was noted, and takes the notes away in the same transaction. While a note stands, readers count the
-- lectures that it names themselves: what they tell is exact at once.
-- Ids here are plain: counters of what is removed are removed by the fold, and a foreign key would hold the row of the class.

-- lecture_id tells at which lecture the count may have changed: null for every one of the class, another id for none.
CREATE TABLE statistics_changes (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT statistics_changes_pkey PRIMARY KEY,
    class_id uuid NOT NULL,
    lecture_id uuid
);
CREATE INDEX statistics_changes_class_id_idx ON statistics_changes (class_id, lecture_id);

-- Lectures that take place and at which somebody is expected; those to come too. Approved leave stands in place of what it excuses;
-- excused_unmarked are those among the excused whom nobody marked.
CREATE TABLE lecture_counters (
    lecture_id uuid NOT NULL CONSTRAINT lecture_counters_pkey PRIMARY KEY,
    class_id uuid NOT NULL,
    lecture_date timestamptz NOT NULL,
    expected bigint NOT NULL,
    present bigint NOT NULL,
    late bigint NOT NULL,
    early_leave bigint NOT NULL,
    excused bigint NOT NULL,
    absent bigint NOT NULL,
    excused_unmarked bigint NOT NULL
);
CREATE INDEX lecture_counters_class_id_idx ON lecture_counters (class_id, lecture_date);
CREATE INDEX lecture_counters_lecture_date_idx ON lecture_counters (lecture_date, lecture_id);

-- revision goes up with every fold that touches the class; what is told of it, and of its learners, was assessed at
-- assessed_revision and holds until holds_until, when a lecture begins or ends.
CREATE TABLE class_standings (
    class_id uuid NOT NULL CONSTRAINT class_standings_pkey PRIMARY KEY,
    revision bigint NOT NULL,
    assessed_revision bigint,
    assessed_at timestamptz,
    holds_until timestamptz,
    figures jsonb
);
CREATE INDEX class_standings_holds_until_idx ON class_standings (holds_until);

CREATE TABLE learner_standings (
    class_id uuid NOT NULL,
    user_id uuid NOT NULL,
    figures jsonb NOT NULL,
    CONSTRAINT learner_standings_pkey PRIMARY KEY (class_id, user_id)
);
CREATE INDEX learner_standings_user_id_idx ON learner_standings (user_id, class_id);

CREATE INDEX leave_requests_approved_idx ON leave_requests (class_id, user_id) WHERE status = 'approved';
CREATE INDEX enrolments_moved_idx ON enrolments (user_id) WHERE transferred_from IS NOT NULL;
CREATE INDEX enrolments_moved_class_idx ON enrolments (class_id) WHERE transferred_from IS NOT NULL OR status = 'transferred';

-- Marks, places, leave and lectures of a class also count in the classes into which its learners moved.
CREATE FUNCTION statistics_note_marks() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN
    INSERT INTO statistics_changes (class_id, lecture_id)
        SELECT lectures.class_id, lectures.id FROM changed JOIN lectures ON lectures.id = changed.lecture_id
        UNION SELECT enrolments.class_id, changed.lecture_id FROM changed
        JOIN enrolments ON enrolments.user_id = changed.user_id AND enrolments.transferred_from IS NOT NULL;
    RETURN NULL;
END$$;
CREATE FUNCTION statistics_note_changed_marks() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN
    INSERT INTO statistics_changes (class_id, lecture_id)
        WITH touched AS (SELECT lecture_id, user_id FROM changed UNION SELECT lecture_id, user_id FROM before)
        SELECT lectures.class_id, lectures.id FROM touched JOIN lectures ON lectures.id = touched.lecture_id
        UNION SELECT enrolments.class_id, touched.lecture_id FROM touched
        JOIN enrolments ON enrolments.user_id = touched.user_id AND enrolments.transferred_from IS NOT NULL;
    RETURN NULL;
END$$;
CREATE TRIGGER attendances_statistics_insert AFTER INSERT ON attendances
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION statistics_note_marks();
CREATE TRIGGER attendances_statistics_update AFTER UPDATE ON attendances
    REFERENCING OLD TABLE AS before NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION statistics_note_changed_marks();
CREATE TRIGGER attendances_statistics_delete AFTER DELETE ON attendances
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION statistics_note_marks();

CREATE FUNCTION statistics_note_places() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN
    INSERT INTO statistics_changes (class_id)
        SELECT class_id FROM changed
        UNION SELECT enrolments.class_id FROM changed
        JOIN enrolments ON enrolments.user_id = changed.user_id AND enrolments.transferred_from IS NOT NULL;
    RETURN NULL;
END$$;
CREATE FUNCTION statistics_note_changed_places() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN
    INSERT INTO statistics_changes (class_id)
        WITH touched AS (SELECT class_id, user_id FROM changed UNION SELECT class_id, user_id FROM before)
        SELECT class_id FROM touched
        UNION SELECT enrolments.class_id FROM touched
        JOIN enrolments ON enrolments.user_id = touched.user_id AND enrolments.transferred_from IS NOT NULL;
    RETURN NULL;
END$$;
CREATE TRIGGER enrolments_statistics_insert AFTER INSERT ON enrolments
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION statistics_note_places();
CREATE TRIGGER enrolments_statistics_update AFTER UPDATE ON enrolments
    REFERENCING OLD TABLE AS before NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION statistics_note_changed_places();
CREATE TRIGGER enrolments_statistics_delete AFTER DELETE ON enrolments
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION statistics_note_places();
CREATE TRIGGER leave_requests_statistics_insert AFTER INSERT ON leave_requests
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION statistics_note_places();
CREATE TRIGGER leave_requests_statistics_update AFTER UPDATE ON leave_requests
    REFERENCING OLD TABLE AS before NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION statistics_note_changed_places();
CREATE TRIGGER leave_requests_statistics_delete AFTER DELETE ON leave_requests
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION statistics_note_places();

CREATE FUNCTION statistics_note_lectures() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN
    INSERT INTO statistics_changes (class_id, lecture_id)
        SELECT class_id, id FROM changed
        UNION SELECT later.class_id, changed.id FROM changed
        JOIN enrolments AS earlier ON earlier.class_id = changed.class_id
        JOIN enrolments AS later ON later.user_id = earlier.user_id AND later.transferred_from IS NOT NULL;
    RETURN NULL;
END$$;
CREATE TRIGGER lectures_statistics_insert AFTER INSERT ON lectures
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION statistics_note_lectures();
CREATE TRIGGER lectures_statistics_update AFTER UPDATE ON lectures
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION statistics_note_lectures();
CREATE TRIGGER lectures_statistics_delete AFTER DELETE ON lectures
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION statistics_note_lectures();

-- What changes no count, but what is told of a class: the class itself, its policy, its certificates, its course and the rule of that.
CREATE FUNCTION statistics_note_classes() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN
    INSERT INTO statistics_changes (class_id, lecture_id) SELECT DISTINCT class_id, class_id FROM changed;
    RETURN NULL;
END$$;
CREATE FUNCTION statistics_note_class() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN
    INSERT INTO statistics_changes (class_id, lecture_id) VALUES (NEW.id, NEW.id);
    RETURN NULL;
END$$;
CREATE FUNCTION statistics_note_course() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN
    INSERT INTO statistics_changes (class_id, lecture_id) SELECT id, id FROM classes WHERE course_id = NEW.id;
    RETURN NULL;
END$$;
CREATE FUNCTION statistics_note_rule() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN
    INSERT INTO statistics_changes (class_id, lecture_id) SELECT id, id FROM classes WHERE course_id = NEW.course_id;
    RETURN NULL;
END$$;
CREATE FUNCTION statistics_note_certification() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN
    INSERT INTO statistics_changes (class_id, lecture_id)
        SELECT class_id, class_id FROM certification_classes WHERE certification_id = NEW.id;
    RETURN NULL;
END$$;
CREATE TRIGGER class_policy_pins_statistics AFTER INSERT ON class_policy_pins
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION statistics_note_classes();
CREATE TRIGGER certification_classes_statistics AFTER INSERT ON certification_classes
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION statistics_note_classes();
CREATE TRIGGER classes_statistics AFTER UPDATE ON classes FOR EACH ROW EXECUTE FUNCTION statistics_note_class();
CREATE TRIGGER courses_statistics AFTER UPDATE ON courses FOR EACH ROW EXECUTE FUNCTION statistics_note_course();
CREATE TRIGGER completion_rules_statistics AFTER INSERT ON completion_rules FOR EACH ROW EXECUTE FUNCTION statistics_note_rule();
CREATE TRIGGER certifications_statistics AFTER UPDATE ON certifications FOR EACH ROW EXECUTE FUNCTION statistics_note_certification();

INSERT INTO statistics_changes (class_id) SELECT id FROM classes;
