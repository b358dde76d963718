//! The words of notices, in Korean and in English: the one place where they are.
//!
//! A template has names in braces, which [`variables`] fills from the facts of a notice. The same variables go to providers that keep
//! templates of their own (Alimtalk).

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Utc};

use super::{Facts, NoticeKind, NotificationError, NotificationService};
use crate::{
    access::{Action, Caller, authorize},
    calendar::{TimeZone, local_day, start_of_day},
    channels::Language,
};

/// What a notice says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// In one line.
    pub title: String,
    /// The whole of it.
    pub body: String,
}

impl Text {
    /// What a notice with these facts says in this language.
    pub fn of(kind: NoticeKind, facts: &Facts, language: Language) -> Self {
        let template = template(kind, language);
        let variables = variables(facts, language);
        Self { title: filled(template.title, &variables), body: filled(template.body, &variables) }
    }
}

/// The words of one kind of notice in one language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Template {
    /// Of which kind.
    pub kind: NoticeKind,
    /// In which language.
    pub language: Language,
    /// The title, with names in braces.
    pub title: &'static str,
    /// The text, with names in braces.
    pub body: &'static str,
}

impl Template {
    /// The names in its braces, each once, in alphabetical order.
    pub fn names(&self) -> Vec<&'static str> {
        let mut names: Vec<&'static str> = [self.title, self.body].into_iter().flat_map(names_in).collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

/// Every template: kind by kind, Korean before English.
fn templates() -> Vec<Template> {
    let of_kind = |kind: &NoticeKind| Language::ALL.map(|language| template(*kind, language));
    NoticeKind::ALL.iter().flat_map(of_kind).collect()
}

fn template(kind: NoticeKind, language: Language) -> Template {
    let (korean, english) = words(kind);
    let (title, body) = match language {
        Language::Korean => korean,
        Language::English => english,
    };
    Template { kind, language, title, body }
}

type Words = (&'static str, &'static str);

#[expect(clippy::too_many_lines, reason = "a table of words")]
fn words(kind: NoticeKind) -> (Words, Words) {
    match kind {
        NoticeKind::LectureStart => (
            (
                "곧 수업이 시작됩니다: {lecture}",
                "{class} 「{lecture}」 차시가 {starts_at}에 시작합니다.{place}",
            ),
            ("Starts soon: {lecture}", "“{lecture}” of {class} starts at {starts_at}.{place}"),
        ),
        NoticeKind::CheckInReminder => (
            (
                "아직 출석하지 않았습니다: {lecture}",
                "{class} 「{lecture}」 차시({starts_at} 시작)에 출석이 확인되지 않았습니다. 참석 중이라면 출석해 주세요.",
            ),
            (
                "You are not checked in: {lecture}",
                "You are not checked in to “{lecture}” of {class}, which started at {starts_at}. If you are there, please check in.",
            ),
        ),
        NoticeKind::MarkingReminder => (
            (
                "출석이 기록되지 않았습니다: {lecture}",
                "{class} 「{lecture}」 차시({starts_at} 시작)의 출석이 아직 한 건도 기록되지 않았습니다.",
            ),
            (
                "No attendance taken: {lecture}",
                "Nobody is marked yet at “{lecture}” of {class}, which started at {starts_at}.",
            ),
        ),
        NoticeKind::Absence => (
            (
                "결석으로 기록되었습니다: {lecture}",
                "{class} 「{lecture}」 차시({starts_at})에 결석으로 기록되었습니다. 사실과 다르면 강사에게 알려 주세요.",
            ),
            (
                "Marked absent: {lecture}",
                "You are marked absent from “{lecture}” of {class} ({starts_at}). If that is wrong, please tell your lecturer.",
            ),
        ),
        NoticeKind::AtRisk => (
            (
                "출석률에 주의해 주세요: {class}",
                "{class}에서 더 결석하면 출석 인정 기준에 미치지 못할 수 있습니다. 남은 결석 가능 횟수를 확인해 주세요.",
            ),
            (
                "Your attendance is at risk: {class}",
                "Few absences are left to you in {class} before the threshold is out of reach. Please look at your attendance.",
            ),
        ),
        NoticeKind::Unreachable => (
            (
                "출석 인정 기준을 채울 수 없습니다: {class}",
                "{class}에서 남은 차시에 모두 출석해도 출석 인정 기준을 채울 수 없게 되었습니다. 담당자와 상의해 주세요.",
            ),
            (
                "The threshold is out of reach: {class}",
                "Even with every lecture left, the attendance threshold of {class} can no longer be met. Please talk to the staff.",
            ),
        ),
        NoticeKind::LeaveApproved => (
            ("공결이 승인되었습니다", "{class}의 공결 신청({first_on} – {last_on})이 승인되었습니다."),
            ("Your leave is approved", "Your leave from {class} ({first_on} – {last_on}) is approved."),
        ),
        NoticeKind::LeaveRejected => (
            (
                "공결이 승인되지 않았습니다",
                "{class}의 공결 신청({first_on} – {last_on})이 반려되었습니다. 사유는 신청 내역에서 볼 수 있습니다.",
            ),
            (
                "Your leave is not approved",
                "Your leave from {class} ({first_on} – {last_on}) was rejected. The request tells why.",
            ),
        ),
        NoticeKind::LeaveRevoked => (
            ("공결 승인이 취소되었습니다", "{class}의 공결({first_on} – {last_on}) 승인이 취소되었습니다."),
            (
                "Your leave was taken back",
                "The approval of your leave from {class} ({first_on} – {last_on}) was taken back.",
            ),
        ),
        NoticeKind::CertificateIssued => (
            ("수료증이 발급되었습니다: {course}", "{course} 수료증({number})이 발급되었습니다. 축하합니다."),
            (
                "Your certificate: {course}",
                "Your certificate of {course} ({number}) has been issued. Congratulations.",
            ),
        ),
        NoticeKind::CertificateRevoked => (
            (
                "수료증이 취소되었습니다: {course}",
                "{course} 수료증({number})이 취소되었습니다. 궁금한 점은 담당자에게 문의해 주세요.",
            ),
            (
                "Certificate revoked: {course}",
                "Your certificate of {course} ({number}) was revoked. Please ask the staff if you have questions.",
            ),
        ),
        NoticeKind::CertificateExpiring => (
            (
                "수료증 유효 기간이 곧 끝납니다: {course}",
                "{course} 수료증({number})은 {expires_on}에 만료됩니다.",
            ),
            (
                "Your certificate expires soon: {course}",
                "Your certificate of {course} ({number}) expires on {expires_on}.",
            ),
        ),
        NoticeKind::Announcement => (("[{class}] {title}", "{body}"), ("[{class}] {title}", "{body}")),
    }
}

/// What stands in the place of the names, in this language; what is not known is empty.
pub(super) fn variables(facts: &Facts, language: Language) -> BTreeMap<&'static str, String> {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let day = |value: Option<NaiveDate>| value.map(|day| day_text(day, language)).unwrap_or_default();
    let place = facts.place.as_ref().map(|place| match language {
        Language::Korean => format!(" 장소: {place}"),
        Language::English => format!(" Place: {place}"),
    });
    BTreeMap::from([
        ("class", text(&facts.class_title)),
        ("lecture", text(&facts.lecture_title)),
        ("starts_at", facts.starts_at.map(|at| time_text(at, language)).unwrap_or_default()),
        ("place", place.unwrap_or_default()),
        ("course", text(&facts.course_title)),
        ("number", text(&facts.number)),
        ("expires_on", day(facts.expires_on)),
        ("first_on", day(facts.first_on)),
        ("last_on", day(facts.last_on)),
        ("title", text(&facts.title)),
        ("body", text(&facts.body)),
    ])
}

