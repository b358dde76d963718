//! The organisation at a glance, learners of a class one by one, and lectures that nobody has marked.

use actix_web::{HttpRequest, HttpResponse, get};
use chrono::{DateTime, NaiveDate, Utc};
use madang_domain::ids::ClassId;
use madang_reporting::statistics::{
    Change, ClassLearners, LearnerFigures, Overview, UnmarkedLecture, UnmarkedLectures,
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    completions::{ClassesQuery, CompletionCountsResponse},
    figures::{FiguresResponse, VerdictValue},
};
use crate::{
    answer,
    problem::Problem,
    request::{Authenticated, Id, Params},
    routes::shapes::UserSummaryResponse,
    state::App,
};

/// The organisation at a glance.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Overview)]
pub struct OverviewResponse {
    /// Courses that have a class.
    #[schema(minimum = 0, example = 12)]
    courses: u64,
    /// All classes.
    #[schema(minimum = 0, example = 40)]
    classes: u64,
    /// Classes that run today.
    #[schema(minimum = 0, example = 9)]
    running_classes: u64,
    /// How far the learners of all classes are.
    completions: CompletionCountsResponse,
    /// What was counted in the last 28 days, today included.
    recent: FiguresResponse,
    /// What was counted in the 28 days before.
    before: FiguresResponse,
    /// By how much the rate has changed, in points of a percent; null where one of them has no rate.
    #[schema(pattern = r"^[+-]?\d{1,3}\.\d$", example = "+2.5")]
    change_points: Option<String>,
    /// Up to when all of this holds.
    as_of: DateTime<Utc>,
    /// Classes that have changed since; mostly 0.
    #[schema(minimum = 0, example = 0)]
    behind: u64,
}

impl From<Overview> for OverviewResponse {
    fn from(overview: Overview) -> Self {
        Self {
            courses: overview.courses,
            classes: overview.classes,
            running_classes: overview.running_classes,
            completions: (&overview.completions).into(),
            recent: overview.recent.into(),
            before: overview.before.into(),
            change_points: overview.change.map(Change::points),
            as_of: overview.as_of,
            behind: overview.behind,
        }
    }
}

/// Lectures that have begun and at which marks are missing.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UnmarkedLectures)]
pub struct UnmarkedLecturesResponse {
    /// Each lecture, latest first.
    #[schema(max_items = 500)]
    lectures: Vec<UnmarkedLectureResponse>,
    /// Up to when.
    as_of: DateTime<Utc>,
}

/// A lecture at which marks are missing.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LectureWithMissingMarks)]
pub struct UnmarkedLectureResponse {
    /// The lecture.
    lecture_id: Uuid,
    /// Its title.
    #[schema(example = "3차시: 번지기")]
    title: String,
    /// When it started.
    lecture_date: DateTime<Utc>,
    /// Its class.
    class_id: Uuid,
    /// The title of the class.
    #[schema(example = "수채화 기초 3기")]
    class_title: String,
    /// The course.
    course_id: Uuid,
    /// How many learners were expected.
    #[schema(minimum = 1, example = 20)]
    expected: u64,
    /// How many of them are not marked.
    #[schema(minimum = 1, example = 20)]
    unmarked: u64,
}

impl From<UnmarkedLecture> for UnmarkedLectureResponse {
    fn from(one: UnmarkedLecture) -> Self {
        Self {
            lecture_id: one.lecture_id.0,
            title: one.title,
            lecture_date: one.starts_at,
            class_id: one.class_id.0,
            class_title: one.class_title,
            course_id: one.course_id.0,
            expected: one.expected,
            unmarked: one.unmarked,
        }
    }
}

impl From<UnmarkedLectures> for UnmarkedLecturesResponse {
    fn from(unmarked: UnmarkedLectures) -> Self {
        Self { lectures: unmarked.lectures.into_iter().map(Into::into).collect(), as_of: unmarked.as_of }
    }
}

/// The learners of a class, one by one.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ClassLearnerStats)]
pub struct ClassLearnersResponse {
    /// The class.
    class_id: Uuid,
    /// Its title.
    #[schema(example = "수채화 기초 3기")]
    title: String,
    /// Everybody who is or was a learner, by name.
    learners: Vec<LearnerStatsResponse>,
    /// Up to when.
    as_of: DateTime<Utc>,
}

