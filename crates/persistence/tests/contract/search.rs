//! Search: both databases find exactly what the domain says is found.

use madang_domain::{
    learning::courses::{Course, CourseFilter, CourseKeyword, CourseSort},
    page::{Listing, PageSize, Sort, Window},
    search::SearchQuery,
    store::Store,
};
use madang_testing::TestDatabase;

use crate::fixtures::{Maker, keep, page, sorts, touched, walk};

crate::on_both!(
    what_the_domain_finds_is_found,
    a_changed_text_is_found_under_its_new_words,
    a_walk_finds_the_common_and_the_rare_among_many,
);

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

/// More rows than a walk looks at before it asks the index.
async fn a_walk_finds_the_common_and_the_rare_among_many(db: &TestDatabase) {
    let maker = Maker::default();
    let courses: Vec<Course> = (0..12_000)
        .map(|number| match number {
            0..30 => maker.course(&format!("도예 {number}")),
            _ if number % 10 == 0 => maker.course(&format!("수채화 {number}")),
            _ => maker.course(&format!("목공 {number}")),
        })
        .collect();
    keep(db, async |unit| unit.courses().insert_many(&courses).await).await.unwrap();
    let mut session = db.database().session().await.unwrap();
    for (typed, number, statements) in [("수채", 1_197, 1), ("도예", 30, 2), ("ㄷㅇ", 30, 2), ("유화", 0, 2)]
    {
        let filter = CourseFilter { search: SearchQuery::parse(typed).unwrap(), ..CourseFilter::default() };
        for sort in sorts(&[CourseSort::Title, CourseSort::CreatedAt]) {
            let walked = walk(filter.clone(), sort.clone(), 100, async |listing| {
                session.courses().list(&listing).await.unwrap()
            })
            .await;
            let mut paged = Vec::new();
            for page_number in 1..=u32::try_from(walked.len().div_ceil(100)).unwrap().max(1) {
                let mut listing = page(filter.clone(), sort.clone());
                listing.window = Window::Page { number: page_number, size: PageSize::parse(100).unwrap() };
                paged.extend(session.courses().list(&listing).await.unwrap().items);
            }
            assert_eq!(walked.len(), number, "{typed} by {sort:?}");
            assert_eq!(walked, paged, "{typed} by {sort:?}");
        }
        let first = Listing {
            window: Window::After { cursor: None, size: PageSize::parse(20).unwrap() },
            ..page(filter, Sort::descending(CourseSort::CreatedAt))
        };
        let before = db.database().statements();
        session.courses().list(&first).await.unwrap();
        assert_eq!(db.database().statements().statements - before.statements, statements, "{typed}");
    }
}
