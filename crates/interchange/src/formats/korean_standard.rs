//! The standard list of lifelong-learning courses (전국평생학습강좌표준데이터, data.go.kr 15013110): 25 Korean columns, one row
//! per class.
//!
//! 강좌명 is taken apart by `korean_title`; rows with one title and one 운영기관명 are classes of
//! one course, and its keyword gathers 강좌내용, 교육대상구분 and 교육방법구분. Weekdays and times expand to lectures from the first
//! to the last day, in Korean time, without the holidays that the caller names. A number of sessions in the title caps
//! them: the last days are left out, with a notice. Other columns (fees, addresses, flags) are not read.
//!
//! The source has no ids. A course is named by a digest of institution and title, a class by a digest of institution,
//! title, period, weekdays, times and place, a lecture by its class and day; so the same list gives the same ids, and a
//! moved class is another class. Titles name one course whatever their spaces (`플루트 교실 (중급)` and `플루트 교실(중급)`), and are
//! kept apart in classes: two rows of the published list differ only by a space, in one room at one time.

use std::collections::{BTreeSet, HashMap};

use chrono::{Datelike, NaiveDate, NaiveTime, Weekday};
use sha2::{Digest, Sha256};

use super::korean_title::{KoreanTitle, tidy};
use super::{Draft, Header};
use crate::problem::ProblemCode;
use crate::roster::{ClassRow, CourseRow, ExternalId, LectureRow, Roster};
use crate::row::{Rejected, Row, Seen, in_korea};
use crate::table::{Columns, TextFile, for_each_row};

const COLUMNS: Columns = Columns {
    required: &["강좌명", "교육시작일자", "교육종료일자", "교육시작시각", "교육종료시각", "운영요일"],
    optional: None,
};
const WEEKDAYS: [(char, Weekday); 7] = [
    ('월', Weekday::Mon),
    ('화', Weekday::Tue),
    ('수', Weekday::Wed),
    ('목', Weekday::Thu),
    ('금', Weekday::Fri),
    ('토', Weekday::Sat),
    ('일', Weekday::Sun),
];
/// A class that runs longer than this is a mistake in its dates.
const LONGEST_DAYS: i64 = 366 * 3;

pub(super) fn fits(headers: &[Header]) -> bool {
    headers.iter().any(|header| header.has("강좌명") && header.has("교육시작일자"))
}

pub(super) fn read(files: &[TextFile], holidays: &BTreeSet<NaiveDate>, draft: &mut Draft) {
    let Draft { roster, problems, .. } = draft;
    let mut reader = Reader { roster, holidays, courses: HashMap::new(), seen: Seen::new() };
    for file in files {
        for_each_row(file, COLUMNS, problems, |row| reader.read_row(row));
    }
}

struct Reader<'r> {
    roster: &'r mut Roster,
    holidays: &'r BTreeSet<NaiveDate>,
    /// Where each course stands in the roster.
    courses: HashMap<ExternalId, usize>,
    seen: Seen<ExternalId>,
}

/// When a class meets.
struct Schedule {
    begin: NaiveDate,
    end: NaiveDate,
    from: NaiveTime,
    until: NaiveTime,
    weekdays: Vec<Weekday>,
}