/// Facts as they might be, for a preview.
fn sample() -> Facts {
    let day = |month, day| NaiveDate::from_ymd_opt(2026, month, day);
    Facts {
        class_title: Some("수채화 기초 3기".to_owned()),
        lecture_title: Some("1강 붓과 물".to_owned()),
        starts_at: day(9, 1)
            .and_then(|day| day.and_hms_opt(10, 0, 0))
            .map(|local| TimeZone::SEOUL.instant(local)),
        place: Some("본관 201호".to_owned()),
        course_title: Some("수채화 기초".to_owned()),
        number: Some("2026-0123".to_owned()),
        expires_on: day(12, 31),
        first_on: day(9, 7),
        last_on: day(9, 9),
        title: Some("다음 주 준비물".to_owned()),
        body: Some("물통과 앞치마를 가져와 주세요.".to_owned()),
        ..Facts::default()
    }
}

/// The template with every name filled. What is filled in is not looked at again: a title may hold braces.
fn filled(template: &'static str, variables: &BTreeMap<&'static str, String>) -> String {
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let Some((name, after)) = after.split_once('}') else {
            rest = after;
            continue;
        };
        text.push_str(variables.get(name).map(String::as_str).unwrap_or_default());
        rest = after;
    }
    text.push_str(rest);
    text
}

