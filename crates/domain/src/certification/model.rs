//! What a certification is.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    audit::Audited,
    ids::{CertificationId, ClassId, CourseId, PolicyId, UserId},
    page::{Listable, SortKey, sort_fields},
    stamps::Stamps,
    text::text_type,
};

text_type! {
    /// Why a certification is issued although the rule is not met: 1 to 1,000 characters.
    OverrideReason, max = 1_000, lines = Many
}

/// What a certification says, as it was on the day of issue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// What the user was called.
    pub user_name: String,
    /// The title of the course.
    pub course_title: String,
    /// The name of the attendance policy that decided, e.g. `lecture-80`; several, where the classes go by several.
    pub rule: String,
    /// The classes, with what was reached in each.
    pub classes: Vec<ClassRecord>,
    /// Why it was issued although the rule was not met; absent where it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub override_reason: Option<String>,
}

/// What was reached in one class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassRecord {
    /// The class.
    pub class_id: ClassId,
    /// Its title.
    pub title: String,
    /// Its first day.
    pub begin_date: NaiveDate,
    /// Its last day.
    pub end_date: NaiveDate,
    /// What was credited, in the parts of the policy.
    pub numerator: u64,
    /// What counted; 0 where nothing was recorded.
    pub denominator: u64,
    /// The rate for people; absent where nothing was recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percent: Option<String>,
    /// The policy that decided; absent on records of before there were policies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<PolicyStamp>,
}

/// Exactly which policy decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyStamp {
    /// Its id.
    pub id: PolicyId,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: i32,
    /// The digest of its document.
    pub digest: String,
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
    /// When it was issued.
    pub issued_at: DateTime<Utc>,
    /// What it says.
    pub snapshot: Snapshot,
    /// Who made and changed it, when.
    pub stamps: Stamps,
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
            "issued_at": self.issued_at,
            "snapshot": self.snapshot,
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
    /// The classes that it rests on; empty means every class of the course in which the user was a learner.
    pub class_ids: Vec<ClassId>,
    /// Why it is issued even if the rule is not met; `None` leaves the decision to the rule.
    pub override_reason: Option<OverrideReason>,
}

/// Which certifications are wanted; every field that is set narrows the list.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CertificationFilter {
    /// For this course.
    pub course_id: Option<CourseId>,
    /// Of this user.
    pub user_id: Option<UserId>,
    /// Issued at this moment or later.
    pub from: Option<DateTime<Utc>>,
    /// Issued before this moment.
    pub to: Option<DateTime<Utc>>,
}

sort_fields! {
    /// What certifications can be sorted by.
    CertificationSort { IssuedAt = "issued_at", CreatedAt = "created_at" }
}

impl Listable<CertificationSort> for Certification {
    fn sort_key(&self, field: CertificationSort) -> SortKey {
        match field {
            CertificationSort::IssuedAt => SortKey::Time(self.issued_at),
            CertificationSort::CreatedAt => SortKey::Time(self.stamps.created_at),
        }
    }

    fn sort_id(&self) -> Uuid {
        self.id.0
    }
}