impl Reader<'_> {
    fn read_row(&mut self, row: &mut Row<'_>) -> Result<(), Rejected> {
        let title = row.required_text("강좌명").map(KoreanTitle::parse);
        let schedule = Schedule::read(row);
        let capacity = row.number("강좌정원수");
        let (apply_from, apply_until) = (row.date("접수시작일자"), row.date("접수종료일자"));
        let (title, schedule) = (title?, schedule?);
        let (capacity, apply_from, apply_until) = (capacity?, apply_from?, apply_until?);
        let days = self.session_days(row, &title, &schedule)?;

        let institution = tidy(row.text("운영기관명").unwrap_or_default());
        let place = row.text("교육장소").map(tidy).or_else(|| title.labels.first().cloned());
        let class_id = class_id(&institution, &title, &schedule, place.as_deref());
        self.seen.first(ExternalId::clone(&class_id), row, "강좌명")?;
        let course_ref = self.course(row, &institution, &title);

        let place: Option<Box<str>> = place.map(Into::into);
        let minutes = u32::try_from((schedule.until - schedule.from).num_minutes()).ok();
        for (sequence, day) in (1..).zip(&days) {
            let Some(starts_at) = in_korea(*day, schedule.from) else { continue };
            self.roster.lectures.push(LectureRow {
                at: row.at(),
                external_id: format!("{class_id}/{day}").into(),
                class_ref: ExternalId::clone(&class_id),
                title: format!("{sequence}차시").into(),
                sequence,
                attendance_type: None,
                starts_at,
                duration_minutes: minutes,
                place: place.clone(),
                cancelled_at: None,
                cancel_reason: None,
            });
        }
        self.roster.classes.push(ClassRow {
            at: row.at(),
            external_id: class_id,
            course_ref,
            lecturer_info: row.text("강사명").map(|name| tidy(name).into()),
            date_info: Some(date_info(&title, &schedule, days.len(), (apply_from, apply_until)).into()),
            begin_date: Some(schedule.begin),
            end_date: Some(schedule.end),
            capacity,
            place,
            apply_from,
            apply_until,
            closed_at: None,
            is_active: title.unused.then_some(false),
            title: title.class.into(),
        });
        Ok(())
    }

    /// The days on which the class meets.
    fn session_days(
        &self,
        row: &mut Row<'_>,
        title: &KoreanTitle,
        schedule: &Schedule,
    ) -> Result<Vec<NaiveDate>, Rejected> {
        let mut days: Vec<NaiveDate> = schedule
            .begin
            .iter_days()
            .take_while(|day| *day <= schedule.end)
            .filter(|day| schedule.weekdays.contains(&day.weekday()) && !self.holidays.contains(day))
            .collect();
        if days.is_empty() {
            return Err(row.reject("운영요일", ProblemCode::NoSessionDay, row.token("운영요일")));
        }
        let Some(promised) = title.sessions.and_then(|sessions| usize::try_from(sessions).ok()) else {
            return Ok(days);
        };
        let detail = format!("{} → {promised}", days.len());
        if days.len() > promised {
            row.report("강좌명", ProblemCode::SessionsCapped, Some(&detail));
            days.truncate(promised);
        } else if days.len() < promised {
            row.report("강좌명", ProblemCode::SessionsFewer, Some(&detail));
        }
        Ok(days)
    }

    /// The course of a class, made at its first class.
    fn course(&mut self, row: &Row<'_>, institution: &str, title: &KoreanTitle) -> ExternalId {
        let id = digest("course", &[institution, &title.course.replace(' ', "")]);
        let keywords: Vec<String> = ["강좌내용", "교육대상구분", "교육방법구분"]
            .iter()
            .filter_map(|c| row.text(c))
            .map(tidy)
            .collect();
        let known = self.courses.get(&id).and_then(|at| self.roster.courses.get_mut(*at));
        if let Some(course) = known {
            course.keyword = merge_keywords(course.keyword.as_deref(), &keywords);
            if !title.unused {
                course.is_active = None;
            }
            return id;
        }
        self.courses.insert(ExternalId::clone(&id), self.roster.courses.len());
        self.roster.courses.push(CourseRow {
            at: row.at(),
            external_id: ExternalId::clone(&id),
            title: title.course.as_str().into(),
            description: (!institution.is_empty()).then(|| format!("운영기관: {institution}").into()),
            keyword: merge_keywords(None, &keywords),
            is_active: title.unused.then_some(false),
        });
        id
    }
}

impl Schedule {
    fn read(row: &mut Row<'_>) -> Result<Self, Rejected> {
        let (begin, end) = (row.required_date("교육시작일자"), row.required_date("교육종료일자"));
        let from = row.required_time_of_day("교육시작시각");
        let until = row.required_time_of_day("교육종료시각");
        let weekdays = row.required("운영요일", ProblemCode::WeekdayInvalid, parse_weekdays);
        let schedule = Self { begin: begin?, end: end?, from: from?, until: until?, weekdays: weekdays? };
        if schedule.end < schedule.begin {
            return Err(row.reject("교육종료일자", ProblemCode::PeriodReversed, None));
        }
        if (schedule.end - schedule.begin).num_days() > LONGEST_DAYS {
            return Err(row.reject("교육종료일자", ProblemCode::DateInvalid, row.token("교육종료일자")));
        }
        if schedule.until <= schedule.from {
            return Err(row.reject("교육종료시각", ProblemCode::PeriodReversed, None));
        }
        Ok(schedule)
    }

