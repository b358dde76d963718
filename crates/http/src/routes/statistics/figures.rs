//! Counts, and the rate that a policy makes of them: what every answer with figures shows alike.

use madang_domain::attendance::{Tally, Verdict};
use madang_reporting::statistics::{Figures, Rate, Rule};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::routes::shapes::choices;

choices! {
    /// Whether a learner attended enough, so far. The list may grow.
    VerdictValue for Verdict { Met, NotMet, Undecided }
}

/// How many marks there are of each status.
#[derive(Debug, Serialize, ToSchema)]
pub struct StatusCounts {
    /// 출석.
    #[schema(minimum = 0, example = 180)]
    present: u64,
    /// 지각.
    #[schema(minimum = 0, example = 12)]
    late: u64,
    /// 조퇴.
    #[schema(minimum = 0, example = 3)]
    early_leave: u64,
    /// 공결.
    #[schema(minimum = 0, example = 5)]
    excused: u64,
    /// 결석.
    #[schema(minimum = 0, example = 30)]
    absent: u64,
}

impl From<Tally> for StatusCounts {
    fn from(tally: Tally) -> Self {
        let Tally { present, late, early_leave, excused, absent, expected: _ } = tally;
        Self { present, late, early_leave, excused, absent }
    }
}

/// The attendance policy (출석 인정 기준) that made a rate.
#[derive(Debug, Serialize, ToSchema)]
pub struct RuleSummary {
    /// The id of the version; null where classes with several policies are counted together.
    policy_id: Option<Uuid>,
    /// Its stable name; `mixed` for several.
    #[schema(example = "lecture-80")]
    name: String,
    /// Its version; null for several.
    #[schema(minimum = 1, example = 1)]
    version: Option<i32>,
    /// Its name for people.
    #[schema(example = "차시 기준 80%")]
    title: String,
}

impl From<Rule> for RuleSummary {
    fn from(rule: Rule) -> Self {
        match rule {
            Rule::Policy(policy) => Self {
                policy_id: Some(policy.id.0),
                name: policy.family.to_string(),
                version: Some(policy.version),
                title: policy.title.to_string(),
            },
            Rule::Mixed => Self {
                policy_id: None,
                name: "mixed".to_owned(),
                version: None,
                title: "수업마다 다른 기준".to_owned(),
            },
        }
    }
}

/// A rate (출석률) as an exact fraction, with the rule that made it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AttendanceRate)]
pub struct RateResponse {
    /// What was credited.
    #[schema(minimum = 0, example = 200)]
    numerator: u64,
    /// What could have been credited.
    #[schema(minimum = 1, example = 240)]
    denominator: u64,
    /// The percentage for people, as the policy rounds it; compare by the fraction.
    #[schema(pattern = r"^\d{1,3}(\.\d{1,4})?$", example = "83.3")]
    percent: String,
    /// The policy that made it: of single lectures, weeks and months by its credits alone, of classes and learners by all of it.
    rule: RuleSummary,
}

impl From<Rate> for RateResponse {
    fn from(rate: Rate) -> Self {
        Self {
            numerator: rate.share.numerator(),
            denominator: rate.share.denominator(),
            percent: rate.percent,
            rule: rate.rule.into(),
        }
    }
}

/// What was counted over lectures that have begun, and learners enrolled at their time.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AttendanceFigures)]
pub struct FiguresResponse {
    /// Marks by status.
    counts: StatusCounts,
    /// Marks of any status.
    #[schema(minimum = 0, example = 230)]
    recorded: u64,
    /// Marks that there should be: one for each learner enrolled on the day of each lecture.
    #[schema(minimum = 0, example = 240)]
    expected: u64,
    /// Marks that are missing.
    #[schema(minimum = 0, example = 10)]
    unmarked: u64,
    /// Lectures that were counted: begun, with somebody expected.
    #[schema(minimum = 0, example = 12)]
    lectures: u64,
    /// The rate; null while nothing is expected or nothing is recorded.
    rate: Option<RateResponse>,
}

impl From<Figures> for FiguresResponse {
    fn from(figures: Figures) -> Self {
        Self {
            counts: figures.tally.into(),
            recorded: figures.tally.recorded(),
            expected: figures.tally.expected,
            unmarked: figures.tally.unmarked(),
            lectures: figures.lectures,
            rate: figures.rate.map(Into::into),
        }
    }
}
