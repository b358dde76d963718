DROP INDEX certifications_user_id_state_idx;
DROP TABLE operation_files;
DROP TABLE report_schedules;
