DROP TABLE attendance_warnings;
DROP TRIGGER classes_pin_default_policy;
DROP TABLE class_policy_pins;
DROP TRIGGER attendance_policies_no_delete;
DROP TRIGGER attendance_policies_no_update;
DROP TABLE attendance_policies;
