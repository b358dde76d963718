//! Taking attendance: sessions, the door, first marks, wrong codes, who is in, and what bulk requests did.

use chrono::TimeDelta;
use madang_domain::{
    accounts::User,
    attendance::{
        Attendance, AttendanceBatch, AttendanceSource, AttendanceStatus, BatchEntry, MarkBefore,
        capture::{Away, BoardEntry, CheckInSession, Door, Evidence, Guesses, LectureSpan, Presence},
        policy::Times,
    },
    error::{RepositoryError, UniqueKey},
    ids::{AttendanceBatchId, AttendanceId, CheckInSessionId, LectureId, UserId},
    learning::{
        classes::Class,
        enrolments::Enrolment,
        lectures::{Cancellation, Lecture},
    },
    store::Store,
    stream_tickets::{SignIn, StreamTicket},
};
use madang_testing::TestDatabase;
use uuid::Uuid;

use crate::fixtures::{Hall, Maker, at, keep, touched};

crate::on_both!(
    a_session_is_read_as_it_was_written,
    a_lecture_has_one_session_which_is_changed_by_whoever_knows_its_version,
    sessions_that_are_over_are_found_until_they_are_seen_to,
    the_door_tells_everything_that_decides,
    the_door_knows_who_is_expected_on_the_day,
    only_who_is_expected_and_not_marked_gets_a_mark,
    nobody_gets_a_mark_in_a_closed_class_or_at_a_cancelled_lecture,
    of_two_first_marks_made_at_once_one_is_kept,
    wrong_codes_are_counted_anew_after_a_while,
    the_board_shows_by_name_who_is_expected_and_who_is_in,
    a_batch_is_read_as_it_was_written_and_undone,
    a_ticket_is_taken_once,
);

const RULES: Times =
    Times { late_grace_minutes: 9, absent_after_minutes: Some(24), early_leave_grace_minutes: 9 };

fn session(maker: &Maker, lecture: &Lecture) -> CheckInSession {
    CheckInSession {
        id: CheckInSessionId(maker.id()),
        lecture_id: lecture.id,
        opens_at: lecture.starts_at - TimeDelta::minutes(10),
        closes_at: lecture.starts_at + TimeDelta::hours(2),
        times: RULES,
        unmarked_absent: true,
        settled_at: None,
        stamps: maker.stamps(),
    }
}

/// The mark of somebody who came a quarter of an hour late, went out, and has not come back.
fn checked_in(maker: &Maker, lecture: &Lecture, user: &User) -> Attendance {
    let span = LectureSpan::of(lecture);
    let evidence = Evidence {
        step: 117_000_000,
        scanned: true,
        offline: false,
        received_at: lecture.starts_at + TimeDelta::microseconds(1),
        device: Some("ab".repeat(16)),
        network: None,
    };
    let presence = Presence::begin(lecture.starts_at + TimeDelta::minutes(15), evidence, span, RULES);
    let presence = presence.stepped_out(lecture.starts_at + TimeDelta::minutes(30), span, RULES);
    assert_eq!(
        presence.away,
        [Away { left_at: lecture.starts_at + TimeDelta::minutes(30), returned_at: None }]
    );
    Attendance {
        source: AttendanceSource::SelfCheckIn,
        presence: Some(presence),
        ..maker.mark(lecture, user, AttendanceStatus::Late)
    }
}

async fn opened(db: &TestDatabase, session: &CheckInSession) {
    keep(db, async |unit| unit.capture().insert_session(session).await).await.unwrap();
}

async fn inserted(db: &TestDatabase, marks: &[Attendance]) -> Vec<AttendanceId> {
    let made = keep(db, async |unit| unit.capture().insert_expected(marks).await).await;
    let mut made = made.unwrap();
    made.sort_unstable();
    made
}

async fn door(db: &TestDatabase, lecture: LectureId, user: &User) -> Option<Door> {
    db.database().session().await.unwrap().capture().door(lecture, user.id).await.unwrap()
}

