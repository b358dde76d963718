//! How many learners of each class may be certified, in a form that is kept.
//!
//! A completion rule asks over all classes of a learner in the course, so that a course is judged as one: by the rule that decides on
//! certificates (`judgement`), from what the engine last said of each learner in each class (`attendance::counters`), or says now of
//! the classes that have changed. A course is to be judged anew when what the engine said of one of its classes was kept, when its rule
//! has changed, or when a certificate expires. Why so: `docs/decisions/0020-counters-follow.md`.

mod judging;
mod model;
mod repository;
mod service;

pub use judging::judge_courses;
pub use model::{Candidates, CourseJudgement, EarlierOf, Eligibles, KeptCandidate, KeptCompletion, Unjudged};
pub use repository::JudgementRepository;
pub use service::EligibleService;
