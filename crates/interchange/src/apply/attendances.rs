//! Marks: found by lecture and user, class by class and lecture by lecture, so that each look into the data serves many
//! rows. A mark that is made or changed here says that it came by an import.

use std::collections::{HashMap, HashSet};

use madang_domain::attendance::{
    AssignmentId, Attendance, AttendanceChanges, AttendanceSource, DetailType, Mark, MarkNote,
};
use madang_domain::error::RepositoryResult;
use madang_domain::ids::{AttendanceId, UserId};
use madang_domain::learning::enrolments::EnrolmentPeriod;

use super::check::Check;
use super::fields::Field;
use super::run::{BATCH, LectureFacts, Run};
use crate::problem::ProblemCode;
use crate::roster::AttendanceRow;

/// A row whose references are known.
struct Draft<'r> {
    row: &'r AttendanceRow,
    lecture: LectureFacts,
    user: UserId,
}

/// What waits to be written.
#[derive(Default)]
struct Batch {
    created: Vec<Attendance>,
    updated: Vec<Attendance>,
    entries: Vec<madang_domain::audit::AuditEntry>,
}

type Periods = HashMap<UserId, Vec<EnrolmentPeriod>>;

impl Run<'_> {
    pub async fn attendances(&mut self, rows: &[AttendanceRow]) -> RepositoryResult<()> {
        self.find_lectures(rows.iter().map(|row| &row.lecture_ref)).await?;
        self.find_users(rows.iter().map(|row| &row.user_ref)).await?;
        let mut drafts: Vec<Draft<'_>> = rows.iter().filter_map(|row| self.draft_mark(row)).collect();
        self.advance(rows.len() - drafts.len());
        drafts.sort_by_key(|draft| (draft.lecture.class_id, draft.lecture.id));
        let mut batch = Batch::default();
        for drafts in drafts.chunk_by(|left, right| left.lecture.class_id == right.lecture.class_id) {
            let Some(first) = drafts.first() else { continue };
            let periods = self.learner_periods(first.lecture.class_id, &users_of(drafts)).await?;
            for drafts in drafts.chunk_by(|left, right| left.lecture.id == right.lecture.id) {
                self.marks_of_lecture(drafts, &periods, &mut batch).await?;
            }
        }
        self.write_marks(&mut batch).await
    }

    fn draft_mark<'r>(&mut self, row: &'r AttendanceRow) -> Option<Draft<'r>> {
        let mut check = Check::new(row.at);
        let lecture = self.known_lectures.get(&row.lecture_ref);
        let lecture = check.reference(Field::Lecture, &row.lecture_ref, lecture);
        let user = check.reference(Field::User, &row.user_ref, self.known_users.get(&row.user_ref));
        if let (Some(lecture), Some(user)) = (lecture, user) {
            return Some(Draft { row, lecture, user });
        }
        self.settle(check, |counts| &mut counts.attendances);
        None
    }

    async fn marks_of_lecture(
        &mut self,
        drafts: &[Draft<'_>],
        periods: &Periods,
        batch: &mut Batch,
    ) -> RepositoryResult<()> {
        let mut seen = HashSet::new();
        for drafts in drafts.chunks(BATCH) {
            let mut there = self.marks_there(drafts).await?;
            for draft in drafts {
                let mut check = Check::new(draft.row.at);
                let old = there.remove(&draft.user);
                if !seen.insert(draft.user) {
                    check.fault(Field::User, ProblemCode::RowDuplicate, Some(&draft.row.user_ref));
                }
                let new = self.mark(draft, old.as_ref(), periods, &mut check);
                if !self.settle(check, |counts| &mut counts.attendances) {
                    continue;
                }
                match old {
                    None => {
                        self.counts.attendances.created += 1;
                        batch.entries.push(self.pen.created(&new));
                        batch.created.push(new);
                    }
                    Some(old) if old == new => self.counts.attendances.unchanged += 1,
                    Some(old) => {
                        self.counts.attendances.updated += 1;
                        batch.entries.push(self.pen.updated(&old, &new));
                        batch.updated.push(new);
                    }
                }
                if batch.entries.len() >= BATCH {
                    self.write_marks(batch).await?;
                }
            }
            self.advance(drafts.len());
        }
        Ok(())
    }

    async fn marks_there(&mut self, drafts: &[Draft<'_>]) -> RepositoryResult<HashMap<UserId, Attendance>> {
        let Some(lecture) = drafts.first().map(|draft| draft.lecture).filter(|lecture| !lecture.is_new)
        else {
            return Ok(HashMap::new());
        };
        let marks = self.repositories.attendances().of_users(lecture.id, &users_of(drafts)).await?;
        Ok(marks.into_iter().map(|mark| (mark.user_id, mark)).collect())
    }

    /// The mark as the row has it, with its faults in `check`.
    fn mark(
        &self,
        draft: &Draft<'_>,
        old: Option<&Attendance>,
        periods: &Periods,
        check: &mut Check,
    ) -> Attendance {
        let Draft { row, lecture, user } = draft;
        let detail_type = row.detail_type.as_deref();
        let detail_type = check.optional(Field::DetailType, detail_type, DetailType::parse);
        let description = row.description.as_deref();
        let description = check.optional(Field::MarkNote, description, MarkNote::parse);
        let assignment = row.assignment_ref.as_deref();
        let assignment_id = check.optional(Field::Assignment, assignment, AssignmentId::parse);
        let new = match old {
            None => Attendance {
                id: AttendanceId(row.id.filter(|_| lecture.is_new).unwrap_or_else(|| self.ids.next())),
                lecture_id: lecture.id,
                user_id: *user,
                mark: Mark {
                    status: row.status,
                    detail_type,
                    description,
                    assignment_id,
                    checked_at: row.checked_at,
                },
                source: AttendanceSource::Import,
                presence: None,
                stamps: self.stamps(),
            },
            Some(old) => {
                let changes = AttendanceChanges {
                    status: Some(row.status),
                    detail_type: detail_type.map(Some),
                    description: description.map(Some),
                    assignment_id: assignment_id.map(Some),
                    checked_at: row.checked_at.map(Some),
                };
                let mark = changes.apply_to(&old.mark);
                if mark == old.mark {
                    return old.clone();
                }
                let stamps = self.touched(old.stamps);
                Attendance { mark, source: AttendanceSource::Import, stamps, ..old.clone() }
            }
        };
        let enrolled = periods.get(user).is_some_and(|of| of.iter().any(|one| one.holds_on(lecture.day)));
        if lecture.closed {
            check.fault(Field::Lecture, ProblemCode::ClassClosed, Some(&row.lecture_ref));
        } else if !enrolled {
            check.fault(Field::User, ProblemCode::NotEnrolled, Some(&row.user_ref));
        }
        new
    }

    async fn write_marks(&mut self, batch: &mut Batch) -> RepositoryResult<()> {
        let Batch { created, updated, entries } = std::mem::take(batch);
        if !created.is_empty() {
            self.repositories.attendances().insert_many(&created).await?;
        }
        if !updated.is_empty() {
            self.repositories.attendances().update_many(&updated).await?;
        }
        self.keep_traces(&[], &entries).await
    }
}

fn users_of(drafts: &[Draft<'_>]) -> Vec<UserId> {
    let mut users: Vec<UserId> = drafts.iter().map(|draft| draft.user).collect();
    users.sort_unstable();
    users.dedup();
    users
}
