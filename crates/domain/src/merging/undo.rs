//! Undoing a merge: everything that changed hands goes back, and what gave way comes again.
//!
//! What came after the merge stays with the real user. Where an enrolment that the merge changed was changed again, or a mark
//! stands where one would come back, nothing is undone.

use std::collections::HashMap;

use async_trait::async_trait;
use chrono::TimeDelta;

use super::{Merge, MergeError, MergeService, UNDO_DAYS};
use crate::{
    access::{Action, Caller, authorize},
    accounts::User,
    attendance::{Attendance, leave::LeaveRequest},
    audit::AuditEntry,
    certification::Certification,
    error::{RepositoryError, RepositoryResult},
    ids::{EnrolmentId, UserId},
    jobs::{Job, JobHandler, JobOutcome, Rhythm},
    learning::enrolments::Enrolment,
    store::{Repositories, finish},
};

/// Why something was changed, in the audit log.
const UNDONE: Option<&str> = Some("merge_undone");

impl MergeService {
    /// Takes a merge of this `temp` user back, within [`UNDO_DAYS`]; tells the `temp` user.
    pub async fn undo(&self, caller: &Caller, temp: UserId) -> Result<User, MergeError> {
        authorize(caller, Action::ManageUsers).map_err(|_| MergeError::Forbidden)?;
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.undo_in(&mut *unit, caller, temp).await;
        finish(unit, outcome).await
    }

    async fn undo_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        temp: UserId,
    ) -> Result<User, MergeError> {
        let now = self.yard.clock.now();
        let old = repositories.users().find_for_update(temp).await?.ok_or(MergeError::NotFound(temp))?;
        let merge = repositories.merges().standing_of(temp).await?.ok_or(MergeError::NotMerged)?;
        let into = merge.into_id;
        repositories.users().find_for_update(into).await?.ok_or(MergeError::NotFound(into))?;
        if old.withdrawn_at.is_some() {
            return Err(MergeError::NotMerged);
        }
        if now >= merge.undoable_until() {
            return Err(MergeError::UndoExpired);
        }
        let pen = self.yard.pen(caller);
        let mut entries = Vec::new();
        self.give_enrolments_back(repositories, caller, &merge, &mut entries).await?;

        let record = &merge.record;
        for back in repositories.attendances().hand_over(into, temp, Some(&record.attendances)).await? {
            let theirs = Attendance { user_id: into, ..back.clone() };
            entries.push(pen.updated(&theirs, &back).because(UNDONE));
        }
        let again: Option<Vec<Attendance>> =
            record.removed_marks.iter().map(|mark| mark.restored(now, caller.user_id())).collect();
        let again = again.ok_or(MergeError::ChangedSince)?;
        repositories.attendances().insert_many(&again).await.map_err(changed_since)?;
        entries.extend(again.iter().map(|mark| pen.created(mark).because(UNDONE)));
        let requests = repositories.leave_requests().hand_over(into, temp, Some(&record.leave_requests));
        for back in requests.await? {
            let theirs = LeaveRequest { user_id: into, ..back.clone() };
            entries.push(pen.updated(&theirs, &back).because(UNDONE));
        }
        let certifications =
            repositories.certifications().hand_over(into, temp, Some(&record.certifications));
        for back in certifications.await? {
            let theirs = Certification { user_id: into, ..back.clone() };
            entries.push(pen.updated(&theirs, &back).because(UNDONE));
        }
        repositories.merges().hand_over_traces(into, temp, Some(&record.traces)).await?;

        let active = User { is_active: true, version: old.version + 1, updated_at: now, ..old.clone() };
        repositories.users().update(&active).await?;
        entries.push(pen.updated(&old, &active).because(UNDONE));
        let undone = Merge { undone_at: Some(now), undone_by: caller.user_id(), ..merge.clone() };
        repositories.merges().note_undone(merge.id, now, caller.user_id()).await?;
        entries.push(pen.updated(&merge, &undone));
        repositories.audit().append(&entries).await?;
        self.tell(repositories, caller, &merge, "user.merge_undone").await?;
        Ok(active)
    }

    async fn give_enrolments_back(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        merge: &Merge,
        entries: &mut Vec<AuditEntry>,
    ) -> Result<(), MergeError> {
        let (pen, now) = (self.yard.pen(caller), self.yard.clock.now());
        let held = repositories.enrolments().of_user_for_update(merge.into_id).await?;
        let mut held: HashMap<EnrolmentId, Enrolment> =
            held.into_iter().map(|enrolment| (enrolment.id, enrolment)).collect();
        let unchanged = merge.record.changed_enrolments.iter().all(|before| {
            held.get(&before.id).is_some_and(|enrolment| enrolment.stamps.version == before.version)
        });
        if !unchanged {
            return Err(MergeError::ChangedSince);
        }
        let given = repositories.enrolments();
        for back in given.hand_over(merge.into_id, merge.temp_id, Some(&merge.record.enrolments)).await? {
            let theirs = Enrolment { user_id: merge.into_id, ..back.clone() };
            entries.push(pen.updated(&theirs, &back).because(UNDONE));
            held.insert(back.id, back);
        }
        let mut restored = Vec::new();
        for before in &merge.record.changed_enrolments {
            let enrolment = held.get(&before.id).ok_or(MergeError::ChangedSince)?;
            let again = before.restored(enrolment, enrolment.stamps.touched(caller, now));
            let again = again.ok_or(MergeError::ChangedSince)?;
            entries.push(pen.updated(enrolment, &again).because(UNDONE));
            restored.push(again);
        }
        repositories.enrolments().update_many(&restored).await.map_err(changed_since)?;
        Ok(())
    }

    /// Forgets what was kept of merges that can't be undone any more; tells how many.
    pub async fn purge(&self) -> RepositoryResult<usize> {
        let before = self.yard.clock.now() - TimeDelta::days(UNDO_DAYS);
        let mut unit = self.yard.store.begin().await?;
        let outcome = unit.merges().forget(before).await;
        finish(unit, outcome).await
    }
}

/// Something stands where a thing would come back.
fn changed_since(error: RepositoryError) -> MergeError {
    let error = error.into();
    if matches!(error, MergeError::Raced) { MergeError::ChangedSince } else { error }
}

/// Forgets what was kept of merges that can't be undone any more, each day.
pub struct MergeCleaning(MergeService);

impl MergeCleaning {
    /// Forgets the merges of `service`.
    pub fn new(service: MergeService) -> Self {
        Self(service)
    }
}

#[async_trait]
impl JobHandler for MergeCleaning {
    fn kind(&self) -> &'static str {
        "merges.clean"
    }

    fn rhythm(&self) -> Option<Rhythm> {
        Some(Rhythm::EverySeconds(86_400))
    }

    async fn run(&self, _job: &Job) -> JobOutcome {
        self.0.purge().await?;
        Ok(())
    }
}
