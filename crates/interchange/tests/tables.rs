//! What is exported is imported again unchanged, and what is broken is named by line and column.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic, as tests may")]

use chrono::{DateTime, NaiveDate, Utc};
use madang_interchange::write::{Cell, Chunks, CsvWriter, TableWriter, XlsxWriter};
use madang_interchange::{
    Bundle, Format, Language, Limits, ProblemCode, ReadOptions, Reading, SourceFile, detect, read,
};
use proptest::prelude::*;

fn files(files: &[(&str, &str)]) -> Bundle {
    let source =
        |(name, text): &(&str, &str)| SourceFile { name: (*name).into(), bytes: text.as_bytes().into() };
    Bundle::new(files.iter().map(source).collect()).unwrap()
}

fn reading(bundle: Bundle) -> Reading {
    read(bundle, &ReadOptions::default()).unwrap()
}

/// Line, column and code of every error.
fn errors(reading: &Reading) -> Vec<(u32, Option<&str>, ProblemCode)> {
    reading.problems.errors.iter().map(|p| (p.line, p.column.as_deref(), p.code)).collect()
}

#[test]
fn every_bad_field_of_every_bad_row_is_named_by_line_and_column() {
    let reading = reading(files(&[(
        "classes.csv",
        "id,course_id,title,begin_date,end_date,capacity,is_active\r\n\
         c1,k1,수채화,2026-03-02,2026-06-01,16,true\r\n\
         c2,k1,\"민화,\r\n초급\",2026-02-30,2026-06-01,many,maybe\r\n\
         \r\n\
         c3,,,2026-03-02,2026-06-01,,\r\n\
         c4,k1,도예,2026-06-02,2026-06-01,,\r\n\
         c1,k1,서예,,,,\r\n\
         c5,k1,자수\r\n\
         c6,k1,가곡,2026.03.02,2026/6/1,-1,\r\n\
         c7,k1,매듭,,,,\r\n",
    )]));
    assert_eq!(
        errors(&reading),
        [
            (3, Some("begin_date"), ProblemCode::DateInvalid),
            (3, Some("capacity"), ProblemCode::NumberInvalid),
            (3, Some("is_active"), ProblemCode::BooleanInvalid),
            (6, Some("course_id"), ProblemCode::ValueMissing),
            (6, Some("title"), ProblemCode::ValueMissing),
            (7, Some("end_date"), ProblemCode::PeriodReversed),
            (8, Some("external_id"), ProblemCode::RowDuplicate),
            (9, None, ProblemCode::FieldCount),
            (10, Some("capacity"), ProblemCode::NumberInvalid),
        ]
    );
    let kept: Vec<_> = reading.roster.classes.iter().map(|class| (&*class.title, class.at.line)).collect();
    assert_eq!(kept, [("수채화", 2), ("매듭", 11)]);
    let first = reading.problems.errors.iter().next().unwrap();
    assert_eq!(
        first.message(Language::Korean),
        "classes.csv 3행 'begin_date' 열: 날짜(YYYY-MM-DD)가 아닙니다: 2026-02-30"
    );
}

#[test]
fn unknown_columns_and_files_are_errors_and_passwords_are_ignored() {
    let reading = reading(files(&[
        ("users.csv", "username,name,password,shoe_size\nmadang,김마당,hunter2,270\n"),
        ("notes.csv", "a,b\n1,2\n"),
    ]));
    assert_eq!(
        errors(&reading),
        [(1, None, ProblemCode::FileUnrecognised), (1, Some("shoe_size"), ProblemCode::ColumnUnknown)]
    );
    assert_eq!(reading.roster.users.len(), 1);
    assert!(!format!("{reading:?}").contains("hunter2"));
}

#[test]
fn a_file_in_no_encoding_is_named_with_its_line_and_the_others_are_read() {
    let bad = SourceFile { name: "courses.csv".into(), bytes: b"id,title\nk1,\xFF\xFF\n".to_vec() };
    let good = SourceFile { name: "users.csv".into(), bytes: b"username\nmadang\n".to_vec() };
    let reading = reading(Bundle::new(vec![bad, good]).unwrap());
    assert_eq!(errors(&reading), [(2, None, ProblemCode::EncodingUnknown)]);
    assert_eq!(reading.roster.users.len(), 1);
}

#[test]
fn references_by_id_are_followed_to_the_external_id() {
    let reading = reading(files(&[
        ("courses.csv", "id,external_id,title\nu1,AAA,수채화\nu2,,민화\n"),
        ("classes.csv", "id,course_id,title\nv1,u1,1기\nv2,u2,2기\n"),
        ("more.csv", "id,course_external_id,course_id,title\nv3,AAA,,3기\n"),
    ]));
    assert_eq!(errors(&reading), []);
    let courses: Vec<_> = reading.roster.courses.iter().map(|course| &*course.external_id).collect();
    assert_eq!(courses, ["AAA", "u2"]);
    let classes: Vec<_> = reading.roster.classes.iter().map(|class| &*class.course_ref).collect();
    assert_eq!(classes, ["AAA", "u2", "AAA"]);
}

