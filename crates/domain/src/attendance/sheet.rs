//! The attendance sheet (출석부): learners by lectures, with the figures of the engine; and the same sheet filled in.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use chrono::{DateTime, Utc};

use super::{
    Attendance, AttendanceError, AttendanceService, AttendanceSource, AttendanceStatus, Mark,
    policies::Policy,
    policy::{Assessment, LearnerRecord},
    records::{self, ClassRecords},
};
use crate::{
    access::{Action, Caller, authorize},
    accounts::UserSummary,
    ids::{AttendanceId, ClassId, UserId},
    learning::{classes::Class, enrolments::EnrolmentPeriod, lectures::Lecture},
    stamps::Stamps,
    store::{Repositories, finish},
};

/// The most cells that a filled sheet may have.
pub const MAX_CELLS: usize = 100_000;

/// The sheet of a class.
#[derive(Debug, Clone)]
pub struct AttendanceSheet {
    /// The class.
    pub class: Class,
    /// What it goes by.
    pub policy: Arc<Policy>,
    /// The columns: its lectures, by sequence.
    pub lectures: Vec<Lecture>,
    /// The rows: everybody who is or was a learner, by name.
    pub rows: Vec<SheetRow>,
    /// Up to when.
    pub as_of: DateTime<Utc>,
}

/// The row of a learner.
#[derive(Debug, Clone)]
pub struct SheetRow {
    /// Who.
    pub user: UserSummary,
    /// The mark at each lecture, in the order of the columns.
    pub marks: Vec<Option<AttendanceStatus>>,
    /// Everything that the engine says of the learner.
    pub assessment: Assessment,
}

/// A cell of a filled sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilledCell {
    /// Where it stands.
    pub place: CellPlace,
    /// Of which learner.
    pub user_id: UserId,
    /// At which lecture: its number in the class.
    pub sequence: i32,
    /// What it says.
    pub status: AttendanceStatus,
}

/// Where a cell stands in a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CellPlace {
    /// The row, from 1; the header is a row too.
    pub row: u32,
    /// The column, from 0.
    pub column: usize,
}

impl CellPlace {
    /// As spreadsheets write it: `D5`.
    pub fn name(&self) -> String {
        let (mut letters, mut rest) = (String::new(), self.column + 1);
        while rest > 0 {
            let letter = u8::try_from((rest - 1) % 26).unwrap_or_default();
            letters.insert(0, char::from(b'A' + letter));
            rest = (rest - 1) / 26;
        }
        format!("{letters}{}", self.row)
    }
}

/// What is wrong with a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellFault {
    /// Where.
    pub place: CellPlace,
    /// What.
    pub kind: CellFaultKind,
}

/// What can be wrong with a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CellFaultKind {
    /// It is no status.
    UnknownStatus,
    /// The row names nobody by an id.
    UnknownUser,
    /// The row has more or fewer cells than the header.
    WrongWidth,
    /// The user is and was no learner of the class.
    NotALearner,
    /// The learner was not enrolled on the day of the lecture.
    NotEnrolled,
    /// The class has no lecture of this number.
    UnknownLecture,
    /// The lecture was called off.
    LectureCancelled,
    /// The learner or the lecture stands in the sheet twice.
    Twice,
}

/// A file that was read as a sheet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FilledSheet {
    /// Cells that say something; empty ones leave the mark as it is.
    pub cells: Vec<FilledCell>,
    /// What could not be read.
    pub faults: Vec<CellFault>,
}

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
    /// The sheet of a class, for its staff.
    pub async fn sheet(&self, caller: &Caller, class: ClassId) -> Result<AttendanceSheet, AttendanceError> {
        let mut session = self.yard.store.long_session().await?;
        let ruled = session.records().ruled(&[class]).await?;
        let ruled = ruled.into_iter().next().ok_or(AttendanceError::ClassNotFound(class))?;
        allowed(caller, &ruled.class, Action::ReadRoster(class))?;
        let as_of = self.yard.clock.now();
        let mut records = records::of_ruled(&mut *session, std::slice::from_ref(&ruled))
            .await?
            .remove(&class)
            .ok_or(AttendanceError::ClassNotFound(class))?;
        records.lectures.sort_unstable_by_key(|lecture| (lecture.sequence, lecture.id));
        let rows = rows(&records, as_of);
        Ok(AttendanceSheet {
            class: ruled.class,
            policy: records.policy,
            lectures: records.lectures,
            rows,
            as_of,
        })
    }

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

/// Whether the caller may do this with the class; who may not know of it learns nothing.
fn allowed(caller: &Caller, class: &Class, action: Action) -> Result<(), AttendanceError> {
    match authorize(caller, action) {
        Ok(()) => Ok(()),
        Err(_) if authorize(caller, Action::ReadCatalogue { active: class.is_active }).is_err() => {
            Err(AttendanceError::ClassNotFound(class.id))
        }
        Err(_) => Err(AttendanceError::Forbidden),
    }
}

