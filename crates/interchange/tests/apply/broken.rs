//! What is wrong is named by file, line, column and code, and nothing of it is kept.

use madang_domain::access::{Authorizations, Caller, Permission, Role};
use madang_domain::ids::UserId;
use madang_interchange::{ImportError, ImportOptions, ImportService, RowCounts};

use crate::support::{Rows, World, created, errors, files, on_both};

on_both! {
    one_bad_row_keeps_all_of_them_out;
    bad_rows_can_be_skipped_with_everything_that_hangs_on_them;
    a_dry_run_tells_what_applying_would_do_and_keeps_nothing;
    an_import_that_dies_half_way_leaves_nothing;
    a_broken_address_or_number_does_not_cost_the_person;
    only_an_admin_grants_power_by_a_file;
    a_closed_class_takes_no_change_and_says_so;
    who_may_only_import_can_issue_no_certification;
    nobody_imports_without_the_right;
}

const USERS: &str = "external_id,username,name\nu1,haneul,김하늘\nu2,sunja,이순자\n";
const COURSES: &str = "external_id,title\nk1,수채화\n";
const CLASSES: &str =
    "external_id,course_external_id,title,begin_date,end_date\nc1,k1,1기,2026-03-02,2026-04-20\n";
const LECTURES: &str = "external_id,class_external_id,title,sequence,lecture_date\n\
                        l1,c1,1차시,1,2026-03-02 10:00\nl2,c1,2차시,2,2026-03-09 10:00\n";
const ENROLMENTS: &str = "class_external_id,user_external_id,enrolled_on,left_on\n\
                          c1,u1,2026-03-02,\nc1,u2,2026-03-02,2026-03-09\n";

fn set<'f>(more: &[(&'f str, &'f str)]) -> Vec<(&'f str, &'f str)> {
    let mut set = vec![
        ("users.csv", USERS),
        ("courses.csv", COURSES),
        ("classes.csv", CLASSES),
        ("lectures.csv", LECTURES),
        ("enrolments.csv", ENROLMENTS),
    ];
    for (name, text) in more {
        set.retain(|(known, _)| known != name);
        set.push((name, text));
    }
    set
}

const BAD_MARKS: &str = "lecture_external_id,user_external_id,status\n\
                         l1,u1,present\nl9,u1,present\nl2,u2,absent\nl1,u1,late\nl1,u9,late\nl1,u2,here\n";

async fn one_bad_row_keeps_all_of_them_out(world: &World) {
    let classes = "external_id,course_external_id,title,begin_date,end_date,capacity\n\
                   c1,k1,1기,2026-03-02,2026-04-20,16\nc2,k9,2기,2026-03-02,2026-04-20,\nc3,k1,3기,,2026-04-20,0\n";
    let lectures = "external_id,class_external_id,title,sequence,lecture_date,attendance_type\n\
                    l1,c1,1차시,1,2026-03-02 10:00,\nl2,c1,2차시,2,2026-03-09 10:00,\n\
                    l3,c1,3차시,2,2026-03-16 10:00,\nl4,c3,1차시,1,2026-03-02 10:00,\nl5,c1,5차시,5,2026-03-30 10:00,by_post\n";
    let users = "external_id,username,name\nu1,haneul,김하늘\nu2,sunja,이순자\nu3,HANEUL,김하늘\nu4,ab,가\u{0007}나\n";
    let enrolments = "class_external_id,user_external_id,enrolled_on,left_on\n\
                      c1,u1,2026-03-02,\nc1,u2,2026-03-02,2026-03-09\nc1,u1,2026-03-16,\nc1,u3,,\n";
    let report = world
        .apply(files(&set(&[
            ("users.csv", users),
            ("classes.csv", classes),
            ("lectures.csv", lectures),
            ("enrolments.csv", enrolments),
            ("marks.csv", BAD_MARKS),
        ])))
        .await;
    assert_eq!(
        errors(&report),
        [
            ("classes.csv", 3, "course_id", "REFERENCE_UNKNOWN"),
            ("classes.csv", 4, "capacity", "NUMBER_INVALID"),
            ("enrolments.csv", 4, "user_id", "ALREADY_ENROLLED"),
            ("enrolments.csv", 5, "user_id", "REFERENCE_REFUSED"),
            ("lectures.csv", 4, "sequence", "ROW_DUPLICATE"),
            ("lectures.csv", 5, "class_id", "REFERENCE_REFUSED"),
            ("lectures.csv", 6, "attendance_type", "VALUE_UNKNOWN"),
            ("marks.csv", 3, "lecture_id", "REFERENCE_UNKNOWN"),
            ("marks.csv", 4, "user_id", "NOT_ENROLLED"),
            ("marks.csv", 5, "user_id", "ROW_DUPLICATE"),
            ("marks.csv", 6, "user_id", "REFERENCE_UNKNOWN"),
            ("marks.csv", 7, "status", "VALUE_UNKNOWN"),
            ("users.csv", 4, "username", "ROW_DUPLICATE"),
            ("users.csv", 5, "username", "TEXT_TOO_SHORT"),
            ("users.csv", 5, "name", "TEXT_FORBIDDEN_CHARACTER"),
        ]
    );
    assert!(!report.is_kept());
    assert_eq!(world.rows().await, Rows::default());
}

