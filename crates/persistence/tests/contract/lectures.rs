//! Lectures.

use madang_domain::{
    access::ClassRole,
    attendance::AttendanceStatus,
    audit::Reason,
    error::{RepositoryError, UniqueKey},
    ids::{ClassId, LectureId},
    learning::{
        classes::Class,
        enrolments::{Enrolment, EnrolmentFilter, EnrolmentSort},
        lectures::{
            AttendanceType, Cancellation, Lecture, LectureFilter, LecturePlace, LectureSort, NearbyLecture,
            OtherLecture,
        },
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
    a_lecture_is_put_behind_the_last_one_of_its_class,
    lists_are_narrowed_by_each_filter,
    lectures_take_each_others_numbers_in_one_call,
    what_shares_place_or_lecturer_within_a_day_is_nearby,
    marks_of_those_who_are_not_expected_are_told_apart,
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
        reason: Some(Reason::parse("강사 사정\n(독감)").unwrap()),
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

async fn a_lecture_is_put_behind_the_last_one_of_its_class(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 0, 0).await;
    let mut kept = Vec::new();
    for sequence in [1, 2] {
        let lecture = maker.lecture(&hall.class, 77);
        let given = keep(db, async |unit| unit.lectures().append(&lecture).await).await.unwrap();
        assert_eq!(given, sequence);
        kept.push(Lecture { sequence, ..lecture });
    }
    let lost = Lecture { class_id: ClassId(maker.id()), ..maker.lecture(&hall.class, 1) };
    let outcome = keep(db, async |unit| unit.lectures().append(&lost).await).await;
    assert!(matches!(outcome, Err(RepositoryError::MissingReference)));
    let mut session = db.database().session().await.unwrap();
    assert_eq!(session.lectures().of_class(hall.class.id).await.unwrap(), kept);
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

async fn lectures_take_each_others_numbers_in_one_call(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 4, 0).await;
    let numbered = |lecture: &Lecture, sequence| Lecture {
        sequence,
        stamps: touched(lecture.stamps),
        ..lecture.clone()
    };
    let ring =
        [numbered(&hall.lectures[0], 3), numbered(&hall.lectures[1], 1), numbered(&hall.lectures[2], 2)];
    keep(db, async |unit| unit.lectures().renumber(&ring).await).await.unwrap();
    let mut session = db.database().session().await.unwrap();
    let [first, second, third] = ring.clone();
    let all = [second, third, first, hall.lectures[3].clone()];
    assert_eq!(session.lectures().of_class(hall.class.id).await.unwrap(), all);
    let stale = keep(db, async |unit| unit.lectures().renumber(&ring).await).await;
    assert!(matches!(stale, Err(RepositoryError::Stale)));
    let taken = numbered(&all[0], 4);
    let outcome = keep(db, async |unit| unit.lectures().renumber(std::slice::from_ref(&taken)).await).await;
    assert_eq!(outcome.unwrap_err().conflict(), Some(UniqueKey::LectureSequence));
    assert_eq!(session.lectures().of_class(hall.class.id).await.unwrap(), all);
}

async fn what_shares_place_or_lecturer_within_a_day_is_nearby(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 0, 0).await;
    let elsewhere = maker.class(&hall.course, "2기");
    let gone = Class { is_active: false, ..maker.class(&hall.course, "3기") };
    let lecturer = maker.user("강사");
    let teaches = |class: &Class, until: Option<&str>| Enrolment {
        role: ClassRole::Lecturer,
        ..maker.enrolment(class, &lecturer, "2026-09-01", until)
    };
    let lecture = |class: &Class, sequence, starts_at: &str, place: Option<&str>| Lecture {
        starts_at: at(starts_at),
        place: place.map(|place| LecturePlace::parse(place).unwrap()),
        ..maker.lecture(class, sequence)
    };
    let mine = lecture(&hall.class, 1, "2026-09-08T10:00:00Z", Some("3층"));
    let cancellation = Some(Cancellation { at: at("2026-09-01T00:00:00Z"), reason: None });
    let others = [
        lecture(&elsewhere, 1, "2026-09-08T11:00:00Z", Some("3층")),
        lecture(&elsewhere, 2, "2026-09-09T09:59:59.999999Z", Some("2층")),
        lecture(&elsewhere, 3, "2026-09-09T10:00:00Z", Some("3층")),
        lecture(&elsewhere, 4, "2026-09-07T10:00:00Z", Some("3층")),
        Lecture { cancellation, ..lecture(&elsewhere, 5, "2026-09-08T10:00:00Z", Some("3층")) },
        lecture(&elsewhere, 6, "2026-09-20T10:00:00Z", Some("3층")),
        lecture(&gone, 1, "2026-09-08T10:00:00Z", Some("3층")),
    ];
    keep(db, async |unit| {
        unit.classes().insert_many(&[elsewhere.clone(), gone.clone()]).await?;
        unit.users().insert_many(std::slice::from_ref(&lecturer)).await?;
        unit.lectures().insert_many(std::slice::from_ref(&mine)).await?;
        unit.lectures().insert_many(&others).await
    })
    .await
    .unwrap();
    let mut session = db.database().session().await.unwrap();
    let near = |other: &Lecture, lecturer| NearbyLecture {
        of: mine.id,
        other: OtherLecture { lecture_id: other.id, class_id: other.class_id, starts_at: other.starts_at },
        duration_minutes: 120,
        lecturer,
    };
    assert_eq!(session.lectures().nearby(&[mine.id]).await.unwrap(), [near(&others[0], None)]);
    let places = [teaches(&hall.class, None), teaches(&elsewhere, Some("2026-09-09")), teaches(&gone, None)];
    keep(db, async |unit| unit.enrolments().insert_many(&places).await).await.unwrap();
    let found = session.lectures().nearby(&[mine.id]).await.unwrap();
    // On 9 September the lecturer is no longer in the other class.
    assert_eq!(found.len(), 2);
    assert!(found.contains(&near(&others[0], None)) && found.contains(&near(&others[0], Some(lecturer.id))));
    assert_eq!(session.lectures().nearby(&[others[5].id]).await.unwrap(), []);
}

async fn marks_of_those_who_are_not_expected_are_told_apart(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 2, 3).await;
    let stranger = maker.user("손님");
    let marks: Vec<_> = hall.learners[..2]
        .iter()
        .chain([&stranger])
        .map(|user| maker.mark(&hall.lectures[0], user, AttendanceStatus::Present))
        .collect();
    keep(db, async |unit| {
        unit.users().insert_many(std::slice::from_ref(&stranger)).await?;
        unit.attendances().insert_many(&marks).await
    })
    .await
    .unwrap();
    let mut session = db.database().session().await.unwrap();
    assert_eq!(session.attendances().count_at(hall.lectures[0].id).await.unwrap(), (3, 1));
    assert_eq!(session.attendances().count_at(hall.lectures[1].id).await.unwrap(), (0, 0));
    let unmarked = EnrolmentFilter { unmarked_at: Some(hall.lectures[0].id), ..EnrolmentFilter::default() };
    let listed =
        session.enrolments().list(&page(unmarked, Sort::ascending(EnrolmentSort::Name))).await.unwrap();
    assert_eq!(listed.items.iter().map(|one| one.user.id).collect::<Vec<_>>(), [hall.learners[2].id]);
}
