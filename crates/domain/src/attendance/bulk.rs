//! Marking many people at one lecture: the staff's list of a full hall.

use std::collections::{HashMap, HashSet};

use super::{
    Attendance, AttendanceBatch, AttendanceError, AttendanceService, BatchEntry, MarkBefore, NewAttendance,
    Refusal,
    service::{learners, markable},
};
use crate::{
    access::Caller,
    idempotency::Answering,
    ids::{AttendanceBatchId, LectureId, UserId},
    store::{Repositories, finish},
};

/// The most marks that one bulk request may hold.
pub const MAX_BULK: usize = 5_000;
/// How often a bulk request is tried before it gives way to others that mark the same people at the same moment.
const BULK_TRIES: usize = 3;

/// What a bulk request does about marks that exist already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnExisting {
    /// Refuses them.
    #[default]
    Refuse,
    /// Leaves them as they are.
    Keep,
    /// Replaces them; the old ones stay in the history.
    Replace,
}

/// Whether one refused mark stops a whole bulk request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BulkMode {
    /// All marks or none.
    #[default]
    Atomic,
    /// Those that can be made.
    Partial,
}

/// What became of one mark of a bulk request.
#[derive(Debug, Clone, PartialEq)]
pub enum BulkOutcome {
    /// It was made.
    Created(Attendance),
    /// It took the place of another.
    Replaced(Attendance),
    /// The one that was there stayed.
    Kept(Attendance),
    /// It was not made.
    Refused(Refusal),
}

/// What a bulk request did.
#[derive(Debug, Clone, PartialEq)]
pub struct BulkDone {
    /// What it can be undone by; `None` where it changed nothing.
    pub batch: Option<AttendanceBatchId>,
    /// What became of each mark, in the order of the request.
    pub outcomes: Vec<BulkOutcome>,
}

impl BulkOutcome {
    /// The mark that there is now; `None` where it was refused.
    pub fn attendance(&self) -> Option<&Attendance> {
        match self {
            Self::Created(mark) | Self::Replaced(mark) | Self::Kept(mark) => Some(mark),
            Self::Refused(_) => None,
        }
    }
}

impl AttendanceService {
    /// Marks many learners at one lecture, in a number of statements that does not depend on how many they are.
    pub async fn create_bulk(
        &self,
        caller: &Caller,
        lecture: LectureId,
        new: Vec<NewAttendance>,
        mode: BulkMode,
        on_existing: OnExisting,
        answering: &Answering<'_, BulkDone>,
    ) -> Result<BulkDone, AttendanceError> {
        for _ in 1..BULK_TRIES {
            match self.try_bulk(caller, lecture, &new, mode, on_existing, answering).await {
                // Somebody else marked one of them at the same moment: what there is must be read again.
                Err(AttendanceError::Refused(Refusal::AlreadyMarked) | AttendanceError::Stale) => {}
                outcome => return outcome,
            }
        }
        self.try_bulk(caller, lecture, &new, mode, on_existing, answering).await
    }

    async fn try_bulk(
        &self,
        caller: &Caller,
        lecture: LectureId,
        new: &[NewAttendance],
        mode: BulkMode,
        on_existing: OnExisting,
        answering: &Answering<'_, BulkDone>,
    ) -> Result<BulkDone, AttendanceError> {
        let mut unit = self.yard.store.begin().await?;
        let outcome =
            self.create_bulk_in(&mut *unit, caller, lecture, new, mode, on_existing, answering).await;
        finish(unit, outcome).await
    }

    #[expect(clippy::too_many_arguments, reason = "the request, spread out, and the unit that it runs in")]
    async fn create_bulk_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        lecture: LectureId,
        new: &[NewAttendance],
        mode: BulkMode,
        on_existing: OnExisting,
        answering: &Answering<'_, BulkDone>,
    ) -> Result<BulkDone, AttendanceError> {
        let lecture = markable(repositories, caller, lecture).await?;
        let users: Vec<UserId> = new.iter().map(|one| one.user_id).collect();
        let learners = learners(repositories, &lecture, &users).await?;
        let mut seen = HashSet::new();
        let outcomes: Vec<BulkOutcome> = new
            .iter()
            .map(|one| {
                if !seen.insert(one.user_id) {
                    return BulkOutcome::Refused(Refusal::Twice);
                }
                let Some(existing) = learners.get(&one.user_id) else {
                    return BulkOutcome::Refused(Refusal::NotEnrolled);
                };
                match (existing, on_existing) {
                    (None, _) => BulkOutcome::Created(self.made(caller, &lecture, one.clone())),
                    (Some(_), OnExisting::Refuse) => BulkOutcome::Refused(Refusal::AlreadyMarked),
                    (Some(old), OnExisting::Replace) if old.mark != one.mark => {
                        BulkOutcome::Replaced(self.corrected(caller, old, one.mark.clone()))
                    }
                    (Some(old), OnExisting::Keep | OnExisting::Replace) => BulkOutcome::Kept(old.clone()),
                }
            })
            .collect();
        let refused: Vec<(usize, Refusal)> = outcomes
            .iter()
            .enumerate()
            .filter_map(|(index, outcome)| match outcome {
                BulkOutcome::Refused(refusal) => Some((index, *refusal)),
                BulkOutcome::Created(_) | BulkOutcome::Replaced(_) | BulkOutcome::Kept(_) => None,
            })
            .collect();
        if mode == BulkMode::Atomic && !refused.is_empty() {
            return Err(AttendanceError::BulkRefused(refused));
        }
        let batch = self.keep_all(repositories, caller, lecture.id, &outcomes, &learners).await?;
        let done = BulkDone { batch, outcomes };
        answering.keep(repositories, &done).await?;
        Ok(done)
    }

    async fn keep_all(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        lecture: LectureId,
        outcomes: &[BulkOutcome],
        learners: &HashMap<UserId, Option<Attendance>>,
    ) -> Result<Option<AttendanceBatchId>, AttendanceError> {
        let pen = self.yard.pen(caller);
        let (mut marks, mut entries, mut done) = (Vec::new(), Vec::new(), Vec::new());
        let entry = |mark: &Attendance, before: Option<&Attendance>| BatchEntry {
            attendance_id: mark.id,
            user_id: mark.user_id,
            version: mark.stamps.version,
            before: before.map(MarkBefore::of),
        };
        for outcome in outcomes {
            match outcome {
                BulkOutcome::Created(mark) => {
                    entries.push(pen.created(mark));
                    done.push(entry(mark, None));
                    marks.push(mark.clone());
                }
                BulkOutcome::Replaced(mark) => {
                    let old = learners.get(&mark.user_id).and_then(Option::as_ref);
                    entries.extend(old.map(|old| pen.updated(old, mark)));
                    done.push(entry(mark, old));
                    marks.push(mark.clone());
                }
                BulkOutcome::Kept(_) | BulkOutcome::Refused(_) => {}
            }
        }
        // Everybody writes in the same order, so that two bulk requests can't wait for each other in a circle.
        marks.sort_by_key(|mark| mark.user_id);
        if marks.is_empty() {
            return Ok(None);
        }
        repositories.attendances().keep_many(&marks).await?;
        repositories.audit().append(&entries).await?;
        let batch = AttendanceBatch {
            id: AttendanceBatchId(self.yard.ids.next()),
            lecture_id: lecture,
            entries: done,
            made_at: self.yard.clock.now(),
            made_by: caller.on_behalf_of(),
            undone_at: None,
            undone_by: None,
        };
        repositories.attendance_batches().insert(&batch).await?;
        Ok(Some(batch.id))
    }
}
