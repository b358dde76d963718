//! What a Korean course list packs into a title besides the title.
//!
//! Of `[논현2][특화] 한국외대와 함께하는 일본어 (초급) (B/6회)` the course is called `한국외대와 함께하는 일본어 (초급)`; the rest says
//! which run it is. What is taken off, decided on 322 titles as published:
//! - in front: every `[…]`; `(미사용)`, which means not in use; `(…특강)`, a seasonal special; after a `(미사용)` also a
//!   place in parentheses, `(일원1)`. Other parentheses, `(시니어)`, say what the course is and stay;
//! - behind: `(B/6회)`, `(B/6)`, `(6회)` (cohort and sessions), `(A)` and `(1차)` (cohort), a single capital after a
//!   closing parenthesis (`(입문) C`), and a `[…]` that holds a date. Levels such as `(초급)`, `[기본]` or a number that
//!   belongs to the word (`과정4`) stay.
//!
//! White space of any kind (no-break spaces, double spaces) is one space.

use unicode_normalization::UnicodeNormalization;

/// A title, taken apart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct KoreanTitle {
    /// What the course is called.
    pub course: String,
    /// The whole title with its white space in order; what the class is called.
    pub class: String,
    /// What stood in brackets in front, and dates behind: `논현2`, `특화`, `겨울특강`.
    pub labels: Vec<String>,
    /// `B`, `1차`.
    pub cohort: Option<String>,
    /// How many sessions the title promises.
    pub sessions: Option<u32>,
    /// Marked `(미사용)`.
    pub unused: bool,
}

impl KoreanTitle {
    pub fn parse(title: &str) -> Self {
        let class = tidy(title);
        let mut parsed = Self { class: class.clone(), ..Self::default() };
        let rest = parsed.strip_front(&class);
        let rest = parsed.strip_back(rest);
        rest.clone_into(&mut parsed.course);
        if parsed.course.is_empty() {
            parsed.course = class;
        }
        parsed
    }

    fn strip_front<'t>(&mut self, title: &'t str) -> &'t str {
        let mut rest = title;
        loop {
            rest = rest.trim_start();
            // One title in the published list opens its parenthesis twice.
            let opened = if rest.starts_with("((") { rest.trim_start_matches('(') } else { rest };
            let group = match opened.strip_prefix('[') {
                Some(inner) => inner.split_once(']'),
                None if opened.len() < rest.len() => opened.split_once(')'),
                None => opened.strip_prefix('(').and_then(|inner| inner.split_once(')')),
            };
            let Some((content, behind)) = group else { return rest };
            let content = content.trim();
            if content == "미사용" {
                self.unused = true;
            } else if rest.starts_with('[')
                || content.ends_with("특강")
                || (self.unused && self.labels.is_empty() && is_place(content))
            {
                self.labels.push(content.to_owned());
            } else {
                return rest;
            }
            rest = behind;
        }
    }

    fn strip_back<'t>(&mut self, title: &'t str) -> &'t str {
        let mut rest = title.trim_end();
        while let Some((front, content)) = last_group(rest) {
            if let Some((cohort, sessions)) = run(content) {
                self.cohort = cohort.map(str::to_owned).or(self.cohort.take());
                self.sessions = sessions.or(self.sessions);
            } else if rest.ends_with(']') && holds_a_date(content) {
                self.labels.push(content.to_owned());
            } else {
                break;
            }
            rest = front.trim_end();
        }
        if self.cohort.is_none()
            && let Some((front, letter)) = rest.rsplit_once(' ')
            && front.ends_with(')')
            && is_cohort_letter(letter)
        {
            self.cohort = Some(letter.to_owned());
            rest = front;
        }
        rest
    }
}

/// NFC, and single spaces for any white space.
pub(super) fn tidy(text: &str) -> String {
    let mut tidied = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !tidied.is_empty() {
            tidied.push(' ');
        }
        tidied.extend(word.nfc());
    }
    tidied
}

/// What stands before the last pair of brackets or parentheses, and what stands in it.
fn last_group(title: &str) -> Option<(&str, &str)> {
    let (inner, open) = match title.strip_suffix(')') {
        Some(inner) => (inner, '('),
        None => (title.strip_suffix(']')?, '['),
    };
    let (front, content) = inner.rsplit_once(open)?;
    Some((front, content.trim()))
}

/// Cohort and number of sessions: `B/6회`, `B/6`, `6회`, `A`, `1차`.
fn run(content: &str) -> Option<(Option<&str>, Option<u32>)> {
    if is_cohort_letter(content) {
        return Some((Some(content), None));
    }
    if let Some(number) = content.strip_suffix('차') {
        return number.parse::<u32>().ok().map(|_| (Some(content), None));
    }
    if let Some((cohort, sessions)) = content.split_once('/') {
        let cohort = Some(cohort.trim()).filter(|cohort| is_cohort_letter(cohort))?;
        return Some((Some(cohort), Some(session_count(sessions.trim().trim_end_matches('회'))?)));
    }
    Some((None, Some(session_count(content.strip_suffix('회')?)?)))
}

fn session_count(text: &str) -> Option<u32> {
    text.trim().parse().ok().filter(|count| (1..=400).contains(count))
}

