//! Merging, and looking at what a merge would do.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::{
    EnrolmentBefore, KeptMark, MarkChoices, Merge, MergeError, MergePreview, MergeRecord, PlacedMark,
    plan::{Joined, clashes, join},
};
use crate::{
    access::{Action, Caller, authorize},
    accounts::{AuthType, User, sign_out_after},
    attendance::{Attendance, leave::LeaveRequest},
    audit::AuditEntry,
    certification::Certification,
    error::RepositoryResult,
    events::{self, Event},
    idempotency::Answering,
    ids::{ClassId, EnrolmentId, LectureId, MergeId, UserId},
    learning::enrolments::{Enrolment, promote_waiting},
    store::{Repositories, finish},
    yard::Yard,
};

/// Why something was changed, in the audit log.
pub(super) const MERGED: Option<&str> = Some("merged");

/// Merges users.
#[derive(Clone)]
pub struct MergeService {
    pub(super) yard: Yard,
}

/// What a merge has found, with the enrolments of both as they are.
struct Prepared {
    preview: MergePreview,
    enrolments: Vec<Enrolment>,
    joined: Joined,
    marks: Vec<PlacedMark>,
}

impl MergeService {
    /// A service that stands on `yard`.
    pub fn new(yard: Yard) -> Self {
        Self { yard }
    }

    /// What a merge would do, and what stands in its way; nothing is kept.
    pub async fn preview(
        &self,
        caller: &Caller,
        temp: UserId,
        into: UserId,
        choices: &MarkChoices,
    ) -> Result<MergePreview, MergeError> {
        authorize(caller, Action::ManageUsers).map_err(|_| MergeError::Forbidden)?;
        let mut unit = self.yard.store.begin().await?;
        let outcome = async {
            mergeable(&mut *unit, temp, into).await?;
            Ok(prepare(&mut *unit, temp, into, choices).await?.preview)
        }
        .await;
        unit.rollback().await?;
        outcome
    }

    /// Gives everything of `temp` to `into` and deactivates `temp`; tells the real user.
    ///
    /// # Errors
    /// [`MergeError::Conflict`] where both have something of which there can be only one, and nothing says which stays.
    pub async fn merge(
        &self,
        caller: &Caller,
        temp: UserId,
        into: UserId,
        choices: &MarkChoices,
        answering: &Answering<'_, User>,
    ) -> Result<User, MergeError> {
        authorize(caller, Action::ManageUsers).map_err(|_| MergeError::Forbidden)?;
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.merge_in(&mut *unit, caller, temp, into, choices, answering).await;
        finish(unit, outcome).await
    }

    async fn merge_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        temp: UserId,
        into: UserId,
        choices: &MarkChoices,
        answering: &Answering<'_, User>,
    ) -> Result<User, MergeError> {
        let (old, real) = mergeable(repositories, temp, into).await?;
        // Classes before enrolments, as everybody who enrols takes them.
        let mut classes = Vec::new();
        for class in repositories.merges().shared_classes(temp, into).await? {
            classes.extend(repositories.classes().find_for_update(class).await?);
        }
        let prepared = prepare(repositories, temp, into, choices).await?;
        if !prepared.preview.is_clear() {
            return Err(MergeError::Conflict(Box::new(prepared.preview)));
        }
        let now = self.yard.clock.now();
        let mut moving = Moving {
            service: self,
            caller,
            temp,
            into,
            now,
            record: MergeRecord::default(),
            entries: vec![],
        };
        let freed = moving.enrolments(repositories, &prepared).await?;
        moving.marks(repositories, &prepared).await?;
        moving.the_rest(repositories).await?;
        let Moving { record, mut entries, .. } = moving;

        let pen = self.yard.pen(caller);
        let merged = User { is_active: false, version: old.version + 1, updated_at: now, ..old.clone() };
        repositories.users().update(&merged).await?;
        entries.push(pen.updated(&old, &merged).because(MERGED));
        let merge = Merge {
            id: MergeId(self.yard.ids.next()),
            temp_id: temp,
            into_id: into,
            record,
            merged_at: now,
            merged_by: caller.user_id(),
            undone_at: None,
            undone_by: None,
        };
        repositories.merges().insert(&merge).await?;
        entries.push(pen.created(&merge));
        repositories.audit().append(&entries).await?;
        sign_out_after(repositories, &pen, &old, &merged, now).await?;
        self.tell(repositories, caller, &merge, "user.merged").await?;
        for class in classes.iter().filter(|class| freed.contains(&class.id)) {
            promote_waiting(&self.yard, repositories, caller, class).await?;
        }
        answering.keep(repositories, &real).await?;
        Ok(real)
    }

    /// Tells of a merge or its end.
    pub(super) async fn tell(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        merge: &Merge,
        kind: &str,
    ) -> RepositoryResult<()> {
        let event = Event::new(&self.yard, caller, kind, merge.temp_id).concerning(merge.into_id);
        let event = event.with(serde_json::json!({"temp_id": merge.temp_id, "into_id": merge.into_id}));
        events::record(repositories, &[event]).await
    }
}

