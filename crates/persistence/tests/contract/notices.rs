//! Notices, what became of them outside, preferences, announcements, and when classes remind.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use madang_domain::{
    accounts::{AuthType, User},
    attendance::AttendanceStatus,
    channels::{Channel, Language},
    error::RepositoryError,
    ids::{AnnouncementId, NoticeId},
    notifications::{
        Announcement, AnnouncementBody, AnnouncementFilter, AnnouncementSort, AnnouncementTitle, Choice,
        ClassReminders, Delivery, DeliveryState, Facts, KeptPreferences, LectureCause, MailChoice, Notice,
        NoticeFilter, NoticeKind, NoticeSort, Preferences, Reminders,
    },
    page::Sort,
    store::Store,
    text::Email,
};
use madang_testing::TestDatabase;

use crate::fixtures::{Hall, Maker, at, keep, page, touched, walk};

crate::on_both!(
    a_notice_is_read_as_it_was_written,
    of_one_cause_a_person_is_told_once_unless_it_was_cancelled,
    what_is_deleted_or_cancelled_is_shown_to_nobody,
    reading_is_noted_once,
    changes_are_found_for_many_people_at_once,
    old_notices_are_removed_in_batches,
    what_became_of_a_message_is_kept_under_its_key,
    the_mail_of_the_day_holds_what_is_unread,
    people_are_reached_as_they_can_be,
    preferences_and_reminders_are_changed_by_whoever_knows_their_version,
    announcements_are_listed_until_they_are_taken_back,
    a_lecture_is_found_with_the_people_who_are_not_told_of_it,
    what_was_told_holds_until_its_cause_is_gone,
);

const NOW: &str = "2026-09-01T00:30:00Z";

fn notice(maker: &Maker, user: &User, created_at: &str) -> Notice {
    Notice {
        id: NoticeId(maker.id()),
        user_id: user.id,
        kind: NoticeKind::Announcement,
        subject_id: maker.id(),
        cause: String::new(),
        subject_at: None,
        facts: Facts::default(),
        in_digest: false,
        created_at: at(created_at),
        changed_at: at(created_at),
        read_at: None,
        deleted_at: None,
        cancelled_at: None,
    }
}

async fn told(db: &TestDatabase, notices: &[Notice]) -> Vec<NoticeId> {
    let mut new = keep(db, async |unit| unit.notices().insert_new(notices).await).await.unwrap();
    new.sort_unstable();
    new
}

async fn people(db: &TestDatabase, maker: &Maker, count: usize) -> Vec<User> {
    let users = maker.users(count);
    keep(db, async |unit| unit.users().insert_many(&users).await).await.unwrap();
    users
}

fn of(user: &User) -> NoticeFilter {
    NoticeFilter { user_id: user.id, unread: None, kind: None }
}

async fn shown(db: &TestDatabase, filter: NoticeFilter) -> Vec<NoticeId> {
    let mut session = db.database().session().await.unwrap();
    let listed =
        session.notices().list(&page(filter, Sort::descending(NoticeSort::CreatedAt))).await.unwrap();
    assert_eq!(listed.total, Some(listed.items.len() as u64));
    listed.items.iter().map(|notice| notice.id).collect()
}

async fn a_notice_is_read_as_it_was_written(db: &TestDatabase) {
    let maker = Maker::default();
    let user = &people(db, &maker, 1).await[0];
    let plain = notice(&maker, user, "2026-09-01T00:00:00Z");
    let full = Notice {
        kind: NoticeKind::LectureStart,
        cause: "2026-09-01T01:00:00.000000Z".to_owned(),
        subject_at: Some(at("2026-09-01T01:00:00Z")),
        facts: Facts {
            class_title: Some("1기".to_owned()),
            starts_at: Some(at("2026-09-01T01:00:00Z")),
            expires_on: Some("2026-12-31".parse().unwrap()),
            is_urgent: true,
            version: Some(3),
            ..Facts::default()
        },
        in_digest: true,
        read_at: Some(at("2026-09-02T00:00:00.123456Z")),
        deleted_at: Some(at("2026-09-03T00:00:00Z")),
        cancelled_at: Some(at("2026-09-04T00:00:00Z")),
        ..notice(&maker, user, "2026-09-01T00:00:00.123456Z")
    };
    assert_eq!(told(db, &[plain.clone(), full.clone()]).await.len(), 2);
    let mut session = db.database().session().await.unwrap();
    for notice in [plain, full] {
        assert_eq!(session.notices().find(notice.id).await.unwrap(), Some(notice));
    }
    assert_eq!(session.notices().find(NoticeId(maker.id())).await.unwrap(), None);
}