fn is_cohort_letter(text: &str) -> bool {
    text.len() == 1 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// A Hangul name with a number, `일원1`, maybe with a part of the day, `일원1-저녁`.
fn is_place(text: &str) -> bool {
    let name = text.split_once('-').map_or(text, |(name, _)| name);
    let syllables = name.trim_end_matches(|c: char| c.is_ascii_digit());
    syllables.len() < name.len()
        && !syllables.is_empty()
        && syllables.chars().all(|c| ('가'..='힣').contains(&c))
}

/// `5. 13(수) 오후 7시/대치`: begins with a month and a day.
fn holds_a_date(text: &str) -> bool {
    let Some((month, rest)) = text.split_once('.') else { return false };
    let day: String = rest.trim_start().chars().take_while(char::is_ascii_digit).collect();
    let within =
        |number: &str, limit: u32| number.trim().parse().is_ok_and(|n: u32| (1..=limit).contains(&n));
    within(month, 12) && within(&day, 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Course, labels, cohort and sessions of a title.
    fn parts(title: &str) -> (String, String, Option<String>, Option<u32>) {
        let title = KoreanTitle::parse(title);
        (title.course, title.labels.join("|"), title.cohort, title.sessions)
    }

    fn expected(
        course: &str,
        labels: &str,
        cohort: Option<&str>,
        sessions: Option<u32>,
    ) -> (String, String, Option<String>, Option<u32>) {
        (course.into(), labels.into(), cohort.map(str::to_owned), sessions)
    }

    #[test]
    fn cohort_and_sessions_belong_to_the_class() {
        assert_eq!(
            parts("[논현2]퍼스널컬러 이미지브랜딩(B/6회)"),
            expected("퍼스널컬러 이미지브랜딩", "논현2", Some("B"), Some(6))
        );
        assert_eq!(
            parts("[일원2-저녁] 내 삶에 꼭 필요한 세금이야기(부동산 세금, 상속증여세 등)(B/6)"),
            expected(
                "내 삶에 꼭 필요한 세금이야기(부동산 세금, 상속증여세 등)",
                "일원2-저녁",
                Some("B"),
                Some(6)
            )
        );
        assert_eq!(parts("[수서1] 목요 피아노 (C)"), expected("목요 피아노", "수서1", Some("C"), None));
        assert_eq!(parts("수채화(8회)"), expected("수채화", "", None, Some(8)));
        assert_eq!(
            parts("강남미술여행<그림같은오후> : 신한갤러리(1차)"),
            expected("강남미술여행<그림같은오후> : 신한갤러리", "", Some("1차"), None)
        );
        assert_eq!(
            parts("[열린대학1] <금융·경제 전문가 과정> 한번에 끝내는 자산관리 (입문) C"),
            expected("<금융·경제 전문가 과정> 한번에 끝내는 자산관리 (입문)", "열린대학1", Some("C"), None)
        );
    }

    #[test]
    fn levels_audiences_and_numbered_names_stay_in_the_course() {
        for (title, course) in [
            ("[수서2] 하모니카(중급)", "하모니카(중급)"),
            ("[논현2]글로벌 경제와 증시투자 이해[기본]", "글로벌 경제와 증시투자 이해[기본]"),
            ("[일원2] (시니어)스마트폰 AI 입문교실", "(시니어)스마트폰 AI 입문교실"),
            ("[수서2] 아는 영어 말고 (말)하는 영어", "아는 영어 말고 (말)하는 영어"),
            ("[일원1](겨울특강) 올바른 치아관리(초3,4)", "올바른 치아관리(초3,4)"),
            ("[논현2][특화]스페인어 회화 초급 A2", "스페인어 회화 초급 A2"),
            ("2026. 모두가 함께하는 수어특강-초급", "2026. 모두가 함께하는 수어특강-초급"),
            ("★갤러리 특강 part31. - 작가 김희연 작품편", "★갤러리 특강 part31. - 작가 김희연 작품편"),
        ] {
            assert_eq!(parts(title).0, course);
        }
    }

    #[test]
    fn labels_in_front_belong_to_the_class_even_when_they_are_mistyped() {
        assert_eq!(
            parts("[개포1]((겨울특강)가족요리,미트볼&나폴리탄스파게티"),
            expected("가족요리,미트볼&나폴리탄스파게티", "개포1|겨울특강", None, None)
        );
        assert_eq!(
            parts("[논현2][세계인의 날 특강]\u{a0}주한독일문화원장과  함께하는"),
            expected("주한독일문화원장과 함께하는", "논현2|세계인의 날 특강", None, None)
        );
        assert_eq!(
            parts("감수성 향상 과정4 [5. 13(수) 오후 7시/대치]"),
            expected("감수성 향상 과정4", "5. 13(수) 오후 7시/대치", None, None)
        );
        let unused = KoreanTitle::parse("(미사용)(일원1) 부동산경매");
        assert!(unused.unused);
        assert_eq!((unused.course.as_str(), unused.labels), ("부동산경매", vec!["일원1".to_owned()]));
    }

    #[test]
    fn a_title_of_nothing_but_labels_is_kept_whole() {
        assert_eq!(parts("[특강](A)").0, "[특강](A)");
    }
}
