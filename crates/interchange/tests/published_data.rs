//! The published data sets come through whole: counts, dates, lines and ids.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic, as tests may")]

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Duration, NaiveDate, Utc};
use madang_domain::access::ClassRole;
use madang_domain::attendance::AttendanceStatus;
use madang_interchange::{
    Bundle, Format, Limits, ProblemCode, ReadOptions, Reading, Roster, SourceFile, detect, read,
};

fn data(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(folder)
}

fn bundle(folder: &str) -> Bundle {
    Bundle::from_path(&data(folder), &Limits::default()).unwrap()
}

fn reading(folder: &str, options: &ReadOptions) -> Reading {
    read(bundle(folder), options).unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// Public holidays of 2026 in Korea that fall on a weekday, and election day.
fn holidays_2026() -> BTreeSet<NaiveDate> {
    [
        "2026-01-01",
        "2026-02-16",
        "2026-02-17",
        "2026-02-18",
        "2026-03-02",
        "2026-05-01",
        "2026-05-05",
        "2026-05-25",
        "2026-06-03",
        "2026-07-17",
    ]
    .map(day)
    .into()
}

#[test]
fn the_open_university_set_is_read_whole() {
    let Reading { format, roster, problems } = reading("oulad", &ReadOptions::default());
    assert_eq!(format, Format::Oulad);
    assert_eq!((problems.errors.total(), problems.notices.total()), (0, 0));
    assert_eq!((roster.courses.len(), roster.classes.len(), roster.lectures.len()), (7, 22, 182));
    assert_eq!((roster.users.len(), roster.enrolments.len()), (28_785, 32_593));
    assert_eq!((roster.attendances.len(), roster.certifications.len()), (217_223, 15_385));
    let count = |status| roster.attendances.iter().filter(|mark| mark.status == status).count();
    assert_eq!(count(AttendanceStatus::Present), 116_429);
    assert_eq!(count(AttendanceStatus::Late), 49_042);
    assert_eq!(count(AttendanceStatus::Excused), 1_743);
    assert_eq!(count(AttendanceStatus::Absent), 50_009);
}

#[test]
fn open_university_rows_say_what_the_mapping_says() {
    let roster = reading("oulad", &ReadOptions::default()).roster;
    let class = roster.classes.iter().find(|class| &*class.external_id == "AAA-2013J").unwrap();
    assert_eq!((&*class.course_ref, &*class.title), ("AAA", "AAA 2013J"));
    assert_eq!((class.begin_date, class.end_date), (Some(day("2013-10-01")), Some(day("2014-06-26"))));

    let first = roster.lectures.iter().find(|lecture| &*lecture.external_id == "1752").unwrap();
    assert_eq!((first.sequence, &*first.title), (1, "1차시 (TMA)"));
    assert_eq!((first.starts_at, first.duration_minutes), (instant("2013-10-20T01:00:00Z"), Some(60)));

    let enrolment = roster.enrolments.iter().find(|row| &*row.external_id == "AAA-2013J/30268").unwrap();
    assert_eq!(enrolment.enrolled_on, Some(day("2013-07-01")));
    assert_eq!(enrolment.left_on, Some(day("2013-10-13")));
    assert_eq!((&*roster.files[usize::from(enrolment.at.file)], enrolment.at.line), ("enrolments.csv", 4));

    let user = roster.users.iter().find(|user| &*user.external_id == "11391").unwrap();
    assert_eq!((&*user.username, user.name.as_deref()), ("oulad-11391", Some("학습자 11391")));

    let certification = &roster.certifications[0];
    assert_eq!((&*certification.course_ref, &*certification.class_refs[0]), ("AAA", "AAA-2013J"));
    assert_eq!(certification.issued_at, instant("2014-06-25T15:00:00Z"));
}

#[test]
fn every_open_university_mark_lies_inside_its_enrolment_and_every_reference_is_known() {
    let roster = reading("oulad", &ReadOptions::default()).roster;
    let lectures: HashMap<_, _> = roster.lectures.iter().map(|row| (&row.external_id, row)).collect();
    let enrolments: HashMap<_, _> =
        roster.enrolments.iter().map(|row| ((&row.class_ref, &row.user_ref), row)).collect();
    for mark in &roster.attendances {
        let lecture = lectures[&mark.lecture_ref];
        let enrolment = enrolments[&(&lecture.class_ref, &mark.user_ref)];
        let on = (lecture.starts_at + Duration::hours(9)).date_naive();
        assert!(enrolment.enrolled_on.unwrap() <= on);
        assert!(enrolment.left_on.is_none_or(|left| on < left));
    }
    let mut numbers: HashMap<_, Vec<u32>> = HashMap::new();
    for lecture in &roster.lectures {
        numbers.entry(&lecture.class_ref).or_default().push(lecture.sequence);
    }
    for (class, mut numbers) in numbers {
        numbers.sort_unstable();
        assert!(numbers.iter().copied().eq(1..=u32::try_from(numbers.len()).unwrap()), "{class}");
    }
}

#[test]
fn every_row_of_the_korean_list_becomes_a_class_and_only_capped_sessions_are_noticed() {
    let Reading { format, roster, problems } = reading("korean", &ReadOptions::default());
    assert_eq!(format, Format::KoreanStandard);
    assert_eq!(problems.errors.total(), 0);
    assert_eq!((roster.classes.len(), roster.lectures.len()), (322, 3_804 - 10));
    let capped: Vec<(u32, ProblemCode)> = problems.notices.iter().map(|p| (p.line, p.code)).collect();
    let lines = [7, 9, 10, 72, 73, 75, 91, 228, 231, 246];
    assert_eq!(capped, lines.map(|line| (line, ProblemCode::SessionsCapped)));
    let ids: HashSet<_> = roster.classes.iter().map(|class| &class.external_id).collect();
    assert_eq!(ids.len(), 322);
}

#[test]
fn korean_classes_meet_twelve_times_once_public_holidays_are_known() {
    let options = ReadOptions { holidays: holidays_2026(), ..ReadOptions::default() };
    let Reading { roster, problems, .. } = reading("korean", &options);
    assert_eq!(problems.errors.total(), 0);
    assert_eq!(problems.notices.iter().map(|problem| problem.line).collect::<Vec<_>>(), [7]);
    let mut counts: HashMap<_, u32> = HashMap::new();
    for lecture in &roster.lectures {
        *counts.entry(&lecture.class_ref).or_default() += 1;
    }
    assert_eq!(counts.values().filter(|count| **count == 12).count(), 228);
}

#[test]
fn a_korean_row_is_taken_apart() {
    let roster = reading("korean", &ReadOptions::default()).roster;
    let class = roster.classes.iter().find(|class| class.at.line == 8).unwrap();
    assert_eq!(&*class.title, "[논현2]퍼스널컬러 이미지브랜딩(B/6회)");
    assert_eq!(class.lecturer_info.as_deref(), Some("강사_004"));
    assert_eq!((class.begin_date, class.end_date), (Some(day("2026-07-08")), Some(day("2026-08-12"))));
    assert_eq!((class.capacity, class.is_active), (Some(16), None));
    assert_eq!(class.place.as_deref(), Some("논현글로벌평생학습센터 3층 2강의실"));
    assert_eq!(
        class.date_info.as_deref(),
        Some("2026-07-08 ~ 2026-08-12, 매주 수 14:00~16:00, 6회, B반, 논현2, 접수 2026-04-28 ~ 2026-05-12")
    );
    let lectures: Vec<_> = roster.lectures.iter().filter(|row| row.class_ref == class.external_id).collect();
    assert_eq!(lectures.len(), 6);
    assert_eq!(lectures[5].starts_at, instant("2026-08-12T05:00:00Z"));
    assert_eq!((lectures[5].sequence, lectures[5].duration_minutes), (6, Some(120)));

    let course = roster.courses.iter().find(|course| course.external_id == class.course_ref).unwrap();
    assert_eq!(&*course.title, "퍼스널컬러 이미지브랜딩");
    assert_eq!(course.keyword.as_deref(), Some("기타, 성인, 오프라인"));
    let runs = roster.classes.iter().filter(|class| class.course_ref == course.external_id).count();
    assert_eq!(runs, 4);

    let unused: Vec<u32> = roster
        .classes
        .iter()
        .filter(|class| class.is_active == Some(false))
        .map(|class| class.at.line)
        .collect();
    assert_eq!(unused, [183, 261]);
    assert_eq!(roster.courses.len(), 211);
}

#[test]
fn a_school_data_sync_bundle_is_read_without_passwords_or_guardians_roles() {
    let Reading { format, roster, problems } = reading("oneroster/sds_v2.1", &ReadOptions::default());
    assert_eq!(format, Format::OneRoster);
    assert_eq!((problems.errors.total(), problems.notices.total()), (0, 0));
    assert_eq!((roster.users.len(), roster.courses.len(), roster.classes.len()), (8, 3, 2));
    let roles: Vec<_> = roster.enrolments.iter().map(|row| (&*row.user_ref, row.role)).collect();
    assert_eq!(
        roles,
        [
            ("114008", ClassRole::Learner),
            ("114006", ClassRole::Lecturer),
            ("114001", ClassRole::Learner),
            ("114003", ClassRole::Learner),
            ("114004", ClassRole::Learner),
            ("114007", ClassRole::Lecturer),
        ]
    );
    assert!(roster.enrolments.iter().all(|row| row.enrolled_on.is_some() && row.left_on.is_none()));
    assert_eq!(roster.classes[0].begin_date, Some(day("2021-09-01")));
    assert_eq!(roster.classes[1].end_date, Some(day("2022-06-11")));
    let lecturer = roster.users.iter().find(|user| &*user.external_id == "114007").unwrap();
    assert_eq!(
        (lecturer.name.as_deref(), lecturer.roles.as_slice()),
        (Some("Kristen Fein"), [ClassRole::Lecturer].as_slice())
    );
    assert!(!format!("{roster:?}").contains("P@ssword123"));
}

#[test]
fn reading_twice_gives_the_same_rows_whatever_the_encoding() {
    let original = reading("korean", &ReadOptions::default()).roster;
    let again: Vec<SourceFile> = bundle("korean")
        .files()
        .iter()
        .map(|file| {
            let text = std::str::from_utf8(&file.bytes).unwrap().trim_start_matches('\u{FEFF}');
            // CP949 has no no-break space.
            let text = text.replace('\u{A0}', " ");
            let (bytes, _, damaged) = encoding_rs::EUC_KR.encode(&text);
            assert!(!damaged);
            SourceFile { name: file.name.clone(), bytes: bytes.into_owned() }
        })
        .collect();
    let bundle = Bundle::new(again).unwrap();
    assert_eq!(detect(&bundle), Some(Format::KoreanStandard));
    let again: Roster = read(bundle, &ReadOptions::default()).unwrap().roster;
    assert!(original == again);
}
