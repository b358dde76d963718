DROP TABLE attendance_warnings;
DROP TRIGGER classes_pin_default_policy ON classes;
DROP FUNCTION classes_pin_default_policy();
DROP TABLE class_policy_pins;
DROP TABLE attendance_policies;
DROP FUNCTION attendance_policies_immutable();
