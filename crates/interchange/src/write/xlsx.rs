//! XLSX in constant memory: rows go to a temporary file as they come, the archive is made from it at the end.
//!
//! A sheet holds 1,048,576 rows; the table goes on in the next sheet, under the same header. Dates and instants are
//! ISO text, see [`write`](crate::write).

use std::io::Write;

use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};

use super::{Cell, TableWriter, WriteError, check_width, instant_text};

const ROWS_PER_SHEET: u32 = 1_048_576;
/// Whole numbers up to here survive the floating point of spreadsheets.
const EXACT_INTEGERS: u64 = 1 << 53;

/// Writes a table as an Excel workbook.
///
/// Nothing reaches the output before [`finish`](TableWriter::finish). The temporary files lie in the folder for
/// temporary files of the system (`TMPDIR`), without a name, and vanish with the writer.
pub struct XlsxWriter<W: Write + Send> {
    output: W,
    workbook: Workbook,
    sheet: Worksheet,
    bold: Format,
    names: Vec<String>,
    next_row: u32,
    rows_per_sheet: u32,
    rows_written: u64,
}

impl<W: Write + Send> XlsxWriter<W> {
    /// Opens the temporary file.
    ///
    /// # Errors
    ///
    /// [`WriteError::Io`] or [`WriteError::Spreadsheet`] when there can be no temporary file.
    pub fn new(output: W) -> Result<Self, WriteError> {
        Self::with_rows_per_sheet(output, ROWS_PER_SHEET)
    }

    fn with_rows_per_sheet(output: W, rows_per_sheet: u32) -> Result<Self, WriteError> {
        let mut workbook = Workbook::new();
        let sheet = workbook.new_worksheet_with_constant_memory().map_err(xlsx_error)?;
        Ok(Self {
            output,
            workbook,
            sheet,
            bold: Format::new().set_bold(),
            names: Vec::new(),
            next_row: 0,
            rows_per_sheet,
            rows_written: 0,
        })
    }

    fn write_header(&mut self) -> Result<(), WriteError> {
        for (column, name) in (0..).zip(&self.names) {
            self.sheet.write_string_with_format(0, column, name, &self.bold).map_err(xlsx_error)?;
        }
        self.sheet.set_freeze_panes(1, 0).map_err(xlsx_error)?;
        self.next_row = 1;
        Ok(())
    }

    fn next_sheet(&mut self) -> Result<(), WriteError> {
        let sheet = self.workbook.new_worksheet_with_constant_memory().map_err(xlsx_error)?;
        self.workbook.push_worksheet(std::mem::replace(&mut self.sheet, sheet));
        self.write_header()
    }

    fn write_cell(&mut self, column: u16, cell: &Cell<'_>) -> Result<(), XlsxError> {
        let row = self.next_row;
        match cell {
            Cell::Text(text) => self.sheet.write_string(row, column, &**text)?,
            Cell::Integer(number) if number.unsigned_abs() <= EXACT_INTEGERS => {
                #[expect(clippy::cast_precision_loss, reason = "the guard lets exact numbers through only")]
                let number = *number as f64;
                self.sheet.write_number(row, column, number)?
            }
            Cell::Integer(number) => self.sheet.write_string(row, column, number.to_string())?,
            Cell::Date(date) => self.sheet.write_string(row, column, date.to_string())?,
            Cell::Time(instant) => self.sheet.write_string(row, column, instant_text(instant))?,
            Cell::Bool(value) => self.sheet.write_boolean(row, column, *value)?,
            Cell::Empty => return Ok(()),
        };
        Ok(())
    }
}

impl<W: Write + Send> TableWriter for XlsxWriter<W> {
    fn header(&mut self, names: &[&str]) -> Result<(), WriteError> {
        self.names = names.iter().map(|name| (*name).to_owned()).collect();
        self.rows_written = 1;
        self.write_header()
    }