async fn bad_rows_can_be_skipped_with_everything_that_hangs_on_them(world: &World) {
    let skip = ImportOptions { skip_bad_rows: true };
    let reading = files(&set(&[("marks.csv", BAD_MARKS)]));
    let report = world.apply_as(&Caller::system(), reading, skip).await;
    assert!(report.is_kept());
    assert_eq!(report.errors().total(), 5);
    assert_eq!(report.counts().attendances, RowCounts { created: 1, refused: 3, ..RowCounts::default() });
    let rows = world.rows().await;
    assert_eq!((rows.users, rows.enrolments, rows.attendances), (2, 2, 1));
}

async fn a_dry_run_tells_what_applying_would_do_and_keeps_nothing(world: &World) {
    let service = ImportService::new(world.yard.clone());
    let marks = "lecture_external_id,user_external_id,status\nl1,u1,present\nl1,u2,late\n";
    let reading = || files(&set(&[("marks.csv", marks)]));
    let (caller, options) = (Caller::system(), ImportOptions::default());
    let progress = std::sync::Mutex::new(Vec::new());
    let note = |now: madang_interchange::Progress| progress.lock().unwrap().push((now.done, now.total));
    let dry = service.dry_run(&caller, reading(), options, &note).await.unwrap();
    assert!(!dry.is_kept());
    assert_eq!(world.rows().await, Rows::default());
    let applied = world.apply(reading()).await;
    assert_eq!((dry.counts(), dry.errors().total()), (applied.counts(), 0));
    let progress = progress.into_inner().unwrap();
    assert!(progress.is_sorted());
    assert_eq!(progress.last(), Some(&(10, 10)));
}

async fn an_import_that_dies_half_way_leaves_nothing(world: &World) {
    let service = ImportService::new(world.yard.clone());
    let dying = tokio::spawn(async move {
        let die = |now: madang_interchange::Progress| assert!(now.done <= 2, "half way");
        service.apply(&Caller::system(), files(&set(&[])), ImportOptions::default(), &die).await
    });
    assert!(dying.await.is_err_and(|error| error.is_panic()));
    assert_eq!(world.rows().await, Rows::default());
    assert!(world.apply(files(&set(&[]))).await.is_kept());
}

async fn a_broken_address_or_number_does_not_cost_the_person(world: &World) {
    let users = "external_id,username,name,email,phone\nu1,haneul,김하늘,haneul@,010-12\n";
    let report = world.apply(files(&[("users.csv", users)])).await;
    let notices: Vec<_> = report
        .notices()
        .iter()
        .map(|problem| (problem.line, problem.column.as_deref(), problem.code.as_str()))
        .collect();
    assert_eq!(notices, [(2, Some("email"), "EMAIL_IGNORED"), (2, Some("phone"), "PHONE_IGNORED")]);
    assert_eq!((report.counts().users, report.is_kept()), (created(1), true));
}

fn manager() -> Caller {
    Caller::user(UserId(uuid::Uuid::from_u128(1)), Authorizations::of_roles([Role::Manager]))
        .by_request("r-1")
}

fn admin() -> Caller {
    Caller::user(UserId(uuid::Uuid::from_u128(2)), Authorizations::of_roles([Role::Admin]))
}