async fn of_one_cause_a_person_is_told_once_unless_it_was_cancelled(db: &TestDatabase) {
    let maker = Maker::default();
    let users = people(db, &maker, 2).await;
    let first = notice(&maker, &users[0], NOW);
    let again = |id| Notice { id: NoticeId(id), ..first.clone() };
    assert_eq!(told(db, &[first.clone(), again(maker.id())]).await, [first.id], "in one statement");
    assert!(told(db, &[again(maker.id())]).await.is_empty(), "and in another");
    let others = [
        Notice { user_id: users[1].id, ..again(maker.id()) },
        Notice { kind: NoticeKind::Absence, ..again(maker.id()) },
        Notice { subject_id: maker.id(), ..again(maker.id()) },
        Notice { cause: "2026-09-01T01:00:00Z".to_owned(), ..again(maker.id()) },
    ];
    assert_eq!(told(db, &others).await.len(), 4);
    let cancel =
        async || keep(db, async |unit| unit.notices().cancel(&[first.id], at(NOW)).await).await.unwrap();
    assert_eq!((cancel().await, cancel().await), (1, 0));
    assert_eq!(told(db, &[again(maker.id()), again(maker.id())]).await.len(), 1, "its cause is back");
}

async fn what_is_deleted_or_cancelled_is_shown_to_nobody(db: &TestDatabase) {
    let maker = Maker::default();
    let users = people(db, &maker, 2).await;
    let notices: Vec<Notice> = (0..4).map(|_| notice(&maker, &users[0], NOW)).collect();
    told(db, &notices).await;
    let ids: Vec<NoticeId> = notices.iter().map(|notice| notice.id).collect();
    keep(db, async |unit| {
        assert!(unit.notices().delete(users[0].id, ids[0], at(NOW)).await?);
        assert!(!unit.notices().delete(users[0].id, ids[0], at(NOW)).await?);
        assert!(!unit.notices().delete(users[1].id, ids[1], at(NOW)).await?, "not theirs");
        unit.notices().cancel(&ids[3..], at(NOW)).await
    })
    .await
    .unwrap();
    assert_eq!(shown(db, of(&users[0])).await, [ids[2], ids[1]]);
    assert!(told(db, &[Notice { id: NoticeId(maker.id()), ..notices[0].clone() }]).await.is_empty());
    let mut session = db.database().session().await.unwrap();
    assert_eq!(session.notices().unread(&[users[0].id, users[1].id]).await.unwrap(), [(users[0].id, 2)]);
}

async fn reading_is_noted_once(db: &TestDatabase) {
    let maker = Maker::default();
    let users = people(db, &maker, 2).await;
    let notices = [notice(&maker, &users[0], NOW), notice(&maker, &users[0], "2026-09-01T00:31:00Z")];
    told(db, &notices).await;
    let (first, later) = (at("2026-09-01T01:00:00Z"), at("2026-09-01T02:00:00Z"));
    let mut unit = db.database().begin().await.unwrap();
    let read = unit.notices().note_read(users[0].id, notices[0].id, first).await.unwrap().unwrap();
    assert_eq!((read.read_at, read.changed_at), (Some(first), first));
    assert_eq!(unit.notices().note_read(users[0].id, notices[0].id, later).await.unwrap(), Some(read));
    assert_eq!(unit.notices().note_read(users[1].id, notices[0].id, later).await.unwrap(), None);
    assert_eq!(unit.notices().note_all_read(users[0].id, later).await.unwrap(), 1);
    unit.commit().await.unwrap();
    assert_eq!(shown(db, NoticeFilter { unread: Some(true), ..of(&users[0]) }).await, []);
    assert_eq!(shown(db, NoticeFilter { unread: Some(false), ..of(&users[0]) }).await.len(), 2);
    assert_eq!(shown(db, NoticeFilter { kind: Some(NoticeKind::Absence), ..of(&users[0]) }).await, []);
    let mut session = db.database().session().await.unwrap();
    let walked = walk(of(&users[0]), Sort::ascending(NoticeSort::CreatedAt), 1, async |listing| {
        session.notices().list(&listing).await.unwrap()
    });
    assert_eq!(walked.await.len(), 2);
}

