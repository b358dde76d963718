//! Attendance: marks, and what follows from them.
//!
//! `rate` holds the statuses, the counts and the exact fraction; `rule` says which status is credited how much and
//! from which share on a learner has attended enough. Integers and fractions only: 16 of 20 is exactly 80 %.

pub mod rate;
pub mod rule;

pub use rate::{AttendanceStatus, Fraction, Tally};
pub use rule::{AttendanceRule, Credits, Verdict};
