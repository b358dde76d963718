//! What the policy says of excused absence (공결): what it is, how much of it there may be, and until when one may ask for it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Period, RoundingMode, Share};
use crate::attendance::leave::LeaveReason;

/// What an excused absence is.
///
/// First match: an approval with a treatment of its own → that one; beyond the cap of its reason, or the cap of all →
/// `beyond_cap`, and neither is used up; else `treatment`. Whoever came in time all the same is present.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Excused {
    /// What it is within the caps.
    pub treatment: ExcusedTreatment,
    /// How much of it there may be; `None` for any amount. Absences fill it in the order of time.
    pub cap: Option<ExcusedCap>,
    /// What it is beyond a cap; never better than within.
    pub beyond_cap: ExcusedTreatment,
    /// How much of it there may be for one reason, besides `cap`. Marks tell no reason, so only approved leave fills these. Both
    /// kinds of cap together are for policies that count lectures alone: by minutes or days, a short absence that comes to fit could
    /// put a long one beyond the other cap, and a present mark more would lower the rate.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub reason_caps: BTreeMap<LeaveReason, ExcusedCap>,
    /// Learners may ask for leave until so many days after the day of the lecture; `None` for any time. Staff always may.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deadline_days: Option<u16>,
}

impl Excused {
    /// Every cap, with the reason for which it holds; `None` for all of them.
    pub fn caps(&self) -> impl Iterator<Item = (Option<LeaveReason>, ExcusedCap)> {
        let of_reasons = self.reason_caps.iter().map(|(reason, cap)| (Some(*reason), *cap));
        self.cap.map(|cap| (None, cap)).into_iter().chain(of_reasons)
    }
}

/// What an excused absence is, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExcusedTreatment {
    /// Attended (출석 인정), for the credit of `excused`.
    CountsPresent,
    /// As if there had been no lecture.
    Excluded,
    /// On the record as 공결, but not attended: the lecture counts, for nothing.
    RecordedOnly,
    /// Missed like any other absence.
    CountsAbsent,
}

impl ExcusedTreatment {
    /// Every treatment.
    pub const ALL: [Self; 4] = [Self::CountsPresent, Self::Excluded, Self::RecordedOnly, Self::CountsAbsent];

    /// The name in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CountsPresent => "counts_present",
            Self::Excluded => "excluded",
            Self::RecordedOnly => "recorded_only",
            Self::CountsAbsent => "counts_absent",
        }
    }

    /// Reads its name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|treatment| treatment.as_str() == text)
    }
}

/// How much excused absence there may be, in the unit of the policy; where both limits are set, the smaller holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExcusedCap {
    /// So many lectures, days or minutes.
    #[serde(default)]
    pub at_most: Option<u32>,
    /// This share of what is planned.
    #[serde(default)]
    pub share: Option<Share>,
    /// How a share that is no whole number is rounded.
    #[serde(default = "down")]
    pub share_rounding: RoundingMode,
    /// For which period it holds.
    pub per: Period,
    /// Whether what one period leaves may be taken in the next.
    #[serde(default)]
    pub carry_unused: bool,
}

fn down() -> RoundingMode {
    RoundingMode::Down
}

impl Default for Excused {
    fn default() -> Self {
        Self {
            treatment: ExcusedTreatment::CountsPresent,
            cap: None,
            beyond_cap: ExcusedTreatment::CountsAbsent,
            reason_caps: BTreeMap::new(),
            deadline_days: None,
        }
    }
}
