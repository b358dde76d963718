//! When a class reminds.

use actix_web::{HttpRequest, HttpResponse, get, put};
use madang_domain::{
    ids::ClassId,
    notifications::{REMINDER_MINUTES, Reminders},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    answer,
    problem::Problem,
    request::{Authenticated, Body, Checks, Id, if_match, in_range},
    state::App,
};

/// The routes.
pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(get_class_reminders).service(replace_class_reminders);
}

/// When a class reminds of its lectures, in minutes; null for not at all.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ClassReminders)]
pub struct RemindersResponse {
    /// So long before the start everybody in the class is told that a lecture begins.
    #[schema(minimum = 1, maximum = 1_440, example = 60)]
    before_start_minutes: Option<i32>,
    /// So long after the start learners are reminded who are not in, while attendance is being taken.
    #[schema(minimum = 1, maximum = 1_440, example = 10)]
    check_in_after_minutes: Option<i32>,
    /// So long after the start lecturers and assistants are reminded if nobody is marked.
    #[schema(minimum = 1, maximum = 1_440, example = 30)]
    marking_after_minutes: Option<i32>,
    /// Grows by one with each change, 0 where the class goes by the installation; the `ETag`.
    #[schema(minimum = 0, example = 1)]
    version: i32,
}

impl RemindersResponse {
    fn of(reminders: Reminders, version: i32) -> Self {
        Self {
            before_start_minutes: reminders.before_start,
            check_in_after_minutes: reminders.check_in_after,
            marking_after_minutes: reminders.marking_after,
            version,
        }
    }
}

/// When a class is to remind; absent or null for not at all.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "the unit belongs to the names in the JSON")]
pub struct ReplaceClassRemindersRequest {
    /// So many minutes before a lecture starts, everybody.
    #[schema(minimum = 1, maximum = 1_440, example = 60)]
    before_start_minutes: Option<i32>,
    /// So many minutes after it has started, learners who are not in.
    #[schema(minimum = 1, maximum = 1_440, example = 10)]
    check_in_after_minutes: Option<i32>,
    /// So many minutes after it has started, lecturers and assistants if nobody is marked.
    #[schema(minimum = 1, maximum = 1_440, example = 30)]
    marking_after_minutes: Option<i32>,
}

impl ReplaceClassRemindersRequest {
    fn into_domain(self) -> Result<Reminders, Problem> {
        let mut checks = Checks::new();
        let mut minutes = |pointer: &str, value: Option<i32>| {
            checks.optional(pointer, value, |value| in_range(value, REMINDER_MINUTES))
        };
        let before_start = minutes("/before_start_minutes", self.before_start_minutes);
        let check_in_after = minutes("/check_in_after_minutes", self.check_in_after_minutes);
        let marking_after = minutes("/marking_after_minutes", self.marking_after_minutes);
        checks.done(|| {
            Some(Reminders {
                before_start: before_start?,
                check_in_after: check_in_after?,
                marking_after: marking_after?,
            })
        })
    }
}

/// Get the reminders of a class.
///
/// When it is told that a lecture begins, that somebody is not in, that nobody is marked. 수업 알림 시각 조회.
#[utoipa::path(tag = "notifications", params(("id" = Uuid, Path, description = "The id of the class.")),
    responses((status = 200, description = "The reminders.", body = RemindersResponse), (status = 304, description = "Not changed since `If-None-Match`.")))]
#[get("/classes/{id}/reminders")]
async fn get_class_reminders(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<ClassId>,
) -> Result<HttpResponse, Problem> {
    let (reminders, version) = App::of(&request)?.services().notifications.reminders(&caller, id.0).await?;
    Ok(answer::resource(&request, version, &RemindersResponse::of(reminders, version)))
}

/// Replace the reminders of a class.
///
/// For managers, and who teaches or assists the class. 수업 알림 시각 변경.
#[utoipa::path(tag = "notifications", params(("id" = Uuid, Path, description = "The id of the class.")), request_body = ReplaceClassRemindersRequest,
    responses((status = 200, description = "The reminders.", body = RemindersResponse)))]
#[put("/classes/{id}/reminders")]
async fn replace_class_reminders(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<ClassId>,
    body: Body<ReplaceClassRemindersRequest>,
) -> Result<HttpResponse, Problem> {
    let expected = if_match(&request)?;
    let reminders = body.0.into_domain()?;
    let notifications = App::of(&request)?.services().notifications.clone();
    let kept = notifications.set_reminders(&caller, id.0, expected, reminders).await?;
    let version = kept.stamps.version;
    Ok(answer::changed(version, &RemindersResponse::of(kept.reminders, version)))
}
