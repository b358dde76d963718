//! Reports as files: one table as CSV, everything as a workbook whose charts are drawn of its own cells.

use madang_domain::calendar::{TimeZone, local_day};
use madang_reporting::reports::{ColumnKind, Report, Table, TableChart, Value};
use rust_xlsxwriter::{
    Chart, ChartType, Color, Format, FormatAlign, FormatBorder, FormatPattern, Workbook, Worksheet, XlsxError,
};

use crate::write::{Cell, TableWriter, WriteError};

/// The sheet that comes first.
const SUMMARY: &str = "요약";
/// No spreadsheet cell holds more characters.
const LONGEST: usize = 32_000;
/// The share of a hundred percent in a spreadsheet.
const WHOLE: f64 = 100.0;

/// Writes a table of a report: the names for people, then the rows and their sum. Shares are percentages without the sign.
pub fn write_table(table: &Table, writer: &mut dyn TableWriter) -> Result<(), WriteError> {
    let titles: Vec<String> = table
        .columns
        .iter()
        .map(|column| match column.kind {
            ColumnKind::Share => format!("{} (%)", column.title),
            ColumnKind::Text | ColumnKind::Name | ColumnKind::Count | ColumnKind::Date | ColumnKind::Mark => {
                column.title.clone()
            }
        })
        .collect();
    writer.header(&titles.iter().map(String::as_str).collect::<Vec<_>>())?;
    for row in table.rows.iter().chain(&table.total) {
        let cells: Vec<Cell<'_>> = row.iter().map(cell).collect();
        writer.row(&cells)?;
    }
    Ok(())
}

fn cell(value: &Value) -> Cell<'_> {
    match value {
        Value::Text(text) => Cell::text(text),
        Value::Count(count) => Cell::Integer(i64::try_from(*count).unwrap_or(i64::MAX)),
        Value::Share { percent, .. } => Cell::text(percent),
        Value::Date(date) => Cell::Date(*date),
        Value::Mark(status) => Cell::text(status.name()),
        Value::Empty => Cell::Empty,
    }
}

/// A report as an Excel workbook: a summary with charts, then a sheet for each table.
///
/// # Errors
/// [`WriteError::Spreadsheet`] when the library refuses.
pub fn workbook(report: &Report) -> Result<Vec<u8>, WriteError> {
    build(report).map_err(WriteError::Spreadsheet)
}

fn build(report: &Report) -> Result<Vec<u8>, XlsxError> {
    let formats = Formats::new();
    let mut workbook = Workbook::new();
    summary(workbook.add_worksheet(), report, &formats)?;
    for table in &report.tables {
        sheet(workbook.add_worksheet(), table, &formats)?;
    }
    workbook.save_to_buffer()
}

struct Formats {
    title: Format,
    label: Format,
    text: Format,
    note: Format,
    header: Format,
    names: Format,
    centred: Format,
    count: Format,
    date: Format,
}

impl Formats {
    fn new() -> Self {
        let cell = Format::new().set_border(FormatBorder::Thin).set_border_color(Color::RGB(0x00D0_D7DE));
        Self {
            title: Format::new().set_bold().set_font_size(16),
            label: cell.clone().set_bold().set_background_color(Color::RGB(0x00F3_F5F8)),
            text: cell.clone().set_text_wrap().set_align(FormatAlign::Left),
            note: Format::new().set_font_color(Color::RGB(0x0057_606A)),
            header: cell
                .clone()
                .set_bold()
                .set_align(FormatAlign::Center)
                .set_align(FormatAlign::VerticalCenter)
                .set_text_wrap()
                .set_pattern(FormatPattern::Solid)
                .set_background_color(Color::RGB(0x00DC_E9F5)),
            names: cell.clone(),
            centred: cell.clone().set_align(FormatAlign::Center),
            count: cell.clone().set_num_format("#,##0"),
            date: cell.set_num_format("yyyy-mm-dd").set_align(FormatAlign::Center),
        }
    }

    /// As many decimals as the policy writes.
    fn share(&self, percent: &str) -> Format {
        let decimals = percent.split_once('.').map_or(0, |(_, decimals)| decimals.len());
        let format = if decimals == 0 { "0%".to_owned() } else { format!("0.{}%", "0".repeat(decimals)) };
        self.names.clone().set_num_format(format)
    }
}

