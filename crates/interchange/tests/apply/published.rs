//! The published data sets arrive whole, and a second import changes nothing.

use madang_interchange::TableCounts;

use crate::support::{World, created, data, errors, on_both, published, unchanged};

on_both! {
    the_open_university_set_arrives_whole_and_once;
}

async fn the_open_university_set_arrives_whole_and_once(world: &World) {
    let reading = published("oulad");
    let began = std::time::Instant::now();
    let report = world.apply(reading).await;
    eprintln!("first {:?}", began.elapsed());
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
    assert_eq!((rows.users, rows.attendances, rows.certifications), (28_785, 217_223, 15_385));

    let began = std::time::Instant::now();
    let again = world.apply(published("oulad")).await;
    eprintln!("second {:?}", began.elapsed());
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
    let _ = data;
}
