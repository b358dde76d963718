//! What the sample centre teaches, and when.

use chrono::Weekday;

/// How many lectures each class has, one a week.
pub const LECTURES_PER_CLASS: u32 = 8;

/// A course: title, description, keywords.
pub const COURSES: [(&str, &str, &str); 6] = [
    ("수채화 기초", "물과 색을 다루는 첫걸음. 붓을 처음 잡는 분도 함께할 수 있습니다.", "문화예술, 성인"),
    ("스마트폰 활용", "사진 정리부터 길찾기, 간편결제까지 차근차근 배웁니다.", "정보화, 시니어"),
    ("생활 영어 회화", "여행과 일상에서 바로 쓰는 표현을 말로 익힙니다.", "외국어, 성인"),
    ("민화 그리기", "까치와 호랑이, 모란을 전통 채색으로 그립니다.", "문화예술, 성인"),
    ("시니어 요가", "무리 없는 동작으로 몸의 균형을 되찾습니다.", "건강, 시니어"),
    ("파이썬 첫걸음", "설치부터 작은 프로그램까지, 컴퓨터와 대화하는 법.", "정보화, 청년"),
];

/// One run of a course.
pub struct Run {
    /// Which course.
    pub course: usize,
    /// What the run is called after the title of the course.
    pub name: &'static str,
    /// The week of the first lecture, counted from this one.
    pub week: i64,
    /// The day of the lectures.
    pub weekday: Weekday,
    /// When they begin, in Korea: hour and minute.
    pub at: (u32, u32),
    /// How long they take.
    pub minutes: i32,
    /// Where; `None` for one over the network.
    pub place: Option<&'static str>,
    /// Who teaches.
    pub lecturer: usize,
    /// How many learners it holds.
    pub capacity: i32,
    /// The first learner, and how many come after.
    pub learners: (usize, usize),
}

const fn run(course: usize, name: &'static str, week: i64, weekday: Weekday, at: (u32, u32)) -> Run {
    Run {
        course,
        name,
        week,
        weekday,
        at,
        minutes: 120,
        place: Some("2층 강의실"),
        lecturer: 0,
        capacity: 16,
        learners: (0, 9),
    }
}

/// Where the story of somebody who came late is told.
pub const LATE_JOINER_IN: usize = 1;
/// The class that somebody leaves for the next one.
pub const TRANSFER_FROM: usize = 3;
/// The class into which somebody moves.
pub const TRANSFER_TO: usize = 4;
/// Where somebody stops coming.
pub const LEAVER_IN: usize = 6;
/// Where somebody was met at the door.
pub const DOOR_IN: usize = 8;

/// Three are over, six run, one is to come.
pub const CLASSES: [Run; 10] = [
    Run { place: Some("문화관 화실"), learners: (0, 9), ..run(0, "1기", -20, Weekday::Tue, (10, 0)) },
    Run { place: Some("문화관 화실"), learners: (7, 9), ..run(0, "2기", -5, Weekday::Tue, (10, 0)) },
    Run { lecturer: 1, learners: (10, 10), ..run(1, "1기", -12, Weekday::Wed, (14, 0)) },
    Run { lecturer: 1, learners: (18, 8), ..run(1, "2기 A반", -4, Weekday::Wed, (14, 0)) },
    Run { lecturer: 1, learners: (26, 7), ..run(1, "2기 B반", -4, Weekday::Fri, (14, 0)) },
    Run { minutes: 90, lecturer: 3, learners: (3, 10), ..run(2, "3기", -7, Weekday::Thu, (19, 0)) },
    Run { place: Some("문화관 화실"), learners: (22, 8), ..run(3, "1기", -3, Weekday::Mon, (14, 0)) },
    Run {
        minutes: 60,
        place: Some("체육관 다목적실"),
        lecturer: 2,
        capacity: 20,
        learners: (14, 11),
        ..run(4, "1기", -16, Weekday::Mon, (9, 30))
    },
    Run {
        minutes: 60,
        place: Some("체육관 다목적실"),
        lecturer: 2,
        capacity: 20,
        learners: (24, 9),
        ..run(4, "2기", -2, Weekday::Mon, (9, 30))
    },
    Run {
        place: None,
        lecturer: 3,
        capacity: 30,
        learners: (5, 6),
        ..run(5, "1기", 2, Weekday::Sat, (13, 0))
    },
];