fn summary(sheet: &mut Worksheet, report: &Report, formats: &Formats) -> Result<(), XlsxError> {
    sheet.set_name(SUMMARY)?;
    sheet.set_column_width(0, 16)?.set_column_width(1, 44)?;
    sheet.set_paper_size(9).set_landscape().set_print_fit_to_pages(1, 0);
    sheet.write_string_with_format(0, 0, report.kind.title(), &formats.title)?;
    let mut row = 2;
    for fact in &report.facts {
        sheet.write_string_with_format(row, 0, fact.label, &formats.label)?;
        sheet.write_string_with_format(row, 1, short(&fact.value), &formats.text)?;
        row += 1;
    }
    let day = local_day(report.as_of, TimeZone::SEOUL).to_string();
    sheet.write_string_with_format(row, 0, "집계일", &formats.label)?;
    sheet.write_string_with_format(row, 1, day, &formats.text)?;
    row += 2;
    for note in &report.notes {
        sheet.write_string_with_format(row, 0, format!("※ {note}"), &formats.note)?;
        row += 1;
    }
    let mut top = 2;
    for table in &report.tables {
        if let Some(chart) = &table.chart
            && !table.rows.is_empty()
        {
            sheet.insert_chart(top, 3, &drawn(table, chart))?;
            top += 19;
        }
    }
    Ok(())
}

/// A chart of the cells of a table.
fn drawn(table: &Table, chart: &TableChart) -> Chart {
    let last = u32::try_from(table.rows.len()).unwrap_or(u32::MAX);
    let column = |index: usize| u16::try_from(index).unwrap_or(u16::MAX);
    let kind = if chart.is_stacked { ChartType::ColumnStacked } else { ChartType::Column };
    let mut drawn = Chart::new(kind);
    drawn.title().set_name(chart.title);
    drawn.set_width(760).set_height(360).set_alt_text(chart.title);
    drawn.y_axis().set_name(chart.values_are).set_min(0);
    let of_shares = chart
        .series
        .iter()
        .all(|index| table.columns.get(*index).is_some_and(|column| column.kind == ColumnKind::Share));
    if of_shares {
        drawn.y_axis().set_max(1).set_num_format("0%");
        drawn.legend().set_hidden();
    }
    // The colours of Okabe and Ito, in the order in which statuses stand upon each other.
    let colors = [0x0056_B4E9, 0x00F0_E442, 0x00CC_79A7, 0x0000_9E73, 0x00D5_5E00, 0x00CF_D4DA];
    for (index, color) in chart.series.iter().zip(colors.into_iter().cycle()) {
        let color = if of_shares { 0x0000_72B2 } else { color };
        drawn
            .add_series()
            .set_name((table.title, 0, column(*index)))
            .set_categories((table.title, 1, column(chart.labels), last, column(chart.labels)))
            .set_values((table.title, 1, column(*index), last, column(*index)))
            .set_gap(60)
            .set_format(
                rust_xlsxwriter::ChartFormat::new()
                    .set_solid_fill(rust_xlsxwriter::ChartSolidFill::new().set_color(Color::RGB(color))),
            );
    }
    drawn
}

fn sheet(sheet: &mut Worksheet, table: &Table, formats: &Formats) -> Result<(), XlsxError> {
    sheet.set_name(table.title)?;
    let names = u16::try_from(table.names).unwrap_or_default();
    sheet.set_freeze_panes(1, names)?.set_repeat_rows(0, 0)?;
    sheet.set_paper_size(9).set_landscape().set_print_fit_to_pages(1, 0);
    for (index, column) in (0..).zip(&table.columns) {
        sheet.write_string_with_format(0, index, &column.title, &formats.header)?;
        let width = match column.kind {
            ColumnKind::Mark => 7,
            ColumnKind::Count => 8,
            ColumnKind::Share => 10,
            ColumnKind::Date => 12,
            ColumnKind::Text => 14,
            ColumnKind::Name => 22,
        };
        sheet.set_column_width(index, width)?;
    }
    sheet.set_row_height(0, 30)?;
    for (row, values) in (1..).zip(table.rows.iter().chain(&table.total)) {
        for (column, value) in (0..).zip(values) {
            write(sheet, row, column, value, formats)?;
        }
    }
    if !table.rows.is_empty()
        && let (Ok(rows), Ok(columns)) = (u32::try_from(table.rows.len()), u16::try_from(table.columns.len()))
    {
        sheet.autofilter(0, 0, rows, columns.saturating_sub(1))?;
    }
    Ok(())
}

