//! What becomes of a sheet that was filled in: all of it is kept, or nothing.

use std::collections::{HashMap, HashSet};

use super::{CellFault, CellFaultKind, CellPlace, FilledCell, FilledSheet, allowed};
use crate::{
    access::{Action, Caller},
    attendance::{Attendance, AttendanceError, AttendanceService, AttendanceSource, Mark},
    ids::{AttendanceId, ClassId, UserId},
    learning::{enrolments::EnrolmentPeriod, lectures::Lecture},
    stamps::Stamps,
    store::{Repositories, finish},
};

/// What became of a filled sheet, or would.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SheetReport {
    /// Whether it was kept: not after a dry run, and not if there is any fault.
    pub is_kept: bool,
    /// New marks.
    pub created: Vec<CellPlace>,
    /// Marks that say something else than before.
    pub replaced: Vec<CellPlace>,
    /// How many cells say what is marked already.
    pub unchanged: usize,
    /// What is wrong, cell by cell; nothing is kept then.
    pub faults: Vec<CellFault>,
}

impl AttendanceService {
    /// Keeps what a filled sheet says: all of it, or nothing if there is any fault; for staff of the class.
    ///
    /// A mark that says the same already stays untouched, with its remarks.
    pub async fn fill_sheet(
        &self,
        caller: &Caller,
        class: ClassId,
        filled: FilledSheet,
        is_dry_run: bool,
    ) -> Result<SheetReport, AttendanceError> {
        if is_dry_run {
            let mut session = self.yard.store.long_session().await?;
            return self.fill_in(&mut *session, caller, class, filled, false).await;
        }
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.fill_in(&mut *unit, caller, class, filled, true).await;
        finish(unit, outcome).await
    }

    async fn fill_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        id: ClassId,
        filled: FilledSheet,
        keeps: bool,
    ) -> Result<SheetReport, AttendanceError> {
        let held = if keeps {
            repositories.classes().find_many_to_mark(&[id]).await?
        } else {
            repositories.classes().find_many(&[id]).await?
        };
        let class = held.into_iter().next().ok_or(AttendanceError::ClassNotFound(id))?;
        allowed(caller, &class, Action::Mark(id))?;
        if class.closed_at.is_some() {
            return Err(AttendanceError::ClassClosed);
        }
        let lectures: HashMap<i32, Lecture> = repositories
            .lectures()
            .of_class(id)
            .await?
            .into_iter()
            .map(|lecture| (lecture.sequence, lecture))
            .collect();
        let mut periods: HashMap<UserId, Vec<EnrolmentPeriod>> = HashMap::new();
        for (_, user, period) in repositories.enrolments().learners_of(&[id]).await? {
            periods.entry(user.id).or_default().push(period);
        }
        let marks: HashMap<_, Attendance> = repositories
            .attendances()
            .of_class(id)
            .await?
            .into_iter()
            .map(|mark| ((mark.lecture_id, mark.user_id), mark))
            .collect();
        let mut report = SheetReport { faults: filled.faults, ..SheetReport::default() };
        let (mut kept, mut entries, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
        let pen = self.yard.pen(caller);
        for cell in filled.cells {
            let lecture = match place(&cell, &lectures, &periods) {
                Ok(lecture) if seen.insert((cell.user_id, cell.sequence)) => lecture,
                Ok(_) => {
                    report.faults.push(CellFault { place: cell.place, kind: CellFaultKind::Twice });
                    continue;
                }
                Err(kind) => {
                    report.faults.push(CellFault { place: cell.place, kind });
                    continue;
                }
            };
            match marks.get(&(lecture.id, cell.user_id)) {
                Some(old) if old.mark.status == cell.status => report.unchanged += 1,
                Some(old) => {
                    let mark = Mark { status: cell.status, ..old.mark.clone() };
                    let new =
                        Attendance { source: AttendanceSource::Import, ..self.corrected(caller, old, mark) };
                    entries.push(pen.updated(old, &new));
                    kept.push(new);
                    report.replaced.push(cell.place);
                }
                None => {
                    let new = self.filled(caller, lecture, &cell);
                    entries.push(pen.created(&new));
                    kept.push(new);
                    report.created.push(cell.place);
                }
            }
        }
        report.faults.sort_by(|one, other| one.place.cmp(&other.place));
        report.is_kept = keeps && report.faults.is_empty();
        if report.is_kept && !kept.is_empty() {
            // Everybody writes in the same order, so that two units can't wait for each other in a circle.
            kept.sort_by_key(|mark| (mark.lecture_id, mark.user_id));
            repositories.attendances().keep_many(&kept).await?;
            repositories.audit().append(&entries).await?;
        }
        Ok(report)
    }

    fn filled(&self, caller: &Caller, lecture: &Lecture, cell: &FilledCell) -> Attendance {
        Attendance {
            id: AttendanceId(self.yard.ids.next()),
            lecture_id: lecture.id,
            user_id: cell.user_id,
            mark: Mark {
                status: cell.status,
                detail_type: None,
                description: None,
                assignment_id: None,
                checked_at: None,
            },
            source: AttendanceSource::Import,
            presence: None,
            stamps: Stamps::new(caller, self.yard.clock.now()),
        }
    }
}

fn place<'l>(
    cell: &FilledCell,
    lectures: &'l HashMap<i32, Lecture>,
    periods: &HashMap<UserId, Vec<EnrolmentPeriod>>,
) -> Result<&'l Lecture, CellFaultKind> {
    let periods = periods.get(&cell.user_id).ok_or(CellFaultKind::NotALearner)?;
    let lecture = lectures.get(&cell.sequence).ok_or(CellFaultKind::UnknownLecture)?;
    if lecture.is_cancelled() {
        return Err(CellFaultKind::LectureCancelled);
    }
    if periods.iter().any(|period| period.holds_on(lecture.day())) {
        Ok(lecture)
    } else {
        Err(CellFaultKind::NotEnrolled)
    }
}