/// A learner among those of a class.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LearnerStats)]
pub struct LearnerStatsResponse {
    /// Who.
    user: UserSummaryResponse,
    /// The first day of the learner.
    enrolled_on: NaiveDate,
    /// The first day no more; null while a place holds.
    left_on: Option<NaiveDate>,
    /// What was counted, and the rate.
    figures: FiguresResponse,
    /// Whether that is enough, so far.
    #[schema(inline = false)]
    verdict: VerdictValue,
    /// Whether few absences are left.
    at_risk: bool,
    /// So many lectures left (days, by a policy that counts days) may be missed.
    #[schema(minimum = 0, example = 3)]
    absences_left: u64,
    /// The start of the lecture with which the threshold went out of reach; null while it can be met.
    unreachable_since: Option<DateTime<Utc>>,
    /// Lectures missed one after the other, up to the last one that was held.
    #[schema(minimum = 0, example = 2)]
    absences_in_a_row: u64,
    /// The day of the last lecture at which the learner was.
    last_attended_on: Option<NaiveDate>,
    /// Whether the learner went on into another class of the course, and is counted there.
    has_gone_on: bool,
    /// When a certification that rests on the class and holds was issued.
    certified_at: Option<DateTime<Utc>>,
}

impl From<LearnerFigures> for LearnerStatsResponse {
    fn from(one: LearnerFigures) -> Self {
        Self {
            user: one.user.into(),
            enrolled_on: one.enrolled_on,
            left_on: one.left_on,
            figures: one.figures.into(),
            verdict: one.verdict.into(),
            at_risk: one.at_risk,
            absences_left: one.absences_left,
            unreachable_since: one.unreachable_since,
            absences_in_a_row: one.absences_in_a_row,
            last_attended_on: one.last_attended_on,
            has_gone_on: one.has_gone_on,
            certified_at: one.certified_at,
        }
    }
}

impl From<ClassLearners> for ClassLearnersResponse {
    fn from(class: ClassLearners) -> Self {
        Self {
            class_id: class.class_id.0,
            title: class.title,
            learners: class.learners.into_iter().map(Into::into).collect(),
            as_of: class.as_of,
        }
    }
}

/// Get the organisation at a glance.
///
/// Classes, completions, and the rate of the last four weeks beside that of the four before. For managers and who may read statistics. 한눈에 보기.
#[utoipa::path(tag = "statistics", responses((status = 200, description = "The organisation.", body = OverviewResponse)))]
#[get("/stats/overview")]
pub async fn get_overview(request: HttpRequest, caller: Authenticated) -> Result<HttpResponse, Problem> {
    let overview = App::of(&request)?.services().statistics.overview_report(&caller).await?;
    Ok(answer::report(&request, overview.tag, &OverviewResponse::from(overview.report)))
}

/// Get the figures of each learner of a class.
///
/// Rate, verdict, absences left and in a row, last attended day. For staff of the class, managers and who may read statistics. 수강생별 통계.
#[utoipa::path(tag = "statistics", params(("id" = Uuid, Path, description = "The id of the class.")),
    responses((status = 200, description = "The learners.", body = ClassLearnersResponse)))]
#[get("/classes/{id}/learner-stats")]
pub async fn get_class_learner_stats(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<ClassId>,
) -> Result<HttpResponse, Problem> {
    let learners = App::of(&request)?.services().statistics.class_learners(&caller, id.0).await?;
    answer::told(&request, &ClassLearnersResponse::from(learners))
}

/// List the lectures at which marks are missing.
///
/// Those of the last 90 days that have begun, of classes that are open. For managers and who may read statistics. 미기록 차시.
#[utoipa::path(tag = "statistics", params(ClassesQuery),
    responses((status = 200, description = "The lectures.", body = UnmarkedLecturesResponse)))]
#[get("/stats/unmarked-lectures")]
pub async fn list_unmarked_lectures(
    request: HttpRequest,
    caller: Authenticated,
    query: Params<ClassesQuery>,
) -> Result<HttpResponse, Problem> {
    let filter = query.0.into_domain()?;
    let unmarked = App::of(&request)?.services().statistics.unmarked_lectures(&caller, Some(filter)).await?;
    answer::told(&request, &UnmarkedLecturesResponse::from(unmarked))
}

/// List one's own lectures at which marks are missing.
///
/// Those of the last 90 days that have begun, of the open classes that one teaches. 내 미기록 차시.
#[utoipa::path(tag = "statistics",
    responses((status = 200, description = "The lectures.", body = UnmarkedLecturesResponse)))]
#[get("/users/me/unmarked-lectures")]
pub async fn list_my_unmarked_lectures(
    request: HttpRequest,
    caller: Authenticated,
) -> Result<HttpResponse, Problem> {
    let unmarked = App::of(&request)?.services().statistics.unmarked_lectures(&caller, None).await?;
    answer::told(&request, &UnmarkedLecturesResponse::from(unmarked))
}