fn write(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    value: &Value,
    formats: &Formats,
) -> Result<(), XlsxError> {
    match value {
        Value::Text(text) => sheet.write_string_with_format(row, column, short(text), &formats.names)?,
        Value::Count(count) => {
            #[expect(clippy::cast_precision_loss, reason = "so do spreadsheets")]
            let count = *count as f64;
            sheet.write_number_with_format(row, column, count, &formats.count)?
        }
        // What the policy writes, so that no spreadsheet rounds it otherwise.
        Value::Share { percent, .. } => match percent.parse::<f64>() {
            Ok(number) => {
                sheet.write_number_with_format(row, column, number / WHOLE, &formats.share(percent))?
            }
            Err(_) => sheet.write_string_with_format(row, column, percent, &formats.names)?,
        },
        Value::Date(date) => sheet.write_datetime_with_format(row, column, date, &formats.date)?,
        Value::Mark(status) => {
            sheet.write_string_with_format(row, column, status.name(), &formats.centred)?
        }
        Value::Empty => sheet.write_blank(row, column, &formats.names)?,
    };
    Ok(())
}

fn short(text: &str) -> String {
    text.chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read as _};

    use calamine::{Data, Reader as _, Xlsx};
    use madang_domain::attendance::Fraction;
    use madang_reporting::reports::{Column, Fact, ReportKind};

    use super::*;
    use crate::write::{Chunks, CsvWriter};

    fn report() -> Report {
        let column =
            |key: &str, title: &str, kind| Column { key: key.to_owned(), title: title.to_owned(), kind };
        let share = |numerator, percent: &str| Value::Share {
            fraction: Fraction::new(numerator, 2_000).unwrap(),
            percent: percent.to_owned(),
        };
        Report {
            kind: ReportKind::ClassClosing,
            subject: "수채화 기초".to_owned(),
            facts: vec![Fact { key: "rule", label: "기준", value: "=1+1".to_owned() }],
            charts: Vec::new(),
            tables: vec![Table {
                key: "learners",
                title: "수료 결과",
                columns: vec![
                    column("name", "이름", ColumnKind::Name),
                    column("day", "날짜", ColumnKind::Date),
                    column("rate", "출석률", ColumnKind::Share),
                    column("mark", "1차시", ColumnKind::Mark),
                ],
                rows: vec![
                    vec![
                        Value::Text("=김하늘".to_owned()),
                        Value::Date("2026-09-08".parse().unwrap()),
                        share(1_599, "79.9"),
                        Value::Mark(madang_charts::Status::Late),
                    ],
                    vec![Value::Text("박바다".to_owned()), Value::Empty, share(2_000, "100"), Value::Empty],
                ],
                total: None,
                names: 1,
                chart: Some(TableChart {
                    title: "수강생별 출석률",
                    values_are: "출석률",
                    labels: 0,
                    series: vec![2],
                    is_stacked: false,
                }),
            }],
            notes: vec!["참고".to_owned()],
            as_of: "2026-09-08T05:30:00Z".parse().unwrap(),
        }
    }

    fn part(file: &[u8], name: &str) -> String {
        let mut archive = zip::ZipArchive::new(Cursor::new(file)).unwrap();
        let mut text = String::new();
        archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn a_workbook_has_percent_cells_frozen_panes_and_a_chart_of_its_cells() {
        let file = workbook(&report()).unwrap();
        let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(file.clone())).unwrap();
        let sheets = workbook.worksheets();
        assert_eq!(sheets.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), [SUMMARY, "수료 결과"]);
        let cells: Vec<&[Data]> = sheets[1].1.rows().collect();
        assert_eq!(cells[1][0], Data::String("=김하늘".to_owned()));
        assert_eq!((&cells[1][2], &cells[2][2]), (&Data::Float(0.799), &Data::Float(1.0)));
        assert_eq!(cells[1][3], Data::String("지각".to_owned()));
        let styles = part(&file, "xl/styles.xml");
        assert!(styles.contains("0.0%") && styles.contains("yyyy-mm-dd"), "{styles}");
        let sheet = part(&file, "xl/worksheets/sheet2.xml");
        assert!(sheet.contains("state=\"frozen\"") && sheet.contains("<autoFilter"), "{sheet}");
        let chart = part(&file, "xl/charts/chart1.xml");
        assert!(
            chart.contains("'수료 결과'!$C$2:$C$3") && chart.contains("'수료 결과'!$A$2:$A$3"),
            "{chart}"
        );
    }

    #[test]
    fn a_table_as_csv_has_shares_as_the_policy_writes_them_and_no_formula() {
        let chunks = Chunks::new();
        let mut writer: Box<dyn TableWriter> = Box::new(CsvWriter::new(chunks.clone()).unwrap());
        write_table(&report().tables[0], &mut *writer).unwrap();
        writer.finish().unwrap();
        assert_eq!(
            String::from_utf8(chunks.take()).unwrap(),
            "\u{FEFF}이름,날짜,출석률 (%),1차시\r\n'=김하늘,2026-09-08,79.9,지각\r\n박바다,,100,\r\n"
        );
    }
}
