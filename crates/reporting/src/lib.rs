//! Figures of the learning room: what was counted over lectures, classes, courses, learners and weeks.
//!
//! Nothing here decides what a mark is worth: every rate is made by `madang_domain::attendance::policy` and names the policy of
//! the class. Figures of whole classes are the engine's, learner by learner, unless the policy can be told from counts alone;
//! those of lectures, weeks and months are turnouts. The SQL that counts is in `madang-persistence`, the JSON in `madang-http`.

pub mod reports;
pub mod statistics;
