//! Certifications (수료): records that a user completed a course, with the classes that this rests on.
//!
//! A record is a snapshot: what it says is decided when it is issued, by the same rule that computes every rate, and
//! does not change with the course, the class or the user.

mod model;
mod repository;
mod service;

pub use model::{
    Certification, CertificationFilter, CertificationSort, ClassRecord, NewCertification, OverrideReason,
    PolicyStamp, Snapshot,
};
pub use repository::CertificationRepository;
pub use service::{CertificationError, CertificationService, Shortfall};
