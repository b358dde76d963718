//! A file that says something else changes what differs, and nothing more.

use madang_domain::audit::{AuditAction, AuditEntry, AuditFilter};
use madang_domain::learning::lectures::Lecture;
use madang_domain::page::{Listing, PageSize, Sort, Window};
use madang_interchange::{ImportOptions, RowCounts};

use crate::support::{World, errors, files, on_both};

on_both! {
    what_differs_is_changed_with_a_version_and_an_audit_entry;
    an_empty_value_keeps_what_is_there;
    lectures_can_change_places;
    a_learner_leaves_and_comes_back;
    an_account_is_found_by_its_user_name;
    a_lecture_that_was_removed_comes_back;
    two_names_of_one_thing_are_one_thing;
}

const CLASS: [(&str, &str); 2] = [
    ("courses.csv", "external_id,title,description,keyword\nk1,수채화,물감,미술\n"),
    (
        "classes.csv",
        "external_id,course_external_id,title,begin_date,end_date,capacity\nc1,k1,1기,2026-03-02,2026-04-20,1\n",
    ),
];
const PEOPLE: &str =
    "external_id,username,name,email\nu1,haneul,김하늘,haneul@example.com\nu2,sunja,이순자,\n";
const LECTURES: &str = "external_id,class_external_id,title,sequence,lecture_date\n\
                        l1,c1,1차시,1,2026-03-02 10:00\nl2,c1,2차시,2,2026-03-09 10:00\nl3,c1,3차시,3,2026-03-16 10:00\n";
const ENROLMENTS: &str = "class_external_id,user_external_id,enrolled_on,left_on,status\n\
                          c1,u1,2026-03-02,,\nc1,u2,2026-03-02,,\n";
const MARKS: &str =
    "lecture_external_id,user_external_id,status,description\nl1,u1,present,일찍 옴\nl1,u2,absent,\n";

async fn load(world: &World) {
    let [courses, classes] = CLASS;
    let all = [
        courses,
        classes,
        ("users.csv", PEOPLE),
        ("lectures.csv", LECTURES),
        ("enrolments.csv", ENROLMENTS),
        ("marks.csv", MARKS),
    ];
    assert_eq!(errors(&world.apply(files(&all)).await), []);
}

fn one(updated: u64, unchanged: u64) -> RowCounts {
    RowCounts { updated, unchanged, ..RowCounts::default() }
}

async fn history(world: &World, entity: &str) -> Vec<AuditEntry> {
    let filter = AuditFilter { entity: Some(entity.to_owned()), ..AuditFilter::default() };
    let window = Window::After { cursor: None, size: PageSize::BATCH };
    let listing = Listing { filter, sort: Sort(Vec::new()), window };
    let mut session = world.yard.store.session().await.unwrap();
    let entries = session.audit().list(&listing).await.unwrap().items;
    entries.into_iter().filter(|entry| entry.action == AuditAction::Update).collect()
}

async fn lectures(world: &World) -> Vec<Lecture> {
    let mut session = world.yard.store.session().await.unwrap();
    let class = session.external_ids().of("tables", "class").await.unwrap()[0].id;
    session.lectures().of_class(class.into()).await.unwrap()
}

async fn what_differs_is_changed_with_a_version_and_an_audit_entry(world: &World) {
    load(world).await;
    let changed = files(&[
        ("users.csv", &*PEOPLE.replace("이순자", "이순희")),
        ("courses.csv", "external_id,title\nk1,수채화 기초\n"),
        ("marks.csv", &*MARKS.replace("l1,u2,absent", "l1,u2,excused")),
    ]);
    let caller = madang_domain::access::Caller::system().by_request("r-7");
    let report = world.apply_as(&caller, changed, ImportOptions::default()).await;
    assert_eq!(errors(&report), []);
    let counts = report.counts();
    assert_eq!((counts.users, counts.courses, counts.attendances), (one(1, 1), one(1, 0), one(1, 1)));
    let marks = history(world, "attendance").await;
    assert_eq!(marks.len(), 1);
    let (old, new) = (marks[0].old.as_ref().unwrap(), marks[0].new.as_ref().unwrap());
    assert_eq!(
        (&old["status"], &new["status"], &new["source"]),
        (&"absent".into(), &"excused".into(), &"import".into())
    );
    assert_eq!(marks[0].request_id.as_deref(), Some("r-7"));
    let mut session = world.yard.store.session().await.unwrap();
    let user = session.users().find_by_username("sunja").await.unwrap().unwrap();
    assert_eq!((user.name.as_str(), user.version), ("이순희", 2));
}

