UPDATE class_standings SET assessed_revision = NULL;
DROP TRIGGER certifications_statistics_of_course_update;
DROP TRIGGER certifications_statistics_of_course;
DROP TRIGGER courses_judgements_delete;
DROP TRIGGER classes_judgements_move;
DROP TRIGGER classes_judgements_delete;
DROP TRIGGER completion_rules_judgements;
CREATE TRIGGER completion_rules_statistics AFTER INSERT ON completion_rules
BEGIN
    INSERT INTO statistics_changes (class_id, lecture_id) SELECT id, id FROM classes WHERE course_id = NEW.course_id;
END;
DROP TABLE class_judgements;
DROP TABLE course_judgements;
