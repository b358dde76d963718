DROP TABLE operation_files;
DROP TABLE report_schedules;
