//! The port through which devices are kept.

use super::{Device, DeviceSort, DeviceToken};
use crate::{
    error::Pending,
    ids::{DeviceId, UserId},
    page::{Listed, Listing},
};

/// Keeps devices.
pub trait DeviceRepository: Send {
    /// Keeps a device; where its token is known, that one becomes this user's. Answers the device as it is kept.
    fn keep<'a>(&'a mut self, device: &'a Device) -> Pending<'a, Device>;
    /// One device.
    fn find(&mut self, id: DeviceId) -> Pending<'_, Option<Device>>;
    /// The device with this token.
    fn find_by_token<'a>(&'a mut self, token: &'a DeviceToken) -> Pending<'a, Option<Device>>;
    /// Lists the devices of a user.
    fn list<'a>(&'a mut self, listing: &'a Listing<UserId, DeviceSort>) -> Pending<'a, Listed<Device>>;
    /// The devices of these users, by user and then the one that was seen last first.
    fn of_users<'a>(&'a mut self, users: &'a [UserId]) -> Pending<'a, Vec<Device>>;
    /// Removes a device; `false` where there is none.
    fn delete(&mut self, id: DeviceId) -> Pending<'_, bool>;
    /// Removes the devices of a user but the `most` that were seen last.
    fn trim(&mut self, user: UserId, most: u32) -> Pending<'_, usize>;
}
