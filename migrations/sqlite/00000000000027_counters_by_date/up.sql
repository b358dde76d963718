-- Weeks and months of everything read the counters of many lectures, which lie scattered in the order of their classes: the index
-- by date holds what is summed, so that the table need not be read.
DROP INDEX lecture_counters_lecture_date_idx;
CREATE INDEX lecture_counters_lecture_date_idx ON lecture_counters
    (lecture_date, lecture_id, class_id, expected, present, late, early_leave, excused, absent, excused_unmarked);
