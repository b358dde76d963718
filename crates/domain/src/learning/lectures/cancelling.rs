//! Cancelling a lecture (휴강), and letting it take place after all.

use super::{CancelReason, Cancellation, Lecture, LectureError, LectureService, service::changeable};
use crate::{
    access::Caller,
    ids::LectureId,
    stamps::Expected,
    store::{Repositories, finish},
};

impl LectureService {
    /// Cancels a lecture: it stays, with its marks, and counts nowhere.
    pub async fn cancel(
        &self,
        caller: &Caller,
        id: LectureId,
        expected: Expected,
        reason: CancelReason,
    ) -> Result<Lecture, LectureError> {
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.cancel_in(&mut *unit, caller, id, expected, Some(reason)).await;
        finish(unit, outcome).await
    }

    /// Lets a cancelled lecture take place: it counts again, and so do the marks that it has.
    pub async fn restore(
        &self,
        caller: &Caller,
        id: LectureId,
        expected: Expected,
    ) -> Result<Lecture, LectureError> {
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.cancel_in(&mut *unit, caller, id, expected, None).await;
        finish(unit, outcome).await
    }

    /// Cancels for a reason, restores without one.
    async fn cancel_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        id: LectureId,
        expected: Expected,
        reason: Option<CancelReason>,
    ) -> Result<Lecture, LectureError> {
        let old = changeable(repositories, caller, id, expected).await?;
        match (&reason, old.is_cancelled()) {
            (Some(_), true) => return Err(LectureError::Cancelled),
            (None, false) => return Err(LectureError::NotCancelled),
            (Some(_), false) | (None, true) => {}
        }
        let now = self.yard.clock.now();
        let why = reason.clone();
        let new = Lecture {
            cancellation: reason.map(|reason| Cancellation { at: now, reason: Some(reason) }),
            stamps: old.stamps.touched(caller, now),
            ..old.clone()
        };
        repositories.lectures().update(&new).await?;
        let entry = self.yard.pen(caller).updated(&old, &new).because(why.as_ref().map(CancelReason::as_str));
        repositories.audit().append(&[entry]).await?;
        Ok(new)
    }
}
