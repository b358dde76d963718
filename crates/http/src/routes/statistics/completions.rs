//! The dashboard of completions and the comparison of the classes of a course.

use actix_web::{HttpRequest, HttpResponse, get};
use chrono::{DateTime, NaiveDate, Utc};
use madang_domain::{attendance::TallyFilter, ids::CourseId, learning::courses::CourseKeyword};
use madang_reporting::statistics::{
    ClassCompletions, ComparedClass, CompletionCounts, Completions, CourseComparison, CourseCompletions,
    FunnelStep,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::figures::FiguresResponse;
use crate::{
    answer,
    problem::{FieldFault, Problem},
    request::{Authenticated, Id, Params, bad_parameter},
    routes::shapes::choices,
    state::App,
};

choices! {
    /// A step on the way to a certificate. The list may grow.
    FunnelStepValue for FunnelStep { Enrolled, Stayed, MeetsPolicy, Eligible, Certified }
}

/// Which classes are looked at; all conditions hold together.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ClassesQuery {
    /// Of this course only.
    course_id: Option<Uuid>,
    /// This class only.
    class_id: Option<Uuid>,
    /// Classes that this user teaches or taught only.
    lecturer_id: Option<Uuid>,
    /// Of courses with this keyword only.
    #[param(max_length = 500, example = "취미, 생활")]
    keyword: Option<String>,
}

impl ClassesQuery {
    pub(super) fn into_domain(self) -> Result<TallyFilter, Problem> {
        filter(self.course_id, self.class_id, self.lecturer_id, self.keyword)
    }
}

/// A filter of these parts.
pub(super) fn filter(
    course: Option<Uuid>,
    class: Option<Uuid>,
    lecturer: Option<Uuid>,
    keyword: Option<String>,
) -> Result<TallyFilter, Problem> {
    let keyword = keyword.map(CourseKeyword::parse).transpose();
    Ok(TallyFilter {
        course: course.map(Into::into),
        class: class.map(Into::into),
        lecturer: lecturer.map(Into::into),
        keyword: keyword.map_err(|_| bad_parameter("keyword", FieldFault::InvalidFormat))?,
    })
}

/// How many learners are how far. Who moved into another class of the course counts there.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CompletionCounts)]
pub struct CompletionCountsResponse {
    /// Classes that were counted.
    #[schema(minimum = 0, example = 3)]
    classes: u64,
    /// 등록: everybody who is or was a learner.
    #[schema(minimum = 0, example = 60)]
    enrolled: u64,
    /// 수강 중: those whose place holds.
    #[schema(minimum = 0, example = 52)]
    active: u64,
    /// 위험: those of them who have few absences left.
    #[schema(minimum = 0, example = 4)]
    at_risk: u64,
    /// 수료 불가: those of them who can't reach the threshold any more.
    #[schema(minimum = 0, example = 2)]
    unreachable: u64,
    /// 출석 기준 충족: those who did not drop out and whose rate meets the attendance policy of their class, so far.
    #[schema(minimum = 0, example = 44)]
    meets_policy: u64,
    /// 수료 가능: those of whom the completion rule of the course says that they may be certified, over all of their classes there, whether or not
    /// they are certified already. As many as `POST /classes/{id}/certifications/evaluate` finds among those who are counted in the class.
    #[schema(minimum = 0, example = 38)]
    eligible: u64,
    /// 승인 대기: those who lack nothing but the decision of a person: the rule asks for one, or an earlier certificate was revoked or has expired.
    #[schema(minimum = 0, example = 3)]
    needs_decision: u64,
    /// 수료: those who hold a certification that rests on their class.
    #[schema(minimum = 0, example = 20)]
    certified: u64,
    /// 중도 포기: those who left before their class ended.
    #[schema(minimum = 0, example = 5)]
    dropped: u64,
    /// Those of whom nothing is recorded, so that they have no rate.
    #[schema(minimum = 0, example = 1)]
    unrated: u64,
    /// Those who are left after each step, in order. A later step may have more than an earlier one: who dropped out
    /// may be eligible all the same, and a rule may ask for less than the policy of each class.
    funnel: Vec<FunnelStepResponse>,
    /// Rates by bands of ten percent, in order; the last band is 100 % itself.
    histogram: Vec<RateBandResponse>,
    /// How long it took from the first day of a learner to the certificate.
    time_to_certificate: WaitResponse,
}