async fn changes_are_found_for_many_people_at_once(db: &TestDatabase) {
    let maker = Maker::default();
    let users = people(db, &maker, 3).await;
    let notices: Vec<Notice> =
        users.iter().map(|user| notice(&maker, user, "2026-09-01T00:00:00Z")).collect();
    told(db, &notices).await;
    let now = at("2026-09-01T01:00:00Z");
    keep(db, async |unit| unit.notices().delete(users[1].id, notices[1].id, now).await).await.unwrap();
    let mut session = db.database().session().await.unwrap();
    let mut changed = async |of: &[usize], since: &str, most| -> Vec<NoticeId> {
        let readers: Vec<_> = of.iter().map(|index| users[*index].id).collect();
        let found = session.notices().changed(&readers, at(since), most).await.unwrap();
        found.iter().map(|notice| notice.id).collect()
    };
    assert_eq!(changed(&[0, 1], "2026-09-01T00:00:00Z", 9).await, [notices[0].id, notices[1].id]);
    assert_eq!(changed(&[0, 1, 2], "2026-09-01T00:00:01Z", 9).await, [notices[1].id], "what is gone too");
    assert_eq!(changed(&[0, 2], "2026-09-01T00:00:00Z", 1).await, [notices[0].id]);
    assert_eq!(changed(&[], "2026-09-01T00:00:00Z", 9).await, []);
}

async fn old_notices_are_removed_in_batches(db: &TestDatabase) {
    let maker = Maker::default();
    let user = &people(db, &maker, 1).await[0];
    let old: Vec<Notice> = (0..3).map(|_| notice(&maker, user, "2026-08-01T00:00:00Z")).collect();
    let new = notice(&maker, user, NOW);
    told(db, &[&old[..], std::slice::from_ref(&new)].concat()).await;
    keep(db, async |unit| {
        unit.notices().keep_delivery(&delivery(&maker, &old[0], DeliveryState::Sending)).await
    })
    .await
    .unwrap();
    let purge = async || {
        keep(db, async |unit| unit.notices().purge(at("2026-08-02T00:00:00Z"), 2).await).await.unwrap()
    };
    assert_eq!((purge().await, purge().await, purge().await), (2, 1, 0));
    assert_eq!(shown(db, of(user)).await, [new.id]);
}

fn delivery(maker: &Maker, notice: &Notice, state: DeliveryState) -> Delivery {
    Delivery {
        key: maker.id(),
        notice_id: notice.id,
        channel: Channel::Alimtalk,
        state,
        asked_at: at("2026-09-01T00:00:00.123456Z"),
        changed_at: at("2026-09-01T00:00:00.123456Z"),
    }
}

async fn what_became_of_a_message_is_kept_under_its_key(db: &TestDatabase) {
    let maker = Maker::default();
    let user = &people(db, &maker, 1).await[0];
    let notice = notice(&maker, user, NOW);
    told(db, std::slice::from_ref(&notice)).await;
    let first = delivery(&maker, &notice, DeliveryState::Sending);
    let states = [
        DeliveryState::Sending,
        DeliveryState::Pending("번호 1".to_owned()),
        DeliveryState::Later,
        DeliveryState::Accepted("2".to_owned()),
        DeliveryState::Refused,
    ];
    for state in states {
        let changed_at = first.changed_at + TimeDelta::seconds(1);
        let next = Delivery { state, changed_at, ..first.clone() };
        let mut unit = db.database().begin().await.unwrap();
        unit.notices().keep_delivery(&next).await.unwrap();
        assert_eq!(unit.notices().delivery(first.key).await.unwrap(), Some(next));
        unit.commit().await.unwrap();
    }
    let nowhere =
        Delivery { notice_id: NoticeId(maker.id()), ..delivery(&maker, &notice, DeliveryState::Later) };
    let outcome = keep(db, async |unit| unit.notices().keep_delivery(&nowhere).await).await;
    assert!(matches!(outcome, Err(RepositoryError::MissingReference)), "{outcome:?}");
}

