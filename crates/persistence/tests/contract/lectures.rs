//! Lectures.

use madang_domain::{
    attendance::AttendanceStatus,
    error::{RepositoryError, UniqueKey},
    ids::{ClassId, LectureId},
    learning::lectures::{
        AttendanceType, CancelReason, Cancellation, Lecture, LectureFilter, LecturePlace, LectureSort,
    },
    page::Sort,
    store::Store,
};
use madang_testing::TestDatabase;

use crate::fixtures::{Hall, Maker, at, keep, page, touched};

crate::on_both!(
    a_lecture_is_read_as_it_was_written_with_its_class,
    a_sequence_belongs_to_one_lecture_of_a_class,
    a_lecture_needs_its_class,
    a_lecture_with_marks_stays,
    the_lectures_of_a_class_come_by_sequence,
    lists_are_narrowed_by_each_filter,
);

async fn a_lecture_is_read_as_it_was_written_with_its_class(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 0, 0).await;
    let lecture = Lecture {
        attendance_type: AttendanceType::Assignment,
        place: Some(LecturePlace::parse("3층").unwrap()),
        ..maker.lecture(&hall.class, 1)
    };
    keep(db, async |unit| unit.lectures().insert_many(std::slice::from_ref(&lecture)).await).await.unwrap();

    let mut unit = db.database().begin().await.unwrap();
    let both = Some((lecture.clone(), hall.class.clone()));
    assert_eq!(unit.lectures().find(lecture.id).await.unwrap(), both);
    assert_eq!(unit.lectures().find_for_update(lecture.id).await.unwrap(), both);
    assert_eq!(unit.lectures().find_to_mark(lecture.id).await.unwrap(), both);
    assert_eq!(unit.lectures().find_many(&[lecture.id]).await.unwrap(), std::slice::from_ref(&lecture));
    assert_eq!(unit.lectures().find(LectureId(maker.id())).await.unwrap(), None);

    let cancellation = Some(Cancellation {
        at: at("2026-09-01T01:00:00.000001Z"),
        reason: Some(CancelReason::parse("강사 사정\n(독감)").unwrap()),
    });
    let changed = Lecture { place: None, cancellation, stamps: touched(lecture.stamps), ..lecture.clone() };
    unit.lectures().update(&changed).await.unwrap();
    assert_eq!(unit.lectures().find(lecture.id).await.unwrap(), Some((changed, hall.class)));
    let outcome = unit.lectures().update(&lecture).await;
    assert!(matches!(outcome, Err(RepositoryError::Stale)));
}

async fn a_sequence_belongs_to_one_lecture_of_a_class(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 2, 0).await;
    let same = maker.lecture(&hall.class, 2);
    let outcome = keep(db, async |unit| unit.lectures().insert_many(&[same]).await).await;
    assert_eq!(outcome.unwrap_err().conflict(), Some(UniqueKey::LectureSequence));
    let first = &hall.lectures[0];
    let same = Lecture { sequence: 2, stamps: touched(first.stamps), ..first.clone() };
    let outcome = keep(db, async |unit| unit.lectures().update(&same).await).await;
    assert_eq!(outcome.unwrap_err().conflict(), Some(UniqueKey::LectureSequence));
}

async fn a_lecture_needs_its_class(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 0, 0).await;
    let lost = Lecture { class_id: ClassId(maker.id()), ..maker.lecture(&hall.class, 1) };
    let outcome = keep(db, async |unit| unit.lectures().insert_many(&[lost]).await).await;
    assert!(matches!(outcome, Err(RepositoryError::MissingReference)));
}

async fn a_lecture_with_marks_stays(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 2, 1).await;
    let mark = maker.mark(&hall.lectures[0], &hall.learners[0], AttendanceStatus::Late);
    keep(db, async |unit| unit.attendances().insert_many(&[mark]).await).await.unwrap();

    let outcome = keep(db, async |unit| unit.lectures().delete(hall.lectures[0].id).await).await;
    assert!(matches!(outcome, Err(RepositoryError::MissingReference)), "{outcome:?}");
    keep(db, async |unit| unit.lectures().delete(hall.lectures[1].id).await).await.unwrap();
    let outcome = keep(db, async |unit| unit.lectures().delete(hall.lectures[1].id).await).await;
    assert!(matches!(outcome, Err(RepositoryError::Stale)));
    let mut session = db.database().session().await.unwrap();
    assert_eq!(session.lectures().of_class(hall.class.id).await.unwrap(), hall.lectures[..1]);
}

async fn the_lectures_of_a_class_come_by_sequence(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 0, 0).await;
    let mut lectures: Vec<Lecture> = [10, 9, 1].map(|sequence| maker.lecture(&hall.class, sequence)).into();
    keep(db, async |unit| unit.lectures().insert_many(&lectures).await).await.unwrap();
    lectures.reverse();
    let mut session = db.database().session().await.unwrap();
    assert_eq!(session.lectures().of_class(hall.class.id).await.unwrap(), lectures);
    assert_eq!(session.lectures().last_sequence(hall.class.id).await.unwrap(), 10);
    assert_eq!(session.lectures().last_sequence(ClassId(maker.id())).await.unwrap(), 0);
}

async fn lists_are_narrowed_by_each_filter(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 2, 0).await;
    let online = Lecture { attendance_type: AttendanceType::Online, ..maker.lecture(&hall.class, 3) };
    let elsewhere = maker.class(&hall.course, "2기");
    let other = maker.lecture(&elsewhere, 4);
    keep(db, async |unit| {
        unit.classes().insert_many(std::slice::from_ref(&elsewhere)).await?;
        unit.lectures().insert_many(&[online, other]).await
    })
    .await
    .unwrap();

    let mut session = db.database().session().await.unwrap();
    let mut sequences = async |filter: LectureFilter| -> Vec<i32> {
        let listed =
            session.lectures().list(&page(filter, Sort::descending(LectureSort::LectureDate))).await.unwrap();
        assert_eq!(listed.total, Some(listed.items.len() as u64));
        listed.items.into_iter().map(|lecture| lecture.sequence).collect()
    };
    let all = LectureFilter { class_id: hall.class.id, from: None, to: None, attendance_type: None };
    assert_eq!(sequences(all.clone()).await, [3, 2, 1]);
    assert_eq!(sequences(LectureFilter { class_id: elsewhere.id, ..all.clone() }).await, [4]);
    let second = Some(at("2026-09-08T01:00:00Z"));
    assert_eq!(sequences(LectureFilter { from: second, ..all.clone() }).await, [3, 2]);
    assert_eq!(sequences(LectureFilter { to: second, ..all.clone() }).await, [1]);
    let online = Some(AttendanceType::Online);
    assert_eq!(sequences(LectureFilter { attendance_type: online, ..all }).await, [3]);
}
