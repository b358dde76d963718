//! Devices (기기): where a user can be told something by push.

use actix_web::{HttpRequest, HttpResponse, delete, get, post};
use chrono::{DateTime, Utc};
use madang_domain::{
    devices::{Device, DeviceSort, DeviceToken, NewDevice, Platform},
    ids::DeviceId,
    page::Sort,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use crate::{
    answer,
    problem::Problem,
    request::{Authenticated, Body, Checks, Id, Once, Params, list_query},
    routes::shapes::{choices, page_of},
    state::App,
};

/// The routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list_devices).service(register_device).service(remove_device);
}

choices! {
    /// What kind of device it is.
    PlatformValue for Platform { Android, Ios, Web }
}

/// A device; its token is not told.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Device)]
pub struct DeviceResponse {
    /// The id.
    id: Uuid,
    /// What kind of device it is.
    platform: PlatformValue,
    /// When it was first registered.
    created_at: DateTime<Utc>,
    /// When it was last registered.
    seen_at: DateTime<Utc>,
}

impl From<Device> for DeviceResponse {
    fn from(device: Device) -> Self {
        Self {
            id: device.id.0,
            platform: device.platform.into(),
            created_at: device.created_at,
            seen_at: device.seen_at,
        }
    }
}

page_of!(DevicePage of DeviceResponse, "One page of devices.");

/// A device to be registered.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RegisterDeviceRequest {
    /// The token that FCM gave to the app or the browser.
    #[schema(min_length = 1, max_length = 2000, example = "fGh-1kZ0T3u:APA91bH5xw")]
    token: String,
    /// What kind of device it is.
    platform: PlatformValue,
}

list_query! {
    /// The query of `GET /devices`.
    ListDevicesQuery, sort = DeviceSort, sortable = "`seen_at`", {}
}

/// List one's own devices.
///
/// Last registered first, unless `sort` says otherwise. 알림을 받는 기기 목록.
#[utoipa::path(tag = "notifications", params(ListDevicesQuery), responses((status = 200, description = "One page of one's own devices.", body = DevicePage)))]
#[get("/devices")]
async fn list_devices(
    request: HttpRequest,
    caller: Authenticated,
    query: Params<ListDevicesQuery>,
) -> Result<HttpResponse, Problem> {
    let app = App::of(&request)?;
    let sort = Sort::descending(DeviceSort::SeenAt);
    answer::list::<_, _, DevicePage, _, DeviceResponse, _>(
        &request,
        &query.0,
        (),
        sort,
        async move |listing| app.services().devices.list(&caller, listing).await,
    )
    .await
}

/// Register a device.
///
/// Send it at every sign-in and whenever FCM gives a new token. A token that is known becomes the caller's; of more than 20
/// devices the one that was not seen longest makes room. 알림을 받을 기기 등록.
#[utoipa::path(tag = "notifications", request_body = RegisterDeviceRequest,
    responses((status = 201, description = "The device.", body = DeviceResponse)))]
#[post("/devices")]
async fn register_device(
    once: Once,
    caller: Authenticated,
    body: Body<RegisterDeviceRequest>,
) -> Result<HttpResponse, Problem> {
    let RegisterDeviceRequest { token, platform } = body.0;
    let mut checks = Checks::new();
    let token = checks.value("/token", DeviceToken::parse(token));
    let new = checks.done(|| Some(NewDevice { token: token?, platform: platform.into() }))?;
    let devices = once.app().services().devices.clone();
    let render = |device: &Device| {
        answer::created(format_args!("devices/{}", device.id), 1, &DeviceResponse::from(device.clone()))
    };
    once.run(Some(&caller), render, async |answering| devices.register(&caller, new, answering).await).await
}

/// Remove a device.
///
/// One's own, e.g. at sign-out: nothing is told there any more. 기기 등록 해제.
#[utoipa::path(tag = "notifications", params(("id" = Uuid, Path, description = "The id of the device.")),
    responses((status = 204, description = "The device is removed.")))]
#[delete("/devices/{id}")]
async fn remove_device(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<DeviceId>,
) -> Result<HttpResponse, Problem> {
    App::of(&request)?.services().devices.remove(&caller, id.0).await?;
    Ok(HttpResponse::NoContent().finish())
}