async fn enrolled(db: &TestDatabase, enrolment: &Enrolment) {
    keep(db, async |unit| unit.enrolments().insert_many(std::slice::from_ref(enrolment)).await)
        .await
        .unwrap();
}

async fn a_session_is_read_as_it_was_written(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 3, 0).await;
    let full = CheckInSession {
        settled_at: Some(at("2026-09-01T03:00:00.000001Z")),
        ..session(&maker, &hall.lectures[0])
    };
    let plain = CheckInSession {
        times: Times { absent_after_minutes: None, ..RULES },
        unmarked_absent: false,
        ..session(&maker, &hall.lectures[1])
    };
    for session in [&full, &plain] {
        opened(db, session).await;
        let mut reading = db.database().session().await.unwrap();
        assert_eq!(reading.capture().find_session(session.lecture_id).await.unwrap().as_ref(), Some(session));
    }
    let mut reading = db.database().session().await.unwrap();
    assert_eq!(reading.capture().find_session(hall.lectures[2].id).await.unwrap(), None);
}

async fn a_lecture_has_one_session_which_is_changed_by_whoever_knows_its_version(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 1, 0).await;
    let first = session(&maker, &hall.lectures[0]);
    opened(db, &first).await;
    let second = session(&maker, &hall.lectures[0]);
    let outcome = keep(db, async |unit| unit.capture().insert_session(&second).await).await;
    assert_eq!(outcome.unwrap_err().conflict(), Some(UniqueKey::CheckInSession));
    let nowhere = CheckInSession { lecture_id: LectureId(maker.id()), ..session(&maker, &hall.lectures[0]) };
    let outcome = keep(db, async |unit| unit.capture().insert_session(&nowhere).await).await;
    assert!(matches!(outcome, Err(RepositoryError::MissingReference)), "{outcome:?}");

    let closed = CheckInSession {
        closes_at: first.opens_at,
        settled_at: Some(first.opens_at),
        stamps: touched(first.stamps),
        ..first.clone()
    };
    keep(db, async |unit| unit.capture().update_session(&closed).await).await.unwrap();
    let outcome = keep(db, async |unit| unit.capture().update_session(&closed).await).await;
    assert!(matches!(outcome, Err(RepositoryError::Stale)), "{outcome:?}");
    let mut reading = db.database().session().await.unwrap();
    assert_eq!(reading.capture().find_session(first.lecture_id).await.unwrap(), Some(closed));
}

async fn sessions_that_are_over_are_found_until_they_are_seen_to(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 4, 0).await;
    // The lectures are a week apart; of the second, somebody has seen to the end.
    let mut sessions: Vec<CheckInSession> =
        hall.lectures.iter().map(|lecture| session(&maker, lecture)).collect();
    sessions[1].settled_at = Some(sessions[1].closes_at);
    for session in sessions.iter().rev() {
        opened(db, session).await;
    }
    let mut reading = db.database().session().await.unwrap();
    let third = sessions[2].closes_at;
    let due = reading.capture().unsettled(third, 100).await.unwrap();
    assert_eq!(due, [sessions[0].clone(), sessions[2].clone()]);
    assert_eq!(reading.capture().unsettled(third, 1).await.unwrap(), [sessions[0].clone()]);
    let earlier = third - TimeDelta::microseconds(1);
    assert_eq!(reading.capture().unsettled(earlier, 100).await.unwrap(), [sessions[0].clone()]);
}