#[test]
fn open_roster_files_of_version_1_2_are_read_with_their_dates_and_deletions() {
    let reading = reading(files(&[
        (
            "users.csv",
            "sourcedId,status,dateLastModified,enabledUser,username,givenName,familyName,password\n\
             u1,active,2026-01-01T00:00:00Z,true,madang,마당,김,secret\n\
             u2,tobedeleted,2026-01-01T00:00:00Z,true,gone,Old,User,secret\n",
        ),
        ("courses.csv", "sourcedId,status,dateLastModified,title,courseCode\nk1,active,,수채화,W1\n"),
        (
            "academicSessions.csv",
            "sourcedId,startDate,endDate\ns1,2026-03-02,2026-06-30\ns2,2026-09-01,2026-12-18\n",
        ),
        (
            "classes.csv",
            "sourcedId,title,courseSourcedId,termSourcedIds\nc1,1기,k1,\"s2,s1\"\nc2,2기,k9,s1\n",
        ),
        (
            "enrollments.csv",
            "sourcedId,classSourcedId,userSourcedId,role,beginDate,endDate\n\
             e1,c1,u1,student,2026-03-09,2026-05-01\ne2,c1,u2,guardian,,\ne3,c1,u7,student,,\n",
        ),
    ]));
    assert_eq!(reading.format, Format::OneRoster);
    assert_eq!(
        errors(&reading),
        [
            (3, Some("courseSourcedId"), ProblemCode::ReferenceUnknown),
            (4, Some("userSourcedId"), ProblemCode::ReferenceUnknown),
        ]
    );
    let notices: Vec<_> = reading.problems.notices.iter().map(|p| (p.line, p.code)).collect();
    assert_eq!(notices, [(3, ProblemCode::RoleSkipped)]);
    let active: Vec<_> =
        reading.roster.users.iter().map(|user| (user.name.as_deref().unwrap(), user.is_active)).collect();
    assert_eq!(active, [("김마당", Some(true)), ("Old User", Some(false))]);
    assert_eq!(reading.roster.classes[0].begin_date, NaiveDate::from_ymd_opt(2026, 3, 2));
    assert_eq!(reading.roster.classes[0].end_date, NaiveDate::from_ymd_opt(2026, 12, 18));
    assert_eq!(reading.roster.enrolments[0].left_on, NaiveDate::from_ymd_opt(2026, 5, 1));
}

#[test]
fn a_single_file_is_recognised_by_its_header_whatever_its_name() {
    let named = |text: &str| detect(&files(&[("upload", text)]));
    assert_eq!(named("강좌명,강사명,교육시작일자\n"), Some(Format::KoreanStandard));
    assert_eq!(named("class_id,user_id,date_registration,date_unregistration\n"), Some(Format::Oulad));
    assert_eq!(named("sourcedId,title\n"), Some(Format::OneRoster));
    assert_eq!(named("lecture_id,user_id,status\n"), Some(Format::Tables));
    assert_eq!(named("a,b\n"), None);
    assert!(Bundle::from_bytes("empty.zip", b"PK\x03\x04".to_vec(), &Limits::default()).is_err());
}

#[derive(Debug, Clone)]
struct Exported {
    title: String,
    description: String,
    active: bool,
}

fn exported() -> impl Strategy<Value = Exported> {
    let text = "['=+@\\-\t\r\n,\"; ]{0,4}[^\\x00]{0,12}";
    (text, text, any::<bool>()).prop_map(|(title, description, active)| Exported {
        title: format!("{title}x"),
        description,
        active,
    })
}

/// Exports courses and reads them again.
fn round_trip(rows: &[Exported], name: &str, mut writer: Box<dyn TableWriter>, output: &Chunks) -> Reading {
    writer.header(&["id", "title", "description", "is_active", "version", "created_at"]).unwrap();
    for (number, row) in rows.iter().enumerate() {
        let cells = [
            Cell::text(format!("id-{number}")),
            Cell::text(&row.title),
            Cell::text(&row.description),
            Cell::Bool(row.active),
            Cell::Integer(1),
            Cell::Time(DateTime::<Utc>::UNIX_EPOCH),
        ];
        writer.row(&cells).unwrap();
    }
    writer.finish().unwrap();
    reading(Bundle::from_bytes(name, output.take(), &Limits::default()).unwrap())
}

proptest! {
    #[test]
    fn exported_courses_are_imported_unchanged(rows in prop::collection::vec(exported(), 0..8)) {
        let output = Chunks::new();
        let csv: Box<dyn TableWriter> = Box::new(CsvWriter::new(output.clone()).unwrap());
        let csv = round_trip(&rows, "courses.csv", csv, &output);
        let xlsx: Box<dyn TableWriter> = Box::new(XlsxWriter::new(output.clone()).unwrap());
        let xlsx = round_trip(&rows, "courses.xlsx", xlsx, &output);
        for reading in [csv, xlsx] {
            prop_assert_eq!(errors(&reading), vec![]);
            prop_assert_eq!(reading.roster.courses.len(), rows.len());
            for (course, row) in reading.roster.courses.iter().zip(&rows) {
                let description = Some(row.description.as_str()).filter(|text| !text.trim().is_empty());
                prop_assert_eq!(&*course.title, row.title.as_str());
                prop_assert_eq!(course.description.as_deref(), description);
                prop_assert_eq!(course.is_active, Some(row.active));
            }
        }
    }
}

#[test]
fn a_bad_row_of_a_workbook_is_named_by_its_row_in_the_sheet() {
    let output = Chunks::new();
    let mut writer = Box::new(XlsxWriter::new(output.clone()).unwrap());
    writer.header(&["id", "course_id", "title", "begin_date"]).unwrap();
    let row = |id, date| [Cell::text(id), Cell::text("k1"), Cell::text("두 줄\n제목"), Cell::text(date)];
    writer.row(&row("c1", "2026-03-02")).unwrap();
    writer.row(&[const { Cell::Empty }; 4]).unwrap();
    writer.row(&row("c2", "내일")).unwrap();
    writer.finish().unwrap();
    let reading = reading(Bundle::from_bytes("classes.xlsx", output.take(), &Limits::default()).unwrap());
    assert_eq!(reading.roster.classes.len(), 1);
    assert_eq!(errors(&reading), [(4, Some("begin_date"), ProblemCode::DateInvalid)]);
}