    fn weekday_names(&self) -> String {
        let names = WEEKDAYS.iter().filter(|(_, weekday)| self.weekdays.contains(weekday));
        names.map(|(name, _)| name.to_string()).collect::<Vec<_>>().join("·")
    }
}

/// `월요일+수요일`, `화,목`, `매주 금`.
fn parse_weekdays(text: &str) -> Option<Vec<Weekday>> {
    let mut weekdays = Vec::new();
    for part in text.split(['+', ',', '/', '·', '、', ' ']).filter(|part| !part.is_empty() && *part != "매주")
    {
        for name in part.trim_end_matches("요일").chars() {
            let weekday = WEEKDAYS.iter().find(|(known, _)| *known == name)?.1;
            if !weekdays.contains(&weekday) {
                weekdays.push(weekday);
            }
        }
    }
    weekdays.sort_by_key(Weekday::num_days_from_monday);
    (!weekdays.is_empty()).then_some(weekdays)
}

fn class_id(institution: &str, title: &KoreanTitle, schedule: &Schedule, place: Option<&str>) -> ExternalId {
    let period = format!("{}/{}", schedule.begin, schedule.end);
    let times = format!("{}/{}", schedule.from, schedule.until);
    let weekdays = schedule.weekday_names();
    digest("class", &[institution, &title.class, &period, &weekdays, &times, place.unwrap_or_default()])
}

/// The first 128 bits of a SHA-256 over the parts, which cannot run into each other.
fn digest(kind: &str, parts: &[&str]) -> ExternalId {
    let mut hasher = Sha256::new_with_prefix(kind);
    for part in parts {
        hasher.update([0]);
        hasher.update(part);
    }
    let mut name = format!("{kind}-");
    for byte in hasher.finalize().iter().take(16) {
        name.extend(
            [byte >> 4, byte & 0xF].iter().filter_map(|digit| char::from_digit(u32::from(*digit), 16)),
        );
    }
    name.into()
}

/// `2026-07-08 ~ 2026-08-12, 매주 수 19:00~21:00, 6회, B반, 논현2, 접수 2026-04-28 ~ 2026-05-12`
fn date_info(
    title: &KoreanTitle,
    schedule: &Schedule,
    sessions: usize,
    apply: (Option<NaiveDate>, Option<NaiveDate>),
) -> String {
    let mut parts = vec![format!("{} ~ {}", schedule.begin, schedule.end)];
    if schedule.begin == schedule.end {
        parts = vec![schedule.begin.to_string()];
    }
    let times = format!("{}~{}", schedule.from.format("%H:%M"), schedule.until.format("%H:%M"));
    let weekly = if sessions > 1 { "매주 " } else { "" };
    parts.push(format!("{weekly}{} {times}", schedule.weekday_names()));
    parts.push(format!("{sessions}회"));
    parts.extend(
        title
            .cohort
            .as_deref()
            .map(|cohort| if cohort.ends_with('차') { cohort.to_owned() } else { format!("{cohort}반") }),
    );
    parts.extend(title.labels.iter().cloned());
    match apply {
        (Some(from), Some(until)) => parts.push(format!("접수 {from} ~ {until}")),
        (Some(from), None) => parts.push(format!("접수 {from}부터")),
        (None, Some(until)) => parts.push(format!("접수 {until}까지")),
        (None, None) => {}
    }
    parts.join(", ")
}

fn merge_keywords(known: Option<&str>, more: &[String]) -> Option<Box<str>> {
    let mut keywords: Vec<&str> = known.map(|known| known.split(", ").collect()).unwrap_or_default();
    for keyword in more {
        if !keywords.contains(&keyword.as_str()) {
            keywords.push(keyword);
        }
    }
    (!keywords.is_empty()).then(|| keywords.join(", ").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weekdays_are_read_in_the_forms_that_lists_use() {
        use Weekday::{Fri, Mon, Sun, Thu, Tue, Wed};
        assert_eq!(parse_weekdays("월요일+수요일"), Some(vec![Mon, Wed]));
        assert_eq!(parse_weekdays("목, 화"), Some(vec![Tue, Thu]));
        assert_eq!(parse_weekdays("매주 금요일"), Some(vec![Fri]));
        assert_eq!(parse_weekdays("월수금"), Some(vec![Mon, Wed, Fri]));
        assert_eq!(parse_weekdays("일요일"), Some(vec![Sun]));
        assert_eq!(parse_weekdays("매일"), None);
        assert_eq!(parse_weekdays("+"), None);
    }
}
