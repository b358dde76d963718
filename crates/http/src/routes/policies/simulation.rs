//! Lectures and marks that are made up, to see what a policy says of them.

use chrono::{DateTime, NaiveDate, Utc};
use madang_domain::{
    attendance::policies::{SimulatedLecture, Simulation},
    learning::enrolments::EnrolmentPeriod,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{assessment::AssessmentResponse, shapes::PolicyResponse};
use crate::{
    problem::{FieldFault, Problem},
    request::{Checks, moment},
    routes::{attendances::AttendanceStatusValue, leave_requests::LeaveReasonValue},
};

/// What a policy says of lectures that are made up.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PolicySimulation)]
pub struct SimulationResponse {
    /// The policy.
    pub(super) policy: PolicyResponse,
    /// What it says.
    pub(super) assessment: AssessmentResponse,
    /// Up to when lectures counted.
    pub(super) as_of: DateTime<Utc>,
}

/// The most lectures of one simulation.
const MAX_LECTURES: usize = 1_000;

/// Lectures and marks that are made up.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SimulatePolicyRequest {
    /// Each lecture with what is on record of the learner there.
    #[schema(min_items = 1, max_items = 1_000)]
    lectures: Vec<SimulatedLectureRequest>,
    /// The learner's first day; absent for always.
    #[schema(example = "2026-03-02")]
    enrolled_on: Option<NaiveDate>,
    /// The learner's first day no more; absent for never.
    #[schema(example = "2026-06-30")]
    left_on: Option<NaiveDate>,
    /// The moment at which it is looked; absent for the end of the last lecture.
    as_of: Option<DateTime<Utc>>,
}

/// A lecture that is made up.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SimulatedLectureRequest {
    /// When it starts; absent for a day after the one before, beginning with 10:00 on 2 March 2026 in Seoul.
    lecture_date: Option<DateTime<Utc>>,
    /// How long it takes, in minutes; absent for 60.
    #[schema(minimum = 1, maximum = 1_440, default = 60, example = 120)]
    duration_minutes: Option<i32>,
    /// Whether it was called off.
    #[serde(default)]
    #[schema(default = false, example = false)]
    is_cancelled: bool,
    /// The mark; absent for none.
    status: Option<AttendanceStatusValue>,
    /// The minutes between coming and leaving, where both are known.
    #[schema(minimum = 0, maximum = 1_440, example = 90)]
    attended_minutes: Option<u32>,
    /// Whether an excuse was approved for it.
    #[serde(default)]
    #[schema(default = false, example = false)]
    is_excused: bool,
    /// Why it was approved, for policies that have a cap for each reason.
    leave_reason: Option<LeaveReasonValue>,
}

impl SimulatePolicyRequest {
    pub(super) fn into_domain(self) -> Result<Simulation, Problem> {
        let mut checks = Checks::new();
        if self.lectures.is_empty() {
            checks.fault("/lectures", FieldFault::Empty);
        }
        if self.lectures.len() > MAX_LECTURES {
            checks.fault("/lectures", FieldFault::TooLong { max: MAX_LECTURES });
        }
        let enrolled_on = checks.optional_day("/enrolled_on", self.enrolled_on);
        let left_on = checks.optional_day("/left_on", self.left_on);
        let as_of = checks.optional("/as_of", self.as_of, moment);
        let mut lectures = Vec::new();
        for (number, one) in self.lectures.into_iter().take(MAX_LECTURES).enumerate() {
            let minutes = one.duration_minutes.unwrap_or(60);
            let duration = checks.range(&format!("/lectures/{number}/duration_minutes"), minutes, 1..=1_440);
            let pointer = format!("/lectures/{number}/lecture_date");
            let starts_at = checks.optional(&pointer, one.lecture_date, moment);
            lectures.push(SimulatedLecture {
                starts_at: starts_at.flatten(),
                duration_minutes: duration.unwrap_or(60),
                is_cancelled: one.is_cancelled,
                status: one.status.map(Into::into),
                attended_minutes: one.attended_minutes,
                is_excused: one.is_excused,
                leave_reason: one.leave_reason.map(Into::into),
            });
        }
        let periods = match (enrolled_on.flatten(), left_on.flatten()) {
            (None, None) => Some(Vec::new()),
            (from, left) => {
                let period = EnrolmentPeriod::new(from.unwrap_or(NaiveDate::MIN), left);
                checks.value("/left_on", period.map_err(|_| FieldFault::Reversed)).map(|period| vec![period])
            }
        };
        checks.done(|| Some(Simulation { lectures, periods: periods?, as_of: as_of? }))
    }
}