    fn row(&mut self, cells: &[Cell<'_>]) -> Result<(), WriteError> {
        check_width(self.names.len(), cells)?;
        if self.next_row >= self.rows_per_sheet {
            self.next_sheet()?;
        }
        self.rows_written = self.rows_written.saturating_add(1);
        for (column, cell) in (0..).zip(cells) {
            let written = self.write_cell(column, cell);
            if let Err(XlsxError::MaxStringLengthExceeded) = written {
                return Err(WriteError::TextTooLong { row: self.rows_written });
            }
            written.map_err(xlsx_error)?;
        }
        self.next_row += 1;
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), WriteError> {
        self.workbook.push_worksheet(self.sheet);
        self.workbook.save_to_writer(&mut self.output).map_err(xlsx_error)?;
        Ok(self.output.flush()?)
    }
}

fn xlsx_error(error: XlsxError) -> WriteError {
    if let XlsxError::IoError(error) = error { WriteError::Io(error) } else { WriteError::Spreadsheet(error) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use calamine::{Data, Reader, Xlsx};
    use chrono::DateTime;
    use std::io::Cursor;

    fn written(
        rows_per_sheet: u32,
        write: impl FnOnce(&mut dyn TableWriter),
    ) -> Vec<(String, Vec<Vec<Data>>)> {
        let mut output = Vec::new();
        let mut writer = Box::new(XlsxWriter::with_rows_per_sheet(&mut output, rows_per_sheet).unwrap());
        write(&mut *writer);
        writer.finish().unwrap();
        let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(output)).unwrap();
        let sheets = workbook.worksheets();
        sheets.into_iter().map(|(name, range)| (name, range.rows().map(<[Data]>::to_vec).collect())).collect()
    }

    #[test]
    fn every_kind_of_cell_is_read_back_and_a_formula_stays_text() {
        let at = DateTime::from_timestamp(1_783_504_800, 0).unwrap();
        let sheets = written(ROWS_PER_SHEET, |writer| {
            writer.header(&["text", "integer", "large", "date", "time", "bool", "empty"]).unwrap();
            let cells = [
                Cell::text("=1+1, \"가\"\n나"),
                Cell::Integer(-42),
                Cell::Integer(i64::MAX),
                Cell::Date(at.date_naive()),
                Cell::Time(at),
                Cell::Bool(true),
                Cell::Empty,
            ];
            writer.row(&cells).unwrap();
        });
        let (_, rows) = &sheets[0];
        assert_eq!(rows[0][0], Data::String("text".into()));
        assert_eq!(
            rows[1],
            vec![
                Data::String("=1+1, \"가\"\n나".into()),
                Data::Float(-42.0),
                Data::String(i64::MAX.to_string()),
                Data::String("2026-07-08".into()),
                Data::String("2026-07-08T10:00:00Z".into()),
                Data::Bool(true),
                Data::Empty,
            ]
        );
    }

    #[test]
    fn a_full_sheet_is_continued_on_the_next_under_the_same_header() {
        let sheets = written(3, |writer| {
            writer.header(&["n"]).unwrap();
            for number in 0..5 {
                writer.row(&[Cell::Integer(number)]).unwrap();
            }
        });
        let numbers: Vec<Vec<String>> =
            sheets.iter().map(|(_, rows)| rows.iter().map(|row| row[0].to_string()).collect()).collect();
        assert_eq!(numbers, [vec!["n", "0", "1"], vec!["n", "2", "3"], vec!["n", "4"]]);
    }

    #[test]
    fn a_text_that_no_cell_can_hold_is_named_by_its_row() {
        let mut writer = XlsxWriter::new(Vec::new()).unwrap();
        writer.header(&["text"]).unwrap();
        writer.row(&[Cell::text("짧다")]).unwrap();
        let error = writer.row(&[Cell::text("가".repeat(32_768))]).unwrap_err();
        assert!(matches!(error, WriteError::TextTooLong { row: 3 }));
    }
}