/// The two users, held, if one can be merged into the other.
async fn mergeable(
    repositories: &mut dyn Repositories,
    temp: UserId,
    into: UserId,
) -> Result<(User, User), MergeError> {
    let old = repositories.users().find_for_update(temp).await?.ok_or(MergeError::NotFound(temp))?;
    let real = repositories.users().find_for_update(into).await?.ok_or(MergeError::NotFound(into))?;
    let fit = old.auth_type == AuthType::Temp && real.auth_type != AuthType::Temp;
    if fit && old.is_active && real.is_active { Ok((old, real)) } else { Err(MergeError::NotMergeable) }
}

async fn prepare(
    repositories: &mut dyn Repositories,
    temp: UserId,
    into: UserId,
    choices: &MarkChoices,
) -> Result<Prepared, MergeError> {
    let theirs = repositories.enrolments().of_user_for_update(temp).await?;
    let own = repositories.enrolments().of_user_for_update(into).await?;
    let marks = repositories.merges().marks(temp, into).await?;
    let joined = join(&theirs, &own);
    let preview = MergePreview {
        holdings: repositories.merges().holdings(temp).await?,
        marks: clashes(&marks, temp, choices),
        certifications: repositories.merges().certified_twice(temp, into).await?,
        places: joined.clashes.clone(),
    };
    Ok(Prepared { preview, enrolments: theirs.into_iter().chain(own).collect(), joined, marks })
}

/// A merge under way.
struct Moving<'a> {
    service: &'a MergeService,
    caller: &'a Caller,
    temp: UserId,
    into: UserId,
    now: DateTime<Utc>,
    record: MergeRecord,
    entries: Vec<AuditEntry>,
}

impl Moving<'_> {
    /// Joins the places of both, and gives the rest over; tells in which classes a place may have become free.
    async fn enrolments(
        &mut self,
        repositories: &mut dyn Repositories,
        prepared: &Prepared,
    ) -> Result<Vec<ClassId>, MergeError> {
        let pen = self.service.yard.pen(self.caller);
        let before: HashMap<EnrolmentId, &Enrolment> =
            prepared.enrolments.iter().map(|one| (one.id, one)).collect();
        let changed: Vec<Enrolment> = prepared
            .joined
            .changed
            .iter()
            .map(|one| Enrolment { stamps: one.stamps.touched(self.caller, self.now), ..one.clone() })
            .collect();
        repositories.enrolments().update_many(&changed).await?;
        for new in &changed {
            let Some(old) = before.get(&new.id) else { continue };
            self.entries.push(pen.updated(*old, new).because(MERGED));
            // Handing it over makes one version more.
            let version = new.stamps.version + i32::from(new.user_id == self.temp);
            self.record.changed_enrolments.push(EnrolmentBefore::of(old, version));
        }
        for now in repositories.enrolments().hand_over(self.temp, self.into, None).await? {
            let theirs = Enrolment { user_id: self.temp, ..now.clone() };
            self.entries.push(pen.updated(&theirs, &now).because(MERGED));
            self.record.enrolments.push(now.id);
        }
        Ok(changed.iter().map(|one| one.class_id).collect())
    }

    /// Takes out the marks that give way, and gives the rest over.
    async fn marks(
        &mut self,
        repositories: &mut dyn Repositories,
        prepared: &Prepared,
    ) -> Result<(), MergeError> {
        let pen = self.service.yard.pen(self.caller);
        let mut removed = Vec::new();
        for (_, loser) in prepared.preview.marks.iter().filter_map(|clash| clash.settled()) {
            self.entries.push(pen.deleted(&loser.attendance, MERGED).after_closing(loser.closed));
            self.record.removed_marks.push(KeptMark::of(&loser.attendance));
            removed.push(loser.attendance.clone());
        }
        repositories.attendances().delete_many(&removed).await?;
        let closed: HashMap<LectureId, bool> =
            prepared.marks.iter().map(|mark| (mark.attendance.lecture_id, mark.closed)).collect();
        for now in repositories.attendances().hand_over(self.temp, self.into, None).await? {
            let theirs = Attendance { user_id: self.temp, ..now.clone() };
            let closed = closed.get(&now.lecture_id).copied().unwrap_or_default();
            self.entries.push(pen.updated(&theirs, &now).because(MERGED).after_closing(closed));
            self.record.attendances.push(now.id);
        }
        Ok(())
    }

    async fn the_rest(&mut self, repositories: &mut dyn Repositories) -> Result<(), MergeError> {
        let pen = self.service.yard.pen(self.caller);
        for now in repositories.leave_requests().hand_over(self.temp, self.into, None).await? {
            let theirs = LeaveRequest { user_id: self.temp, ..now.clone() };
            self.entries.push(pen.updated(&theirs, &now).because(MERGED));
            self.record.leave_requests.push(now.id);
        }
        for now in repositories.certifications().hand_over(self.temp, self.into, None).await? {
            let theirs = Certification { user_id: self.temp, ..now.clone() };
            self.entries.push(pen.updated(&theirs, &now).because(MERGED));
            self.record.certifications.push(now.id);
        }
        self.record.traces = repositories.merges().hand_over_traces(self.temp, self.into, None).await?;
        Ok(())
    }
}
