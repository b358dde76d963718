//! Lists: pages and walks show the same, in the same order, whatever the order is.

use madang_domain::{
    attendance::{AttendanceFilter, AttendanceSort, AttendanceStatus},
    error::RepositoryError,
    ids::CourseId,
    learning::{
        classes::{Class, ClassDates, ClassFilter, ClassSort},
        courses::{Course, CourseFilter, CourseSort, CourseTitle},
        enrolments::{EnrolmentFilter, EnrolmentSort},
        lectures::{LectureFilter, LectureSort},
    },
    page::{Cursor, Listable, Listing, PageSize, Sort, SortKey, Window},
    stamps::Stamps,
    store::Store,
};
use madang_testing::TestDatabase;

use crate::fixtures::{Hall, Maker, at, day, keep, page, sorts, walk};

crate::on_both!(
    a_walk_over_courses_shows_what_the_pages_show,
    a_walk_over_classes_shows_what_the_pages_show,
    walks_over_lectures_enrolments_and_marks_show_what_the_pages_show,
    both_databases_order_text_alike,
    a_page_counts_and_a_walk_does_not,
    a_cursor_of_another_order_is_refused,
);

/// Few different values, so that the order has to fall back on the second field and on the id.
async fn courses(db: &TestDatabase) -> Vec<Course> {
    let maker = Maker::default();
    let times = ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00.000001Z", "2026-02-01T00:00:00Z"].map(at);
    let courses: Vec<Course> = (0..30)
        .map(|number| Course {
            title: CourseTitle::parse(["가", "나", "A", "a"][number % 4]).unwrap(),
            stamps: Stamps {
                created_at: times[number % 3],
                updated_at: times[number / 2 % 3],
                ..maker.stamps()
            },
            ..maker.course("제목")
        })
        .collect();
    keep(db, async |unit| unit.courses().insert_many(&courses).await).await.unwrap();
    courses
}

async fn a_walk_over_courses_shows_what_the_pages_show(db: &TestDatabase) {
    let all = courses(db).await;
    let mut session = db.database().session().await.unwrap();
    for sort in sorts(&[CourseSort::Title, CourseSort::CreatedAt, CourseSort::UpdatedAt]) {
        let paged = session.courses().list(&page(CourseFilter::default(), sort.clone())).await.unwrap().items;
        assert_eq!(paged.len(), all.len());
        assert!(paged.is_sorted_by(|a, b| follows(&sort, a, b)), "{sort:?}");
        for size in [1, 7, 30] {
            let walked = walk(CourseFilter::default(), sort.clone(), size, async |listing| {
                session.courses().list(&listing).await.unwrap()
            })
            .await;
            assert_eq!(walked, paged, "{sort:?} in steps of {size}");
        }
    }
}

/// Whether `a` stands before `b`, as the domain compares them.
fn follows(sort: &Sort<CourseSort>, a: &Course, b: &Course) -> bool {
    use madang_domain::page::Direction;
    for (field, direction) in &sort.0 {
        let order = match (a.sort_key(*field), b.sort_key(*field)) {
            (SortKey::Text(a), SortKey::Text(b)) => a.cmp(&b),
            (SortKey::Time(a), SortKey::Time(b)) => a.cmp(&b),
            other => panic!("{other:?}"),
        };
        if order.is_ne() {
            return order.is_lt() == (*direction == Direction::Ascending);
        }
    }
    (a.id < b.id) == (sort.tie_direction() == Direction::Ascending)
}

async fn a_walk_over_classes_shows_what_the_pages_show(db: &TestDatabase) {
    let maker = Maker::default();
    let course = maker.course("수채화");
    let classes: Vec<Class> = (0..12)
        .map(|number| Class {
            dates: ClassDates::new(
                day(["2026-03-01", "2026-09-01"][number % 2]),
                day(["2026-12-01", "2026-11-30", "2026-10-01"][number % 3]),
            )
            .unwrap(),
            ..maker.class(&course, "기수")
        })
        .collect();
    keep(db, async |unit| {
        unit.courses().insert_many(std::slice::from_ref(&course)).await?;
        unit.classes().insert_many(&classes).await
    })
    .await
    .unwrap();
    let mut session = db.database().session().await.unwrap();
    let filter = ClassFilter { course_id: Some(course.id), ..ClassFilter::default() };
    for sort in sorts(&[ClassSort::Title, ClassSort::BeginDate, ClassSort::EndDate, ClassSort::CreatedAt]) {
        let paged = session.classes().list(&page(filter.clone(), sort.clone())).await.unwrap().items;
        let walked = walk(filter.clone(), sort.clone(), 5, async |listing| {
            session.classes().list(&listing).await.unwrap()
        })
        .await;
        assert_eq!((walked.len(), &walked), (12, &paged), "{sort:?}");
    }
}

