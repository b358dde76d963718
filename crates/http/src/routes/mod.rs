//! The routes: one file per resource, and the one list of them all.

mod api_keys;
mod attendances;
mod audit;
mod auth;
mod calendars;
mod capture;
mod certifications;
mod classes;
mod courses;
mod devices;
mod enrolments;
mod imports;
mod jobs;
mod leave_requests;
mod lectures;
mod notifications;
mod policies;
mod reports;
mod shapes;
mod sheets;
mod social;
mod statistics;
mod system;
mod users;
mod webhooks;

use actix_web::web;
use utoipa_actix_web::service_config::ServiceConfig;

pub use attendances::{BulkModeValue, OnExistingValue};
pub use capture::{CodeFormat, LiveCounts, LiveEntry, LiveGone, LiveResume, LiveSnapshot};
pub use certifications::{BadgeFormat, CredentialFormat, IssuerMethodValue};
pub use devices::PlatformValue;
pub use imports::{ImportFormatValue, ImportModeValue};
pub use jobs::JobStatusValue;
pub(crate) use reports::report_file;
pub use reports::{ChartKindValue, ChartThemeValue, ReportFormat};
pub use shapes::PageShape;
pub use system::SYSTEM_PATHS;
pub use webhooks::{DeliveryStatusValue, DisabledBecauseValue};

/// Every route of the API. It is mounted at `/api/v1`, `/api` and `/`, and the OpenAPI document is made from it.
pub fn all(config: &mut ServiceConfig) {
    config
        .configure(auth::routes)
        .configure(social::routes)
        .configure(users::routes)
        .configure(api_keys::routes)
        .configure(courses::routes);
    config.configure(classes::routes);
    config.configure(enrolments::routes);
    config.configure(lectures::routes).configure(attendances::routes).configure(capture::routes);
    config.configure(leave_requests::routes);
    config.configure(certifications::routes).configure(audit::routes);
    config.configure(policies::routes).configure(sheets::routes);
    config.configure(statistics::routes).configure(imports::routes);
    config.configure(notifications::routes);
    config.configure(reports::routes);
    config.configure(jobs::routes).configure(devices::routes).configure(webhooks::routes);
    config.configure(calendars::routes);
}

/// What operators and browsers ask for, outside of the API.
pub fn system(config: &mut web::ServiceConfig) {
    config.configure(system::routes);
}
