UPDATE class_standings SET assessed_revision = NULL;
DROP TRIGGER certifications_statistics_of_course ON certifications;
DROP FUNCTION judgements_note_certification;
DROP TRIGGER courses_judgements_delete ON courses;
DROP FUNCTION judgements_forget_course;
DROP TRIGGER classes_judgements_move ON classes;
DROP TRIGGER classes_judgements_delete ON classes;
DROP FUNCTION judgements_note_left_class;
DROP TRIGGER completion_rules_judgements ON completion_rules;
DROP FUNCTION judgements_note_rule;
CREATE FUNCTION statistics_note_rule() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN
    INSERT INTO statistics_changes (class_id, lecture_id) SELECT id, id FROM classes WHERE course_id = NEW.course_id;
    RETURN NULL;
END$$;
CREATE TRIGGER completion_rules_statistics AFTER INSERT ON completion_rules FOR EACH ROW EXECUTE FUNCTION statistics_note_rule();
DROP TABLE class_judgements;
DROP TABLE course_judgements;
