//! What a certification is: a snapshot that never changes, and a standing that goes on.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{CertificateNumber, Snapshot};
use crate::{
    access::Caller,
    audit::Audited,
    ids::{CertificationId, ClassId, CourseId, UserId},
    page::{Listable, SortKey, sort_fields},
    stamps::Stamps,
    text::text_type,
};

text_type! {
    /// Why a certification is issued although the rule is not met: 1 to 1,000 characters.
    OverrideReason, max = 1_000, lines = Many
}
text_type! {
    /// Why a certification is revoked, or why one takes its place: 1 to 1,000 characters.
    EndReason, max = 1_000, lines = Many
}

/// How a certification stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CertificationState {
    /// It holds.
    Issued,
    /// Another one took its place, after a correction or a renewal.
    Superseded,
    /// It was taken back.
    Revoked,
    /// Its time is over.
    Expired,
}

impl CertificationState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Issued, Self::Superseded, Self::Revoked, Self::Expired];

    /// Its name in the database and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Issued => "issued",
            Self::Superseded => "superseded",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
        }
    }

    /// Reads its name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// Why a certification was revoked, for programs and for the public.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RevocationCode {
    /// 착오 발급: it should not have been issued.
    IssuedInError,
    /// 부정행위: it was obtained by deceit.
    Misconduct,
    /// 기록 정정: the records on which it rests were corrected.
    RecordsCorrected,
    /// 본인 요청: its holder asked for it.
    HolderRequest,
    /// 기타.
    Other,
}

impl RevocationCode {
    /// Every code.
    pub const ALL: [Self; 5] =
        [Self::IssuedInError, Self::Misconduct, Self::RecordsCorrected, Self::HolderRequest, Self::Other];

    /// Its name in the database and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::IssuedInError => "issued_in_error",
            Self::Misconduct => "misconduct",
            Self::RecordsCorrected => "records_corrected",
            Self::HolderRequest => "holder_request",
            Self::Other => "other",
        }
    }

    /// Reads its name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.as_str() == text)
    }
}

/// How a certification stands, with what that state has of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Standing {
    /// It holds, until its time is over.
    Issued,
    /// Another one took its place.
    Superseded {
        /// When.
        at: DateTime<Utc>,
        /// Which.
        by: CertificationId,
    },
    /// It was taken back.
    Revoked {
        /// When.
        at: DateTime<Utc>,
        /// Why.
        code: RevocationCode,
        /// Why, in words; not for the public.
        reason: String,
    },
    /// Its time is over.
    Expired {
        /// Since when.
        at: DateTime<Utc>,
    },
}

impl Standing {
    /// Its state.
    pub fn state(&self) -> CertificationState {
        match self {
            Self::Issued => CertificationState::Issued,
            Self::Superseded { .. } => CertificationState::Superseded,
            Self::Revoked { .. } => CertificationState::Revoked,
            Self::Expired { .. } => CertificationState::Expired,
        }
    }

    /// Since when it does not hold any more; `None` while it does.
    pub fn ended_at(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::Issued => None,
            Self::Superseded { at, .. } | Self::Revoked { at, .. } | Self::Expired { at } => Some(*at),
        }
    }
}

/// A record that a user completed a course.
#[derive(Debug, Clone, PartialEq)]
pub struct Certification {
    /// Its id.
    pub id: CertificationId,
    /// The course.
    pub course_id: CourseId,
    /// The user.
    pub user_id: UserId,
    /// The classes that it rests on.
    pub class_ids: Vec<ClassId>,
    /// What it says.
    pub snapshot: Snapshot,
    /// The one that it took the place of.
    pub supersedes: Option<CertificationId>,
    /// How it stands.
    pub standing: Standing,
    /// Who made and changed it, when.
    pub stamps: Stamps,
}

impl Certification {
    /// How it stands at a moment: one whose time is over is expired even before that was written down.
    pub fn standing_at(&self, now: DateTime<Utc>) -> Standing {
        match (&self.standing, self.snapshot.expires_at) {
            (Standing::Issued, Some(at)) if at <= now => Standing::Expired { at },
            (standing, _) => standing.clone(),
        }
    }

    /// The same, standing as it does at a moment: just what it is when its end has been written down.
    #[must_use]
    pub fn as_of(mut self, now: DateTime<Utc>) -> Self {
        if let (Standing::Issued, Standing::Expired { at }) = (&self.standing, self.standing_at(now)) {
            self.standing = Standing::Expired { at };
            self.stamps = self.stamps.touched(&Caller::system(), at);
        }
        self
    }
}

impl Audited for Certification {
    const ENTITY: &'static str = "certification";

    fn audit_id(&self) -> Uuid {
        self.id.0
    }

    fn document(&self) -> Value {
        json!({
            "course_id": self.course_id,
            "user_id": self.user_id,
            "class_ids": self.class_ids,
            "snapshot": self.snapshot,
            "supersedes": self.supersedes,
            "standing": self.standing,
        })
    }
}

/// A certification to be issued.
#[derive(Debug, Clone, PartialEq)]
pub struct NewCertification {
    /// The course.
    pub course_id: CourseId,
    /// The user.
    pub user_id: UserId,
    /// The classes that it rests on; empty leaves that to the rule of the course.
    pub class_ids: Vec<ClassId>,
    /// Why it is issued even if the rule is not met; `None` leaves the decision to the rule.
    pub override_reason: Option<OverrideReason>,
    /// Whether what the rule leaves to a person is decided for the learner.
    pub approves: bool,
}

/// Which certifications are wanted; every field that is set narrows the list.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CertificationFilter {
    /// For this course.
    pub course_id: Option<CourseId>,
    /// That rest on this class, among others.
    pub class_id: Option<ClassId>,
    /// Of this user.
    pub user_id: Option<UserId>,
    /// That stand so.
    pub state: Option<CertificationState>,
    /// The moment at which `state` is asked for; the service sets it.
    pub as_of: Option<DateTime<Utc>>,
    /// Issued at this moment or later.
    pub from: Option<DateTime<Utc>>,
    /// Issued before this moment.
    pub to: Option<DateTime<Utc>>,
    /// With this number or a later one.
    pub number_from: Option<CertificateNumber>,
    /// With this number or an earlier one.
    pub number_to: Option<CertificateNumber>,
}

sort_fields! {
    /// What certifications can be sorted by.
    CertificationSort { IssuedAt = "issued_at", CreatedAt = "created_at", Number = "number" }
}

impl Listable<CertificationSort> for Certification {
    fn sort_key(&self, field: CertificationSort) -> SortKey {
        match field {
            CertificationSort::IssuedAt => SortKey::Time(self.snapshot.issued_at),
            CertificationSort::CreatedAt => SortKey::Time(self.stamps.created_at),
            CertificationSort::Number => SortKey::Integer(self.snapshot.number.as_integer()),
        }
    }

    fn sort_id(&self) -> Uuid {
        self.id.0
    }
}