async fn walks_over_lectures_enrolments_and_marks_show_what_the_pages_show(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 6, 4).await;
    let marks: Vec<_> = hall
        .lectures
        .iter()
        .flat_map(|lecture| {
            hall.learners.iter().map(|user| maker.mark(lecture, user, AttendanceStatus::Late))
        })
        .collect();
    keep(db, async |unit| unit.attendances().insert_many(&marks).await).await.unwrap();
    let mut session = db.database().session().await.unwrap();

    let of_class = LectureFilter { class_id: hall.class.id, from: None, to: None, attendance_type: None };
    for sort in sorts(&[LectureSort::Sequence, LectureSort::LectureDate, LectureSort::CreatedAt]) {
        let paged = session.lectures().list(&page(of_class.clone(), sort.clone())).await.unwrap().items;
        let walked = walk(of_class.clone(), sort.clone(), 4, async |listing| {
            session.lectures().list(&listing).await.unwrap()
        })
        .await;
        assert_eq!((walked.len(), &walked), (6, &paged), "{sort:?}");
    }
    let all = EnrolmentFilter::default();
    for sort in sorts(&[EnrolmentSort::Name, EnrolmentSort::EnrolledOn, EnrolmentSort::CreatedAt]) {
        let paged = session.enrolments().list(&page(all.clone(), sort.clone())).await.unwrap().items;
        let walked = walk(all.clone(), sort.clone(), 3, async |listing| {
            session.enrolments().list(&listing).await.unwrap()
        })
        .await;
        assert_eq!((walked.len(), &walked), (4, &paged), "{sort:?}");
    }
    let all = AttendanceFilter::default();
    let fields = [
        AttendanceSort::Name,
        AttendanceSort::LectureDate,
        AttendanceSort::CreatedAt,
        AttendanceSort::UpdatedAt,
    ];
    for sort in sorts(&fields) {
        let paged = session.attendances().list(&page(all.clone(), sort.clone())).await.unwrap().items;
        let walked = walk(all.clone(), sort.clone(), 5, async |listing| {
            session.attendances().list(&listing).await.unwrap()
        })
        .await;
        assert_eq!((walked.len(), &walked), (24, &paged), "{sort:?}");
    }
}

async fn both_databases_order_text_alike(db: &TestDatabase) {
    let maker = Maker::default();
    let mut titles = ["나", "가", "a", "B", "b", "A", "1", "Ａ", "é", "z", "ㄱ", "🎨", "가 나", "가나"];
    let courses = titles.map(|title| maker.course(title));
    keep(db, async |unit| unit.courses().insert_many(&courses).await).await.unwrap();
    let mut session = db.database().session().await.unwrap();
    let by_title = page(CourseFilter::default(), Sort::ascending(CourseSort::Title));
    let listed = session.courses().list(&by_title).await.unwrap().items;
    titles.sort_unstable();
    assert_eq!(listed.iter().map(|course| course.title.as_str()).collect::<Vec<_>>(), titles);
}

async fn a_page_counts_and_a_walk_does_not(db: &TestDatabase) {
    courses(db).await;
    let mut session = db.database().session().await.unwrap();
    let mut listing = page(CourseFilter::default(), Sort::descending(CourseSort::CreatedAt));
    listing.window = Window::Page { number: 4, size: PageSize::parse(9).unwrap() };
    let before = db.database().statements().statements;
    let last = session.courses().list(&listing).await.unwrap();
    assert_eq!(db.database().statements().statements - before, 2);
    assert_eq!((last.items.len(), last.total, last.next), (3, Some(30), None));

    listing.window = Window::Page { number: 5, size: PageSize::parse(9).unwrap() };
    let beyond = session.courses().list(&listing).await.unwrap();
    assert_eq!((beyond.items.len(), beyond.total, beyond.next), (0, Some(30), None));

    listing.window = Window::After { cursor: None, size: PageSize::parse(9).unwrap() };
    let before = db.database().statements().statements;
    let first = session.courses().list(&listing).await.unwrap();
    assert_eq!(db.database().statements().statements - before, 1);
    assert_eq!((first.items.len(), first.total), (9, None));
    assert_eq!(first.next.unwrap().id, first.items[8].id.0);
}

async fn a_cursor_of_another_order_is_refused(db: &TestDatabase) {
    let mut session = db.database().session().await.unwrap();
    let id = CourseId(Maker::default().id()).0;
    let text = SortKey::Text("가".to_owned());
    let time = SortKey::Time(at("2026-01-01T00:00:00Z"));
    for keys in [vec![], vec![time.clone()], vec![text, time]] {
        let cursor = Some(Cursor { keys, id });
        let listing = Listing {
            filter: CourseFilter::default(),
            sort: Sort::ascending(CourseSort::Title),
            window: Window::After { cursor, size: PageSize::DEFAULT },
        };
        let outcome = session.courses().list(&listing).await;
        assert!(matches!(outcome, Err(RepositoryError::CursorMismatch)), "{outcome:?}");
    }
}
