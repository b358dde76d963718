//! The policy as data. Every field says in which order its cases are tried: the first that fits decides.
//!
//! A document is immutable once it is stored. A lecture that was attended is always worth 1 and one that was missed 0;
//! everything between is said here.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Excused, Share, Times};
use crate::attendance::{AttendanceStatus, Fraction};

/// How marks become a rate and a verdict.
///
/// Fields that are absent are those of the plain rule: 80 % of the lectures held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PolicyDocument {
    /// What is counted. First match: `long_class`, if it is set and the class is as long; else this unit.
    pub unit: Unit,
    /// Another unit for classes that are planned to be long; `None` counts all classes alike.
    pub long_class: Option<LongClass>,
    /// What a lecture is worth that was attended in part, or missed with leave.
    pub credits: Credits,
    /// From when on somebody is late, absent, or has left early. Capture makes marks by it; the engine takes marks as they are.
    pub times: Times,
    /// How much of the time of a lecture was attended, in the units `minutes` and `day`.
    pub attended_time: AttendedTime,
    /// In the unit `day`: a day counts once this share of its time was attended. Nothing attended never counts.
    pub day_min_share: Share,
    /// Several lates are one absence; `None` never converts.
    pub conversion: Option<Conversion>,
    /// What an excused absence (공결) is.
    pub excused: Excused,
    /// What a lecture is at which nobody marked the learner. First match: nothing is recorded of the learner at all → no rate;
    /// else as it says here.
    pub unmarked: Unmarked,
    /// Which lectures can be reached. First match: a cancelled lecture never counts; else as it says here.
    pub denominator: Denominator,
    /// Which lectures count for who came late or left.
    pub membership: Membership,
    /// What is enough.
    pub threshold: Threshold,
    /// How a rate is written for people. Verdicts compare the exact fraction, never this text.
    pub rounding: Rounding,
    /// A learner is at risk while at most so many further absences are allowed. First match: nothing missed yet → not at risk;
    /// sure of it whatever comes → not at risk; out of reach → unreachable, no longer at risk; else as it says here.
    pub at_risk_absences_left: u16,
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Lectures: each counts once (차시).
    Lecture,
    /// Days that have lectures (일수).
    Day,
    /// The planned time of lectures (시간).
    Minutes,
}

impl Unit {
    /// Every unit.
    pub const ALL: [Self; 3] = [Self::Lecture, Self::Day, Self::Minutes];

    /// The name in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Lecture => "lecture",
            Self::Day => "day",
            Self::Minutes => "minutes",
        }
    }
}

/// Another unit for classes that are planned to be long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LongClass {
    /// From this planned time on, over all lectures that are not cancelled.
    pub from_minutes: u32,
    /// This is counted.
    pub unit: Unit,
}

/// What a lecture is worth, as a share of one that was attended. Present is always 1, absent always 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Credits {
    /// 지각.
    pub late: Share,
    /// 조퇴.
    pub early_leave: Share,
    /// 공결, where it counts as present.
    pub excused: Share,
}

/// How much of the time of a lecture was attended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttendedTime {
    /// Its whole time, times the credit of the status.
    ByStatus,
    /// First match: for late and early leave, the minutes between coming and leaving where both are known; else as `by_status`.
    AsRecorded,
}

/// Several of a kind are one absence.
///
/// First match: an excused lecture is no incident; one with another status than these is none; in the unit `day`, one of
/// whose recorded time less than `day_min_share` was attended is missed and so none; else it is one. In the unit `day`, a
/// day has one incident of each status at most.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conversion {
    /// Which: `late`, `early_leave` or both.
    #[serde(with = "statuses")]
    pub statuses: BTreeSet<AttendanceStatus>,
    /// So many make one absence.
    pub every: u8,
    /// All together, or each status by itself.
    pub counting: Counting,
    /// When the count begins anew; what is left over is dropped then.
    pub resets: Period,
    /// What one absence costs in the unit `minutes`; `None` converts nothing there. In other units it costs one unit.
    #[serde(default)]
    pub absence_minutes: Option<u16>,
}

/// How incidents of several statuses are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counting {
    /// All together (합산): two lates and one early leave are three.
    Pooled,
    /// Each by itself (각각).
    Separate,
}

/// Into which periods a class is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Period {
    /// None: the whole class is one.
    WholeClass,
    /// So many days on which the class has lectures, from its first; cancelled lectures make no day.
    ClassDays {
        /// How many.
        days: u16,
    },
    /// Calendar months, in Seoul.
    CalendarMonth,
}

/// What a lecture is at which nobody marked the learner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unmarked {
    /// Missed.
    Absent,
    /// As if there had been no lecture.
    Ignored,
}

/// Which lectures can be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Denominator {
    /// Those that have begun.
    Held,
    /// All that are planned: a rate that begins low and grows.
    Planned,
}

/// Which lectures count for who came late or left.
///
/// First match: a day before the first enrolment → `late_joiners`; a day on which no enrolment holds → `leavers`; else the
/// lecture counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Membership {
    /// Lectures before the learner came.
    pub late_joiners: Span,
    /// Lectures after the learner left, and between two enrolments.
    pub leavers: Span,
}

