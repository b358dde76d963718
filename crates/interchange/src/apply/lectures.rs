//! Lectures: found by the source's id, class by class, because the sequence is unique in a class.
//!
//! Lectures can change places. They are written in an order in which no two ever share a number; where they form a
//! ring, one steps aside first, which costs it one version more.

use std::collections::{HashMap, HashSet};

use madang_domain::audit::Reason;
use madang_domain::error::RepositoryResult;
use madang_domain::ids::{ClassId, LectureId};
use madang_domain::learning::lectures::{
    AttendanceType, Cancellation, Lecture, LectureChanges, LecturePlace, LectureTitle,
};
use madang_domain::recurrence::Recurrence;

use super::check::Check;
use super::fields::Field;
use super::run::{BATCH, ClassFacts, LectureFacts, Run};
use crate::problem::ProblemCode;
use crate::roster::{ExternalId, LectureRow};

/// How long a lecture takes when the source does not say.
const USUAL_MINUTES: i32 = 60;

/// A row that can be read, with what it makes of the lecture that is there.
struct Draft<'r> {
    row: &'r LectureRow,
    old: Option<Lecture>,
    new: Lecture,
    check: Check,
}

/// What waits to be written.
#[derive(Default)]
struct Batch {
    created: Vec<Lecture>,
    links: Vec<madang_domain::external_ids::ExternalId>,
    entries: Vec<madang_domain::audit::AuditEntry>,
}

