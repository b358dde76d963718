//! From where somebody signs in.

use actix_web::{HttpRequest, http::header::USER_AGENT};
use madang_domain::accounts::sessions::Device;

use crate::limits::ClientAddress;

/// The device of a request: what it calls itself, and the address that it calls from.
pub fn device_of(request: &HttpRequest) -> Device {
    let user_agent =
        request.headers().get(USER_AGENT).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let address = ClientAddress::of(request).to_string();
    Device::new(user_agent.as_deref(), Some(address))
}