async fn the_door_tells_everything_that_decides(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 2, 2).await;
    let (lecture, user, other) = (&hall.lectures[0], &hall.learners[0], &hall.learners[1]);
    let bare = Door {
        lecture: lecture.clone(),
        class: hall.class.clone(),
        session: None,
        is_learner: true,
        mark: None,
        guesses: None,
    };
    assert_eq!(door(db, lecture.id, user).await, Some(bare.clone()));
    assert_eq!(door(db, LectureId(maker.id()), user).await, None);

    let (session, mark) = (session(&maker, lecture), checked_in(&maker, lecture, user));
    opened(db, &session).await;
    assert_eq!(inserted(db, std::slice::from_ref(&mark)).await, [mark.id]);
    let now = at("2026-09-01T01:00:00.000007Z");
    keep(db, async |unit| {
        unit.capture().count_wrong_code(lecture.id, user.id, now, now - TimeDelta::minutes(10)).await
    })
    .await
    .unwrap();
    let guesses = Some(Guesses { wrong: 1, since: now });
    let full = Door { session: Some(session.clone()), mark: Some(mark), guesses, ..bare.clone() };
    assert_eq!(door(db, lecture.id, user).await, Some(full));
    // What is of others, or of another lecture, does not show.
    assert_eq!(door(db, lecture.id, other).await, Some(Door { session: Some(session), ..bare }));
    let next = door(db, hall.lectures[1].id, user).await.unwrap();
    assert_eq!((next.session, next.mark, next.guesses), (None, None, None));
}

async fn the_door_knows_who_is_expected_on_the_day(db: &TestDatabase) {
    let maker = Maker::default();
    // The lectures are on 1, 8 and 15 September.
    let hall = Hall::kept(db, &maker, 3, 0).await;
    let users = maker.users(2);
    keep(db, async |unit| unit.users().insert_many(&users).await).await.unwrap();
    enrolled(db, &maker.enrolment(&hall.class, &users[0], "2026-09-08", Some("2026-09-15"))).await;
    let mut expected = Vec::new();
    for lecture in &hall.lectures {
        expected.push(door(db, lecture.id, &users[0]).await.unwrap().is_learner);
        assert!(!door(db, lecture.id, &users[1]).await.unwrap().is_learner);
    }
    assert_eq!(expected, [false, true, false]);
}

async fn only_who_is_expected_and_not_marked_gets_a_mark(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 2, 3).await;
    let (lecture, other) = (&hall.lectures[0], &hall.lectures[1]);
    let [one, two, marked] = [&hall.learners[0], &hall.learners[1], &hall.learners[2]];
    let users = maker.users(2);
    keep(db, async |unit| unit.users().insert_many(&users).await).await.unwrap();
    enrolled(db, &maker.enrolment(&hall.class, &users[0], "2026-09-02", None)).await;
    let absent = maker.mark(lecture, marked, AttendanceStatus::Absent);
    keep(db, async |unit| unit.attendances().insert_many(std::slice::from_ref(&absent)).await).await.unwrap();

    let first = checked_in(&maker, lecture, one);
    let marks = [
        first.clone(),
        checked_in(&maker, lecture, marked),
        // Not there yet on the day, and a stranger.
        checked_in(&maker, lecture, &users[0]),
        checked_in(&maker, lecture, &users[1]),
        // Other learners and lectures stand in the same statement.
        checked_in(&maker, lecture, two),
        checked_in(&maker, other, one),
        checked_in(&maker, other, &users[0]),
    ];
    let mut made: Vec<AttendanceId> = [0, 4, 5, 6].map(|place: usize| marks[place].id).to_vec();
    made.sort_unstable();
    assert_eq!(inserted(db, &marks).await, made);
    let mut reading = db.database().session().await.unwrap();
    let kept = reading.attendances().of_users(lecture.id, &[one.id, marked.id]).await.unwrap();
    assert!(kept.contains(&first) && kept.contains(&absent), "{kept:?}");
    // Again, and twice in one statement.
    assert_eq!(inserted(db, &marks).await, []);
    let twice = [checked_in(&maker, other, two), checked_in(&maker, other, two)];
    assert_eq!(inserted(db, &twice).await.len(), 1);
    assert_eq!(inserted(db, &[]).await, []);
}

