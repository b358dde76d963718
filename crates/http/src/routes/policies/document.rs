//! The policy as data, described for the OpenAPI document. The domain reads and writes it; a test holds the two together.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Declares a value that is one of several names.
macro_rules! names {
    ($($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident),+ $(,)? })+) => {$(
        $(#[$meta])*
        #[derive(Debug, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$variant_meta])* $variant),+ }
    )+};
}

names! {
    /// What is counted: lectures (차시), days with lectures (일수), or planned minutes (시간).
    PolicyUnit { Lecture, Day, Minutes }
    /// What can be converted: late (지각), early leave (조퇴).
    ConvertedStatus { Late, EarlyLeave }
    /// All together (합산), or each status by itself (각각).
    PolicyCounting { Pooled, Separate }
    /// The whole time times the credit of the status; or for late and early leave the minutes between coming and leaving, where both are known.
    AttendedTime { ByStatus, AsRecorded }
    /// What an excused absence is, the best first: attended; as if there had been no lecture; on the record but not attended; missed.
    ExcusedTreatment { CountsPresent, Excluded, RecordedOnly, CountsAbsent }
    /// What a past lecture without a mark is: missed, or as if there had been no lecture.
    UnmarkedRule { Absent, Ignored }
    /// Lectures that have begun, or all that are planned. Cancelled ones never count.
    PolicyDenominator { Held, Planned }
    /// The lectures of one's own enrolment, or all of the class.
    MembershipSpan { PersonalPeriod, WholePeriod }
    /// 이상 (equal is enough), or 초과.
    ThresholdComparison { Reached, Exceeded }
    /// 반올림, or 절사.
    RoundingMode { HalfUp, Down }
}

/// How marks become a rate and a verdict. What is absent is as in the plain rule: 80 % of the lectures held.
///
/// A lecture that was attended is worth 1 and one that was missed 0; everything between is said here. Where several cases of a field
/// could hold, the first that fits decides, in the order in which they are told.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PolicyDocumentRequest)]
pub struct PolicyDocumentShape {
    /// What is counted. `long_class`, if it is set and the class is as long; else this.
    unit: Option<PolicyUnit>,
    /// Another unit for classes that are planned to be long.
    long_class: Option<LongClassShape>,
    /// What a lecture is worth that was attended in part, or missed with leave.
    credits: Option<CreditsShape>,
    /// From when on somebody is late, absent, or has left early.
    times: Option<TimesShape>,
    /// How much of the time of a lecture was attended, in the units `minutes` and `day`.
    attended_time: Option<AttendedTime>,
    /// In the unit `day`: a day counts once this share of its time was attended.
    #[schema(pattern = r"^\d{1,3}/\d{1,3}$", example = "1/2")]
    day_min_share: Option<String>,
    /// Several lates are one absence; null never converts.
    conversion: Option<ConversionShape>,
    /// What an excused absence (공결) is.
    excused: Option<ExcusedShape>,
    /// What a past lecture without a mark is. While nothing at all is recorded there is no rate.
    unmarked: Option<UnmarkedRule>,
    /// Which lectures can be reached.
    denominator: Option<PolicyDenominator>,
    /// Which lectures count for who came late or left.
    membership: Option<MembershipShape>,
    /// What is enough.
    threshold: Option<ThresholdShape>,
    /// How a rate is written for people. Verdicts compare the exact fraction.
    rounding: Option<RoundingShape>,
    /// A learner is at risk while at most so many further absences are allowed; never before something was missed, nor once it is
    /// sure or out of reach.
    #[schema(minimum = 0, maximum = 65_535, example = 1)]
    at_risk_absences_left: Option<u16>,
}

/// Another unit for classes that are planned to be long.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PolicyLongClassRequest)]
pub struct LongClassShape {
    /// From this planned time on, over all lectures that are not cancelled.
    #[schema(minimum = 1, maximum = 6_000_000, example = 1_800)]
    from_minutes: u32,
    /// This is counted.
    unit: PolicyUnit,
}

/// What a lecture is worth, as a share of one that was attended.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PolicyCreditsRequest)]
pub struct CreditsShape {
    /// 지각.
    #[schema(pattern = r"^\d{1,3}/\d{1,3}$", example = "1/2")]
    late: Option<String>,
    /// 조퇴.
    #[schema(pattern = r"^\d{1,3}/\d{1,3}$", example = "1/2")]
    early_leave: Option<String>,
    /// 공결, where it counts as present.
    #[schema(pattern = r"^\d{1,3}/\d{1,3}$", example = "1/1")]
    excused: Option<String>,
}

