//! What the engine says of one learner, as JSON.

use chrono::{DateTime, NaiveDate, Utc};
use madang_domain::attendance::{
    Fraction,
    policies::{Explanation, ExplanationLine, Policy},
    policy::{
        Assessment, ConvertedAbsence, DayLine, ExcusedTreatment, Forecast, PolicyDocument, Reason, Unit,
    },
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::shapes::PolicyResponse;
use crate::routes::{
    attendances::AttendanceStatusValue,
    shapes::choices,
    statistics::{StatusCounts, VerdictValue},
};

choices! {
    /// What is counted. The list may grow.
    UnitValue for Unit { Lecture, Day, Minutes }
}

/// Why the rate of a learner in a class is what it is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AttendanceExplanation)]
pub struct ExplanationResponse {
    /// The class.
    class_id: Uuid,
    /// The learner.
    user_id: Uuid,
    /// The policy that the class goes by.
    policy: PolicyResponse,
    /// What it says of the learner.
    assessment: AssessmentResponse,
    /// Up to when lectures counted.
    as_of: DateTime<Utc>,
}

impl From<Explanation> for ExplanationResponse {
    fn from(explanation: Explanation) -> Self {
        let lines = explanation.lines.iter().map(LineResponse::from).collect();
        Self {
            class_id: explanation.class_id.0,
            user_id: explanation.user_id.0,
            assessment: AssessmentResponse::new(&explanation.policy.document, &explanation.assessment, lines),
            policy: explanation.policy.into(),
            as_of: explanation.as_of,
        }
    }
}

/// What a policy says of one learner in one class.
///
/// Amounts are whole numbers: parts of a lecture or of a minute, `parts` of them to each; in the unit `day`, days. The credits of the
/// lectures (or the days that count) sum to `credited`, their weights (or the days) to `denominator`, what conversions cost to
/// `deducted` unless that is more than there is, and `numerator` is what is left.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AttendanceAssessment)]
pub struct AssessmentResponse {
    /// What is counted.
    unit: UnitValue,
    /// Into how many parts each unit is cut.
    #[schema(minimum = 1, example = 1)]
    parts: u64,
    /// Marks by status, excused ones in place of what they excuse.
    counts: StatusCounts,
    /// Lectures that have begun while the learner was enrolled.
    #[schema(minimum = 0, example = 20)]
    expected: u64,
    /// Those of them without a mark.
    #[schema(minimum = 0, example = 1)]
    unmarked: u64,
    /// Each lecture, in the order of time.
    lectures: Vec<LineResponse>,
    /// Each day, in the unit `day`.
    days: Vec<DayResponse>,
    /// Each absence that several lates or early leaves make.
    conversions: Vec<ConversionResponse>,
    /// What was credited.
    #[schema(minimum = 0, example = 18)]
    credited: u64,
    /// What conversions took away.
    #[schema(minimum = 0, example = 1)]
    deducted: u64,
    /// What is left of the credit.
    #[schema(minimum = 0, example = 17)]
    numerator: u64,
    /// What could be credited; 0 where nothing counts.
    #[schema(minimum = 0, example = 20)]
    denominator: u64,
    /// The rate; null while nothing is recorded or nothing counts.
    rate: Option<ExactRate>,
    /// What is needed, exactly.
    #[schema(pattern = r"^\d{1,3}/\d{1,3}$", example = "4/5")]
    threshold: String,
    /// Whether that is enough, so far.
    verdict: VerdictValue,
    /// What can still come of it.
    forecast: ForecastResponse,
}

impl AssessmentResponse {
    fn new(policy: &PolicyDocument, assessment: &Assessment, lectures: Vec<LineResponse>) -> Self {
        Self {
            unit: assessment.unit.into(),
            parts: assessment.parts,
            counts: assessment.counts.into(),
            expected: assessment.counts.expected,
            unmarked: assessment.counts.unmarked(),
            lectures,
            days: assessment.days.iter().map(DayResponse::from).collect(),
            conversions: assessment.conversions.iter().map(ConversionResponse::from).collect(),
            credited: assessment.sums.credited,
            deducted: assessment.sums.deducted,
            numerator: assessment.sums.numerator(),
            denominator: assessment.sums.whole,
            rate: assessment.rate.map(|rate| ExactRate::new(policy, rate)),
            threshold: policy.threshold.share.to_string(),
            verdict: assessment.verdict.into(),
            forecast: ForecastResponse::new(policy, &assessment.forecast),
        }
    }

    pub(super) fn of_made_up(policy: &Policy, assessment: &Assessment) -> Self {
        let line = |line: &madang_domain::attendance::policy::Line| {
            let title = format!("{}차시", line.lecture.sequence);
            LineResponse::from(&ExplanationLine { title, origin: None, line: *line })
        };
        Self::new(&policy.document, assessment, assessment.lines.iter().map(line).collect())
    }
}

/// A rate, exactly and for people.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExactRate {
    /// What was reached.
    #[schema(minimum = 0, example = 17)]
    numerator: u64,
    /// What could be reached.
    #[schema(minimum = 1, example = 20)]
    denominator: u64,
    /// Both as a fraction.
    #[schema(pattern = r"^\d+/\d+$", example = "17/20")]
    fraction: String,
    /// The percentage for people, as the policy rounds it; compare by the fraction.
    #[schema(pattern = r"^\d{1,3}(\.\d{1,4})?$", example = "85.0")]
    percent: String,
}