async fn nobody_gets_a_mark_in_a_closed_class_or_at_a_cancelled_lecture(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 2, 1).await;
    let cancelled = Lecture {
        cancellation: Some(Cancellation { at: at("2026-08-31T00:00:00Z"), reason: None }),
        stamps: touched(hall.lectures[0].stamps),
        ..hall.lectures[0].clone()
    };
    keep(db, async |unit| unit.lectures().update(&cancelled).await).await.unwrap();
    assert_eq!(inserted(db, &[checked_in(&maker, &cancelled, &hall.learners[0])]).await, []);
    let closed = Class {
        closed_at: Some(at("2026-10-01T00:00:00Z")),
        stamps: touched(hall.class.stamps),
        ..hall.class.clone()
    };
    keep(db, async |unit| unit.classes().update(&closed).await).await.unwrap();
    assert_eq!(inserted(db, &[checked_in(&maker, &hall.lectures[1], &hall.learners[0])]).await, []);
}

async fn of_two_first_marks_made_at_once_one_is_kept(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 1, 1).await;
    let marks: Vec<Attendance> =
        (0..8).map(|_| checked_in(&maker, &hall.lectures[0], &hall.learners[0])).collect();
    let tasks: Vec<_> = marks
        .iter()
        .cloned()
        .map(|mark| {
            let store = db.store();
            tokio::spawn(async move {
                let mut unit = store.begin().await.unwrap();
                let made = unit.capture().insert_expected(&[mark]).await.unwrap();
                unit.commit().await.unwrap();
                made
            })
        })
        .collect();
    let mut made = Vec::new();
    for task in tasks {
        made.extend(task.await.unwrap());
    }
    let mut reading = db.database().session().await.unwrap();
    let kept = reading.attendances().of_lecture(hall.lectures[0].id).await.unwrap();
    assert_eq!((kept.len(), made), (1, vec![kept[0].id]));
}

async fn wrong_codes_are_counted_anew_after_a_while(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 1, 2).await;
    let lecture = &hall.lectures[0];
    let count = async |user: UserId, now| {
        let forgotten = now - TimeDelta::minutes(10);
        keep(db, async |unit| unit.capture().count_wrong_code(lecture.id, user, now, forgotten).await)
            .await
            .unwrap();
    };
    let guesses = async |place: usize| door(db, lecture.id, &hall.learners[place]).await.unwrap().guesses;
    let (first, user) = (at("2026-09-01T01:00:00Z"), hall.learners[0].id);
    for minutes in [0, 3, 9] {
        count(user, first + TimeDelta::minutes(minutes)).await;
    }
    assert_eq!(guesses(0).await, Some(Guesses { wrong: 3, since: first }));
    assert_eq!(guesses(1).await, None);
    let later = first + TimeDelta::minutes(10);
    count(user, later).await;
    assert_eq!(guesses(0).await, Some(Guesses { wrong: 1, since: later }));
    count(hall.learners[1].id, later + TimeDelta::minutes(1)).await;
    let forgotten =
        keep(db, async |unit| unit.capture().forget_wrong_codes(later + TimeDelta::seconds(1)).await).await;
    assert_eq!(forgotten.unwrap(), 1);
    assert_eq!((guesses(0).await, guesses(1).await.map(|one| one.wrong)), (None, Some(1)));
}