async fn the_mail_of_the_day_holds_what_is_unread(db: &TestDatabase) {
    let maker = Maker::default();
    let users = people(db, &maker, 2).await;
    let waiting = |created_at| Notice { in_digest: true, ..notice(&maker, &users[0], created_at) };
    let (later, earlier) = (waiting("2026-09-01T00:10:00Z"), waiting("2026-09-01T00:00:00Z"));
    let read = Notice { read_at: Some(at(NOW)), user_id: users[1].id, ..waiting(NOW) };
    told(db, &[later.clone(), earlier.clone(), read, notice(&maker, &users[1], NOW)]).await;
    let mut unit = db.database().begin().await.unwrap();
    assert_eq!(unit.notices().awaiting_digest().await.unwrap(), [users[0].id]);
    assert_eq!(unit.notices().digest_of(users[0].id, 9).await.unwrap(), [earlier.clone(), later.clone()]);
    assert_eq!(unit.notices().digest_of(users[0].id, 1).await.unwrap(), std::slice::from_ref(&earlier));
    unit.notices().note_digested(&[earlier.id]).await.unwrap();
    assert_eq!(unit.notices().digest_of(users[0].id, 9).await.unwrap(), [later]);
    unit.notices().note_digested(&[]).await.unwrap();
}

async fn people_are_reached_as_they_can_be(db: &TestDatabase) {
    let maker = Maker::default();
    let mut users = maker.users(4);
    let email = Some(Email::parse("haneul@example.com").unwrap());
    users[0] = User { email: email.clone(), email_verified_at: Some(at(NOW)), ..users[0].clone() };
    users[1] = User { email, ..users[1].clone() };
    users[2] = User { is_active: false, ..users[2].clone() };
    users[3] = User { auth_type: AuthType::Temp, ..users[3].clone() };
    keep(db, async |unit| unit.users().insert_many(&users).await).await.unwrap();
    let kept = preferences(&maker, &users[1]);
    keep(db, async |unit| unit.notice_preferences().keep(&kept).await).await.unwrap();
    let ids: Vec<_> = users.iter().map(|user| user.id).collect();
    let mut session = db.database().session().await.unwrap();
    let mut found = session.notices().addressees(&ids[..3]).await.unwrap();
    found.sort_by_key(|one| one.user_id);
    let told: Vec<_> =
        found.iter().map(|one| (one.user_id, one.has_mail, one.has_phone, one.has_device)).collect();
    assert_eq!(told, [(ids[0], true, false, false), (ids[1], false, false, false)]);
    assert_eq!((&found[0].preferences, &found[1].preferences), (&None, &Some(kept.preferences)));
}

fn preferences(maker: &Maker, user: &User) -> KeptPreferences {
    let choice = Choice { mail: MailChoice::Digest, push: false, alimtalk: true };
    let choices = BTreeMap::from([(NoticeKind::Absence, choice)]);
    let preferences = Preferences { language: Language::English, quiet_hours: None, choices };
    KeptPreferences { user_id: user.id, preferences, stamps: maker.stamps() }
}