impl ExactRate {
    fn new(policy: &PolicyDocument, rate: Fraction) -> Self {
        Self {
            numerator: rate.numerator(),
            denominator: rate.denominator(),
            fraction: rate.to_string(),
            percent: policy.percent(rate),
        }
    }
}

/// One lecture of an explanation.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ExplainedLecture)]
pub struct LineResponse {
    /// The lecture.
    lecture_id: Uuid,
    /// Its number in the class.
    #[schema(minimum = 1, example = 3)]
    sequence: i32,
    /// Its title.
    #[schema(example = "3차시: 번지기")]
    title: String,
    /// The class from which the learner moved and this lecture is carried over; null for a lecture of the class itself.
    carried_from: Option<OriginResponse>,
    /// When it starts.
    lecture_date: DateTime<Utc>,
    /// Its day, in Seoul.
    #[schema(example = "2026-09-08")]
    day: NaiveDate,
    /// What was marked; null where nothing was.
    mark: Option<AttendanceStatusValue>,
    /// Whether an excuse was approved for it.
    is_excused: bool,
    /// Whether it counts.
    counts: bool,
    /// Why it counts as it does. The list may grow.
    #[schema(example = "late")]
    reason: &'static str,
    /// The same in words, in Korean.
    #[schema(example = "지각으로 기록되어 기준에 따라 인정했습니다.")]
    because: &'static str,
    /// What could be credited; in the unit `day`, its time.
    #[schema(minimum = 0, example = 1)]
    weight: u64,
    /// What was credited; in the unit `day`, the time attended.
    #[schema(minimum = 0, example = 1)]
    credit: u64,
    /// Whether it is one of several that are converted into an absence.
    is_incident: bool,
}

/// A class from which a learner moved.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CarriedFrom)]
pub struct OriginResponse {
    /// The class.
    class_id: Uuid,
    /// Its title.
    #[schema(example = "수채화 1기")]
    class_title: String,
}

impl From<&ExplanationLine> for LineResponse {
    fn from(explained: &ExplanationLine) -> Self {
        let line = &explained.line;
        Self {
            lecture_id: line.lecture.id.0,
            sequence: line.lecture.sequence,
            title: explained.title.clone(),
            carried_from: explained.origin.as_ref().map(|origin| OriginResponse {
                class_id: origin.class_id.0,
                class_title: origin.title.clone(),
            }),
            lecture_date: line.lecture.starts_at,
            day: line.day,
            mark: line.mark.map(Into::into),
            is_excused: line.is_excused,
            counts: line.weight > 0,
            reason: line.reason.as_str(),
            because: because(line.reason),
            weight: line.weight,
            credit: line.credit,
            is_incident: line.is_incident,
        }
    }
}