/// From when on somebody is late, absent, or has left early, in full minutes.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PolicyTimesRequest)]
#[expect(clippy::struct_field_names, reason = "units stand in names, here and in the API")]
pub struct TimesShape {
    /// The last minute at which one is still in time: with 9, the tenth minute is late.
    #[schema(minimum = 0, maximum = 1_440, example = 9)]
    late_grace_minutes: Option<u16>,
    /// The last minute at which one is merely late: with 24, 25 minutes late is absent. Null: late to the end.
    #[schema(minimum = 0, maximum = 1_440, example = 24)]
    absent_after_minutes: Option<u16>,
    /// The most minutes before the end at which leaving is not early.
    #[schema(minimum = 0, maximum = 1_440, example = 10)]
    early_leave_grace_minutes: Option<u16>,
}

/// Several of a kind are one absence. An excused lecture is none of them; in the unit `day`, a day has one of each status at most.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PolicyConversionRequest)]
pub struct ConversionShape {
    /// Which; each of them must have the credit 1/1.
    #[schema(min_items = 1, max_items = 2)]
    statuses: Vec<ConvertedStatus>,
    /// So many make one absence.
    #[schema(minimum = 2, maximum = 100, example = 3)]
    every: u8,
    /// All together, or each status by itself.
    counting: PolicyCounting,
    /// When the count begins anew; what is left over is dropped then.
    resets: PeriodShape,
    /// What one absence costs in the unit `minutes`; null converts nothing there.
    #[schema(minimum = 1, maximum = 1_440, example = 60)]
    absence_minutes: Option<u16>,
}

/// Into which periods a class is cut.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[schema(as = PolicyPeriodRequest)]
pub enum PeriodShape {
    /// None: the whole class is one.
    WholeClass,
    /// So many days on which the class has lectures.
    ClassDays {
        /// How many.
        #[schema(minimum = 1, maximum = 65_535, example = 20)]
        days: u16,
    },
    /// Calendar months, in Seoul.
    CalendarMonth,
}

/// What an excused absence is. Who came in time all the same is present; beyond the cap it is `beyond_cap`, else `treatment`.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PolicyExcusedRequest)]
pub struct ExcusedShape {
    /// What it is within the cap.
    treatment: Option<ExcusedTreatment>,
    /// How much of it there may be, in the order of time; null for any amount.
    cap: Option<ExcusedCapShape>,
    /// What it is beyond a cap; never better than within.
    beyond_cap: Option<ExcusedTreatment>,
    /// How much of it there may be for one reason of leave, by its name, e.g. `illness`. Besides `cap` where lectures alone are counted, else in
    /// place of it. Beyond either it is `beyond_cap`, and neither is used up.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(required = false)]
    reason_caps: BTreeMap<String, ExcusedCapShape>,
    /// Learners may ask for leave until so many days after the day of the lecture; without it at any time. Staff always may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 366, example = 7)]
    deadline_days: Option<u16>,
}

/// How much excused absence there may be, in the unit of the policy; where both limits are set, the smaller holds.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PolicyExcusedCapRequest)]
pub struct ExcusedCapShape {
    /// So many lectures, days or minutes.
    #[schema(minimum = 0, example = 2)]
    at_most: Option<u32>,
    /// This share of what is planned.
    #[schema(pattern = r"^\d{1,3}/\d{1,3}$", example = "1/5")]
    share: Option<String>,
    /// How a share that is no whole number is rounded.
    share_rounding: Option<RoundingMode>,
    /// For which period it holds.
    per: PeriodShape,
    /// Whether what one period leaves may be taken in the next.
    carry_unused: Option<bool>,
}

/// Which lectures count for who came late or left.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PolicyMembershipRequest)]
pub struct MembershipShape {
    /// Lectures before the learner came.
    late_joiners: Option<MembershipSpan>,
    /// Lectures after the learner left, and between two enrolments.
    leavers: Option<MembershipSpan>,
}

/// What is enough.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PolicyThresholdRequest)]
pub struct ThresholdShape {
    /// This rate, exactly.
    #[schema(pattern = r"^\d{1,3}/\d{1,3}$", example = "4/5")]
    share: String,
    /// When it is reached, or only when it is exceeded.
    when: ThresholdComparison,
}

/// How a rate is written for people.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PolicyRoundingRequest)]
pub struct RoundingShape {
    /// Decimals of the percentage.
    #[schema(minimum = 0, maximum = 4, example = 1)]
    decimals: u8,
    /// Which way.
    mode: RoundingMode,
}

#[cfg(test)]
mod tests {
    use madang_domain::attendance::policy::presets;

    use super::*;

    #[test]
    fn what_is_described_is_what_the_domain_reads_and_writes() {
        for preset in presets::all() {
            let written = preset.document.canonical_json();
            let described: PolicyDocumentShape = serde_json::from_str(&written).unwrap();
            let read: serde_json::Value = serde_json::to_value(described).unwrap();
            let written: serde_json::Value = serde_json::from_str(&written).unwrap();
            assert_eq!(read, written, "{}", preset.name);
        }
    }
}
