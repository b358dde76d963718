//! Classes.

use madang_domain::{
    error::RepositoryError,
    ids::CourseId,
    learning::classes::{Class, ClassDates, ClassFilter, ClassNote, ClassSort},
    page::Sort,
    store::Store,
};
use madang_testing::TestDatabase;

use crate::fixtures::{Maker, at, day, keep, page, touched};

crate::on_both!(
    a_class_is_read_as_it_was_written,
    a_class_needs_its_course,
    a_capacity_is_positive,
    an_update_needs_the_version_before,
    lists_are_narrowed_by_each_filter,
);

async fn a_class_is_read_as_it_was_written(db: &TestDatabase) {
    let maker = Maker::default();
    let course = maker.course("수채화");
    let class = Class {
        lecturer_info: Some(ClassNote::parse("김 강사\n010").unwrap()),
        date_info: Some(ClassNote::parse("매주 화").unwrap()),
        capacity: Some(30),
        closed_at: Some(at("2026-12-31T15:00:00Z")),
        is_active: false,
        ..maker.class(&course, "1기")
    };
    keep(db, async |unit| {
        unit.courses().insert_many(std::slice::from_ref(&course)).await?;
        unit.classes().insert_many(std::slice::from_ref(&class)).await
    })
    .await
    .unwrap();

    let mut unit = db.database().begin().await.unwrap();
    assert_eq!(unit.classes().find(class.id).await.unwrap(), Some(class.clone()));
    assert_eq!(unit.classes().find_for_update(class.id).await.unwrap(), Some(class.clone()));
    assert_eq!(unit.classes().find_many(&[class.id]).await.unwrap(), std::slice::from_ref(&class));
    let changed = Class {
        id: class.id,
        stamps: touched(class.stamps),
        capacity: None,
        ..maker.class(&course, "새 이름")
    };
    unit.classes().update(&changed).await.unwrap();
    assert_eq!(unit.classes().find(class.id).await.unwrap(), Some(changed));
}

async fn a_class_needs_its_course(db: &TestDatabase) {
    let maker = Maker::default();
    let class = Class { course_id: CourseId(maker.id()), ..maker.class(&maker.course("없음"), "1기") };
    let outcome = keep(db, async |unit| unit.classes().insert_many(&[class]).await).await;
    assert!(matches!(outcome, Err(RepositoryError::MissingReference)), "{outcome:?}");
}

async fn a_capacity_is_positive(db: &TestDatabase) {
    let maker = Maker::default();
    let course = maker.course("수채화");
    let class = Class { capacity: Some(0), ..maker.class(&course, "1기") };
    let outcome = keep(db, async |unit| {
        unit.courses().insert_many(std::slice::from_ref(&course)).await?;
        unit.classes().insert_many(&[class]).await
    })
    .await;
    assert!(matches!(outcome, Err(RepositoryError::Backend(_))), "{outcome:?}");
}

async fn an_update_needs_the_version_before(db: &TestDatabase) {
    let maker = Maker::default();
    let course = maker.course("수채화");
    let class = maker.class(&course, "1기");
    keep(db, async |unit| {
        unit.courses().insert_many(std::slice::from_ref(&course)).await?;
        unit.classes().insert_many(std::slice::from_ref(&class)).await
    })
    .await
    .unwrap();
    let outcome = keep(db, async |unit| unit.classes().update(&class).await).await;
    assert!(matches!(outcome, Err(RepositoryError::Stale)));
}

async fn lists_are_narrowed_by_each_filter(db: &TestDatabase) {
    let maker = Maker::default();
    let courses = ["수채화", "스마트폰"].map(|title| maker.course(title));
    let dates = |begin, end| ClassDates::new(day(begin), day(end)).unwrap();
    let classes = [
        Class { dates: dates("2026-03-01", "2026-06-30"), ..maker.class(&courses[0], "봄 1기") },
        Class {
            dates: dates("2026-09-01", "2026-12-31"),
            is_active: false,
            ..maker.class(&courses[0], "가을 2기")
        },
        Class { dates: dates("2026-03-02", "2026-03-02"), ..maker.class(&courses[1], "봄 3기") },
    ];
    keep(db, async |unit| {
        unit.courses().insert_many(&courses).await?;
        unit.classes().insert_many(&classes).await
    })
    .await
    .unwrap();

    let mut session = db.database().session().await.unwrap();
    let mut titles = async |filter: ClassFilter| -> Vec<String> {
        let listed =
            session.classes().list(&page(filter, Sort::descending(ClassSort::EndDate))).await.unwrap();
        assert_eq!(listed.total, Some(listed.items.len() as u64));
        listed.items.into_iter().map(|class| class.title.to_string()).collect()
    };
    assert_eq!(titles(ClassFilter::default()).await, ["가을 2기", "봄 1기", "봄 3기"]);
    let of = |course: usize| Some(courses[course].id);
    assert_eq!(titles(ClassFilter { course_id: of(0), ..Default::default() }).await, ["가을 2기", "봄 1기"]);
    let search = madang_domain::search::SearchQuery::parse("봄").unwrap();
    assert_eq!(
        titles(ClassFilter { search: search.clone(), ..Default::default() }).await,
        ["봄 1기", "봄 3기"]
    );
    assert_eq!(titles(ClassFilter { search, course_id: of(1), ..Default::default() }).await, ["봄 3기"]);
    assert_eq!(titles(ClassFilter { is_active: Some(false), ..Default::default() }).await, ["가을 2기"]);
    let from = |text| ClassFilter { from: Some(day(text)), ..Default::default() };
    assert_eq!(titles(from("2026-06-30")).await, ["가을 2기", "봄 1기"]);
    assert_eq!(titles(from("2026-07-01")).await, ["가을 2기"]);
    let to = |text| ClassFilter { to: Some(day(text)), ..Default::default() };
    assert_eq!(titles(to("2026-03-01")).await, ["봄 1기"]);
    assert_eq!(titles(to("2026-03-02")).await, ["봄 1기", "봄 3기"]);
}
