//! Cancelling a lecture (휴강), and letting it take place after all.

use serde_json::json;

use super::{
    Cancellation, Lecture, LectureError, LectureService, LectureWarning, Planned, service::changeable,
};
use crate::{
    access::Caller,
    audit::Reason,
    events::{self, Event},
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
        reason: Reason,
    ) -> Result<Planned, LectureError> {
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
    ) -> Result<Planned, LectureError> {
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
        reason: Option<Reason>,
    ) -> Result<Planned, LectureError> {
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
        let entry = self.yard.pen(caller).updated(&old, &new).because(why.as_ref().map(Reason::as_str));
        repositories.audit().append(&[entry]).await?;
        let kind = if new.is_cancelled() { "lecture.cancelled" } else { "lecture.restored" };
        let event = Event::new(&self.yard, caller, kind, id).with(json!({
            "class_id": new.class_id,
            "lecture_date": new.starts_at,
            "reason": why.as_ref().map(Reason::as_str),
        }));
        events::record(repositories, &[event]).await?;
        if !new.is_cancelled() {
            return self.planned_one(repositories, new).await;
        }
        let (marks, _) = repositories.attendances().count_at(id).await?;
        let warnings = (marks > 0).then_some(LectureWarning::MarksNotCounted { marks }).into_iter().collect();
        Ok(Planned { lecture: new, warnings })
    }
}