/// Those who are left after a step.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FunnelStepCount)]
pub struct FunnelStepResponse {
    /// The step.
    #[schema(inline = false)]
    step: FunnelStepValue,
    /// How many learners.
    #[schema(minimum = 0, example = 60)]
    learners: u64,
}

/// How many learners have a rate from here on, below the next band.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RateBand)]
pub struct RateBandResponse {
    /// The least rate of the band, in percent.
    #[schema(minimum = 0, maximum = 100, example = 80)]
    from_percent: u8,
    /// How many learners.
    #[schema(minimum = 0, example = 12)]
    learners: u64,
}

/// How long learners waited for their certificates.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TimeToCertificate)]
pub struct WaitResponse {
    /// How many have one.
    #[schema(minimum = 0, example = 20)]
    learners: u64,
    /// So many days or fewer it took half of them; null where nobody has one.
    #[schema(minimum = 0, example = 95)]
    median_days: Option<u32>,
}

impl From<&CompletionCounts> for CompletionCountsResponse {
    fn from(counts: &CompletionCounts) -> Self {
        let funnel = counts.funnel().into_iter();
        let histogram = counts.bands.iter().zip((0_u8..=100).step_by(10));
        Self {
            classes: counts.classes,
            enrolled: counts.enrolled,
            active: counts.active,
            at_risk: counts.at_risk,
            unreachable: counts.unreachable,
            meets_policy: counts.meets_policy,
            eligible: counts.eligible,
            needs_decision: counts.needs_decision,
            certified: counts.certified,
            dropped: counts.dropped,
            unrated: counts.unrated,
            funnel: funnel
                .map(|(step, learners)| FunnelStepResponse { step: step.into(), learners })
                .collect(),
            histogram: histogram
                .map(|(learners, from_percent)| RateBandResponse { from_percent, learners: *learners })
                .collect(),
            time_to_certificate: WaitResponse {
                learners: counts.wait.count(),
                median_days: counts.wait.median(),
            },
        }
    }
}

/// The dashboard of completions.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Completions)]
pub struct CompletionsResponse {
    /// All classes together.
    total: CompletionCountsResponse,
    /// Each course, by title.
    by_course: Vec<CourseCompletionsResponse>,
    /// Up to when all of this holds.
    as_of: DateTime<Utc>,
    /// Classes that have changed since; mostly 0, more for a moment after large imports.
    #[schema(minimum = 0, example = 0)]
    behind: u64,
}

/// A course in the dashboard of completions.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CourseCompletions)]
pub struct CourseCompletionsResponse {
    /// The course.
    course_id: Uuid,
    /// Its title.
    #[schema(example = "수채화 기초")]
    title: String,
    /// All of its classes together.
    total: CompletionCountsResponse,
    /// Each class, first begun first.
    by_class: Vec<ClassCompletionsResponse>,
}

/// A class in the dashboard of completions.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ClassCompletions)]
pub struct ClassCompletionsResponse {
    /// The class.
    class_id: Uuid,
    /// Its title.
    #[schema(example = "수채화 기초 3기")]
    title: String,
    /// Its first day.
    begin_date: NaiveDate,
    /// Its last day.
    end_date: NaiveDate,
    /// How many learners are how far.
    counts: CompletionCountsResponse,
}

