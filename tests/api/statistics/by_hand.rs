//! Counts raw rows with plain maps: what the API answers must equal what comes out here.
//!
//! Nothing of the counting code of Madang is used: days, weeks, months, enrolment periods, fractions and percentages are
//! worked out anew.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, Utc};
use madang_tests::json;
use serde_json::Value;

const STATUSES: [&str; 5] = ["present", "late", "early_leave", "excused", "absent"];
const SEOUL_MINUTES: i32 = 9 * 60;

/// Rows as they came, with whatever ids they have.
#[derive(Default)]
pub struct Rows {
    /// The course of each class.
    pub classes: HashMap<String, String>,
    /// Lectures: id, class, start.
    pub lectures: Vec<(String, String, DateTime<Utc>)>,
    /// Places of learners: class, user, first day, first day no more.
    pub places: Vec<(String, String, NaiveDate, Option<NaiveDate>)>,
    /// Marks: lecture and user, status.
    pub marks: HashMap<(String, String), String>,
}

/// What was counted of a thing.
#[derive(Default, Clone, Debug, PartialEq)]
pub struct Counted {
    statuses: HashMap<String, u64>,
    expected: u64,
    lectures: u64,
}

impl Counted {
    fn status(&self, name: &str) -> u64 {
        self.statuses.get(name).copied().unwrap_or_default()
    }

    fn expect(&mut self, status: Option<&String>) {
        self.expected += 1;
        if let Some(status) = status {
            *self.statuses.entry(status.clone()).or_default() += 1;
        }
    }

    fn add(&mut self, other: &Self) {
        self.expected += other.expected;
        self.lectures += other.lectures;
        for (status, marks) in &other.statuses {
            *self.statuses.entry(status.clone()).or_default() += marks;
        }
    }

    /// What it comes to where three lates are one absence, as numerator and denominator; and how many absences that makes.
    pub fn three_lates_an_absence(&self) -> ((u64, u64), u64) {
        let absences = self.status("late") / 3;
        ((self.recorded() - self.status("absent") - absences, self.expected), absences)
    }

    /// How many marks there are.
    pub fn recorded(&self) -> u64 {
        self.statuses.values().sum()
    }

    /// The figures as the API writes them.
    pub fn json(&self) -> Value {
        let recorded = self.recorded();
        let rate = (self.expected > 0 && recorded > 0).then(|| {
            let credited = recorded - self.status("absent");
            let tenths = (2_000 * credited + self.expected) / (2 * self.expected);
            json!({
                "numerator": credited,
                "denominator": self.expected,
                "percent": format!("{}.{}", tenths / 10, tenths % 10),
                "rule": {"policy_id": "00000000-0000-7000-8000-000000000080", "name": "lecture-80", "version": 1, "title": "차시 기준 80%"},
            })
        });
        let counts: HashMap<&str, u64> = STATUSES.map(|name| (name, self.status(name))).into();
        json!({
            "counts": counts,
            "recorded": recorded,
            "expected": self.expected,
            "unmarked": self.expected - recorded,
            "lectures": self.lectures,
            "rate": rate,
        })
    }

    /// Whether four fifths are reached, as the API writes it.
    pub fn verdict(&self) -> &'static str {
        match (self.recorded(), (self.recorded() - self.status("absent")) * 5 >= self.expected * 4) {
            (0, _) => "undecided",
            (_, true) => "met",
            (_, false) => "not_met",
        }
    }
}

/// The name of the ISO week in which a moment lies, so many minutes east of Greenwich.
pub fn week(at: DateTime<Utc>, east: i32) -> String {
    let week = local(at, east).iso_week();
    format!("week {}-{}", week.year(), week.week())
}

/// The name of the month in which a moment lies.
pub fn month(at: DateTime<Utc>, east: i32) -> String {
    let day = local(at, east);
    format!("month {}-{}", day.year(), day.month())
}

fn local(at: DateTime<Utc>, east: i32) -> NaiveDate {
    at.with_timezone(&FixedOffset::east_opt(east * 60).unwrap()).date_naive()
}

impl Rows {
    /// Counts everything of lectures begun by `as_of`, by the names `all`, `course …`, `class …`, `lecture …`, `user …`,
    /// `user … class …`, `week …`, `month …` and the last two with ` course …` behind them.
    pub fn count(&self, as_of: DateTime<Utc>, east: i32) -> HashMap<String, Counted> {
        let mut counted = HashMap::<String, Counted>::new();
        let mut places = HashMap::<&String, Vec<_>>::new();
        for (class, user, from, until) in &self.places {
            places.entry(class).or_default().push((user, *from, *until));
        }
        for (lecture, class, at) in &self.lectures {
            let day = local(*at, SEOUL_MINUTES);
            let held = |from: NaiveDate, until: Option<NaiveDate>| {
                from <= day && until.is_none_or(|until| day < until)
            };
            let learners: HashSet<&String> = places
                .get(class)
                .into_iter()
                .flatten()
                .filter(|(_, from, until)| held(*from, *until))
                .map(|(user, ..)| *user)
                .collect();
            if *at > as_of || learners.is_empty() {
                continue;
            }
            let mut whole = Counted { lectures: 1, ..Counted::default() };
            for user in learners {
                let status = self.marks.get(&(lecture.clone(), user.clone()));
                whole.expect(status);
                for name in [format!("user {user}"), format!("user {user} class {class}")] {
                    let own = counted.entry(name).or_default();
                    own.lectures += 1;
                    own.expect(status);
                }
            }
            let course = &self.classes[class];
            let (week, month) = (week(*at, east), month(*at, east));
            for name in [
                "all".to_owned(),
                format!("course {course}"),
                format!("class {class}"),
                format!("lecture {lecture}"),
                format!("{week} course {course}"),
                format!("{month} course {course}"),
                week,
                month,
            ] {
                counted.entry(name).or_default().add(&whole);
            }
        }
        counted
    }
}
