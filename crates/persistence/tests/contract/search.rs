//! Search: both databases find exactly what the domain says is found.

use madang_domain::{
    learning::courses::{Course, CourseFilter, CourseKeyword, CourseSort},
    page::Sort,
    search::SearchQuery,
    store::Store,
};
use madang_testing::TestDatabase;

use crate::fixtures::{Maker, keep, page, touched};

crate::on_both!(what_the_domain_finds_is_found, a_changed_text_is_found_under_its_new_words);

const TITLES: [&str; 14] = [
    "어반스케치 수채화",
    "수채화 기초",
    "시니어 스마트폰 교실",
    "스마트 폰 활용",
    "ＡＩ 그림",
    "ai 그림책",
    "100% 활용법",
    "100 활용법",
    "a_b 문법",
    "axb 문법",
    "따옴표 ' \" \\ 책",
    "화인 문",
    "하하하",
    "하하",
];

const QUERIES: [&str; 24] = [
    "수채",
    "채화",
    "수",
    "ㅅㅊㅎ",
    "ㅅ",
    "스마트폰",
    "스마트 폰",
    "AI",
    "그림",
    "100%",
    "%",
    "_",
    "a_b",
    "'",
    "\"",
    "\\",
    "하하하",
    "화인",
    "문법",
    "없는말",
    "\" OR \"",
    "*",
    "NOT",
    "' | '",
];

/// What the domain promises: all pieces are in the index, and the query is in the text.
fn finds(query: &SearchQuery, course: &Course) -> bool {
    let search = course.search_text();
    let terms: Vec<&str> = search.terms.split(' ').collect();
    query.terms().iter().all(|term| terms.contains(&term.as_str())) && search.text.contains(query.text())
}

async fn found(db: &TestDatabase, query: &SearchQuery) -> Vec<String> {
    let filter = CourseFilter { search: Some(query.clone()), ..CourseFilter::default() };
    let mut session = db.database().session().await.unwrap();
    let listed = session.courses().list(&page(filter, Sort::ascending(CourseSort::Title))).await.unwrap();
    assert_eq!(listed.total, Some(listed.items.len() as u64));
    listed.items.into_iter().map(|course| course.title.to_string()).collect()
}

async fn what_the_domain_finds_is_found(db: &TestDatabase) {
    let maker = Maker::default();
    let courses: Vec<Course> = TITLES
        .iter()
        .enumerate()
        .map(|(number, title)| Course {
            keyword: (number % 3 == 0).then(|| CourseKeyword::parse("취미, 문").unwrap()),
            ..maker.course(title)
        })
        .collect();
    keep(db, async |unit| unit.courses().insert_many(&courses).await).await.unwrap();
    for typed in QUERIES {
        let query = SearchQuery::parse(typed).unwrap().unwrap();
        let mut expected: Vec<String> = courses
            .iter()
            .filter(|course| finds(&query, course))
            .map(|course| course.title.to_string())
            .collect();
        expected.sort();
        assert_eq!(found(db, &query).await, expected, "{typed:?}");
    }
}

async fn a_changed_text_is_found_under_its_new_words(db: &TestDatabase) {
    let maker = Maker::default();
    let course = maker.course("수채화");
    keep(db, async |unit| unit.courses().insert_many(std::slice::from_ref(&course)).await).await.unwrap();
    let renamed = Course { stamps: touched(course.stamps), ..maker.course("유화") };
    let renamed = Course { id: course.id, ..renamed };
    keep(db, async |unit| unit.courses().update(&renamed).await).await.unwrap();
    let query = |typed| SearchQuery::parse(typed).unwrap().unwrap();
    assert_eq!(found(db, &query("수채")).await, [""; 0]);
    assert_eq!(found(db, &query("유화")).await, ["유화"]);

    let only_stamps = Course { stamps: touched(renamed.stamps), ..renamed };
    keep(db, async |unit| unit.courses().update(&only_stamps).await).await.unwrap();
    assert_eq!(found(db, &query("유화")).await, ["유화"]);
    db.run("DELETE FROM courses").await.unwrap();
    assert_eq!(found(db, &query("유화")).await, [""; 0]);
}
