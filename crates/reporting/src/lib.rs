//! Figures of the learning room: what was counted over lectures, classes, courses, learners and weeks.
//!
//! Nothing here decides what a mark is worth: every rate is made by `madang_domain::attendance::AttendanceRule` and names it.
//! What is counted is said in `madang_domain::attendance` (`LectureTally`, `LearnerTally`), the SQL that counts it is in
//! `madang-persistence`, the JSON in `madang-http`.

pub mod statistics;
