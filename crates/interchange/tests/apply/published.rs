//! The published data sets arrive whole, and a second import changes nothing.

use std::collections::HashMap;
use std::io::Write;
use std::sync::{Arc, Mutex};

use madang_domain::access::Role;
use madang_interchange::TableCounts;
use tracing_subscriber::fmt::MakeWriter;

use crate::support::{World, created, data, errors, on_both, published, unchanged};

on_both! {
    the_open_university_set_arrives_whole_and_once;
    the_korean_list_arrives_whole_and_once;
    a_school_data_sync_bundle_arrives_whole_and_once_and_without_its_passwords;
}

/// What was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// A table of a published set, read by other code than ours.
fn csv_rows(file: &str) -> Vec<HashMap<String, String>> {
    csv::Reader::from_path(data(file)).unwrap().deserialize().map(Result::unwrap).collect()
}

async fn the_open_university_set_arrives_whole_and_once(world: &World) {
    let report = world.apply(published("oulad")).await;
    assert_eq!(errors(&report), []);
    assert!(report.is_kept());
    let expected = TableCounts {
        users: created(28_785),
        courses: created(7),
        classes: created(22),
        lectures: created(182),
        enrolments: created(32_593),
        attendances: created(217_223),
        certifications: created(15_385),
    };
    assert_eq!(*report.counts(), expected);
    let rows = world.rows().await;
    assert_eq!((rows.users, rows.enrolments, rows.certifications), (28_785, 32_593, 15_385));
    assert_eq!(rows.attendances, 217_223);
    assert_eq!(rows.audit, 28_785 + 7 + 22 + 182 + 32_593 + 217_223 + 15_385);
    assert_eq!(marks_by_class_and_status(world).await, marks_in_the_file());

    let again = world.apply(published("oulad")).await;
    let expected = TableCounts {
        users: unchanged(28_785),
        courses: unchanged(7),
        classes: unchanged(22),
        lectures: unchanged(182),
        enrolments: unchanged(32_593),
        attendances: unchanged(217_223),
        certifications: unchanged(15_385),
    };
    assert_eq!((*again.counts(), errors(&again)), (expected, vec![]));
    assert_eq!(world.rows().await, rows);
}

type MarkCounts = HashMap<(String, String), u64>;

fn marks_in_the_file() -> MarkCounts {
    let mut counts = MarkCounts::new();
    for mut row in csv_rows("oulad/attendances.csv") {
        let key = (row.remove("class_id").unwrap(), row.remove("status").unwrap());
        *counts.entry(key).or_default() += 1;
    }
    counts
}

async fn marks_by_class_and_status(world: &World) -> MarkCounts {
    let mut session = world.yard.store.session().await.unwrap();
    let classes = session.external_ids().of("oulad", "class").await.unwrap();
    let mut counts = MarkCounts::new();
    for class in classes {
        for lecture in session.lectures().of_class(class.id.into()).await.unwrap() {
            for mark in session.attendances().of_lecture(lecture.id).await.unwrap() {
                let key = (class.external_id.clone(), mark.mark.status.as_str().to_owned());
                *counts.entry(key).or_default() += 1;
            }
        }
    }
    counts
}

async fn the_korean_list_arrives_whole_and_once(world: &World) {
    let report = world.apply(published("korean")).await;
    assert_eq!((errors(&report), report.notices().total()), (vec![], 10));
    let expected = TableCounts {
        courses: created(211),
        classes: created(322),
        lectures: created(3_794),
        ..TableCounts::default()
    };
    assert_eq!(*report.counts(), expected);
    let rows = world.rows().await;
    assert_eq!((rows.courses, rows.classes, rows.audit), (211, 322, 211 + 322 + 3_794));
    let classes = csv_rows("korean/gangnam_lifelong_courses.pseudonymised.csv");
    assert_eq!(rows.classes, u64::try_from(classes.len()).unwrap());

    let again = world.apply(published("korean")).await;
    let expected = TableCounts {
        courses: unchanged(211),
        classes: unchanged(322),
        lectures: unchanged(3_794),
        ..TableCounts::default()
    };
    assert_eq!((*again.counts(), errors(&again)), (expected, vec![]));
    assert_eq!(world.rows().await, rows);
}

async fn a_school_data_sync_bundle_arrives_whole_and_once_and_without_its_passwords(world: &World) {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(log.clone());
    let watch = tracing::subscriber::set_default(subscriber.finish());
    let report = world.apply(published("oneroster/sds_v2.1")).await;
    drop(watch);
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("import finished"));
    assert!(!log.contains("P@ssword123") && !log.contains("Kristen"), "{log}");
    assert_eq!(errors(&report), []);
    let expected = TableCounts {
        users: created(8),
        courses: created(3),
        classes: created(2),
        enrolments: created(6),
        ..TableCounts::default()
    };
    assert_eq!(*report.counts(), expected);
    let rows = world.rows().await;
    let users = {
        let mut session = world.yard.store.session().await.unwrap();
        session
            .users()
            .find_by_usernames(&["kfein@classrmtest31.org", "bobsmithee@outlook.com"])
            .await
            .unwrap()
    };
    assert_eq!(users.len(), 2);
    for user in users {
        assert_eq!((&user.password, user.is_active), (&None, true));
        let lecturer = user.name.as_str() == "Kristen Fein";
        assert_eq!(user.authorizations.roles.contains(&Role::Lecturer), lecturer);
        assert!(!user.authorizations.is_privileged());
    }
    let everything = world.everything().await;
    assert!(everything.contains("kfein@classrmtest31.org") && !everything.contains("P@ssword123"));

    let again = world.apply(published("oneroster/sds_v2.1")).await;
    let expected = TableCounts {
        users: unchanged(8),
        courses: unchanged(3),
        classes: unchanged(2),
        enrolments: unchanged(6),
        ..TableCounts::default()
    };
    assert_eq!((*again.counts(), errors(&again)), (expected, vec![]));
    assert_eq!(world.rows().await, rows);
}
