//! Attendance policies (출석 인정 기준) as they are kept: versions that never change, and which of them a class goes by.
//!
//! What a policy means is the business of the engine in `policy`. A class is pinned to [`DEFAULT_POLICY`] when it comes to be;
//! going by another is a new pin with a reason, and certifications that were issued stay as they are.

mod explain;
mod model;
mod pinning;
mod repository;
mod service;
mod warnings;

pub use explain::{Explanation, ExplanationLine, Origin, SimulatedLecture, Simulation};
pub use model::{
    DEFAULT_POLICY, NewPolicy, PinReason, Policy, PolicyDescription, PolicyFamily, PolicyFilter, PolicyPin,
    PolicySort, PolicyTitle,
};
pub use pinning::{LearnerFigures, LearnerShift, PinChange, RePin};
pub use repository::PolicyRepository;
pub use service::{PolicyError, PolicyService};
pub use warnings::{Warning, WarningKind, WarningService, WarningSweep};