fn because(reason: Reason) -> &'static str {
    match reason {
        Reason::Cancelled => "휴강이라 세지 않습니다.",
        Reason::NotEnrolled => "등록 기간이 아니라 세지 않습니다.",
        Reason::BeforeJoining => "등록 전이지만 전체 기간으로 세므로 결석입니다.",
        Reason::AfterLeaving => "등록이 끝난 뒤지만 전체 기간으로 세므로 결석입니다.",
        Reason::NotYetHeld => "아직 열리지 않아 세지 않습니다.",
        Reason::PlannedAhead => "아직 열리지 않았지만 계획된 차시를 모두 세는 기준입니다.",
        Reason::Present => "출석했습니다.",
        Reason::Late => "지각으로 기록되어 기준에 따라 인정했습니다.",
        Reason::EarlyLeave => "조퇴로 기록되어 기준에 따라 인정했습니다.",
        Reason::Absent => "결석했습니다.",
        Reason::Excused(treatment) => match treatment {
            ExcusedTreatment::CountsPresent => "공결을 출석으로 인정했습니다.",
            ExcusedTreatment::Excluded => "공결이라 세지 않습니다.",
            ExcusedTreatment::RecordedOnly => "공결로 기록하지만 출석으로 인정하지 않습니다.",
            ExcusedTreatment::CountsAbsent => "공결을 결석으로 봅니다.",
        },
        Reason::ExcusedBeyondCap(treatment) => match treatment {
            ExcusedTreatment::CountsPresent => "공결 한도를 넘었지만 출석으로 인정했습니다.",
            ExcusedTreatment::Excluded => "공결 한도를 넘어 세지 않습니다.",
            ExcusedTreatment::RecordedOnly => "공결 한도를 넘어 출석으로 인정하지 않습니다.",
            ExcusedTreatment::CountsAbsent => "공결 한도를 넘어 결석으로 봅니다.",
        },
        Reason::UnmarkedAbsent => "기록이 없어 결석으로 봅니다.",
        Reason::UnmarkedIgnored => "기록이 없어 세지 않습니다.",
    }
}

/// One day of an explanation.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ExplainedDay)]
pub struct DayResponse {
    /// The day.
    #[schema(example = "2026-09-08")]
    day: NaiveDate,
    /// The time attended, in parts of a minute.
    #[schema(minimum = 0, example = 90)]
    attended: u64,
    /// The time of its lectures, in parts of a minute.
    #[schema(minimum = 0, example = 120)]
    time: u64,
    /// Whether enough of it was attended.
    counts: bool,
}

impl From<&DayLine> for DayResponse {
    fn from(day: &DayLine) -> Self {
        Self { day: day.day, attended: day.attended, time: day.time, counts: day.counts }
    }
}

/// Several lates or early leaves that are one absence.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ExplainedConversion)]
pub struct ConversionResponse {
    /// Of what kind they are.
    statuses: Vec<AttendanceStatusValue>,
    /// Where they happened.
    lecture_ids: Vec<Uuid>,
    /// What they cost.
    #[schema(minimum = 1, example = 1)]
    cost: u64,
}

impl From<&ConvertedAbsence> for ConversionResponse {
    fn from(absence: &ConvertedAbsence) -> Self {
        Self {
            statuses: absence.statuses.iter().map(|status| (*status).into()).collect(),
            lecture_ids: absence.lectures.iter().map(|id| id.0).collect(),
            cost: absence.cost,
        }
    }
}

/// What can still come of a learner's attendance.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AttendanceForecast)]
pub struct ForecastResponse {
    /// Lectures that have not ended.
    #[schema(minimum = 0, example = 10)]
    lectures_left: u64,
    /// So many of them (days, in the unit `day`) may be missed, whichever, so that the threshold can still be met.
    #[schema(minimum = 0, example = 2)]
    absences_left: u64,
    /// The rate at the end if every lecture left is attended.
    best: Option<ExactRate>,
    /// The rate at the end if every lecture left is missed.
    worst: Option<ExactRate>,
    /// Whether few absences are left, as the policy says.
    at_risk: bool,
    /// The start of the lecture with which the threshold went out of reach; null while it can be met.
    unreachable_since: Option<DateTime<Utc>>,
}

impl ForecastResponse {
    fn new(policy: &PolicyDocument, forecast: &Forecast) -> Self {
        Self {
            lectures_left: forecast.lectures_left,
            absences_left: forecast.absences_left,
            best: forecast.best.map(|rate| ExactRate::new(policy, rate)),
            worst: forecast.worst.map(|rate| ExactRate::new(policy, rate)),
            at_risk: forecast.at_risk,
            unreachable_since: forecast.unreachable_since,
        }
    }
}
