//! Large reports, as operations.

use actix_web::{HttpResponse, post};
use chrono::NaiveDate;
use madang_domain::{
    calendar::Period,
    ids::{ClassId, UserId},
    operations::OperationFile,
};
use madang_reporting::reports::{Report, ReportKind, ReportOrder};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    documents::{ReportFormat, period_query, written},
    shapes::ReportKindValue,
};
use crate::{
    problem::{FieldFault, Problem, ProblemCode},
    request::{Authenticated, Body, Once},
    routes::imports::{OperationResponse, accepted},
};

/// The kind of operation that a report is.
const REPORT: &str = "report";

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
    /// Of this class: for `class_closing`.
    class_id: Option<Uuid>,
    /// Of this user: for `learner_statement`.
    user_id: Option<Uuid>,
    /// Of this course only: for `weekly` and `monthly`.
    course_id: Option<Uuid>,
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
    fn order(&self) -> Result<ReportOrder, Problem> {
        let missing = |pointer| Problem::invalid_field(pointer, FieldFault::Empty);
        let period = |period: Period| {
            let days = (self.from, self.to);
            period_query(period.into(), days, self.course_id, self.tz.as_deref())
                .map_err(|_| Problem::invalid_field("/tz", FieldFault::InvalidFormat))
        };
        Ok(match ReportKind::from(self.kind) {
            ReportKind::Weekly => ReportOrder::Period(period(Period::Weekly)?),
            ReportKind::Monthly => ReportOrder::Period(period(Period::Monthly)?),
            ReportKind::ClassClosing => {
                ReportOrder::ClassClosing(ClassId(self.class_id.ok_or_else(|| missing("/class_id"))?))
            }
            ReportKind::LearnerStatement => {
                ReportOrder::LearnerStatement(UserId(self.user_id.ok_or_else(|| missing("/user_id"))?))
            }
        })
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
    let order = body.0.order()?;
    let OrderReportRequest { format, table, .. } = body.0;
    let services = once.app().services().clone();
    services.reports.check(&caller, &order).await?;
    let whose = caller.0.clone();
    once.run(Some(&caller), accepted, async |answering| {
        let operation = services.operations.accept(&whose, REPORT, answering).await?;
        let write = move |report| file(report, format, table.as_deref());
        services.report_desk.begin(whose.clone(), operation.clone(), order, write);
        Ok::<_, madang_domain::operations::OperationError>(operation)
    })
    .await
}

fn file(report: Report, format: ReportFormat, table: Option<&str>) -> Result<OperationFile, Problem> {
    let name = format!("{}.{}", report.kind.as_str(), format.extension());
    let content = written(report, format, table).map_err(|error| {
        tracing::error!(%error, "a report could not be written");
        Problem::new(ProblemCode::Internal)
    })?;
    Ok(OperationFile { name, media_type: format.media_type().to_owned(), content })
}
