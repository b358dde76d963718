//! XLSX workbooks as input: each sheet becomes the CSV text that the formats read, with the row numbers kept.
//!
//! Cells are read one by one in the order of the file, so that a sheet costs what it holds and not what its corners
//! span. Dates become ISO text, times without a zone, which count as Korean time, like in CSV.

use std::io::Cursor;

use calamine::{DataRef, ExcelDateTime, Reader, Xlsx, XlsxError};
use csv::Writer;
use zip::ZipArchive;

use crate::formula_guard;

/// Columns past this one are not looked at.
const WIDEST: usize = 1_000;

/// A sheet that holds anything.
#[derive(Debug)]
pub(crate) struct Sheet {
    pub name: String,
    /// The rows as CSV.
    pub text: String,
    /// For each row of the text its row in the sheet, counted from 1.
    pub rows: Vec<u32>,
}

/// Whether the bytes are an XLSX workbook rather than an archive of files.
pub(crate) fn is_workbook(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
        && ZipArchive::new(Cursor::new(bytes))
            .is_ok_and(|archive| archive.index_for_name("xl/workbook.xml").is_some())
}

/// The sheets; of each at most `row_limit` rows.
pub(crate) fn sheets(bytes: &[u8], row_limit: usize) -> Result<Vec<Sheet>, XlsxError> {
    let mut workbook = Xlsx::new(Cursor::new(bytes))?;
    let mut sheets = Vec::new();
    for name in workbook.sheet_names() {
        let mut cells = workbook.worksheet_cells_reader(&name)?;
        let mut table = SheetText::new();
        while let Some(cell) = cells.next_cell()? {
            let (row, column) = cell.get_position();
            if table.rows.len() >= row_limit && row != table.row {
                break;
            }
            table.put(row, usize::try_from(column).unwrap_or(usize::MAX), cell.get_value());
        }
        if let Some((text, rows)) = table.finish() {
            sheets.push(Sheet { name, text, rows });
        }
    }
    Ok(sheets)
}

/// Collects the cells of a sheet into rows of the header's width.
struct SheetText {
    writer: Writer<Vec<u8>>,
    rows: Vec<u32>,
    fields: Vec<String>,
    /// The row that is being collected.
    row: u32,
    /// Fields of the first row; of any later row, one more shows that it is too long.
    width: Option<usize>,
}

impl SheetText {
    fn new() -> Self {
        let writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
        Self { writer, rows: Vec::new(), fields: Vec::new(), row: 0, width: None }
    }

    fn put(&mut self, row: u32, column: usize, value: &DataRef<'_>) {
        let text = text_of(value);
        if text.is_empty() {
            return;
        }
        if row != self.row {
            self.end_row();
            self.row = row;
        }
        if self.fields.is_empty() {
            self.rows.push(row.saturating_add(1));
        }
        let column = column.min(self.width.unwrap_or(WIDEST));
        while self.fields.len() <= column {
            self.fields.push(String::new());
        }
        if let Some(field) = self.fields.get_mut(column) {
            *field = text;
        }
    }

    fn end_row(&mut self) {
        if self.fields.is_empty() {
            return;
        }
        let width = *self.width.get_or_insert(self.fields.len());
        while self.fields.len() < width {
            self.fields.push(String::new());
        }
        // Writing to memory cannot fail.
        let _: csv::Result<()> = self.writer.write_record(&self.fields);
        self.fields.clear();
    }

    fn finish(mut self) -> Option<(String, Vec<u32>)> {
        self.end_row();
        let text = String::from_utf8(self.writer.into_inner().ok()?).ok()?;
        (!text.is_empty()).then_some((text, self.rows))
    }
}

fn text_of(value: &DataRef<'_>) -> String {
    match value {
        DataRef::String(text) => formula_guard::add(text).into_owned(),
        DataRef::SharedString(text) => formula_guard::add(text).into_owned(),
        DataRef::Int(number) => number.to_string(),
        // Whole numbers are written without a fraction.
        DataRef::Float(number) => number.to_string(),
        DataRef::Bool(value) => value.to_string(),
        DataRef::DateTime(value) => date_time_text(value),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::Error(error) => error.to_string(),
        DataRef::Empty => String::new(),
    }
}

fn date_time_text(value: &ExcelDateTime) -> String {
    let (year, month, day, hour, minute, second, _) = value.to_ymd_hms_milli();
    let time = format!("{hour:02}:{minute:02}:{second:02}");
    // Below 1 there is no day, only a time.
    if value.as_f64() < 1.0 {
        return time;
    }
    let date = format!("{year:04}-{month:02}-{day:02}");
    if (hour, minute, second) == (0, 0, 0) { date } else { format!("{date} {time}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};

    #[test]
    fn sheets_become_csv_with_their_row_numbers() {
        let mut workbook = Workbook::new();
        let sheet = workbook.add_worksheet();
        let (date, time) =
            (Format::new().set_num_format("yyyy-mm-dd"), Format::new().set_num_format("hh:mm"));
        for (column, name) in (0..).zip(["title", "on", "at", "seats", "open"]) {
            sheet.write_string(1, column, name).unwrap();
        }
        sheet.write_string(3, 0, "=수채화,\n초급").unwrap();
        sheet.write_datetime_with_format(3, 1, ExcelDateTime::from_ymd(2026, 7, 8).unwrap(), &date).unwrap();
        sheet.write_datetime_with_format(3, 2, ExcelDateTime::from_hms(19, 30, 0).unwrap(), &time).unwrap();
        sheet.write_number(3, 3, 16).unwrap();
        sheet.write_boolean(3, 4, true).unwrap();
        sheet.write_string(5, 0, "짧은 행").unwrap();
        sheet.write_string(6, 9, "너무 긴 행").unwrap();
        workbook.add_worksheet();
        let bytes = workbook.save_to_buffer().unwrap();

        assert!(is_workbook(&bytes));
        let sheets = sheets(&bytes, usize::MAX).unwrap();
        assert_eq!(sheets.len(), 1);
        assert_eq!(sheets[0].rows, [2, 4, 6, 7]);
        assert_eq!(
            sheets[0].text,
            "title,on,at,seats,open\n\"'=수채화,\n초급\",2026-07-08,19:30:00,16,true\n짧은 행,,,,\n,,,,,너무 긴 행\n"
        );
    }

    #[test]
    fn a_damaged_workbook_is_an_error() {
        let bytes = Workbook::new().save_to_buffer().unwrap();
        assert!(sheets(&bytes[..bytes.len() / 2], usize::MAX).is_err());
    }
}