async fn only_an_admin_grants_power_by_a_file(world: &World) {
    let options = ImportOptions::default();
    let boss = "username,name,authorizations\nboss,대표,\"{\"\"roles\"\":[\"\"admin\"\"]}\"\nsunja,이순자,\"{\"\"roles\"\":[\"\"learner\"\"]}\"\n";
    let refused = world.apply_as(&manager(), files(&[("users.csv", boss)]), options).await;
    assert_eq!(errors(&refused), [("users.csv", 2, "authorizations", "AUTHORIZATIONS_FORBIDDEN")]);
    assert_eq!(world.rows().await, Rows::default());

    assert!(world.apply_as(&admin(), files(&[("users.csv", boss)]), options).await.is_kept());
    let same = world.apply_as(&manager(), files(&[("users.csv", boss)]), options).await;
    assert_eq!((same.counts().users.unchanged, errors(&same)), (2, vec![]));

    let renamed = "username,name\nboss,허수아비\n";
    let refused = world.apply_as(&manager(), files(&[("users.csv", renamed)]), options).await;
    assert_eq!(errors(&refused), [("users.csv", 2, "username", "PRIVILEGED_ACCOUNT")]);
    let deactivated = "username,is_active\nboss,false\n";
    let refused = world.apply_as(&admin(), files(&[("users.csv", deactivated)]), options).await;
    assert_eq!(errors(&refused), [("users.csv", 2, "authorizations", "LAST_ADMIN")]);
}

async fn a_closed_class_takes_no_change_and_says_so(world: &World) {
    let marks = "lecture_external_id,user_external_id,status\nl1,u1,present\n";
    let closed = CLASSES
        .replace("end_date\n", "end_date,closed_at\n")
        .replace("2026-04-20\n", "2026-04-20,2026-04-21T00:00:00Z\n");
    let reading = || files(&set(&[("classes.csv", closed.as_str()), ("marks.csv", marks)]));
    // A class that arrives closed is filled by the import that brings it.
    assert!(world.apply(reading()).await.is_kept());
    let again = world.apply(reading()).await;
    assert_eq!((errors(&again), again.counts().attendances.unchanged), (vec![], 1));

    let marks = "lecture_external_id,user_external_id,status\nl1,u1,late\nl2,u1,present\n";
    let lectures = LECTURES.replace("2026-03-09 10:00", "2026-03-09 11:00");
    let enrolments = "class_external_id,user_external_id,enrolled_on,left_on\nc1,u1,2026-03-02,2026-03-20\n";
    let changed =
        files(&[("lectures.csv", &*lectures), ("enrolments.csv", enrolments), ("marks.csv", marks)]);
    let report = world.apply(changed).await;
    assert_eq!(
        errors(&report),
        [
            ("enrolments.csv", 2, "class_id", "CLASS_CLOSED"),
            ("lectures.csv", 3, "class_id", "CLASS_CLOSED"),
            ("marks.csv", 2, "lecture_id", "CLASS_CLOSED"),
            ("marks.csv", 3, "lecture_id", "REFERENCE_REFUSED"),
        ]
    );
}

async fn who_may_only_import_can_issue_no_certification(world: &World) {
    let mut rights = Authorizations::of_roles([Role::Learner]);
    rights.permissions.insert(Permission::ImportData);
    let caller = Caller::user(UserId(uuid::Uuid::from_u128(3)), rights);
    let certifications = "course_external_id,user_external_id,issued_at,class_external_ids\n\
                          k1,u1,2026-04-21T00:00:00Z,\"[\"\"c1\"\"]\"\n";
    let reading = || files(&set(&[("certifications.csv", certifications)]));
    let report = world.apply_as(&caller, reading(), ImportOptions::default()).await;
    assert_eq!(errors(&report), [("certifications.csv", 2, "course_id", "CERTIFICATION_FORBIDDEN")]);
    let report = world.apply_as(&manager(), reading(), ImportOptions::default()).await;
    assert_eq!((errors(&report), report.counts().certifications), (vec![], created(1)));
}

async fn nobody_imports_without_the_right(world: &World) {
    let caller = Caller::user(UserId(uuid::Uuid::from_u128(4)), Authorizations::of_roles([Role::Lecturer]));
    let service = ImportService::new(world.yard.clone());
    let outcome = service.dry_run(&caller, files(&set(&[])), ImportOptions::default(), &|_| {}).await;
    assert!(matches!(outcome, Err(ImportError::Forbidden)));
}
