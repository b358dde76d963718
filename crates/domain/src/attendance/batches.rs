//! What a bulk request did, kept so that it can be undone.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    AssignmentId, Attendance, AttendanceError, AttendanceService, AttendanceSource, AttendanceStatus,
    BulkMode, DetailType, Mark, MarkNote, Refusal, service::may_mark,
};
use crate::{
    access::Caller,
    error::Pending,
    ids::{AttendanceBatchId, AttendanceId, LectureId, UserId},
    learning::{classes::Class, lectures::Lecture},
    store::{Repositories, finish},
};

/// What one bulk request did.
#[derive(Debug, Clone, PartialEq)]
pub struct AttendanceBatch {
    /// Its id.
    pub id: AttendanceBatchId,
    /// At which lecture.
    pub lecture_id: LectureId,
    /// The marks that it made or replaced.
    pub entries: Vec<BatchEntry>,
    /// When.
    pub made_at: DateTime<Utc>,
    /// By whom; `None` for the system itself.
    pub made_by: Option<UserId>,
    /// When it was undone.
    pub undone_at: Option<DateTime<Utc>>,
    /// Who undid it.
    pub undone_by: Option<UserId>,
}

/// One mark that a bulk request made or replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchEntry {
    /// Which mark.
    pub attendance_id: AttendanceId,
    /// Whose it is.
    pub user_id: UserId,
    /// Its version afterwards.
    pub version: i32,
    /// What it said before; `None` where there was none.
    pub before: Option<MarkBefore>,
}

/// What a mark said before it was replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarkBefore {
    status: String,
    detail_type: Option<String>,
    description: Option<String>,
    assignment_id: Option<String>,
    checked_at: Option<DateTime<Utc>>,
    source: String,
}

impl MarkBefore {
    /// What this mark says.
    pub fn of(attendance: &Attendance) -> Self {
        let mark = &attendance.mark;
        Self {
            status: mark.status.as_str().to_owned(),
            detail_type: mark.detail_type.as_ref().map(ToString::to_string),
            description: mark.description.as_ref().map(ToString::to_string),
            assignment_id: mark.assignment_id.as_ref().map(ToString::to_string),
            checked_at: mark.checked_at,
            source: attendance.source.as_str().to_owned(),
        }
    }

    /// The mark again; `None` where what was kept can't be read.
    pub(crate) fn restored(&self) -> Option<(Mark, AttendanceSource)> {
        let mark = Mark {
            status: AttendanceStatus::parse(&self.status)?,
            detail_type: self.detail_type.as_deref().map(DetailType::parse).transpose().ok()?,
            description: self.description.as_deref().map(MarkNote::parse).transpose().ok()?,
            assignment_id: self.assignment_id.as_deref().map(AssignmentId::parse).transpose().ok()?,
            checked_at: self.checked_at,
        };
        Some((mark, AttendanceSource::parse(&self.source)?))
    }
}

/// Keeps what bulk requests did.
pub trait AttendanceBatches: Send {
    /// Keeps a batch.
    fn insert<'a>(&'a mut self, batch: &'a AttendanceBatch) -> Pending<'a, ()>;
    /// One batch, held against other writers until the unit of work ends, with its lecture and the class, which is not closed before.
    fn find_for_update(
        &mut self,
        id: AttendanceBatchId,
    ) -> Pending<'_, Option<(AttendanceBatch, Lecture, Class)>>;
    /// Notes that a batch was undone.
    fn note_undone(
        &mut self,
        id: AttendanceBatchId,
        at: DateTime<Utc>,
        by: Option<UserId>,
    ) -> Pending<'_, ()>;
}

/// What became of one mark when its batch was undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UndoOutcome {
    /// It is no more: there was none before.
    Removed,
    /// It says again what it said before.
    Restored,
    /// It was left as it is.
    Refused(Refusal),
}

/// What was undone: each user of the batch, in its order, with what became of the mark.
pub type Undone = Vec<(UserId, UndoOutcome)>;

impl AttendanceService {
    /// Puts things back as they were before a bulk request. A mark that was changed since is refused: in
    /// [`BulkMode::Atomic`] nothing is undone then, in [`BulkMode::Partial`] everything else is.
    pub async fn undo(
        &self,
        caller: &Caller,
        batch: AttendanceBatchId,
        mode: BulkMode,
    ) -> Result<Undone, AttendanceError> {
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.undo_in(&mut *unit, caller, batch, mode).await;
        finish(unit, outcome).await
    }

    async fn undo_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        id: AttendanceBatchId,
        mode: BulkMode,
    ) -> Result<Undone, AttendanceError> {
        let found = repositories.attendance_batches().find_for_update(id).await?;
        let (batch, lecture, class) = found.ok_or(AttendanceError::BatchNotFound(id))?;
        let marking = may_mark(caller, lecture, &class);
        // The lecture may be known to everybody; what was marked there at once is not.
        if matches!(marking, Err(AttendanceError::LectureNotFound(_) | AttendanceError::Forbidden)) {
            return Err(AttendanceError::BatchNotFound(id));
        }
        marking?;
        if batch.undone_at.is_some() {
            return Err(AttendanceError::AlreadyUndone);
        }
        let users: Vec<UserId> = batch.entries.iter().map(|entry| entry.user_id).collect();
        let marks = repositories.attendances().of_users(batch.lecture_id, &users).await?;
        let marks: HashMap<UserId, Attendance> = marks.into_iter().map(|mark| (mark.user_id, mark)).collect();
        let now = self.yard.clock.now();
        let pen = self.yard.pen(caller);
        let (mut removed, mut restored, mut entries, mut outcomes) = (vec![], vec![], vec![], vec![]);
        for entry in &batch.entries {
            let untouched =
                |mark: &&Attendance| mark.id == entry.attendance_id && mark.stamps.version == entry.version;
            let before = entry.before.as_ref().map(MarkBefore::restored);
            let outcome = match (marks.get(&entry.user_id).filter(untouched), before) {
                (Some(mark), None) => {
                    entries.push(pen.deleted(mark, None));
                    removed.push(mark.clone());
                    UndoOutcome::Removed
                }
                (Some(old), Some(Some((mark, source)))) => {
                    let stamps = old.stamps.touched(caller, now);
                    let new = Attendance { mark, source, stamps, ..old.clone() };
                    entries.push(pen.updated(old, &new));
                    restored.push(new);
                    UndoOutcome::Restored
                }
                (None, _) | (_, Some(None)) => UndoOutcome::Refused(Refusal::Changed),
            };
            outcomes.push((entry.user_id, outcome));
        }
        let refused: Vec<(usize, Refusal)> = outcomes
            .iter()
            .enumerate()
            .filter_map(|(index, (_, outcome))| match outcome {
                UndoOutcome::Refused(refusal) => Some((index, *refusal)),
                UndoOutcome::Removed | UndoOutcome::Restored => None,
            })
            .collect();
        if mode == BulkMode::Atomic && !refused.is_empty() {
            return Err(AttendanceError::BulkRefused(refused));
        }
        // Everybody writes in the same order, so that two requests can't wait for each other in a circle.
        removed.sort_by_key(|mark| mark.user_id);
        restored.sort_by_key(|mark| mark.user_id);
        repositories.attendances().delete_many(&removed).await?;
        repositories.attendances().update_many(&restored).await?;
        repositories.audit().append(&entries).await?;
        repositories.attendance_batches().note_undone(id, now, caller.on_behalf_of()).await?;
        Ok(outcomes)
    }
}
