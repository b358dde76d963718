//! CSV as spreadsheets expect it in Korea: UTF-8 with a byte order mark, CRLF, RFC 4180 quoting.

use std::io::{self, Write};

use csv::{Terminator, Writer, WriterBuilder};

use super::{Cell, TableWriter, WriteError, check_width, instant_text};
use crate::formula_guard;

/// Writes a table as CSV.
///
/// Rows reach the output in pieces of about 8 KiB.
#[derive(Debug)]
pub struct CsvWriter<W: Write> {
    writer: Writer<W>,
    width: usize,
}

impl<W: Write> CsvWriter<W> {
    /// Writes the byte order mark.
    ///
    /// # Errors
    ///
    /// [`WriteError::Io`].
    pub fn new(mut output: W) -> Result<Self, WriteError> {
        output.write_all("\u{FEFF}".as_bytes())?;
        // The number of cells is checked here, so that the error can say it.
        let writer = WriterBuilder::new().terminator(Terminator::CRLF).flexible(true).from_writer(output);
        Ok(Self { writer, width: 0 })
    }

    fn cell(&mut self, cell: &Cell<'_>) -> csv::Result<()> {
        match cell {
            Cell::Text(text) => self.writer.write_field(&*formula_guard::add(text)),
            Cell::Integer(number) => self.writer.write_field(number.to_string()),
            Cell::Date(date) => self.writer.write_field(date.to_string()),
            Cell::Time(instant) => self.writer.write_field(instant_text(instant)),
            Cell::Bool(value) => self.writer.write_field(if *value { "true" } else { "false" }),
            Cell::Empty => self.writer.write_field(""),
        }
    }
}

impl<W: Write + Send> TableWriter for CsvWriter<W> {
    fn header(&mut self, names: &[&str]) -> Result<(), WriteError> {
        self.width = names.len();
        self.writer.write_record(names).map_err(io_error)
    }

    fn row(&mut self, cells: &[Cell<'_>]) -> Result<(), WriteError> {
        check_width(self.width, cells)?;
        for cell in cells {
            self.cell(cell).map_err(io_error)?;
        }
        self.writer.write_record(None::<&[u8]>).map_err(io_error)
    }

    fn finish(mut self: Box<Self>) -> Result<(), WriteError> {
        Ok(self.writer.flush()?)
    }
}

fn io_error(error: csv::Error) -> WriteError {
    WriteError::Io(io::Error::from(error))
}

#[cfg(test)]
mod tests {
    use super::super::Chunks;
    use super::*;

    #[test]
    fn a_table_has_a_byte_order_mark_crlf_and_harmless_cells() {
        let chunks = Chunks::new();
        let mut writer = Box::new(CsvWriter::new(chunks.clone()).unwrap());
        writer.header(&["title", "count", "on", "at", "active", "none"]).unwrap();
        let at = chrono::DateTime::from_timestamp(1_783_504_800, 0).unwrap();
        writer
            .row(&[
                Cell::text("=HYPERLINK(\"x\"),\n가"),
                Cell::Integer(-3),
                Cell::Date(at.date_naive()),
                Cell::Time(at),
                Cell::Bool(true),
                Cell::Empty,
            ])
            .unwrap();
        writer.finish().unwrap();
        assert_eq!(
            String::from_utf8(chunks.take()).unwrap(),
            "\u{FEFF}title,count,on,at,active,none\r\n\
             \"'=HYPERLINK(\"\"x\"\"),\n가\",-3,2026-07-08,2026-07-08T10:00:00Z,true,\r\n"
        );
        assert!(chunks.is_empty());
    }

    #[test]
    fn a_row_of_another_width_is_refused() {
        let mut writer = CsvWriter::new(Vec::new()).unwrap();
        writer.header(&["a", "b"]).unwrap();
        assert!(matches!(writer.row(&[Cell::Empty]), Err(WriteError::Width { expected: 2, found: 1 })));
    }
}
