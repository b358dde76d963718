DROP INDEX attendance_warnings_at_idx;
DROP INDEX attendances_absent_idx;
DROP TABLE class_reminders;
DROP TABLE announcements;
DROP TABLE notice_preferences;
DROP TABLE notice_deliveries;
DROP TABLE notices;
