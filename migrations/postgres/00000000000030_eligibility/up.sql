-- How many learners of each class may be certified by the completion rule of the course.
--
-- A rule asks over all classes of a learner in the course, so a course is judged as one, from what is kept of its learners
-- (docs/decisions/0020). Ids here are plain, as those of the other counters.

-- revision goes up whenever the course has to be judged anew: when what the engine said of one of its classes was kept (the worker
-- says so), when its rule has changed or a class has left it (triggers). Judged was judged_revision, at judged_at; that holds until
-- holds_until, when a certificate expires.
CREATE TABLE course_judgements (
    course_id uuid NOT NULL CONSTRAINT course_judgements_pkey PRIMARY KEY,
    revision bigint NOT NULL,
    judged_revision bigint,
    judged_at timestamptz,
    holds_until timestamptz
);
CREATE INDEX course_judgements_due_idx ON course_judgements (course_id)
    WHERE judged_revision IS NULL OR judged_revision <> revision;
CREATE INDEX course_judgements_holds_until_idx ON course_judgements (holds_until);

-- Learners who are counted in the class, not those who went on into another one. eligible: the rule lets them through, whether or
-- not they are certified already; needs_decision: they lack nothing but the decision of a person.
CREATE TABLE class_judgements (
    class_id uuid NOT NULL CONSTRAINT class_judgements_pkey PRIMARY KEY,
    course_id uuid NOT NULL,
    eligible bigint NOT NULL,
    needs_decision bigint NOT NULL
);
CREATE INDEX class_judgements_course_id_idx ON class_judgements (course_id);

-- A new rule changes nothing that is told of a class but this.
DROP TRIGGER completion_rules_statistics ON completion_rules;
DROP FUNCTION statistics_note_rule;
CREATE FUNCTION judgements_note_rule() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN
    INSERT INTO course_judgements (course_id, revision) VALUES (NEW.course_id, 1)
        ON CONFLICT (course_id) DO UPDATE SET revision = course_judgements.revision + 1;
    RETURN NULL;
END$$;
CREATE TRIGGER completion_rules_judgements AFTER INSERT ON completion_rules
    FOR EACH ROW EXECUTE FUNCTION judgements_note_rule();

-- Nobody removes a class or gives it to another course but by hand.
CREATE FUNCTION judgements_note_left_class() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN
    DELETE FROM class_judgements WHERE class_id = OLD.id;
    UPDATE course_judgements SET revision = revision + 1 WHERE course_id = OLD.course_id;
    RETURN NULL;
END$$;
CREATE TRIGGER classes_judgements_delete AFTER DELETE ON classes
    FOR EACH ROW EXECUTE FUNCTION judgements_note_left_class();
CREATE TRIGGER classes_judgements_move AFTER UPDATE OF course_id ON classes
    FOR EACH ROW WHEN (OLD.course_id <> NEW.course_id) EXECUTE FUNCTION judgements_note_left_class();
CREATE FUNCTION judgements_forget_course() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN
    DELETE FROM course_judgements WHERE course_id = OLD.id;
    RETURN NULL;
END$$;
CREATE TRIGGER courses_judgements_delete AFTER DELETE ON courses
    FOR EACH ROW EXECUTE FUNCTION judgements_forget_course();

-- A certificate is noted of the classes that it rests on, so that their course is judged anew; one that rests on none of the course
-- is noted of any of them.
CREATE FUNCTION judgements_note_certification() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN
    INSERT INTO statistics_changes (class_id, lecture_id)
        SELECT id, id FROM classes WHERE course_id = NEW.course_id AND NOT EXISTS (
            SELECT 1 FROM certification_classes AS resting JOIN classes AS own ON own.id = resting.class_id
            WHERE resting.certification_id = NEW.id AND own.course_id = NEW.course_id)
        ORDER BY id LIMIT 1;
    RETURN NULL;
END$$;
CREATE TRIGGER certifications_statistics_of_course AFTER INSERT OR UPDATE ON certifications
    FOR EACH ROW EXECUTE FUNCTION judgements_note_certification();

-- The time that is credited to a learner is kept from now on: every class is assessed anew, and with that every course judged.
UPDATE class_standings SET assessed_revision = NULL;
