//! Merging: what was recorded of a `temp` user, met at the door, becomes a real user's.
//!
//! It stands above the other rooms, because it touches them all. Every mark, enrolment and certification changes hands, and
//! the temporary account stays behind, deactivated. `plan` finds what stands in the way, `service` merges, `undo` puts things
//! back for [`UNDO_DAYS`] by what `record` keeps. A table that refers to users has its line in
//! `persistence/tests/user_references.rs`, which says what a merge does with it.

mod error;
mod plan;
mod record;
mod repository;
mod service;
mod undo;

pub use error::MergeError;
pub use plan::{
    CertificationClash, Holdings, KeepRule, MarkChoices, MarkClash, MergePreview, PlaceClash, Side,
};
pub use record::{EnrolmentBefore, KeptMark, Merge, MergeRecord, Traces};
pub use repository::{MergeRepository, PlacedMark};
pub use service::MergeService;
pub use undo::MergeCleaning;

/// For how long a merge can be undone.
pub const UNDO_DAYS: i64 = 30;
