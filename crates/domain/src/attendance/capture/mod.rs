//! Taking attendance: sessions in which learners check in by themselves, their codes, their times, and what follows.
//!
//! `code`, `presence` and `suspicion` are pure. `sessions` is what staff do, `check_in` and `moves` what learners do, `closing`
//! what happens when a session ends, `board` the list that staff watch, `turnstile` how a crowd gets past one writer. A learner's times stay beside a mark that staff make
//! by hand; the hand wins.

mod board;
mod check_in;
mod closing;
mod code;
mod error;
mod jobs;
mod moves;
mod presence;
mod repository;
mod session;
mod sessions;
mod suspicion;
mod turnstile;

pub use board::{Board, BoardEntry};
pub use check_in::{CheckIn, CheckedIn};
pub use code::{CODE_STEP_SECONDS, CodeProblem, CodeProof, CurrentCode};
pub use error::CaptureError;
pub use jobs::CheckInClosing;
pub use presence::{Away, Evidence, LectureSpan, Presence};
pub use repository::{CaptureRepository, Door, Guesses};
pub use session::{CheckInSession, OpenSession};
pub use sessions::{CaptureService, CaptureSettings};
pub use suspicion::{Suspicion, SuspicionReason};
