//! Reports as documents and charts (보고서): weekly and monthly, of a class at its closing, of a learner.

mod charts;
mod documents;
mod large;
mod schedules;
mod shapes;

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) use self::large::report_file;
pub use self::{
    charts::{ChartKindValue, ChartThemeValue},
    documents::ReportFormat,
};

/// The routes of reports and charts.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(charts::get_class_chart)
        .service(charts::get_course_chart)
        .service(charts::get_attendance_chart)
        .service(documents::get_class_closing_report)
        .service(documents::get_attendance_report)
        .service(documents::get_my_statement)
        .service(documents::get_user_statement);
    config
        .service(large::order_report)
        .service(schedules::list_report_schedules)
        .service(schedules::create_report_schedule)
        .service(schedules::get_report_schedule)
        .service(schedules::replace_report_schedule)
        .service(schedules::update_report_schedule)
        .service(schedules::delete_report_schedule);
}
