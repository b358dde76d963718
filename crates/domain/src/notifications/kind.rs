//! What there is to tell.

use serde::{Deserialize, Serialize};

use super::{Choice, MailChoice};

/// Declares the kinds: name, name in the database and the API, whether it is told even in quiet hours, how it is mailed and whether
/// it goes to devices and into messengers where nobody has chosen otherwise, what it is.
macro_rules! kinds {
    ($($name:ident = ($code:literal, urgent: $urgent:literal, mail: $mail:ident, push: $push:literal, alimtalk: $alimtalk:literal, $doc:literal)),+ $(,)?) => {
        /// What somebody is told.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum NoticeKind {
            $(#[doc = $doc] #[serde(rename = $code)] $name,)+
        }

        impl NoticeKind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// Its name in the database and the API.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }

            /// Whether it is worth nothing when quiet hours are over, and is told in spite of them.
            pub const fn is_urgent(self) -> bool {
                match self { $(Self::$name => $urgent,)+ }
            }

            /// How it is told where nobody has chosen.
            pub const fn default_choice(self) -> Choice {
                match self { $(Self::$name => Choice { mail: MailChoice::$mail, push: $push, alimtalk: $alimtalk },)+ }
            }
        }
    };
}

kinds! {
    LectureStart = ("lecture_start", urgent: true, mail: Off, push: true, alimtalk: false, "A lecture begins soon."),
    CheckInReminder = ("check_in_reminder", urgent: true, mail: Off, push: true, alimtalk: false, "A lecture has begun, and the learner is not in."),
    MarkingReminder = ("marking_reminder", urgent: true, mail: AtOnce, push: true, alimtalk: false, "A lecture has begun, and nobody has taken attendance."),
    Absence = ("absence", urgent: false, mail: AtOnce, push: true, alimtalk: false, "The learner was marked absent."),
    AtRisk = ("at_risk", urgent: false, mail: AtOnce, push: true, alimtalk: true, "Few absences are left."),
    Unreachable = ("unreachable", urgent: false, mail: AtOnce, push: true, alimtalk: true, "The threshold can no longer be met."),
    LeaveApproved = ("leave_approved", urgent: false, mail: AtOnce, push: true, alimtalk: true, "A request for leave was approved."),
    LeaveRejected = ("leave_rejected", urgent: false, mail: AtOnce, push: true, alimtalk: true, "A request for leave was rejected."),
    LeaveRevoked = ("leave_revoked", urgent: false, mail: AtOnce, push: true, alimtalk: true, "An approval of leave was taken back."),
    CertificateIssued = ("certificate_issued", urgent: false, mail: AtOnce, push: true, alimtalk: true, "A certificate was issued."),
    CertificateRevoked = ("certificate_revoked", urgent: false, mail: AtOnce, push: true, alimtalk: true, "A certificate was revoked."),
    CertificateExpiring = ("certificate_expiring", urgent: false, mail: AtOnce, push: true, alimtalk: false, "A certificate expires soon."),
    Announcement = ("announcement", urgent: false, mail: AtOnce, push: true, alimtalk: false, "Staff of a class tell it something."),
}

impl NoticeKind {
    /// Reads its name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == text)
    }
}