async fn an_empty_value_keeps_what_is_there(world: &World) {
    load(world).await;
    let sparse = files(&[
        ("users.csv", "external_id,username,email\nu1,haneul,\n"),
        ("courses.csv", "external_id,title,keyword\nk1,수채화,\n"),
        ("marks.csv", "lecture_external_id,user_external_id,status\nl1,u1,present\n"),
    ]);
    let report = world.apply(sparse).await;
    let counts = report.counts();
    assert_eq!((counts.users, counts.courses, counts.attendances), (one(0, 1), one(0, 1), one(0, 1)));
}

async fn lectures_can_change_places(world: &World) {
    load(world).await;
    let before = lectures(world).await;
    let ring =
        LECTURES.replace("차시,1,", "차시,9,").replace("차시,2,", "차시,1,").replace("차시,3,", "차시,2,");
    let ring = ring.replace("차시,9,", "차시,3,");
    let report = world.apply(files(&[("lectures.csv", &*ring)])).await;
    assert_eq!((errors(&report), report.counts().lectures), (vec![], one(3, 0)));
    let after: Vec<_> = lectures(world).await.iter().map(|lecture| lecture.id).collect();
    assert_eq!(after, [before[1].id, before[2].id, before[0].id]);
    assert_eq!(history(world, "lecture").await.len(), 3);
    let report = world.apply(files(&[("lectures.csv", &*ring)])).await;
    assert_eq!(report.counts().lectures, one(0, 3));

    let taken = "external_id,class_external_id,title,sequence,lecture_date\nl4,c1,4차시,3,2026-03-23 10:00\n";
    let report = world.apply(files(&[("lectures.csv", taken)])).await;
    assert_eq!(errors(&report), [("lectures.csv", 2, "sequence", "SEQUENCE_TAKEN")]);
}

async fn a_learner_leaves_and_comes_back(world: &World) {
    load(world).await;
    let left = "class_external_id,user_external_id,enrolled_on,left_on,status\n\
                c1,u1,2026-04-06,,\nc1,u1,2026-03-02,2026-03-16,left\nc1,u2,2026-03-02,2026-03-09,transferred\n";
    let report = world.apply(files(&[("enrolments.csv", left)])).await;
    assert_eq!(errors(&report), []);
    assert_eq!(report.counts().enrolments, RowCounts { created: 1, updated: 2, ..RowCounts::default() });
    let marks = "lecture_external_id,user_external_id,status\nl2,u1,present\nl3,u1,present\n";
    let report = world.apply(files(&[("marks.csv", marks)])).await;
    assert_eq!(errors(&report), [("marks.csv", 3, "user_id", "NOT_ENROLLED")]);
}

async fn an_account_is_found_by_its_user_name(world: &World) {
    load(world).await;
    let other = "sourcedId,username,givenName,familyName,password\n77,HANEUL,하늘,김,secret\n";
    let report = world
        .apply(files(&[
            ("users.csv", other),
            ("courses.csv", "sourcedId,title\n"),
            ("classes.csv", "sourcedId,title,courseSourcedId\n"),
            ("enrollments.csv", "classSourcedId,userSourcedId,role\n"),
        ]))
        .await;
    assert_eq!((errors(&report), report.counts().users), (vec![], one(0, 1)));
    let mut session = world.yard.store.session().await.unwrap();
    let ours = session.external_ids().of("tables", "user").await.unwrap();
    let theirs = session.external_ids().of("oneroster", "user").await.unwrap();
    assert_eq!(theirs[0].id, ours[0].id);
    drop(session);
    let taken = "external_id,username\nu2,haneul\n";
    let report = world.apply(files(&[("users.csv", taken)])).await;
    assert_eq!(errors(&report), [("users.csv", 2, "username", "USERNAME_TAKEN")]);
}

async fn a_lecture_that_was_removed_comes_back(world: &World) {
    load(world).await;
    let before = lectures(world).await;
    let mut unit = world.yard.store.begin().await.unwrap();
    unit.lectures().delete(before[2].id).await.unwrap();
    unit.commit().await.unwrap();
    let report = world.apply(files(&[("lectures.csv", LECTURES)])).await;
    assert_eq!(report.counts().lectures, RowCounts { created: 1, unchanged: 2, ..RowCounts::default() });
    assert_eq!(lectures(world).await[2].id, before[2].id);
}

async fn two_names_of_one_thing_are_one_thing(world: &World) {
    load(world).await;
    let id = lectures(world).await[1].id;
    let marks =
        format!("lecture_id,lecture_external_id,user_external_id,status\n{id},,u1,late\n,l2,u1,present\n");
    let report = world.apply(files(&[("marks.csv", &*marks)])).await;
    assert_eq!(errors(&report), [("marks.csv", 3, "user_id", "ROW_DUPLICATE")]);
}
