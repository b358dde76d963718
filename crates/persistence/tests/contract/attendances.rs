//! Marks.

use madang_domain::{
    attendance::{
        AssignmentId, Attendance, AttendanceFilter, AttendanceSort, AttendanceSource, AttendanceStatus,
        AttendanceView, DetailType, Mark, MarkNote,
    },
    error::{RepositoryError, UniqueKey},
    ids::{AttendanceId, UserId},
    page::Sort,
    store::Store,
};
use madang_testing::TestDatabase;

use crate::fixtures::{Hall, Maker, at, keep, page, touched};

crate::on_both!(
    a_mark_is_read_as_it_was_written_with_its_user_and_lecture,
    a_user_has_one_mark_at_a_lecture,
    a_mark_needs_its_user_and_lecture,
    of_many_changes_all_are_kept_or_none,
    new_and_changed_marks_are_kept_together_or_not_at_all,
    marks_are_found_by_lecture_and_users,
    candidates_come_with_their_marks,
    marks_are_removed_one_by_one_or_with_their_lecture,
    lists_are_narrowed_by_each_filter,
    all_marks_of_a_user_change_hands,
    five_thousand_marks_are_one_statement,
);

async fn marked(db: &TestDatabase, hall: &Hall, maker: &Maker) -> Vec<Attendance> {
    let marks: Vec<Attendance> = hall
        .lectures
        .iter()
        .flat_map(|lecture| {
            hall.learners.iter().map(|user| maker.mark(lecture, user, AttendanceStatus::Present))
        })
        .collect();
    keep(db, async |unit| unit.attendances().insert_many(&marks).await).await.unwrap();
    marks
}

async fn a_mark_is_read_as_it_was_written_with_its_user_and_lecture(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 1, 1).await;
    let (lecture, user) = (&hall.lectures[0], &hall.learners[0]);
    let attendance = Attendance {
        mark: Mark {
            status: AttendanceStatus::EarlyLeave,
            detail_type: Some(DetailType::parse("병결").unwrap()),
            description: Some(MarkNote::parse("진단서\n\"제출\"").unwrap()),
            assignment_id: Some(AssignmentId::parse("a-1").unwrap()),
            checked_at: Some(at("2026-09-01T01:02:03.000004Z")),
        },
        source: AttendanceSource::SelfCheckIn,
        presence: None,
        ..maker.mark(lecture, user, AttendanceStatus::Present)
    };
    keep(db, async |unit| unit.attendances().insert_many(std::slice::from_ref(&attendance)).await)
        .await
        .unwrap();

    let mut unit = db.database().begin().await.unwrap();
    let view = AttendanceView {
        attendance: attendance.clone(),
        user: user.summary(),
        class_id: hall.class.id,
        lecture_title: lecture.title.to_string(),
        lecture_date: lecture.starts_at,
    };
    assert_eq!(unit.attendances().find(attendance.id).await.unwrap(), Some(view));
    assert_eq!(unit.attendances().find_for_update(attendance.id).await.unwrap(), Some(attendance));
    assert_eq!(unit.attendances().find(AttendanceId(maker.id())).await.unwrap(), None);
}

async fn a_user_has_one_mark_at_a_lecture(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 1, 1).await;
    let mark = || maker.mark(&hall.lectures[0], &hall.learners[0], AttendanceStatus::Late);
    let outcome = keep(db, async |unit| unit.attendances().insert_many(&[mark(), mark()]).await).await;
    assert_eq!(outcome.unwrap_err().conflict(), Some(UniqueKey::AttendanceMark));
}

async fn a_mark_needs_its_user_and_lecture(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 1, 1).await;
    let mark = maker.mark(&hall.lectures[0], &maker.user("없음"), AttendanceStatus::Late);
    let outcome = keep(db, async |unit| unit.attendances().insert_many(&[mark]).await).await;
    assert!(matches!(outcome, Err(RepositoryError::MissingReference)));
    let mark = maker.mark(&maker.lecture(&hall.class, 9), &hall.learners[0], AttendanceStatus::Late);
    let outcome = keep(db, async |unit| unit.attendances().insert_many(&[mark]).await).await;
    assert!(matches!(outcome, Err(RepositoryError::MissingReference)));
}

async fn of_many_changes_all_are_kept_or_none(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 1, 3).await;
    let marks = marked(db, &hall, &maker).await;
    let changed: Vec<Attendance> = marks
        .iter()
        .map(|mark| Attendance {
            mark: Mark { status: AttendanceStatus::Absent, ..mark.mark.clone() },
            stamps: touched(mark.stamps),
            ..mark.clone()
        })
        .collect();
    keep(db, async |unit| unit.attendances().update_many(&changed[..1]).await).await.unwrap();
    let outcome = keep(db, async |unit| unit.attendances().update_many(&changed).await).await;
    assert!(matches!(outcome, Err(RepositoryError::Stale)));

    let mut session = db.database().session().await.unwrap();
    let kept = session.attendances().of_lecture(hall.lectures[0].id).await.unwrap();
    assert_eq!(kept, [changed[0].clone(), marks[1].clone(), marks[2].clone()]);
}

