//! The order of the lectures of a class.

use std::collections::HashMap;

use super::{Lecture, LectureError, LectureService, service::held};
use crate::{
    access::Caller,
    ids::{ClassId, LectureId},
    store::{Repositories, finish},
};

impl LectureService {
    /// Numbers the lectures of a class from 1 in this order, which names each of them once; all at once or not at all.
    pub async fn reorder(
        &self,
        caller: &Caller,
        class: ClassId,
        order: &[LectureId],
    ) -> Result<Vec<Lecture>, LectureError> {
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.reorder_in(&mut *unit, caller, class, order).await;
        finish(unit, outcome).await
    }

    async fn reorder_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        class: ClassId,
        order: &[LectureId],
    ) -> Result<Vec<Lecture>, LectureError> {
        held(repositories, caller, class).await?;
        let lectures = repositories.lectures().of_class(class).await?;
        let mut left: HashMap<LectureId, Lecture> =
            lectures.into_iter().map(|lecture| (lecture.id, lecture)).collect();
        let (now, pen) = (self.yard.clock.now(), self.yard.pen(caller));
        let (mut ordered, mut changed, mut entries) = (Vec::new(), Vec::new(), Vec::new());
        for (index, (id, sequence)) in order.iter().zip(1..).enumerate() {
            let Some(old) = left.remove(id) else {
                let twice = order.iter().take(index).any(|before| before == id);
                return Err(if twice {
                    LectureError::OrderTwice { index }
                } else {
                    LectureError::OrderUnknown { index }
                });
            };
            let mut new = Lecture { sequence, ..old.clone() };
            if new != old {
                new.stamps = old.stamps.touched(caller, now);
                entries.push(pen.updated(&old, &new));
                changed.push(new.clone());
            }
            ordered.push(new);
        }
        if !left.is_empty() {
            return Err(LectureError::OrderIncomplete);
        }
        if !changed.is_empty() {
            repositories.lectures().renumber(&changed).await?;
            repositories.audit().append(&entries).await?;
        }
        Ok(ordered)
    }
}