/// Over which lectures a learner is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Span {
    /// Those of their own enrolment; others don't count.
    PersonalPeriod,
    /// All of the class; others are missed.
    WholePeriod,
}

/// What is enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Threshold {
    /// This rate.
    pub share: Share,
    /// When it is reached, or only when it is exceeded.
    pub when: Comparison,
}

impl Threshold {
    /// Whether an exact rate is enough.
    pub fn is_met_by(self, rate: Fraction) -> bool {
        match self.when {
            Comparison::Reached => rate >= self.share.into(),
            Comparison::Exceeded => rate > self.share.into(),
        }
    }
}

/// How a rate is held against the threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Comparison {
    /// 이상: equal is enough.
    Reached,
    /// 초과: equal is not enough.
    Exceeded,
}

/// How a rate is written for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rounding {
    /// So many decimals of the percentage, 0 to 4.
    pub decimals: u8,
    /// Which way.
    pub mode: RoundingMode,
}

/// Which way a number is rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoundingMode {
    /// 반올림: half up.
    HalfUp,
    /// 절사: cut off.
    Down,
}

impl PolicyDocument {
    /// Its one text: fields in a fixed order, shares in lowest terms. Left out are `reason_caps` and `deadline_days` where they say
    /// nothing, so that documents from before they were known keep their text.
    pub fn canonical_json(&self) -> String {
        // Writing a value of strings and numbers into memory can't fail.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The SHA-256 of [`canonical_json`](Self::canonical_json), in hexadecimal: documents that say the same have the same.
    pub fn digest(&self) -> String {
        format!("{:x}", Sha256::digest(self.canonical_json()))
    }

    /// A rate for people: `83.3`.
    pub fn percent(&self, rate: Fraction) -> String {
        match self.rounding.mode {
            RoundingMode::HalfUp => rate.percent_text(self.rounding.decimals),
            RoundingMode::Down => rate.percent_text_down(self.rounding.decimals),
        }
    }
}

impl Default for PolicyDocument {
    fn default() -> Self {
        Self {
            unit: Unit::Lecture,
            long_class: None,
            credits: Credits::default(),
            times: Times::default(),
            attended_time: AttendedTime::ByStatus,
            day_min_share: Share::HALF,
            conversion: None,
            excused: Excused::default(),
            unmarked: Unmarked::Absent,
            denominator: Denominator::Held,
            membership: Membership::default(),
            threshold: Threshold { share: Share::FOUR_FIFTHS, when: Comparison::Reached },
            rounding: Rounding { decimals: 1, mode: RoundingMode::HalfUp },
            at_risk_absences_left: 1,
        }
    }
}

impl Default for Credits {
    fn default() -> Self {
        Self { late: Share::ONE, early_leave: Share::ONE, excused: Share::ONE }
    }
}

impl Default for Membership {
    fn default() -> Self {
        Self { late_joiners: Span::PersonalPeriod, leavers: Span::PersonalPeriod }
    }
}

/// Statuses by their names, which the rest of the domain writes without serde.
mod statuses {
    use std::collections::BTreeSet;

    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    use crate::attendance::AttendanceStatus;

    pub(super) fn serialize<S: Serializer>(
        statuses: &BTreeSet<AttendanceStatus>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(statuses.iter().map(|status| status.as_str()))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeSet<AttendanceStatus>, D::Error> {
        Vec::<String>::deserialize(deserializer)?
            .iter()
            .map(|name| AttendanceStatus::parse(name).ok_or_else(|| D::Error::custom("no such status")))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_is_the_plain_rule() {
        let empty: PolicyDocument = serde_json::from_str("{}").unwrap();
        assert_eq!(empty, PolicyDocument::default());
        assert!(serde_json::from_str::<PolicyDocument>(r#"{"treshold": {}}"#).is_err());
    }

    #[test]
    fn documents_that_say_the_same_have_one_text_and_one_digest() {
        let one: PolicyDocument =
            serde_json::from_str(r#"{"unit":"day","credits":{"late":"2/4"},"conversion":{"statuses":["early_leave","late"],"every":3,"counting":"pooled","resets":{"kind":"class_days","days":20}}}"#).unwrap();
        let other: PolicyDocument =
            serde_json::from_str(r#"{"conversion":{"resets":{"days":20,"kind":"class_days"},"counting":"pooled","every":3,"statuses":["late","early_leave","late"],"absence_minutes":null},"credits":{"late":"50/100"},"unit":"day"}"#).unwrap();
        assert_eq!(one.canonical_json(), other.canonical_json());
        assert_eq!(one.digest(), other.digest());
        assert_ne!(one.digest(), PolicyDocument::default().digest());
        let again: PolicyDocument = serde_json::from_str(&one.canonical_json()).unwrap();
        assert_eq!(again, one);
    }

    #[test]
    fn a_rate_may_be_cut_off_for_display() {
        let down = PolicyDocument {
            rounding: Rounding { decimals: 0, mode: RoundingMode::Down },
            ..PolicyDocument::default()
        };
        let rate = Fraction::new(799, 1000).unwrap();
        assert_eq!(down.percent(rate), "79");
        assert_eq!(PolicyDocument::default().percent(rate), "79.9");
    }
}
