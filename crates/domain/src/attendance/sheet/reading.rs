//! A sheet that was filled in, cell by cell, as it is read from the rows of a file.

use std::collections::{BTreeMap, HashSet};

use crate::{attendance::AttendanceStatus, ids::UserId};

/// The most cells that a filled sheet may have.
pub const MAX_CELLS: usize = 100_000;

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