async fn new_and_changed_marks_are_kept_together_or_not_at_all(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 1, 2).await;
    let lecture = &hall.lectures[0];
    let old = maker.mark(lecture, &hall.learners[0], AttendanceStatus::Absent);
    keep(db, async |unit| unit.attendances().insert_many(std::slice::from_ref(&old)).await).await.unwrap();
    let changed = Attendance {
        mark: Mark { status: AttendanceStatus::Late, ..old.mark.clone() },
        stamps: touched(old.stamps),
        ..old.clone()
    };
    let new = maker.mark(lecture, &hall.learners[1], AttendanceStatus::Present);
    let both = [changed.clone(), new.clone()];
    keep(db, async |unit| unit.attendances().keep_many(&both).await).await.unwrap();
    keep(db, async |unit| unit.attendances().keep_many(&[]).await).await.unwrap();

    let stale =
        keep(db, async |unit| unit.attendances().keep_many(std::slice::from_ref(&changed)).await).await;
    assert!(matches!(stale, Err(RepositoryError::Stale)));
    let second = maker.mark(lecture, &hall.learners[1], AttendanceStatus::Absent);
    let newer = Attendance { stamps: touched(changed.stamps), ..changed.clone() };
    let taken = keep(db, async |unit| unit.attendances().keep_many(&[newer, second]).await).await;
    assert_eq!(taken.unwrap_err().conflict(), Some(UniqueKey::AttendanceMark));
    let mut session = db.database().session().await.unwrap();
    assert_eq!(session.attendances().of_lecture(lecture.id).await.unwrap(), both);
}

async fn marks_are_found_by_lecture_and_users(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 2, 3).await;
    let marks = marked(db, &hall, &maker).await;
    let mut session = db.database().session().await.unwrap();
    let lecture = hall.lectures[0].id;
    assert_eq!(session.attendances().of_lecture(lecture).await.unwrap(), marks[..3]);
    let wanted = [hall.learners[2].id, UserId(maker.id()), hall.learners[0].id];
    let found = session.attendances().of_users(lecture, &wanted).await.unwrap();
    assert_eq!(found, [marks[0].clone(), marks[2].clone()]);
    assert_eq!(session.attendances().of_users(lecture, &[]).await.unwrap(), []);
}

async fn candidates_come_with_their_marks(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 2, 2).await;
    let mark = maker.mark(&hall.lectures[0], &hall.learners[0], AttendanceStatus::Late);
    let elsewhere = maker.mark(&hall.lectures[1], &hall.learners[1], AttendanceStatus::Late);
    keep(db, async |unit| unit.attendances().insert_many(&[mark.clone(), elsewhere]).await).await.unwrap();
    let mut session = db.database().session().await.unwrap();
    let wanted = [hall.learners[0].id, hall.learners[1].id, UserId(maker.id())];
    let found = session.attendances().candidates(&hall.lectures[0], &wanted).await.unwrap();
    assert_eq!(found, [(hall.enrolments[0].clone(), Some(mark)), (hall.enrolments[1].clone(), None)]);
}

async fn marks_are_removed_one_by_one_or_with_their_lecture(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 2, 2).await;
    let marks = marked(db, &hall, &maker).await;
    let mut unit = db.database().begin().await.unwrap();
    unit.attendances().delete(marks[0].id).await.unwrap();
    let outcome = unit.attendances().delete(marks[0].id).await;
    assert!(matches!(outcome, Err(RepositoryError::Stale)));
    assert_eq!(unit.attendances().of_lecture(hall.lectures[0].id).await.unwrap(), marks[1..2]);
    assert_eq!(unit.attendances().delete_of_lecture(hall.lectures[0].id).await.unwrap(), marks[1..2]);
    assert_eq!(unit.attendances().delete_of_lecture(hall.lectures[0].id).await.unwrap(), []);
    assert_eq!(unit.attendances().of_lecture(hall.lectures[0].id).await.unwrap(), []);
    assert_eq!(unit.attendances().of_lecture(hall.lectures[1].id).await.unwrap(), marks[2..]);
}

