//! The attendance sheet (출석부) as a file: learners by lectures, as CSV or XLSX, and back.

use madang_domain::attendance::{
    AttendanceStatus, Verdict,
    sheet::{AttendanceSheet, FilledSheet, SheetRow, read_rows},
};

use crate::{
    bundle::Bundle,
    encoding::decode,
    formula_guard,
    workbook::{is_workbook, sheets},
    write::{Cell, TableWriter, WriteError},
};

/// What stands before the lectures.
const BEFORE: [&str; 3] = ["user_id", "아이디", "이름"];
/// What stands behind them; reading passes over it.
const BEHIND: [&str; 11] =
    ["출석", "지각", "조퇴", "공결", "결석", "미기록", "인정", "전체", "출석률", "판정", "남은 결석"];

/// Writes a sheet; what is written can be filled in and read again.
pub fn write_sheet(sheet: &AttendanceSheet, writer: &mut dyn TableWriter) -> Result<(), WriteError> {
    let lectures: Vec<String> =
        sheet.lectures.iter().map(|lecture| format!("{}차시 {}", lecture.sequence, lecture.day())).collect();
    let header: Vec<&str> =
        BEFORE.into_iter().chain(lectures.iter().map(String::as_str)).chain(BEHIND).collect();
    writer.header(&header)?;
    for row in &sheet.rows {
        writer.row(&cells(sheet, row))?;
    }
    Ok(())
}

fn cells<'s>(sheet: &'s AttendanceSheet, row: &'s SheetRow) -> Vec<Cell<'s>> {
    let number = |count: u64| Cell::Integer(i64::try_from(count).unwrap_or(i64::MAX));
    let (assessment, counts) = (&row.assessment, &row.assessment.counts);
    let mut cells =
        vec![Cell::text(row.user.id.to_string()), Cell::text(&row.user.username), Cell::text(&row.user.name)];
    cells.extend(row.marks.iter().map(|mark| Cell::maybe(*mark, |status| Cell::text(korean(status)))));
    cells.extend(AttendanceStatus::ALL.map(|status| number(counts.count(status))));
    cells.extend([
        number(counts.unmarked()),
        number(assessment.sums.numerator()),
        number(assessment.sums.whole),
        Cell::maybe(assessment.rate, |rate| Cell::text(sheet.policy.document.percent(rate))),
        Cell::text(match assessment.verdict {
            Verdict::Met => "충족",
            Verdict::NotMet => "미달",
            Verdict::Undecided => "",
        }),
        number(assessment.forecast.absences_left),
    ]);
    cells
}

fn korean(status: AttendanceStatus) -> &'static str {
    match status {
        AttendanceStatus::Present => "출석",
        AttendanceStatus::Late => "지각",
        AttendanceStatus::EarlyLeave => "조퇴",
        AttendanceStatus::Excused => "공결",
        AttendanceStatus::Absent => "결석",
    }
}

/// A file is no sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SheetError {
    /// It can't be read at all.
    #[error("the file can't be read")]
    Unreadable,
    /// Its header has no `user_id`, or no lecture.
    #[error("the header is not that of a sheet")]
    NoSheet,
}

/// Reads the one file of a bundle as a sheet. Statuses are Korean words or the names of the API.
pub fn read_sheet(bundle: &Bundle) -> Result<FilledSheet, SheetError> {
    let [file] = bundle.files() else { return Err(SheetError::Unreadable) };
    let (text, rows) = if is_workbook(&file.bytes) {
        let sheets = sheets(&file.bytes, usize::MAX).map_err(|_| SheetError::Unreadable)?;
        let first = sheets.into_iter().next().ok_or(SheetError::NoSheet)?;
        (first.text, Some(first.rows))
    } else {
        (decode(file.bytes.clone()).map_err(|_| SheetError::Unreadable)?.text, None)
    };
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let records: Vec<csv::StringRecord> =
        reader.records().collect::<Result<_, _>>().map_err(|_| SheetError::Unreadable)?;
    let numbered = records.iter().enumerate().filter_map(|(number, record)| {
        let row = match &rows {
            Some(rows) => rows.get(number).copied().unwrap_or_default(),
            None => u32::try_from(number + 1).unwrap_or(u32::MAX),
        };
        let cells: Vec<&str> =
            record.iter().map(|cell| formula_guard::remove(cell.trim_start_matches('\u{FEFF}'))).collect();
        cells.iter().any(|cell| !cell.trim().is_empty()).then_some((row, cells))
    });
    let status = |text: &str| {
        let named = AttendanceStatus::ALL.into_iter().find(|status| korean(*status) == text);
        named.or_else(|| AttendanceStatus::parse(text))
    };
    read_rows(numbered, status).ok_or(SheetError::NoSheet)
}
