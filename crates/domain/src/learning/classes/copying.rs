//! Copying a class into a new run.

use chrono::{Datelike, NaiveDate, TimeDelta};

use super::{Class, ClassDates, ClassError, ClassService, ClassTitle, service::manages};
use crate::{
    access::Caller,
    calendar::{TimeZone, local_day},
    idempotency::Answering,
    ids::{ClassId, LectureId},
    learning::{
        closed_days::{ClosedDays, SkippedDay},
        lectures::Lecture,
    },
    rescheduling::reschedule,
    stamps::Stamps,
    store::{Repositories, finish},
};

/// How a class is copied into a new run.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassCopy {
    /// When the copy begins.
    pub start: CopyStart,
    /// Another title; `None` keeps that of the original.
    pub title: Option<ClassTitle>,
    /// Whether the lectures are copied too; cancelled ones never are.
    pub with_lectures: bool,
    /// Days on which no lecture is to fall.
    pub closed_days: ClosedDays,
}

/// When a copy begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopyStart {
    /// On this day. The lectures keep their weekdays: they move by whole weeks, and none before this day.
    On(NaiveDate),
    /// So many days later, or earlier; the lectures too, whatever weekday that is.
    ShiftedBy(i64),
}

/// A copy that was made.
#[derive(Debug, Clone, PartialEq)]
pub struct CopiedClass {
    /// The new class.
    pub class: Class,
    /// How many lectures it has.
    pub lectures: usize,
    /// The days that were left out.
    pub skipped: Vec<SkippedDay>,
    /// Years whose public holidays were to be left out and are not known.
    pub unpublished: Vec<i32>,
}

impl ClassService {
    /// Copies a class and, if wanted, its lectures, without people and marks.
    pub async fn copy(
        &self,
        caller: &Caller,
        id: ClassId,
        copy: ClassCopy,
        answering: &Answering<'_, CopiedClass>,
    ) -> Result<CopiedClass, ClassError> {
        manages(caller)?;
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.copy_in(&mut *unit, caller, id, copy, answering).await;
        finish(unit, outcome).await
    }

    async fn copy_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        id: ClassId,
        copy: ClassCopy,
        answering: &Answering<'_, CopiedClass>,
    ) -> Result<CopiedClass, ClassError> {
        let original = repositories.classes().find(id).await?.ok_or(ClassError::NotFound(id))?;
        let stamps = Stamps::new(caller, self.yard.clock.now());
        let mut lectures =
            if copy.with_lectures { repositories.lectures().of_class(id).await? } else { Vec::new() };
        lectures.retain(|lecture| !lecture.is_cancelled());
        lectures.sort_by_key(|lecture| (lecture.starts_at, lecture.sequence));
        let days = match copy.start {
            CopyStart::On(day) => (day - original.dates.begin()).num_days(),
            CopyStart::ShiftedBy(days) => days,
        };
        let moved = |day: NaiveDate| {
            let moved = day.checked_add_signed(TimeDelta::days(days));
            moved.filter(|day| (1_900..=2_999).contains(&day.year())).ok_or(ClassError::OutOfCalendar)
        };
        let begin = moved(original.dates.begin())?;
        let weeks = match copy.start {
            CopyStart::On(day) => whole_weeks(days, lectures.first().map(Lecture::day), day),
            CopyStart::ShiftedBy(days) => days,
        };
        let starts = lectures.iter().map(|lecture| lecture.starts_at).collect();
        let moved_starts = reschedule(starts, weeks, &copy.closed_days.days(), TimeZone::default());
        let taught: Vec<NaiveDate> =
            moved_starts.starts.iter().map(|start| local_day(*start, TimeZone::default())).collect();
        let end = moved(original.dates.end())?.max(taught.last().copied().unwrap_or(begin));
        let class = Class {
            id: ClassId(self.yard.ids.next()),
            title: copy.title.unwrap_or(original.title),
            dates: ClassDates::new(begin, end)?,
            closed_at: None,
            is_active: true,
            stamps,
            ..original
        };
        let lectures: Vec<Lecture> = lectures
            .into_iter()
            .zip(moved_starts.starts)
            .map(|(lecture, starts_at)| Lecture {
                id: LectureId(self.yard.ids.next()),
                class_id: class.id,
                starts_at,
                stamps,
                ..lecture
            })
            .collect();
        let pen = self.yard.pen(caller);
        let mut entries = vec![pen.created(&class)];
        entries.extend(lectures.iter().map(|lecture| pen.created(lecture)));
        repositories.classes().insert_many(std::slice::from_ref(&class)).await?;
        repositories.policies().inherit(id, class.id).await?;
        repositories.lectures().insert_many(&lectures).await?;
        repositories.audit().append(&entries).await?;
        let copied = CopiedClass {
            class,
            lectures: lectures.len(),
            skipped: copy.closed_days.skipped(moved_starts.skipped),
            unpublished: copy.closed_days.unpublished(taught),
        };
        answering.keep(repositories, &copied).await?;
        Ok(copied)
    }
}

/// By how many days lectures move so that they keep their weekdays: the whole weeks in `days`, or one more where the first
/// lecture would else be before `begin`.
fn whole_weeks(days: i64, first: Option<NaiveDate>, begin: NaiveDate) -> i64 {
    let weeks = days.div_euclid(7) * 7;
    let too_early = first
        .and_then(|first| first.checked_add_signed(TimeDelta::days(weeks)))
        .is_some_and(|first| first < begin);
    if too_early { weeks + 7 } else { weeks }
}