fn names_in(template: &'static str) -> impl Iterator<Item = &'static str> {
    template.split('{').skip(1).filter_map(|part| part.split_once('}').map(|(name, _)| name))
}

fn local(at: DateTime<Utc>) -> NaiveDateTime {
    let day = local_day(at, TimeZone::SEOUL);
    day.and_time(chrono::NaiveTime::MIN) + (at - start_of_day(day, TimeZone::SEOUL))
}

fn time_text(at: DateTime<Utc>, language: Language) -> String {
    let local = local(at);
    match language {
        Language::Korean => format!("{} {}", day_text(local.date(), language), local.format("%H:%M")),
        Language::English => format!("{} on {}", local.format("%H:%M"), day_text(local.date(), language)),
    }
}

fn day_text(day: NaiveDate, language: Language) -> String {
    const WEEKDAYS: [char; 7] = ['월', '화', '수', '목', '금', '토', '일'];
    match language {
        Language::Korean => {
            let weekday = WEEKDAYS.get(day.weekday().num_days_from_monday() as usize).copied().unwrap_or(' ');
            format!("{}월 {}일({weekday})", day.month(), day.day())
        }
        Language::English => day.format("%a %-d %b").to_string(),
    }
}

/// What a notice would look like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextPreview {
    /// In the inbox.
    pub text: Text,
    /// In a mail.
    pub mail: String,
    /// What its template of Alimtalk is called at the provider.
    pub alimtalk_template: Option<String>,
}

impl NotificationService {
    /// The words of all notices; for those who manage the catalogue.
    pub fn templates(&self, caller: &Caller) -> Result<Vec<Template>, NotificationError> {
        may_look(caller)?;
        Ok(templates())
    }

    /// What a notice of this kind would say of a made-up class; for those who manage the catalogue.
    pub fn preview(
        &self,
        caller: &Caller,
        kind: NoticeKind,
        language: Language,
    ) -> Result<TextPreview, NotificationError> {
        may_look(caller)?;
        let text = Text::of(kind, &sample(), language);
        Ok(TextPreview {
            mail: format!("{}\n\n{}\n", text.body, self.inbox_url()),
            alimtalk_template: self.settings.alimtalk_templates.get(&kind).cloned(),
            text,
        })
    }
}

fn may_look(caller: &Caller) -> Result<(), NotificationError> {
    authorize(caller, Action::ManageCatalogue).map_err(|_| NotificationError::Forbidden)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_is_filled_from_the_facts() {
        for template in templates() {
            let text = Text::of(template.kind, &sample(), template.language);
            for part in [&text.title, &text.body] {
                assert!(!part.is_empty() && !part.contains(['{', '}']), "{}: {part}", template.kind.as_str());
            }
            let known = variables(&sample(), template.language);
            assert!(template.names().iter().all(|name| known.contains_key(name)), "{template:?}");
        }
    }

    #[test]
    fn a_notice_is_written_in_the_reader_s_language() {
        let text = |language| Text::of(NoticeKind::LectureStart, &sample(), language);
        let korean = text(Language::Korean);
        assert_eq!(korean.title, "곧 수업이 시작됩니다: 1강 붓과 물");
        assert_eq!(
            korean.body,
            "수채화 기초 3기 「1강 붓과 물」 차시가 9월 1일(화) 10:00에 시작합니다. 장소: 본관 201호"
        );
        assert_eq!(
            text(Language::English).body,
            "“1강 붓과 물” of 수채화 기초 3기 starts at 10:00 on Tue 1 Sep. Place: 본관 201호"
        );
    }

    #[test]
    fn what_is_filled_in_is_not_filled_again() {
        let facts = Facts {
            class_title: Some("1기".to_owned()),
            title: Some("{body}".to_owned()),
            ..Facts::default()
        };
        assert_eq!(Text::of(NoticeKind::Announcement, &facts, Language::Korean).title, "[1기] {body}");
    }
}
