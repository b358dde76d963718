//! Devices (기기): where a user's phone or browser can be told something, by the token that FCM gave it.
//!
//! A token belongs to whoever registered it last. It is removed by its owner, and when FCM says that it is no more
//! ([`forget`]); never because of anything else that goes wrong.

mod model;
mod repository;
mod service;

pub use model::{Device, DeviceSort, DeviceToken, NewDevice, Platform};
pub use repository::DeviceRepository;
pub use service::{DeviceError, DeviceService, forget};
