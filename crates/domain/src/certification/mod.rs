//! Certifications (수료): records that a user completed a course, with the classes that this rests on.
//!
//! A record is a [`Snapshot`], written once, and a [`Standing`], which tells whether it still holds. What it says is decided when it
//! is issued, by the rule of the course (`rules`) and by the same engine that computes every rate; it does not change with the course,
//! the class or the user. `judgement` is that decision, `eligible` keeps how many it lets through, `issuing` makes records, one or a whole cohort (`evaluating`), `ending` and `expiring`
//! end them, `verification` answers the public.

mod candidates;
mod code;
pub mod eligible;
mod ending;
mod error;
mod evaluating;
mod expiring;
mod holders;
pub mod issuer_keys;
mod issuing;
mod judgement;
mod masking;
mod model;
mod number;
mod papers;
mod repository;
pub mod rules;
mod service;
mod snapshot;
pub mod templates;
mod verification;

pub use candidates::{Candidacy, Candidate, HolderDetails};
pub use code::{CodeInvalid, VerificationCode};
pub use ending::{Correction, Revocation};
pub use error::CertificationError;
pub use evaluating::{Cohort, EvaluatedLearner, Evaluation, Issuance, IssueOrder};
pub use expiring::CertificateExpiry;
pub use holders::Holder;
pub use judgement::{ClassOutcome, Earlier, Eligibility, JudgedClass, Judgement, Lack, Matter};
pub use masking::masked;
pub use model::{
    Certification, CertificationFilter, CertificationSort, CertificationState, EndReason, NewCertification,
    OverrideReason, RevocationCode, Standing,
};
pub use number::{CertificateNumber, NumberProblem};
pub use papers::Paper;
pub use repository::{CertificationRepository, Successor};
pub use service::CertificationService;
pub use snapshot::{
    ClassRecord, CompletionStamp, DEFAULT_TEMPLATE, Issuer, PolicyStamp, RateRecord, SNAPSHOT_FORM, Snapshot,
};
pub use verification::{Knowledge, Verification, VerifiedCertificate, VerifiedState};
