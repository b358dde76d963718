//! Large reports, as operations.

use actix_web::{HttpResponse, post};
use chrono::NaiveDate;
use madang_domain::{
    attendance::TallyFilter,
    calendar::{Period, TimeZone},
    learning::courses::CourseKeyword,
    operations::{OperationError, OperationFile, REPORT},
};
use madang_reporting::{
    reports::{Report, ReportError, ReportKind, ReportOrder},
    statistics::{PeriodQuery, PeriodRange, RangeProblem, StatisticsError},
};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    documents::{ReportFormat, written},
    shapes::ReportKindValue,
};
use crate::{
    problem::{FieldFault, Problem, ProblemCode},
    request::{Authenticated, Body, Checks, Once},
    routes::imports::{OperationResponse, accepted},
};

/// A report to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderReportRequest {
    /// Which.
    kind: ReportKindValue,
    /// The form.
    format: ReportFormat,
    /// The table that CSV has, by its `key`; the main one, where it is absent.
    #[schema(max_length = 50, example = "roster")]
    table: Option<String>,
    /// Of this class: for `class_closing`; this class only: for `weekly` and `monthly`.
    class_id: Option<Uuid>,
    /// Of this user: for `learner_statement`.
    user_id: Option<Uuid>,
    /// Of this course only: for `weekly` and `monthly`.
    course_id: Option<Uuid>,
    /// Classes that this user teaches or taught only: for `weekly` and `monthly`.
    lecturer_id: Option<Uuid>,
    /// Of courses with this keyword only: for `weekly` and `monthly`.
    #[schema(max_length = 500, example = "취미, 생활")]
    keyword: Option<String>,
    /// The first day: for `weekly` and `monthly`.
    #[schema(example = "2026-03-02")]
    from: Option<NaiveDate>,
    /// The last day, included.
    #[schema(example = "2026-05-31")]
    to: Option<NaiveDate>,
    /// Where the days are lived, as an IANA name; Asia/Seoul, where it is absent.
    #[schema(max_length = 64, example = "Asia/Seoul")]
    tz: Option<String>,
}

impl OrderReportRequest {
    fn into_domain(self) -> Result<(ReportOrder, ReportFormat, Option<String>), Problem> {
        let kind = ReportKind::from(self.kind);
        let mut checks = Checks::new();
        let table = checks.optional("/table", self.table, |key| {
            let allowed = kind.tables();
            let faulty = || FieldFault::NotOneOf { allowed: allowed.join(", ") };
            if allowed.contains(&key.as_str()) { Ok(key) } else { Err(faulty()) }
        });
        let order = match kind {
            ReportKind::Weekly | ReportKind::Monthly => {
                let keyword = checks.optional("/keyword", self.keyword, CourseKeyword::parse);
                let time_zone = checks.optional("/tz", self.tz, |name| {
                    TimeZone::parse(&name).map_err(|_| FieldFault::InvalidFormat)
                });
                let period = if kind == ReportKind::Weekly { Period::Weekly } else { Period::Monthly };
                let (course, class, lecturer) = (self.course_id, self.class_id, self.lecturer_id);
                keyword.zip(time_zone).map(|(keyword, time_zone)| {
                    ReportOrder::Period(PeriodQuery {
                        period,
                        from: self.from,
                        to: self.to,
                        filter: TallyFilter {
                            course: course.map(Into::into),
                            class: class.map(Into::into),
                            lecturer: lecturer.map(Into::into),
                            keyword,
                        },
                        time_zone: time_zone.unwrap_or_default(),
                    })
                })
            }
            ReportKind::ClassClosing => checks
                .value("/class_id", self.class_id.ok_or(FieldFault::Empty))
                .map(|class| ReportOrder::ClassClosing(class.into())),
            ReportKind::LearnerStatement => checks
                .value("/user_id", self.user_id.ok_or(FieldFault::Empty))
                .map(|user| ReportOrder::LearnerStatement(user.into())),
        };
        let format = self.format;
        checks.done(|| Some((order?, format, table?)))
    }
}

/// Order a report.
///
/// For reports that are too large to be answered at once: made beside other requests, one at a time, and followed through the operation at
/// `Location`; its `result_url` has the file. For who may see the figures. 보고서 만들기.
#[utoipa::path(tag = "reports", request_body = OrderReportRequest,
    responses((status = 202, description = "Accepted: follow the operation at `Location`.", body = OperationResponse,
        headers(("Location" = String, description = "The place of the operation.")))))]
#[post("/reports")]
pub(super) async fn order_report(
    once: Once,
    caller: Authenticated,
    body: Body<OrderReportRequest>,
) -> Result<HttpResponse, Problem> {
    let (order, format, table) = body.0.into_domain()?;
    let services = once.app().services().clone();
    services.reports.check(&caller, &order).await.map_err(in_body)?;
    let whose = caller.0.clone();
    once.run(Some(&caller), accepted, async |answering| {
        let operation = services.operations.accept(&whose, REPORT, answering).await?;
        let write = move |report| report_file(report, format, table.as_deref());
        services.report_desk.begin(whose.clone(), operation.clone(), order, write);
        Ok::<_, OperationError>(operation)
    })
    .await
}

/// What is said of a query, said of a body.
fn in_body(error: ReportError) -> Problem {
    match error {
        ReportError::Statistics(StatisticsError::Range(RangeProblem::Reversed)) => {
            Problem::invalid_field("/to", FieldFault::Reversed)
        }
        ReportError::Statistics(StatisticsError::Range(RangeProblem::TooLong { max })) => {
            Problem::invalid_field("/from", FieldFault::TooLong { max })
        }
        ReportError::Statistics(StatisticsError::Range(RangeProblem::OutOfCalendar)) => {
            let (min, max) = PeriodRange::YEARS.into_inner();
            Problem::invalid_field("/from", FieldFault::OutOfRange { min: min.into(), max: max.into() })
        }
        error @ (ReportError::Statistics(_)
        | ReportError::Attendance(_)
        | ReportError::NoSuchChart
        | ReportError::Repository(_)) => error.into(),
    }
}

/// A report as a file; CSV has the table of this key, or the main one.
pub(crate) fn report_file(
    report: Report,
    format: ReportFormat,
    table: Option<&str>,
) -> Result<OperationFile, Problem> {
    let name = format!("{}.{}", report.kind.as_str(), format.extension());
    let content = written(report, format, table).map_err(|error| {
        tracing::error!(%error, "a report could not be written");
        Problem::new(ProblemCode::Internal)
    })?;
    Ok(OperationFile { name, media_type: format.media_type().to_owned(), content })
}
