//! What can be done with devices.

use thiserror::Error;

use super::{Device, DeviceSort, DeviceToken, NewDevice};
use crate::{
    access::Caller,
    error::{RepositoryError, RepositoryResult},
    idempotency::Answering,
    ids::{DeviceId, UserId},
    page::{Listed, Listing},
    store::{Repositories, finish},
    yard::Yard,
};

/// How many devices a user may have; the one that was not seen longest makes room.
const MOST: u32 = 20;

/// Why something could not be done with a device.
#[derive(Debug, Error)]
pub enum DeviceError {
    /// There is no such device, or none of the caller's.
    #[error("no such device: {0}")]
    NotFound(DeviceId),
    /// Only a person has devices.
    #[error("forbidden to the caller")]
    Forbidden,
    /// The data could not be reached or kept.
    #[error("the repository failed")]
    Repository(#[from] RepositoryError),
}

/// The use cases of devices.
#[derive(Clone)]
pub struct DeviceService {
    yard: Yard,
}

impl DeviceService {
    /// A service that stands on `yard`.
    pub fn new(yard: Yard) -> Self {
        Self { yard }
    }

    /// Registers a device for the caller, again where it is known.
    pub async fn register(
        &self,
        caller: &Caller,
        new: NewDevice,
        answering: &Answering<'_, Device>,
    ) -> Result<Device, DeviceError> {
        let user = caller.user_id().ok_or(DeviceError::Forbidden)?;
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.register_in(&mut *unit, caller, user, new, answering).await;
        finish(unit, outcome).await
    }

    async fn register_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        user: UserId,
        new: NewDevice,
        answering: &Answering<'_, Device>,
    ) -> Result<Device, DeviceError> {
        let now = self.yard.clock.now();
        let known = repositories.devices().find_by_token(&new.token).await?;
        let device = Device {
            id: DeviceId(self.yard.ids.next()),
            user_id: user,
            token: new.token,
            platform: new.platform,
            created_at: now,
            seen_at: now,
        };
        let kept = repositories.devices().keep(&device).await?;
        let pen = self.yard.pen(caller);
        match &known {
            None => {
                repositories.devices().trim(user, MOST).await?;
                repositories.audit().append(&[pen.created(&kept)]).await?;
            }
            Some(old) if (old.user_id, old.platform) != (kept.user_id, kept.platform) => {
                repositories.audit().append(&[pen.updated(old, &kept)]).await?;
            }
            Some(_) => {}
        }
        answering.keep(repositories, &kept).await?;
        Ok(kept)
    }

    /// The caller's own devices.
    pub async fn list(
        &self,
        caller: &Caller,
        listing: Listing<(), DeviceSort>,
    ) -> Result<Listed<Device>, DeviceError> {
        let user = caller.user_id().ok_or(DeviceError::Forbidden)?;
        let listing = Listing { filter: user, sort: listing.sort, window: listing.window };
        let mut session = self.yard.store.session().await?;
        Ok(session.devices().list(&listing).await?)
    }

    /// Removes one of the caller's own devices.
    pub async fn remove(&self, caller: &Caller, id: DeviceId) -> Result<(), DeviceError> {
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.remove_in(&mut *unit, caller, id).await;
        finish(unit, outcome).await
    }

    async fn remove_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        id: DeviceId,
    ) -> Result<(), DeviceError> {
        let device = repositories.devices().find(id).await?;
        let device = device.filter(|device| caller.is(device.user_id)).ok_or(DeviceError::NotFound(id))?;
        repositories.devices().delete(id).await?;
        repositories.audit().append(&[self.yard.pen(caller).deleted(&device, None)]).await?;
        Ok(())
    }
}

/// Removes the device with this token, because its channel says that the address is no more.
pub async fn forget(
    repositories: &mut dyn Repositories,
    yard: &Yard,
    token: &DeviceToken,
) -> RepositoryResult<()> {
    let Some(device) = repositories.devices().find_by_token(token).await? else { return Ok(()) };
    if repositories.devices().delete(device.id).await? {
        let entry = yard.pen(&Caller::system()).deleted(&device, Some("the channel knows the token no more"));
        repositories.audit().append(&[entry]).await?;
    }
    Ok(())
}