async fn lists_are_narrowed_by_each_filter(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 2, 0).await;
    let elsewhere = maker.class(&hall.course, "2기");
    let third = maker.lecture(&elsewhere, 3);
    let users = ["가온", "나하늘"].map(|name| maker.user(name));
    let marks = [
        maker.mark(&hall.lectures[0], &users[0], AttendanceStatus::Present),
        maker.mark(&hall.lectures[1], &users[0], AttendanceStatus::Late),
        maker.mark(&hall.lectures[1], &users[1], AttendanceStatus::Present),
        maker.mark(&third, &users[1], AttendanceStatus::Absent),
    ];
    keep(db, async |unit| {
        unit.classes().insert_many(std::slice::from_ref(&elsewhere)).await?;
        unit.lectures().insert_many(std::slice::from_ref(&third)).await?;
        unit.users().insert_many(&users).await?;
        unit.attendances().insert_many(&marks).await
    })
    .await
    .unwrap();

    let mut session = db.database().session().await.unwrap();
    let mut found = async |filter: AttendanceFilter| -> Vec<String> {
        let sort = Sort::ascending(AttendanceSort::LectureDate);
        let listed = session.attendances().list(&page(filter, sort)).await.unwrap();
        assert_eq!(listed.total, Some(listed.items.len() as u64));
        listed.items.into_iter().map(|view| format!("{} {}", view.lecture_title, view.user.name)).collect()
    };
    let all = AttendanceFilter::default;
    let everything = ["1차시 가온", "2차시 가온", "2차시 나하늘", "3차시 나하늘"];
    assert_eq!(found(all()).await, everything);
    let lecture_id = Some(hall.lectures[1].id);
    assert_eq!(found(AttendanceFilter { lecture_id, ..all() }).await, everything[1..3]);
    assert_eq!(found(AttendanceFilter { user_id: Some(users[0].id), ..all() }).await, everything[..2]);
    assert_eq!(found(AttendanceFilter { class_id: Some(elsewhere.id), ..all() }).await, everything[3..]);
    let status = Some(AttendanceStatus::Late);
    assert_eq!(found(AttendanceFilter { status, ..all() }).await, everything[1..2]);
    let search = madang_domain::search::SearchQuery::parse("ㄴㅎㄴ").unwrap();
    assert_eq!(found(AttendanceFilter { search, ..all() }).await, everything[2..]);
    let second = Some(hall.lectures[1].starts_at);
    assert_eq!(found(AttendanceFilter { from: second, ..all() }).await, everything[1..]);
    assert_eq!(found(AttendanceFilter { to: second, ..all() }).await, everything[..1]);
    let third = Some(third.starts_at);
    let class_id = Some(hall.class.id);
    assert_eq!(
        found(AttendanceFilter { class_id, from: second, to: third, ..all() }).await,
        everything[1..3]
    );
}

async fn all_marks_of_a_user_change_hands(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 2, 1).await;
    let marks = marked(db, &hall, &maker).await;
    let real = maker.user("본인");
    keep(db, async |unit| unit.users().insert_many(std::slice::from_ref(&real)).await).await.unwrap();

    let mut unit = db.database().begin().await.unwrap();
    let mut given = unit.attendances().hand_over(hall.learners[0].id, real.id, None).await.unwrap();
    given.sort_by_key(|mark| mark.id);
    let expected: Vec<Attendance> = marks
        .iter()
        .map(|mark| Attendance {
            user_id: real.id,
            stamps: madang_domain::stamps::Stamps { version: 2, ..mark.stamps },
            ..mark.clone()
        })
        .collect();
    assert_eq!(given, expected);
    let own = maker.mark(&hall.lectures[0], &hall.learners[0], AttendanceStatus::Late);
    unit.attendances().insert_many(&[own]).await.unwrap();
    let outcome = unit.attendances().hand_over(hall.learners[0].id, real.id, None).await;
    assert_eq!(outcome.unwrap_err().conflict(), Some(UniqueKey::AttendanceMark));
}

async fn five_thousand_marks_are_one_statement(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 1, 5_000).await;
    let marks: Vec<Attendance> = hall
        .learners
        .iter()
        .map(|user| maker.mark(&hall.lectures[0], user, AttendanceStatus::Present))
        .collect();
    let changed: Vec<Attendance> =
        marks.iter().map(|mark| Attendance { stamps: touched(mark.stamps), ..mark.clone() }).collect();
    let users: Vec<UserId> = hall.learners.iter().map(|user| user.id).collect();

    let before = db.database().statements().statements;
    keep(db, async |unit| {
        unit.attendances().insert_many(&marks).await?;
        unit.attendances().update_many(&changed).await?;
        let kept = unit.attendances().of_users(hall.lectures[0].id, &users).await?;
        assert_eq!(kept, changed);
        Ok(())
    })
    .await
    .unwrap();
    assert_eq!(db.database().statements().statements - before, 3);
}