async fn preferences_and_reminders_are_changed_by_whoever_knows_their_version(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 0, 1).await;
    let old = preferences(&maker, &hall.learners[0]);
    let new =
        KeptPreferences { preferences: Preferences::default(), stamps: touched(old.stamps), ..old.clone() };
    let none = Reminders { before_start: None, check_in_after: None, marking_after: None };
    let reminders =
        ClassReminders { class_id: hall.class.id, reminders: Reminders::DEFAULT, stamps: maker.stamps() };
    let changed = ClassReminders { reminders: none, stamps: touched(reminders.stamps), ..reminders };
    keep(db, async |unit| {
        unit.notice_preferences().keep(&old).await?;
        unit.notice_preferences().keep(&new).await?;
        unit.announcements().keep_reminders(&reminders).await?;
        unit.announcements().keep_reminders(&changed).await
    })
    .await
    .unwrap();
    let outcome = keep(db, async |unit| unit.notice_preferences().keep(&new).await).await;
    assert!(matches!(outcome, Err(RepositoryError::Stale)), "{outcome:?}");
    let outcome = keep(db, async |unit| unit.announcements().keep_reminders(&changed).await).await;
    assert!(matches!(outcome, Err(RepositoryError::Stale)), "{outcome:?}");
    let mut session = db.database().session().await.unwrap();
    assert_eq!(session.notice_preferences().of_users(&[old.user_id]).await.unwrap(), [new]);
    assert_eq!(session.announcements().reminders(hall.class.id).await.unwrap(), Some(changed));
}

fn announcement(maker: &Maker, hall: &Hall) -> Announcement {
    Announcement {
        id: AnnouncementId(maker.id()),
        class_id: hall.class.id,
        title: AnnouncementTitle::parse("준비물").unwrap(),
        body: AnnouncementBody::parse("물통\n앞치마").unwrap(),
        is_urgent: true,
        withdrawn_at: None,
        stamps: maker.stamps(),
    }
}

async fn announcements_are_listed_until_they_are_taken_back(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 0, 1).await;
    let (one, other) = (announcement(&maker, &hall), announcement(&maker, &hall));
    keep(db, async |unit| {
        unit.announcements().insert(&one).await?;
        unit.announcements().insert(&other).await
    })
    .await
    .unwrap();
    let listing =
        page(AnnouncementFilter { class_id: hall.class.id }, Sort::descending(AnnouncementSort::CreatedAt));
    let mut session = db.database().session().await.unwrap();
    assert_eq!(session.announcements().list(&listing).await.unwrap().items, [other.clone(), one.clone()]);
    let audience = session.causes().audience(one.id, at(NOW)).await.unwrap();
    assert_eq!(audience.iter().map(|found| found.user_id).collect::<Vec<_>>(), [hall.learners[0].id]);
    assert_eq!(
        (&audience[0].facts.body, audience[0].facts.is_urgent),
        (&Some("물통\n앞치마".to_owned()), true)
    );
    drop(session);
    let gone = Announcement { withdrawn_at: Some(at(NOW)), stamps: touched(one.stamps), ..one.clone() };
    keep(db, async |unit| unit.announcements().update(&gone).await).await.unwrap();
    let mut session = db.database().session().await.unwrap();
    assert_eq!(session.announcements().list(&listing).await.unwrap().items, [other]);
    assert_eq!(session.announcements().find(one.id).await.unwrap(), Some(gone));
    assert_eq!(session.causes().audience(one.id, at(NOW)).await.unwrap(), []);
}

fn cause(starts_at: DateTime<Utc>) -> String {
    starts_at.to_rfc3339()
}

