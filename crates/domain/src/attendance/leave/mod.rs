//! Excused absence (공결): somebody asks, staff of the class decide, and an approval is a fact *beside* the mark.
//!
//! Nothing here touches a mark. The policy engine is given marks and approved [`LeaveRequest`]s and says what an excused
//! lecture counts; taking an approval back makes the figures what they were. Why somebody was absent is seen by that
//! learner and by staff of the class alone, so neither logs nor the audit log hold it.

mod error;
mod evidence;
mod model;
mod reason;
mod repository;
mod service;

pub use error::LeaveError;
pub use evidence::{Evidence, EvidenceFault, EvidenceName, MAX_EVIDENCE};
pub use model::{
    Decision, LeaveFilter, LeaveNote, LeavePeriod, LeaveReader, LeaveRequest, LeaveRequestView, LeaveSort,
    LeaveStatus, MAX_LEAVE_DAYS, MAX_LEAVE_LECTURES, NewLeaveRequest, PeriodFault, RequestedPeriod,
};
pub use reason::LeaveReason;
pub use repository::LeaveRequestRepository;
pub use service::LeaveService;