fn rows(records: &ClassRecords, as_of: DateTime<Utc>) -> Vec<SheetRow> {
    let columns: HashMap<_, usize> =
        records.lectures.iter().enumerate().map(|(place, lecture)| (lecture.id, place)).collect();
    let row = |(user, record, assessment): (&UserSummary, &LearnerRecord, Assessment)| {
        let mut marks = vec![None; columns.len()];
        for mark in &record.marks {
            if let Some(cell) = columns.get(&mark.lecture_id).and_then(|place| marks.get_mut(*place)) {
                *cell = Some(mark.status);
            }
        }
        SheetRow { user: user.clone(), marks, assessment }
    };
    records.assessed(&records.policy, as_of).map(row).collect()
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

/// Reads the rows of a file as a sheet: the header, then one row for each learner.
///
/// The column `user_id` says who; columns that begin with a number and `차시` are lectures; others are passed over. `None` where the
/// header is no such header.
pub fn read_rows<'r>(
    mut rows: impl Iterator<Item = (u32, Vec<&'r str>)>,
    parse: impl Fn(&str) -> Option<AttendanceStatus>,
) -> Option<FilledSheet> {
    let (header_row, header) = rows.next()?;
    let of_user = header.iter().position(|name| name.trim() == "user_id")?;
    let mut sheet = FilledSheet::default();
    let mut lectures: BTreeMap<usize, i32> = BTreeMap::new();
    let mut known = HashSet::new();
    for (column, name) in header.iter().enumerate() {
        let Some(sequence) = sequence_of(name) else { continue };
        if known.insert(sequence) {
            lectures.insert(column, sequence);
        } else {
            let place = CellPlace { row: header_row, column };
            sheet.faults.push(CellFault { place, kind: CellFaultKind::Twice });
        }
    }
    if lectures.is_empty() {
        return None;
    }
    for (row, cells) in rows {
        let mut fault = |column, kind| {
            sheet.faults.push(CellFault { place: CellPlace { row, column }, kind });
        };
        if cells.len() != header.len() {
            fault(0, CellFaultKind::WrongWidth);
            continue;
        }
        let user = cells.get(of_user).and_then(|text| uuid::Uuid::try_parse(text.trim()).ok());
        let Some(user) = user else {
            fault(of_user, CellFaultKind::UnknownUser);
            continue;
        };
        for (column, sequence) in &lectures {
            let text = cells.get(*column).map(|text| text.trim()).unwrap_or_default();
            if text.is_empty() {
                continue;
            }
            match parse(text) {
                None => fault(*column, CellFaultKind::UnknownStatus),
                Some(status) => sheet.cells.push(FilledCell {
                    place: CellPlace { row, column: *column },
                    user_id: UserId(user),
                    sequence: *sequence,
                    status,
                }),
            }
        }
    }
    Some(sheet)
}

/// `3` of `3차시 2026-09-08`.
fn sequence_of(name: &str) -> Option<i32> {
    let (number, _) = name.trim().split_once("차시")?;
    number.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_named_as_in_spreadsheets() {
        let name = |row, column| CellPlace { row, column }.name();
        assert_eq!(
            [name(1, 0), name(5, 3), name(9, 25), name(2, 26), name(3, 701), name(3, 702)],
            ["A1", "D5", "Z9", "AA2", "ZZ3", "AAA3"]
        );
    }

    #[test]
    fn a_sheet_is_read_cell_by_cell() {
        let user = "01980000-0000-7000-8000-000000000001";
        let rows = [
            (1, vec!["user_id", "이름", "2차시 2026-09-08", "1차시", "출석률"]),
            (2, vec![user, "김하늘", "late", "", "90.0"]),
            (4, vec!["누구", "박바다", "late", "late", ""]),
            (5, vec![user, "김하늘", "몰라", "present", ""]),
            (6, vec![user]),
        ];
        let sheet = read_rows(rows.into_iter(), AttendanceStatus::parse).unwrap();
        let cells: Vec<(String, i32, AttendanceStatus)> =
            sheet.cells.iter().map(|cell| (cell.place.name(), cell.sequence, cell.status)).collect();
        assert_eq!(
            cells,
            [("C2".to_owned(), 2, AttendanceStatus::Late), ("D5".to_owned(), 1, AttendanceStatus::Present)]
        );
        let faults: Vec<(String, CellFaultKind)> =
            sheet.faults.iter().map(|fault| (fault.place.name(), fault.kind)).collect();
        assert_eq!(
            faults,
            [
                ("A4".to_owned(), CellFaultKind::UnknownUser),
                ("C5".to_owned(), CellFaultKind::UnknownStatus),
                ("A6".to_owned(), CellFaultKind::WrongWidth),
            ]
        );
        assert_eq!(read_rows([(1, vec!["이름", "1차시"])].into_iter(), AttendanceStatus::parse), None);
        assert_eq!(read_rows([(1, vec!["user_id", "이름"])].into_iter(), AttendanceStatus::parse), None);
    }
}