async fn the_board_shows_by_name_who_is_expected_and_who_is_in(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 2, 0).await;
    let lecture = &hall.lectures[0];
    let users = [maker.user("나래"), maker.user("가람"), maker.user("다솜"), maker.user("라온")];
    keep(db, async |unit| unit.users().insert_many(&users).await).await.unwrap();
    for (user, from, until) in [
        (0, "2026-09-01", None),
        (1, "2026-09-01", None),
        (2, "2026-09-02", None),
        (3, "2026-08-01", Some("2026-09-01")),
    ] {
        enrolled(db, &maker.enrolment(&hall.class, &users[user], from, until)).await;
    }
    let mark = checked_in(&maker, lecture, &users[0]);
    // Of another lecture, so not on this board.
    let elsewhere = checked_in(&maker, &hall.lectures[1], &users[1]);
    assert_eq!(inserted(db, &[mark.clone(), elsewhere]).await.len(), 2);
    let mut reading = db.database().session().await.unwrap();
    let board = reading.capture().board(lecture.id).await.unwrap();
    let entry = |user: usize, mark| BoardEntry { user: users[user].summary(), mark };
    assert_eq!(board.entries, [entry(1, None), entry(0, Some(mark))]);
    assert_eq!(reading.capture().board(LectureId(maker.id())).await.unwrap().entries, []);
}

async fn a_batch_is_read_as_it_was_written_and_undone(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 1, 2).await;
    let entry = |place: usize, before: Option<&Attendance>| BatchEntry {
        attendance_id: AttendanceId(maker.id()),
        user_id: hall.learners[place].id,
        version: 2,
        before: before.map(MarkBefore::of),
    };
    let before = checked_in(&maker, &hall.lectures[0], &hall.learners[1]);
    let batch = AttendanceBatch {
        id: AttendanceBatchId(maker.id()),
        lecture_id: hall.lectures[0].id,
        entries: vec![entry(0, None), entry(1, Some(&before))],
        made_at: at("2026-09-01T01:00:00.123456Z"),
        made_by: Some(UserId(maker.id())),
        undone_at: None,
        undone_by: None,
    };
    keep(db, async |unit| unit.attendance_batches().insert(&batch).await).await.unwrap();
    let found = async |id| {
        let mut unit = db.database().begin().await.unwrap();
        let found = unit.attendance_batches().find_for_update(id).await.unwrap();
        unit.rollback().await.unwrap();
        found
    };
    let of_batch = |batch| Some((batch, hall.lectures[0].clone(), hall.class.clone()));
    assert_eq!(found(batch.id).await, of_batch(batch.clone()));
    assert_eq!(found(AttendanceBatchId(maker.id())).await, None);
    let (when, by) = (at("2026-09-01T02:00:00Z"), Some(UserId(maker.id())));
    keep(db, async |unit| unit.attendance_batches().note_undone(batch.id, when, by).await).await.unwrap();
    let undone = AttendanceBatch { undone_at: Some(when), undone_by: by, ..batch.clone() };
    assert_eq!(found(batch.id).await, of_batch(undone));
    let outcome = keep(db, async |unit| {
        unit.attendance_batches().note_undone(AttendanceBatchId(Uuid::nil()), when, by).await
    });
    assert!(matches!(outcome.await, Err(RepositoryError::Stale)));
}

async fn a_ticket_is_taken_once(db: &TestDatabase) {
    let maker = Maker::default();
    let ticket = |hash: &str, usable_until: &str| StreamTicket {
        hash: hash.to_owned(),
        stream: "lectures/1/live".to_owned(),
        sign_in: SignIn {
            user: UserId(maker.id()),
            session: maker.id(),
            until: at("2026-09-01T02:00:00.000001Z"),
        },
        usable_until: at(usable_until),
    };
    let (one, old) = (ticket("one", "2026-09-01T01:00:30Z"), ticket("old", "2026-09-01T01:00:00Z"));
    keep(db, async |unit| {
        unit.stream_tickets().insert(&one).await?;
        unit.stream_tickets().insert(&old).await
    })
    .await
    .unwrap();
    let forgotten =
        keep(db, async |unit| unit.stream_tickets().forget(at("2026-09-01T01:00:00Z")).await).await;
    assert_eq!(forgotten.unwrap(), 1);
    let take = async |hash| keep(db, async |unit| unit.stream_tickets().take(hash).await).await.unwrap();
    assert_eq!((take("one").await, take("one").await, take("old").await), (Some(one), None, None));
}
