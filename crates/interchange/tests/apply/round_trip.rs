//! What is exported is imported, and exported again, byte for byte.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use madang_domain::access::{Authorizations, Caller, Role};
use madang_domain::ids::UserId;
use madang_interchange::write::{Chunks, CsvWriter, TableWriter, XlsxWriter};
use madang_interchange::{
    Bundle, ExportError, ExportService, Limits, ReadOptions, Reading, SourceFile, read,
};
use madang_testing::TestDatabase;

use crate::support::{World, errors, files, on_both, published};

on_both! {
    an_export_goes_into_an_empty_database_and_comes_out_the_same;
    an_export_goes_back_where_it_came_from_and_changes_nothing;
    a_spreadsheet_goes_the_same_way;
    only_an_admin_exports_everything;
}

type Files = BTreeMap<&'static str, Vec<u8>>;

async fn export(world: &World, make: fn(Chunks) -> Box<dyn TableWriter>) -> Files {
    let outputs = Arc::new(Mutex::new(BTreeMap::new()));
    let mut open = |table| {
        let output = Chunks::new();
        outputs.lock().unwrap().insert(table, output.clone());
        Ok(make(output))
    };
    let service = ExportService::new(world.yard.clone());
    service.export_all(&Caller::system(), &mut open).await.unwrap();
    let outputs = outputs.lock().unwrap();
    outputs.iter().map(|(table, output)| (*table, output.take())).collect()
}

fn csv(output: Chunks) -> Box<dyn TableWriter> {
    Box::new(CsvWriter::new(output).unwrap())
}

fn xlsx(output: Chunks) -> Box<dyn TableWriter> {
    Box::new(XlsxWriter::new(output).unwrap())
}

fn reading(files: &Files, extension: &str) -> Reading {
    let source = |(table, bytes): (&&str, &Vec<u8>)| SourceFile {
        name: format!("{table}.{extension}"),
        bytes: bytes.clone(),
    };
    let bundle = Bundle::new(files.iter().map(source).collect()).unwrap();
    assert!(
        bundle
            .files()
            .iter()
            .all(|file| u64::try_from(file.bytes.len()).unwrap() < Limits::default().file_bytes)
    );
    read(bundle, &ReadOptions::default()).unwrap()
}

/// Something of every kind: real lists, awkward texts, all statuses, a closed class, a certification with figures.
async fn fill(world: &World) {
    for set in ["korean", "oneroster/sds_v2.1"] {
        assert!(world.apply(published(set)).await.is_kept());
    }
    let awkward = files(&[
        (
            "users.csv",
            "external_id,username,name,auth_type,phone,authorizations\n\
             u1,haneul,'=김하늘,manual,010-1234-5678,\"{\"\"roles\"\":[\"\"admin\"\",\"\"learner\"\"],\"\"permissions\"\":[\"\"read_users\"\"]}\"\n\
             u2,sunja,\"이\"\"순\"\"자\",temp,,\nu3,gone,떠난 사람,kakao,,\n",
        ),
        (
            "courses.csv",
            "external_id,title,description,keyword,is_active\nk1,'+수채화,\"두 줄,\n설명 😀\",미술,false\n",
        ),
        (
            "classes.csv",
            "external_id,course_external_id,title,begin_date,end_date,capacity,closed_at\n\
             c1,k1,1기,2026-03-02,2026-04-20,16,2026-04-21T00:00:00.123456Z\n",
        ),
        (
            "lectures.csv",
            "external_id,class_external_id,title,sequence,lecture_date,attendance_type,place\n\
             l1,c1,1차시,1,2026-03-02 10:00,online,\nl2,c1,2차시,2,2026-03-09 10:00,,2층\n",
        ),
        (
            "enrolments.csv",
            "class_external_id,user_external_id,enrolled_on,left_on,status,role\n\
             c1,u1,2026-03-02,2026-03-03,transferred,\nc1,u1,2026-03-09,,,\nc1,u2,2026-03-02,2026-04-01,,\nc1,u3,2026-03-02,,,assistant\n",
        ),
        (
            "marks.csv",
            "lecture_external_id,user_external_id,status,detail_type,description,assignment_id,checked_at\n\
             l1,u1,late,지하철 지연,\"늦음\n\",,2026-03-02T01:20:00Z\nl2,u1,early_leave,,,a-1,\nl1,u2,excused,병결,,,\nl2,u2,absent,,,,\n",
        ),
        (
            "certifications.csv",
            "course_external_id,user_external_id,issued_at,class_external_ids\n\
             k1,u1,2026-04-21T00:00:00Z,\"[\"\"c1\"\"]\"\n",
        ),
    ]);
    let report = world.apply(awkward).await;
    assert_eq!(errors(&report), []);
}

/// A database of the same kind.
async fn another(world: &World) -> World {
    let sqlite = world.database.url().starts_with("sqlite");
    World::on(if sqlite { TestDatabase::sqlite().await } else { TestDatabase::postgres().await })
}

async fn an_export_goes_into_an_empty_database_and_comes_out_the_same(world: &World) {
    fill(world).await;
    let exported = export(world, csv).await;
    assert_eq!(exported.len(), 7);
    assert!(exported.values().all(|bytes| String::from_utf8_lossy(bytes).lines().count() > 1));
    let other = another(world).await;
    assert_eq!(errors(&other.apply(reading(&exported, "csv")).await), []);
    let again = export(&other, csv).await;
    for (table, bytes) in exported {
        assert_eq!(String::from_utf8(bytes).unwrap(), String::from_utf8_lossy(&again[table]), "{table}");
    }
    let rows = (world.rows().await, other.rows().await);
    assert_eq!(rows.0.attendances, rows.1.attendances);
    assert_eq!(rows.1.external_ids, 0, "exported rows keep their ids and need no others");
}

async fn an_export_goes_back_where_it_came_from_and_changes_nothing(world: &World) {
    fill(world).await;
    let rows = world.rows().await;
    let report = world.apply(reading(&export(world, csv).await, "csv")).await;
    assert_eq!((errors(&report), report.notices().total()), (vec![], 0));
    let counts = report.counts();
    for table in [
        counts.users,
        counts.courses,
        counts.classes,
        counts.lectures,
        counts.enrolments,
        counts.attendances,
        counts.certifications,
    ] {
        assert_eq!((table.created, table.updated, table.refused), (0, 0, 0));
        assert!(table.unchanged > 0);
    }
    assert_eq!(world.rows().await, rows);
}

async fn a_spreadsheet_goes_the_same_way(world: &World) {
    fill(world).await;
    let other = another(world).await;
    assert_eq!(errors(&other.apply(reading(&export(world, xlsx).await, "xlsx")).await), []);
    assert_eq!(export(world, csv).await, export(&other, csv).await);
}

async fn only_an_admin_exports_everything(world: &World) {
    let caller = Caller::user(UserId(uuid::Uuid::from_u128(1)), Authorizations::of_roles([Role::Manager]));
    let mut open = |_: &'static str| Ok(csv(Chunks::new()));
    let outcome = ExportService::new(world.yard.clone()).export_all(&caller, &mut open).await;
    assert!(matches!(outcome, Err(ExportError::Forbidden)));
}
