//! Merges, and what two users share.

use madang_domain::{
    attendance::{Attendance, AttendanceStatus},
    external_ids::ExternalId,
    ids::{MergeId, UserId},
    merging::{CertificationClash, Holdings, Merge, MergeRecord, Traces},
    store::Store,
};
use madang_testing::TestDatabase;

use super::fixtures::{Hall, Maker, at, keep};
use crate::on_both;

on_both!(
    a_merge_stands_until_it_is_undone,
    what_was_kept_to_undo_a_merge_is_forgotten_in_time,
    marks_at_the_same_lectures_are_found_with_their_lectures,
    what_two_users_share_is_found,
    traces_change_hands_and_go_back,
);

fn merge(maker: &Maker, temp: UserId, into: UserId) -> Merge {
    Merge {
        id: MergeId(maker.id()),
        temp_id: temp,
        into_id: into,
        record: MergeRecord {
            traces: Traces { warnings: vec!["x at_risk".to_owned()], external_ids: Vec::new() },
            ..MergeRecord::default()
        },
        merged_at: at("2026-09-01T01:00:00Z"),
        merged_by: Some(UserId(maker.id())),
        undone_at: None,
        undone_by: None,
    }
}

async fn a_merge_stands_until_it_is_undone(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 0, 3).await;
    let (temp, real) = (hall.learners[0].id, hall.learners[1].id);
    let kept = merge(&maker, temp, real);
    keep(db, async |unit| unit.merges().insert(&kept).await).await.unwrap();

    let mut unit = db.database().begin().await.unwrap();
    assert_eq!(unit.merges().standing_of(temp).await.unwrap(), Some(kept.clone()));
    assert_eq!(unit.merges().standing_of(real).await.unwrap(), None);
    assert_eq!(unit.merges().merged_into(real).await.unwrap(), [temp]);
    unit.merges().note_undone(kept.id, at("2026-09-02T01:00:00Z"), None).await.unwrap();
    assert_eq!(unit.merges().standing_of(temp).await.unwrap(), None);
    assert_eq!(unit.merges().merged_into(real).await.unwrap(), [] as [UserId; 0]);
    // It can be done again then, but only once at a time.
    unit.merges().insert(&merge(&maker, temp, real)).await.unwrap();
    assert!(unit.merges().insert(&merge(&maker, temp, hall.learners[2].id)).await.is_err());
}

async fn what_was_kept_to_undo_a_merge_is_forgotten_in_time(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 0, 2).await;
    let kept = merge(&maker, hall.learners[0].id, hall.learners[1].id);
    let mut unit = db.database().begin().await.unwrap();
    unit.merges().insert(&kept).await.unwrap();
    assert_eq!(unit.merges().forget(kept.merged_at).await.unwrap(), 0);
    assert_eq!(unit.merges().forget(at("2026-09-01T01:00:01Z")).await.unwrap(), 1);
    assert_eq!(unit.merges().forget(at("2026-09-01T01:00:01Z")).await.unwrap(), 0);
    let forgotten = unit.merges().standing_of(kept.temp_id).await.unwrap().unwrap();
    assert_eq!(forgotten, Merge { record: MergeRecord::default(), ..kept });
}

async fn marks_at_the_same_lectures_are_found_with_their_lectures(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 3, 3).await;
    let mark = |lecture: usize, learner: usize| -> Attendance {
        maker.mark(&hall.lectures[lecture], &hall.learners[learner], AttendanceStatus::Present)
    };
    let (both, theirs, own, others) = (mark(0, 0), mark(1, 0), mark(0, 1), mark(0, 2));
    let elsewhere = mark(2, 1);
    let all = [both.clone(), theirs.clone(), own.clone(), others, elsewhere];
    keep(db, async |unit| unit.attendances().insert_many(&all).await).await.unwrap();

    let mut unit = db.database().begin().await.unwrap();
    let found = unit.merges().marks(hall.learners[0].id, hall.learners[1].id).await.unwrap();
    let marks: Vec<Attendance> = found.iter().map(|placed| placed.attendance.clone()).collect();
    assert_eq!(marks, [both, own, theirs]);
    let first = &found[0];
    assert_eq!((first.class_id, first.closed), (hall.class.id, false));
    assert_eq!(
        (first.lecture_title.as_str(), first.lecture_date),
        (hall.lectures[0].title.as_str(), hall.lectures[0].starts_at)
    );
}

async fn what_two_users_share_is_found(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 1, 2).await;
    let (temp, real) = (&hall.learners[0], &hall.learners[1]);
    let stranger = maker.user("모르는 사람");
    let certifications = [maker.certification(&hall.course, temp), maker.certification(&hall.course, real)];
    keep(db, async |unit| {
        unit.users().insert_many(std::slice::from_ref(&stranger)).await?;
        unit.attendances()
            .insert_many(&[maker.mark(&hall.lectures[0], temp, AttendanceStatus::Present)])
            .await?;
        unit.certifications().insert_many(&certifications).await
    })
    .await
    .unwrap();

    let mut session = db.database().session().await.unwrap();
    let merges = session.merges();
    assert_eq!(merges.shared_classes(temp.id, real.id).await.unwrap(), [hall.class.id]);
    assert_eq!(merges.shared_classes(temp.id, stranger.id).await.unwrap(), []);
    let twice = CertificationClash {
        course_id: hall.course.id,
        temp: certifications[0].id,
        real: certifications[1].id,
    };
    assert_eq!(merges.certified_twice(temp.id, real.id).await.unwrap(), [twice]);
    assert_eq!(merges.certified_twice(temp.id, stranger.id).await.unwrap(), []);
    let holdings = Holdings { enrolments: 1, attendances: 1, leave_requests: 0, certifications: 1 };
    assert_eq!(merges.holdings(temp.id).await.unwrap(), holdings);
    assert_eq!(merges.holdings(stranger.id).await.unwrap(), Holdings::default());
}

async fn traces_change_hands_and_go_back(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 0, 2).await;
    let (temp, real) = (hall.learners[0].id, hall.learners[1].id);
    let known =
        |id: &str, user: UserId| ExternalId { entity: "user", external_id: id.to_owned(), id: user.0 };
    let warn = |user: UserId, kind: &str| {
        format!(
            "INSERT INTO attendance_warnings VALUES ('{}', '{user}', '{kind}', '2026-09-01T01:00:00.000000Z')",
            hall.class.id
        )
    };
    for (user, kind) in [(temp, "at_risk"), (temp, "unreachable"), (real, "at_risk")] {
        db.run(&warn(user, kind)).await.unwrap();
    }
    let mut unit = db.database().begin().await.unwrap();
    unit.external_ids().insert_many("hr", &[known("met", temp), known("own", real)]).await.unwrap();

    let given = unit.merges().hand_over_traces(temp, real, None).await.unwrap();
    let expected = Traces {
        warnings: vec![format!("{} unreachable", hall.class.id)],
        external_ids: vec!["hr met".to_owned()],
    };
    assert_eq!(given, expected);
    let owners = async |unit: &mut dyn madang_domain::store::UnitOfWork| -> Vec<uuid::Uuid> {
        unit.external_ids().of("hr", "user").await.unwrap().into_iter().map(|one| one.id).collect()
    };
    assert_eq!(owners(&mut *unit).await, [real.0, real.0]);
    assert_eq!(unit.merges().hand_over_traces(real, temp, Some(&given)).await.unwrap(), given);
    assert_eq!(owners(&mut *unit).await, [temp.0, real.0]);
    assert_eq!(
        unit.merges().hand_over_traces(real, temp, Some(&Traces::default())).await.unwrap(),
        Traces::default()
    );
}