async fn a_lecture_is_found_with_the_people_who_are_not_told_of_it(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 2, 2).await;
    let lecture = &hall.lectures[0];
    let mut session = db.database().session().await.unwrap();
    let around = session.causes().lectures_starting(at(NOW)..at("2026-09-02T00:00:00Z")).await.unwrap();
    assert_eq!((around.len(), &around[0].lecture, around[0].class_title.as_str()), (1, lecture, "1기"));
    assert_eq!(around[0].reminders, None);
    let causes = [LectureCause {
        lecture_id: lecture.id,
        starts_at: lecture.starts_at,
        cause: cause(lecture.starts_at),
    }];
    let untold = async |kind: NoticeKind, now: &str| {
        let mut session = db.database().session().await.unwrap();
        let mut found = session.causes().untold_of(kind, &causes, at(now)).await.unwrap();
        found.sort_unstable();
        found.into_iter().map(|(_, user)| user).collect::<Vec<_>>()
    };
    let both = [hall.learners[0].id, hall.learners[1].id];
    assert_eq!(untold(NoticeKind::LectureStart, NOW).await, both);
    assert!(untold(NoticeKind::LectureStart, "2026-09-01T01:00:00Z").await.is_empty(), "it has begun");
    assert!(untold(NoticeKind::CheckInReminder, "2026-09-01T01:10:00Z").await.is_empty(), "nobody is marked");
    let one = Notice {
        kind: NoticeKind::LectureStart,
        subject_id: lecture.id.0,
        cause: cause(lecture.starts_at),
        subject_at: Some(lecture.starts_at),
        ..notice(&maker, &hall.learners[0], NOW)
    };
    told(db, &[one]).await;
    assert_eq!(untold(NoticeKind::LectureStart, NOW).await, both[1..]);
    let mark = maker.mark(lecture, &hall.learners[0], AttendanceStatus::Present);
    keep(db, async |unit| unit.attendances().insert_many(std::slice::from_ref(&mark)).await).await.unwrap();
    assert_eq!(untold(NoticeKind::CheckInReminder, "2026-09-01T01:10:00Z").await, both[1..]);
    assert!(untold(NoticeKind::CheckInReminder, "2026-09-01T03:00:00Z").await.is_empty(), "it is over");
}

async fn what_was_told_holds_until_its_cause_is_gone(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 1, 1).await;
    let (lecture, learner) = (&hall.lectures[0], &hall.learners[0]);
    let start = Notice {
        kind: NoticeKind::LectureStart,
        subject_id: lecture.id.0,
        subject_at: Some(lecture.starts_at),
        ..notice(&maker, learner, NOW)
    };
    let mark = maker.mark(lecture, learner, AttendanceStatus::Absent);
    let absence = Notice { kind: NoticeKind::Absence, subject_id: mark.id.0, ..notice(&maker, learner, NOW) };
    keep(db, async |unit| unit.attendances().insert_many(std::slice::from_ref(&mark)).await).await.unwrap();
    told(db, &[start.clone(), absence.clone()]).await;
    let holds = async |notice: &Notice, now: &str| {
        let mut session = db.database().session().await.unwrap();
        !session.causes().holding(notice.kind, &[notice.id], at(now)).await.unwrap().is_empty()
    };
    let retract = async |kind, now: &str| {
        keep(db, async |unit| unit.causes().retract(kind, at("2026-08-31T00:00:00Z"), at(now)).await)
            .await
            .unwrap()
    };
    assert!(holds(&start, NOW).await && holds(&absence, NOW).await);
    assert!(!holds(&start, "2026-09-01T01:00:00Z").await, "it has begun, and is not sent any more");
    assert_eq!(retract(NoticeKind::LectureStart, "2026-09-01T05:00:00Z").await, 0, "but it was true");

    let moved = madang_domain::learning::lectures::Lecture {
        starts_at: lecture.starts_at + TimeDelta::minutes(5),
        stamps: touched(lecture.stamps),
        ..lecture.clone()
    };
    keep(db, async |unit| unit.lectures().update(&moved).await).await.unwrap();
    assert!(!holds(&start, NOW).await);
    assert_eq!(retract(NoticeKind::LectureStart, NOW).await, 1);
    assert_eq!(retract(NoticeKind::LectureStart, NOW).await, 0);
    assert!(holds(&absence, NOW).await);
    for kind in NoticeKind::ALL {
        if *kind != NoticeKind::Absence {
            assert_eq!(retract(*kind, NOW).await, 0);
        }
    }
    let mut present = mark.clone();
    present.mark.status = AttendanceStatus::Present;
    present.stamps = touched(mark.stamps);
    keep(db, async |unit| unit.attendances().update_many(std::slice::from_ref(&present)).await)
        .await
        .unwrap();
    assert!(!holds(&absence, NOW).await);
    assert_eq!(retract(NoticeKind::Absence, NOW).await, 1);
    assert_eq!(shown(db, of(learner)).await, []);
}
