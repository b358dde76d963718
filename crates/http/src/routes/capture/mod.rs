//! Taking attendance: check-in sessions and their codes for staff (`sessions`, `code`), and what learners do (`learners`),
//! the list that staff watch (`live`). `shapes` has their JSON.

mod code;
mod learners;
mod live;
mod sessions;
mod shapes;
mod suspicions;

pub use code::CodeFormat;
pub use live::{LiveCounts, LiveEntry, LiveGone, LiveResume, LiveSnapshot};
use utoipa_actix_web::service_config::ServiceConfig;

/// The routes of taking attendance.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(sessions::get_check_in_session)
        .service(sessions::open_check_in_session)
        .service(sessions::close_check_in_session)
        .service(sessions::reopen_check_in_session)
        .service(code::get_check_in_code)
        .service(suspicions::list_check_in_suspicions)
        .service(live::create_live_ticket)
        .service(live::watch_lecture)
        .service(learners::check_in)
        .service(learners::check_out)
        .service(learners::step_out)
        .service(learners::come_back);
}