impl From<&ClassCompletions> for ClassCompletionsResponse {
    fn from(class: &ClassCompletions) -> Self {
        Self {
            class_id: class.class_id.0,
            title: class.title.clone(),
            begin_date: class.begin_date,
            end_date: class.end_date,
            counts: (&class.counts).into(),
        }
    }
}

impl From<&CourseCompletions> for CourseCompletionsResponse {
    fn from(course: &CourseCompletions) -> Self {
        Self {
            course_id: course.course_id.0,
            title: course.title.clone(),
            total: (&course.total).into(),
            by_class: course.by_class.iter().map(Into::into).collect(),
        }
    }
}

impl From<Completions> for CompletionsResponse {
    fn from(completions: Completions) -> Self {
        Self {
            total: (&completions.total).into(),
            by_course: completions.by_course.iter().map(Into::into).collect(),
            as_of: completions.as_of,
            behind: completions.behind,
        }
    }
}

/// The classes of a course side by side.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ClassComparison)]
pub struct ComparisonResponse {
    /// The course.
    course_id: Uuid,
    /// Its title.
    #[schema(example = "수채화 기초")]
    title: String,
    /// Each class, first begun first.
    classes: Vec<ComparedClassResponse>,
    /// Up to when all of this holds.
    as_of: DateTime<Utc>,
    /// Classes that have changed since.
    #[schema(minimum = 0, example = 0)]
    behind: u64,
}

/// A class among those of its course.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ComparedClass)]
pub struct ComparedClassResponse {
    /// The class.
    class_id: Uuid,
    /// Its title.
    #[schema(example = "수채화 기초 3기")]
    title: String,
    /// Its first day.
    begin_date: NaiveDate,
    /// Its last day.
    end_date: NaiveDate,
    /// What was counted, and the rate.
    figures: FiguresResponse,
    /// How many learners are how far.
    counts: CompletionCountsResponse,
}

impl From<ComparedClass> for ComparedClassResponse {
    fn from(class: ComparedClass) -> Self {
        Self {
            class_id: class.class_id.0,
            title: class.title,
            begin_date: class.begin_date,
            end_date: class.end_date,
            figures: class.figures.into(),
            counts: (&class.counts).into(),
        }
    }
}

impl From<CourseComparison> for ComparisonResponse {
    fn from(comparison: CourseComparison) -> Self {
        Self {
            course_id: comparison.course_id.0,
            title: comparison.title,
            classes: comparison.classes.into_iter().map(Into::into).collect(),
            as_of: comparison.as_of,
            behind: comparison.behind,
        }
    }
}

/// Get the dashboard of completions.
///
/// How many learners of each course and class are how far: enrolled, active, at risk, certified. For managers and who may read statistics. 수료 현황.
#[utoipa::path(tag = "statistics", params(ClassesQuery),
    responses((status = 200, description = "The dashboard.", body = CompletionsResponse)))]
#[get("/stats/completions")]
pub async fn get_completions(
    request: HttpRequest,
    caller: Authenticated,
    query: Params<ClassesQuery>,
) -> Result<HttpResponse, Problem> {
    let filter = query.0.into_domain()?;
    let completions = App::of(&request)?.services().statistics.completion_report(&caller, filter).await?;
    Ok(answer::report(&request, completions.tag, &CompletionsResponse::from(completions.report)))
}

/// Compare the classes of a course.
///
/// Rate, completions and the spread of rates of each class, side by side. For managers and who may read statistics. 수업 비교.
#[utoipa::path(tag = "statistics", params(("id" = Uuid, Path, description = "The id of the course.")),
    responses((status = 200, description = "The classes.", body = ComparisonResponse)))]
#[get("/courses/{id}/class-comparison")]
pub async fn compare_classes(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<CourseId>,
) -> Result<HttpResponse, Problem> {
    let comparison = App::of(&request)?.services().statistics.comparison_report(&caller, id.0).await?;
    Ok(answer::report(&request, comparison.tag, &ComparisonResponse::from(comparison.report)))
}
