//! Lectures on a weekly pattern.

use super::{
    Lecture, LectureError, LectureService, LectureTitle, Planned, RecurringLectures, service::held,
    warnings::planned,
};
use crate::{
    access::Caller,
    calendar::local_day,
    idempotency::Answering,
    ids::{ClassId, LectureId},
    learning::closed_days::SkippedDay,
    recurrence::{Recurrence, RecurrenceProblem},
    stamps::Stamps,
    store::{Repositories, finish},
};

/// What a weekly pattern gave.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedSeries {
    /// The lectures, in order.
    pub lectures: Vec<Planned>,
    /// The days that were left out.
    pub skipped: Vec<SkippedDay>,
    /// Years whose public holidays were to be left out and are not known.
    pub unpublished: Vec<i32>,
}

impl LectureService {
    /// Adds lectures on a weekly pattern, numbered on from the last one of the class.
    pub async fn create_recurring(
        &self,
        caller: &Caller,
        class: ClassId,
        new: RecurringLectures,
        answering: &Answering<'_, PlannedSeries>,
    ) -> Result<PlannedSeries, LectureError> {
        let mut unit = self.yard.store.begin().await?;
        let outcome = async {
            let series = self.create_recurring_in(&mut *unit, caller, class, new).await?;
            answering.keep(&mut *unit, &series).await?;
            Ok(series)
        }
        .await;
        finish(unit, outcome).await
    }

    /// What [`Self::create_recurring`] would do; nothing of it is kept.
    pub async fn preview_recurring(
        &self,
        caller: &Caller,
        class: ClassId,
        new: RecurringLectures,
    ) -> Result<PlannedSeries, LectureError> {
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.create_recurring_in(&mut *unit, caller, class, new).await;
        unit.rollback().await?;
        outcome
    }

    async fn create_recurring_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        class: ClassId,
        new: RecurringLectures,
    ) -> Result<PlannedSeries, LectureError> {
        held(repositories, caller, class).await?;
        let first = repositories.lectures().last_sequence(class).await? + 1;
        let recurrence = Recurrence { holidays: new.closed_days.days(), ..new.recurrence };
        let occurrences = recurrence.occurrences()?;
        let tz = recurrence.tz;
        let days = occurrences.starts.iter().map(|start| local_day(*start, tz));
        let unpublished = new.closed_days.unpublished(days);
        let stamps = Stamps::new(caller, self.yard.clock.now());
        let duration_minutes =
            i32::try_from(recurrence.duration_minutes).map_err(|_| RecurrenceProblem::DurationOutOfRange)?;
        let lectures = (first..)
            .zip(occurrences.starts)
            .map(|(sequence, starts_at)| {
                Ok(Lecture {
                    id: LectureId(self.yard.ids.next()),
                    class_id: class,
                    title: LectureTitle::parse(format!("{} {sequence}", new.title))
                        .map_err(|_| LectureError::TitleTooLong)?,
                    sequence,
                    attendance_type: new.attendance_type,
                    starts_at,
                    duration_minutes,
                    place: new.place.clone(),
                    cancellation: None,
                    stamps,
                })
            })
            .collect::<Result<Vec<_>, LectureError>>()?;
        repositories.lectures().insert_many(&lectures).await?;
        let pen = self.yard.pen(caller);
        let entries: Vec<_> = lectures.iter().map(|lecture| pen.created(lecture)).collect();
        repositories.audit().append(&entries).await?;
        Ok(PlannedSeries {
            lectures: planned(repositories, lectures).await?,
            skipped: new.closed_days.skipped(occurrences.skipped),
            unpublished,
        })
    }
}
