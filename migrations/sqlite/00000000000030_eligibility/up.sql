-- How many learners of each class may be certified by the completion rule of the course: the same tables and triggers as in
-- migrations/postgres, which explains them.

CREATE TABLE course_judgements (
    course_id TEXT NOT NULL CONSTRAINT course_judgements_pkey PRIMARY KEY,
    revision INTEGER NOT NULL,
    judged_revision INTEGER,
    judged_at TEXT,
    holds_until TEXT
) STRICT;
CREATE INDEX course_judgements_due_idx ON course_judgements (course_id)
    WHERE judged_revision IS NULL OR judged_revision <> revision;
CREATE INDEX course_judgements_holds_until_idx ON course_judgements (holds_until);

CREATE TABLE class_judgements (
    class_id TEXT NOT NULL CONSTRAINT class_judgements_pkey PRIMARY KEY,
    course_id TEXT NOT NULL,
    eligible INTEGER NOT NULL,
    needs_decision INTEGER NOT NULL
) STRICT;
CREATE INDEX class_judgements_course_id_idx ON class_judgements (course_id);

-- A new rule changes nothing that is told of a class but this.
DROP TRIGGER completion_rules_statistics;
CREATE TRIGGER completion_rules_judgements AFTER INSERT ON completion_rules
BEGIN
    INSERT INTO course_judgements (course_id, revision) VALUES (NEW.course_id, 1)
        ON CONFLICT (course_id) DO UPDATE SET revision = course_judgements.revision + 1;
END;

-- Nobody removes a class or gives it to another course but by hand.
CREATE TRIGGER classes_judgements_delete AFTER DELETE ON classes
BEGIN
    DELETE FROM class_judgements WHERE class_id = OLD.id;
    UPDATE course_judgements SET revision = revision + 1 WHERE course_id = OLD.course_id;
END;
CREATE TRIGGER classes_judgements_move AFTER UPDATE OF course_id ON classes
WHEN OLD.course_id <> NEW.course_id
BEGIN
    DELETE FROM class_judgements WHERE class_id = OLD.id;
    UPDATE course_judgements SET revision = revision + 1 WHERE course_id = OLD.course_id;
END;
CREATE TRIGGER courses_judgements_delete AFTER DELETE ON courses
BEGIN
    DELETE FROM course_judgements WHERE course_id = OLD.id;
END;

-- A certificate is noted of the classes that it rests on, so that their course is judged anew; one that rests on none of the course
-- is noted of any of them.
CREATE TRIGGER certifications_statistics_of_course AFTER INSERT ON certifications
BEGIN
    INSERT INTO statistics_changes (class_id, lecture_id)
        SELECT id, id FROM classes WHERE course_id = NEW.course_id AND NOT EXISTS (
            SELECT 1 FROM json_each(NEW.class_ids) AS resting JOIN classes AS own ON own.id = resting.value
            WHERE own.course_id = NEW.course_id)
        ORDER BY id LIMIT 1;
END;
CREATE TRIGGER certifications_statistics_of_course_update AFTER UPDATE ON certifications
BEGIN
    INSERT INTO statistics_changes (class_id, lecture_id)
        SELECT id, id FROM classes WHERE course_id = NEW.course_id AND NOT EXISTS (
            SELECT 1 FROM certification_classes AS resting JOIN classes AS own ON own.id = resting.class_id
            WHERE resting.certification_id = NEW.id AND own.course_id = NEW.course_id)
        ORDER BY id LIMIT 1;
END;

-- The time that is credited to a learner is kept from now on: every class is assessed anew, and with that every course judged.
UPDATE class_standings SET assessed_revision = NULL;
