//! What a certificate says: everything that is printed, signed and shown of it, as it was on the day of issue.
//!
//! Documents, credentials and the verification page are made from a [`Snapshot`] alone, so that they can be made again, and say
//! the same, when course, class, user and rules are no more what they were. A snapshot is written once and never changed.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::{CertificateNumber, VerificationCode, rules::RuleDocument};
use crate::{
    attendance::policy::Unit,
    calendar::{TimeZone, local_day},
    ids::{ClassId, CompletionRuleId, PolicyId, UserId},
};

/// The form of the snapshots that are written today.
pub const SNAPSHOT_FORM: u16 = 1;

/// What a certificate says.
///
/// Fields are only ever added, each with a default, so that every snapshot that was ever written can be read. Records that
/// were brought from another system say only what that system told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The form of this document: [`SNAPSHOT_FORM`]; 0 on records that were issued before certificates had numbers.
    #[serde(default)]
    pub form: u16,
    /// The number in the register, `2026-0123`.
    pub number: CertificateNumber,
    /// The code by which anybody verifies it.
    pub code: VerificationCode,
    /// When it was issued; [`issued_on`](Self::issued_on) is the day that is printed.
    pub issued_at: DateTime<Utc>,
    /// When it ceases to hold; absent where it holds for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
    /// The number of the certificate that this one takes the place of, after a correction or a renewal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<CertificateNumber>,
    /// What the user was called.
    pub user_name: String,
    /// The same in Latin letters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_name_roman: Option<String>,
    /// When the user was born, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birth_date: Option<NaiveDate>,
    /// The title of the course.
    pub course_title: String,
    /// The names of the attendance policies that decided, e.g. `lecture-80`; `imported` where another system did.
    pub rule: String,
    /// The completion rule of the course; absent on records from elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completion: Option<CompletionStamp>,
    /// The classes that it rests on, with what was reached in each; in the order of their first days.
    pub classes: Vec<ClassRecord>,
    /// What was reached in all of them; absent where nothing was recorded, or the classes count in different units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<RateRecord>,
    /// The planned time of all lectures of these classes, in minutes.
    #[serde(default)]
    pub planned_minutes: u64,
    /// The time credited to the user, in minutes.
    #[serde(default)]
    pub attended_minutes: u64,
    /// Who issues it.
    #[serde(default)]
    pub issuer: Issuer,
    /// The name of the template of its document.
    #[serde(default = "default_template")]
    pub template: String,
    /// Why it was issued although the rule was not met; absent where it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub override_reason: Option<String>,
    /// Who decided, where the rule leaves it to a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_by: Option<UserId>,
}

impl Snapshot {
    /// The day of issue, in Seoul.
    pub fn issued_on(&self) -> NaiveDate {
        local_day(self.issued_at, TimeZone::SEOUL)
    }

    /// The last day on which it holds, in Seoul; `None` where it holds for good.
    pub fn valid_until(&self) -> Option<NaiveDate> {
        let day = self.expires_at.map(|at| local_day(at, TimeZone::SEOUL))?;
        day.pred_opt()
    }

    /// The first day of the first class, and the last day of the last; `None` where it rests on no class.
    pub fn period(&self) -> Option<(NaiveDate, NaiveDate)> {
        let begin = self.classes.iter().map(|class| class.begin_date).min()?;
        let end = self.classes.iter().map(|class| class.end_date).max()?;
        Some((begin, end))
    }

    /// Whole hours of planned time, as certificates state them (교육시간).
    pub fn planned_hours(&self) -> u64 {
        self.planned_minutes / 60
    }
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
    /// How many lectures were planned, without those that were cancelled.
    #[serde(default)]
    pub lectures: u64,
    /// Their time, in minutes.
    #[serde(default)]
    pub planned_minutes: u64,
    /// The time credited to the user, in minutes.
    #[serde(default)]
    pub attended_minutes: u64,
    /// What the rate counts; absent on records from elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<Unit>,
    /// The policy that decided; absent on records of before there were policies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<PolicyStamp>,
}

/// An exact rate, and how it reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RateRecord {
    /// What was credited.
    pub numerator: u64,
    /// What counted; never 0.
    pub denominator: u64,
    /// The percentage for people, e.g. `83.3`.
    pub percent: String,
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

/// Exactly which completion rule decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompletionStamp {
    /// Its id; absent where the course had no rule of its own, and the plain one holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<CompletionRuleId>,
    /// Its version; 0 for the plain rule.
    pub version: i32,
    /// The digest of its document.
    pub digest: String,
    /// What it says.
    pub document: RuleDocument,
}

/// Who issues certificates.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Issuer {
    /// The organisation, e.g. `마당평생교육원`.
    pub name: String,
    /// The same in Latin letters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name_roman: Option<String>,
    /// Who signs for it, e.g. `원장 김하늘`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub representative: Option<String>,
}

/// The template of certificates whose rule names none.
pub const DEFAULT_TEMPLATE: &str = "default";

fn default_template() -> String {
    DEFAULT_TEMPLATE.to_owned()
}
