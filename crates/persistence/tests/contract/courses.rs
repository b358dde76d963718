//! Courses.

use madang_domain::{
    error::RepositoryError,
    ids::CourseId,
    learning::courses::{Course, CourseDescription, CourseFilter, CourseKeyword, CourseSort},
    page::Sort,
    store::Store,
};
use madang_testing::TestDatabase;

use crate::fixtures::{Maker, keep, page, touched};

crate::on_both!(
    a_course_is_read_as_it_was_written,
    what_is_not_there_is_none,
    nothing_is_inserted_without_a_statement,
    an_id_that_is_taken_is_a_conflict,
    an_update_needs_the_version_before,
    lists_are_narrowed_by_each_filter,
    a_stored_value_that_nobody_could_have_written_is_corrupt,
    many_are_found_at_once,
);

async fn a_course_is_read_as_it_was_written(db: &TestDatabase) {
    let maker = Maker::default();
    let course = Course {
        description: Some(CourseDescription::parse("첫 줄\n\"둘째\" 줄\\ 🎨").unwrap()),
        keyword: Some(CourseKeyword::parse("그림, 취미").unwrap()),
        is_active: false,
        ..maker.course("어반스케치 '수채화' \"A\" 100% \\")
    };
    keep(db, async |unit| unit.courses().insert_many(std::slice::from_ref(&course)).await).await.unwrap();

    let mut session = db.database().session().await.unwrap();
    assert_eq!(session.courses().find(course.id).await.unwrap(), Some(course.clone()));
    let mut unit = db.database().begin().await.unwrap();
    assert_eq!(unit.courses().find_for_update(course.id).await.unwrap(), Some(course.clone()));

    let changed = Course {
        description: None,
        keyword: None,
        stamps: touched(course.stamps),
        ..maker.course("다른 제목")
    };
    let changed = Course { id: course.id, ..changed };
    unit.courses().update(&changed).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(session.courses().find(course.id).await.unwrap(), Some(changed));
}

async fn what_is_not_there_is_none(db: &TestDatabase) {
    let missing = CourseId(Maker::default().id());
    let mut unit = db.database().begin().await.unwrap();
    assert_eq!(unit.courses().find(missing).await.unwrap(), None);
    assert_eq!(unit.courses().find_for_update(missing).await.unwrap(), None);
}

async fn nothing_is_inserted_without_a_statement(db: &TestDatabase) {
    let mut unit = db.database().begin().await.unwrap();
    let before = db.database().statements();
    unit.courses().insert_many(&[]).await.unwrap();
    assert_eq!(db.database().statements(), before);
}

async fn an_id_that_is_taken_is_a_conflict(db: &TestDatabase) {
    let course = Maker::default().course("수채화");
    let twice = [course.clone(), course];
    let outcome = keep(db, async |unit| unit.courses().insert_many(&twice).await).await;
    assert_eq!(outcome.unwrap_err().conflict(), Some(madang_domain::error::UniqueKey::PrimaryKey));
}

async fn an_update_needs_the_version_before(db: &TestDatabase) {
    let maker = Maker::default();
    let course = maker.course("수채화");
    keep(db, async |unit| unit.courses().insert_many(std::slice::from_ref(&course)).await).await.unwrap();
    for version in [1, 3] {
        let mut stale = course.clone();
        stale.stamps.version = version;
        let outcome = keep(db, async |unit| unit.courses().update(&stale).await).await;
        assert!(matches!(outcome, Err(RepositoryError::Stale)), "{version}: {outcome:?}");
    }
    let absent = Course { stamps: touched(course.stamps), ..maker.course("없음") };
    let outcome = keep(db, async |unit| unit.courses().update(&absent).await).await;
    assert!(matches!(outcome, Err(RepositoryError::Stale)));
}

async fn lists_are_narrowed_by_each_filter(db: &TestDatabase) {
    let maker = Maker::default();
    let drawing =
        Course { keyword: Some(CourseKeyword::parse("그림").unwrap()), ..maker.course("수채화") };
    let phone = Course { is_active: false, ..maker.course("스마트폰") };
    let both = [drawing.clone(), phone.clone()];
    keep(db, async |unit| unit.courses().insert_many(&both).await).await.unwrap();

    let mut session = db.database().session().await.unwrap();
    let mut titles = async |filter: CourseFilter| -> Vec<String> {
        let listed = session.courses().list(&page(filter, Sort::ascending(CourseSort::Title))).await.unwrap();
        assert_eq!(listed.total, Some(listed.items.len() as u64));
        listed.items.into_iter().map(|course| course.title.to_string()).collect()
    };
    assert_eq!(titles(CourseFilter::default()).await, ["수채화", "스마트폰"]);
    let search = |text| madang_domain::search::SearchQuery::parse(text).unwrap();
    assert_eq!(titles(CourseFilter { search: search("마트"), ..Default::default() }).await, ["스마트폰"]);
    assert_eq!(titles(CourseFilter { search: search("그림"), ..Default::default() }).await, ["수채화"]);
    assert_eq!(titles(CourseFilter { keyword: Some("그림".into()), ..Default::default() }).await, ["수채화"]);
    assert_eq!(titles(CourseFilter { keyword: Some("그".into()), ..Default::default() }).await, [""; 0]);
    assert_eq!(titles(CourseFilter { is_active: Some(false), ..Default::default() }).await, ["스마트폰"]);
    assert_eq!(titles(CourseFilter { is_active: Some(true), ..Default::default() }).await, ["수채화"]);
}

async fn a_stored_value_that_nobody_could_have_written_is_corrupt(db: &TestDatabase) {
    let course = Maker::default().course("수채화");
    keep(db, async |unit| unit.courses().insert_many(std::slice::from_ref(&course)).await).await.unwrap();
    db.run("UPDATE courses SET title = ' '").await.unwrap();
    let mut session = db.database().session().await.unwrap();
    let outcome = session.courses().find(course.id).await;
    assert!(matches!(outcome, Err(RepositoryError::Corrupt(_))), "{outcome:?}");
}

async fn many_are_found_at_once(db: &TestDatabase) {
    let maker = Maker::default();
    let courses = ["가", "나", "다"].map(|title| maker.course(title));
    keep(db, async |unit| unit.courses().insert_many(&courses).await).await.unwrap();
    let mut session = db.database().session().await.unwrap();
    let wanted = [courses[2].id, CourseId(maker.id()), courses[0].id];
    let mut found = session.courses().find_many(&wanted).await.unwrap();
    found.sort_by_key(|course| course.id);
    assert_eq!(found, [courses[0].clone(), courses[2].clone()]);
    assert_eq!(session.courses().find_many(&[]).await.unwrap(), []);
}
