DROP INDEX lecture_counters_lecture_date_idx;
CREATE INDEX lecture_counters_lecture_date_idx ON lecture_counters (lecture_date, lecture_id);