impl Run<'_> {
    pub async fn lectures(&mut self, rows: &[LectureRow]) -> RepositoryResult<()> {
        self.find_classes(rows.iter().map(|row| &row.class_ref)).await?;
        let mut batch = Batch::default();
        for (class, rows) in self.lectures_by_class(rows) {
            self.lectures_of_class(class, &rows, &mut batch).await?;
            if batch.created.len().max(batch.entries.len()) >= BATCH {
                self.write_lectures(&mut batch).await?;
            }
            self.advance(rows.len());
        }
        self.write_lectures(&mut batch).await
    }

    /// The rows of each class, in the order of the files; a row of no known class is refused.
    fn lectures_by_class<'r>(&mut self, rows: &'r [LectureRow]) -> Vec<(ClassFacts, Vec<&'r LectureRow>)> {
        let mut classes: Vec<(ClassFacts, Vec<&LectureRow>)> = Vec::new();
        let mut places: HashMap<ClassId, usize> = HashMap::new();
        for row in rows {
            let mut check = Check::new(row.at);
            let class = self.known_classes.get(&row.class_ref);
            match check.reference(Field::Class, &row.class_ref, class) {
                None => self.refuse_lecture(&row.external_id, check),
                Some(class) => {
                    let place = *places.entry(class.id).or_insert(classes.len());
                    match classes.get_mut(place) {
                        Some((_, rows)) => rows.push(row),
                        None => classes.push((class, vec![row])),
                    }
                }
            }
        }
        classes
    }

    fn refuse_lecture(&mut self, external: &ExternalId, check: Check) {
        self.settle(check, |counts| &mut counts.lectures);
        self.known_lectures.refuse(external);
    }

    async fn lectures_of_class(
        &mut self,
        class: ClassFacts,
        rows: &[&LectureRow],
        batch: &mut Batch,
    ) -> RepositoryResult<()> {
        let there =
            if class.is_new { Vec::new() } else { self.repositories.lectures().of_class(class.id).await? };
        let elsewhere = self.lectures_elsewhere(rows, &there).await?;
        let mut known: HashMap<LectureId, Lecture> =
            there.iter().map(|lecture| (lecture.id, lecture.clone())).collect();
        let mut drafts = Vec::new();
        for row in rows {
            let candidate = self.known_lectures.candidate(&row.external_id).map(LectureId);
            let mut check = Check::new(row.at);
            if candidate.is_some_and(|id| elsewhere.contains(&id)) {
                check.fault(Field::Class, ProblemCode::ReferenceMismatch, Some(&row.class_ref));
            }
            let old = candidate.and_then(|id| known.remove(&id));
            let new = self.lecture(row, class, old.as_ref(), &mut check);
            if let Some(new) = new.filter(|_| !check.is_refused()) {
                drafts.push(Draft { row, old, new, check });
            } else {
                known.extend(old.map(|old| (old.id, old)));
                self.refuse_lecture(&row.external_id, check);
            }
        }
        let (accepted, refused) = settle_sequences(drafts, known.values());
        for draft in refused {
            self.refuse_lecture(&draft.row.external_id, draft.check);
        }
        let mut changed = Vec::new();
        for Draft { row, old, new, check } in accepted {
            self.settle(check, |counts| &mut counts.lectures);
            let facts = LectureFacts::of(&new, class.closed, old.is_none());
            self.known_lectures.keep(&row.external_id, facts);
            batch.links.extend(self.known_lectures.link(&row.external_id, new.id.0));
            match old {
                None => {
                    self.counts.lectures.created += 1;
                    batch.entries.push(self.pen.created(&new));
                    batch.created.push(new);
                }
                Some(old) if old == new => self.counts.lectures.unchanged += 1,
                Some(old) => {
                    self.counts.lectures.updated += 1;
                    changed.push((old, new));
                }
            }
        }
        self.change_lectures(changed, &there, batch).await
    }

    /// Lectures that the rows name and that belong to another class.
    async fn lectures_elsewhere(
        &mut self,
        rows: &[&LectureRow],
        there: &[Lecture],
    ) -> RepositoryResult<HashSet<LectureId>> {
        let here: HashSet<LectureId> = there.iter().map(|lecture| lecture.id).collect();
        let candidates = rows.iter().filter_map(|row| self.known_lectures.candidate(&row.external_id));
        let strange: Vec<LectureId> = candidates.map(LectureId).filter(|id| !here.contains(id)).collect();
        let mut elsewhere = HashSet::new();
        for ids in strange.chunks(BATCH) {
            let found = self.repositories.lectures().find_many(ids).await?;
            elsewhere.extend(found.into_iter().map(|lecture| lecture.id));
        }
        Ok(elsewhere)
    }

    /// The lecture as the row has it, with its faults in `check`.
    fn lecture(
        &self,
        row: &LectureRow,
        class: ClassFacts,
        old: Option<&Lecture>,
        check: &mut Check,
    ) -> Option<Lecture> {
        let title = check.text(Field::LectureTitle, &row.title, LectureTitle::parse);
        let sequence = check.positive(Field::Sequence, Some(row.sequence), i32::MAX.unsigned_abs());
        let attendance_type = row.attendance_type.as_deref().and_then(|name| {
            let kind = AttendanceType::parse(name);
            if kind.is_none() {
                check.fault(Field::AttendanceType, ProblemCode::ValueUnknown, Some(name));
            }
            kind
        });
        let minutes = Recurrence::MAX_DURATION_MINUTES;
        let duration_minutes = check.positive(Field::Duration, row.duration_minutes, minutes);
        let place = check.optional(Field::Place, row.place.as_deref(), LecturePlace::parse);
        let reason = check.optional(Field::CancelReason, row.cancel_reason.as_deref(), Reason::parse);
        let cancellation = row.cancelled_at.map(|at| Cancellation { at, reason });
        let (title, sequence) = (title?, sequence?);
        let new = match old {
            None => Lecture {
                id: LectureId(self.known_lectures.new_id(&row.external_id, self.ids)),
                class_id: class.id,
                title,
                sequence,
                attendance_type: attendance_type.unwrap_or_default(),
                starts_at: row.starts_at,
                duration_minutes: duration_minutes.unwrap_or(USUAL_MINUTES),
                place,
                cancellation,
                stamps: self.stamps(),
            },
            Some(old) => {
                let changes = LectureChanges {
                    title: Some(title),
                    sequence: Some(sequence),
                    attendance_type,
                    starts_at: Some(row.starts_at),
                    duration_minutes,
                    place: place.map(Some),
                };
                let mut new = changes.apply_to(old);
                new.cancellation = cancellation.or(new.cancellation);
                if new != *old {
                    new.stamps = self.touched(old.stamps);
                }
                new
            }
        };
        if class.closed && old != Some(&new) {
            check.fault(Field::Class, ProblemCode::ClassClosed, Some(&row.class_ref));
        }
        Some(new)
    }

    async fn change_lectures(
        &mut self,
        mut changed: Vec<(Lecture, Lecture)>,
        there: &[Lecture],
        batch: &mut Batch,
    ) -> RepositoryResult<()> {
        batch.entries.extend(changed.iter().map(|(old, new)| self.pen.updated(old, new)));
        let mut held: HashMap<i32, LectureId> =
            there.iter().map(|lecture| (lecture.sequence, lecture.id)).collect();
        while !changed.is_empty() {
            let free = |new: &Lecture| held.get(&new.sequence).is_none_or(|holder| *holder == new.id);
            let next = changed.iter().position(|(_, new)| free(new)).unwrap_or_default();
            let (old, new) = changed.swap_remove(next);
            let new = if free(&new) {
                new
            } else {
                let aside = held.keys().copied().max().unwrap_or_default() + 1;
                let parked = Lecture { sequence: aside, stamps: self.touched(old.stamps), ..old.clone() };
                let stamps = self.touched(parked.stamps);
                changed.push((parked.clone(), Lecture { stamps, ..new }));
                parked
            };
            self.repositories.lectures().update(&new).await?;
            held.remove(&old.sequence);
            held.insert(new.sequence, new.id);
        }
        Ok(())
    }

    async fn write_lectures(&mut self, batch: &mut Batch) -> RepositoryResult<()> {
        let Batch { created, links, entries } = std::mem::take(batch);
        for lectures in created.chunks(BATCH) {
            self.repositories.lectures().insert_many(lectures).await?;
        }
        self.keep_traces(&links, &entries).await
    }
}

/// Parts the rows whose number is free in the end from those whose is not; `staying` are the lectures that no row names.
fn settle_sequences<'r, 's>(
    mut drafts: Vec<Draft<'r>>,
    staying: impl Iterator<Item = &'s Lecture>,
) -> (Vec<Draft<'r>>, Vec<Draft<'r>>) {
    let mut occupied: HashSet<i32> = staying.map(|lecture| lecture.sequence).collect();
    let mut refused = Vec::new();
    loop {
        let mut taken: HashSet<i32> = HashSet::new();
        let (mut accepted, mut displaced) = (Vec::new(), false);
        for mut draft in drafts {
            let sequence = draft.new.sequence;
            let code = if occupied.contains(&sequence) {
                ProblemCode::SequenceTaken
            } else if taken.insert(sequence) {
                accepted.push(draft);
                continue;
            } else {
                ProblemCode::RowDuplicate
            };
            draft.check.fault(Field::Sequence, code, Some(&sequence.to_string()));
            // A lecture whose row is refused stays where it is, perhaps in the way of another row.
            displaced |= draft.old.as_ref().is_some_and(|old| occupied.insert(old.sequence));
            refused.push(draft);
        }
        drafts = accepted;
        if !displaced {
            return (drafts, refused);
        }
    }
}
