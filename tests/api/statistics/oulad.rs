//! The Open University set (Kuzilek, Hlosta, Zdrahal 2017, doi 10.1038/sdata.2017.171): 217,223 marks of 28,785 learners,
//! imported once into each database, read from the CSV files once more, and counted by hand.

use std::{
    collections::{HashMap, HashSet},
    path::{Path, PathBuf},
};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use madang_domain::access::Caller;
use madang_interchange::{Bundle, ImportOptions, ImportService, Limits, ReadOptions, read};
use madang_tests::{Answer, Client, TestApp, api_test, json};
use reqwest::Method;
use serde_json::Value;

use super::by_hand::{Counted, Rows, month, week};

const SEOUL_MINUTES: i32 = 9 * 60;

pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/oulad")
}

/// The rows of a file, each as its columns.
fn rows_of<const COLUMNS: usize>(
    folder: &Path,
    file: &str,
    columns: [&str; COLUMNS],
) -> Vec<[String; COLUMNS]> {
    let mut reader = csv::Reader::from_path(folder.join(file)).unwrap();
    assert_eq!(reader.headers().unwrap(), columns.as_slice());
    reader
        .records()
        .map(|row| std::array::from_fn(|column| row.as_ref().unwrap()[column].to_owned()))
        .collect()
}

/// `-159.0` as so many days.
fn days(text: &str) -> Option<TimeDelta> {
    (!text.is_empty()).then(|| TimeDelta::days(text.trim_end_matches(".0").parse().unwrap()))
}

/// The files as rows to be counted. A lecture begins at 10:00 in Seoul; without a day of registration a place begins with
/// the class, or on the day of unregistration if that is earlier.
pub fn read_by_hand(folder: &Path) -> Rows {
    let mut rows = Rows::default();
    let mut begin = HashMap::<String, NaiveDate>::new();
    let columns = ["class_id", "course_code", "code_presentation", "starts_on", "ends_on"];
    for [class, course, _, starts_on, _] in rows_of(folder, "classes.csv", columns) {
        begin.insert(class.clone(), starts_on.parse().unwrap());
        rows.classes.insert(class, course);
    }
    let columns = ["class_id", "lecture_id", "kind", "date", "starts_on", "weight"];
    for [class, lecture, _, _, starts_on, _] in rows_of(folder, "lectures.csv", columns) {
        rows.lectures.push((lecture, class, format!("{starts_on}T10:00:00+09:00").parse().unwrap()));
    }
    let columns = ["class_id", "user_id", "date_registration", "date_unregistration"];
    for [class, user, registration, unregistration] in rows_of(folder, "enrolments.csv", columns) {
        let begin = begin[&class];
        let until = days(&unregistration).map(|after| begin + after);
        let from = match days(&registration) {
            Some(after) => begin + after,
            None => until.map_or(begin, |until| until.min(begin)),
        };
        rows.places.push((class, user, from, until));
    }
    for [_, lecture, user, status] in
        rows_of(folder, "attendances.csv", ["class_id", "lecture_id", "user_id", "status"])
    {
        rows.marks.insert((lecture, user), status);
    }
    rows
}

/// Imports the files, and tells our ids by theirs: `class AAA-2013J` and so on.
pub async fn import(app: &TestApp, folder: &Path) -> HashMap<String, String> {
    let yard = app.app.services().yard.clone();
    let bundle = Bundle::from_path(folder, &Limits::default()).unwrap();
    let reading = read(bundle, &ReadOptions::default()).unwrap();
    let service = ImportService::new(yard.clone());
    let report = service.apply(&Caller::system(), reading, ImportOptions::default(), &|_| {}).await.unwrap();
    assert!(report.is_kept());
    app.keep_up().await;
    let mut session = yard.store.session().await.unwrap();
    let mut ids = HashMap::new();
    for entity in ["course", "class", "lecture", "user"] {
        let known = session.external_ids().of("oulad", entity).await.unwrap();
        ids.extend(
            known.into_iter().map(|one| (format!("{entity} {}", one.external_id), one.id.to_string())),
        );
    }
    ids
}

struct Comparison {
    client: Client,
    ids: HashMap<String, String>,
    /// Their names by our ids.
    names: HashMap<String, String>,
    counted: HashMap<String, Counted>,
}

impl Comparison {
    fn by_hand(&self, name: &str) -> Value {
        self.counted.get(name).cloned().unwrap_or_default().json()
    }

    async fn get(&self, path: &str) -> Value {
        self.client.get(path).await.expect(200).body
    }

    /// Checks the parts that an answer lists, and tells how many there are.
    fn check_parts(&self, parts: &Value, id: &str) -> usize {
        let parts = parts.as_array().unwrap();
        for part in parts {
            let name = &self.names[part[id].as_str().unwrap()];
            assert_eq!(part["figures"], self.by_hand(name), "{name}");
        }
        parts.len()
    }

    async fn courses_classes_and_lectures(&self, rows: &Rows) {
        let courses: HashSet<&String> = rows.classes.values().collect();
        let mut classes = 0;
        for course in courses {
            let stats = self
                .get(&format!("/courses/{}/attendance-stats", self.ids[&format!("course {course}")]))
                .await;
            assert_eq!(stats["figures"], self.by_hand(&format!("course {course}")), "{course}");
            classes += self.check_parts(&stats["by_class"], "class_id");
        }
        assert_eq!(classes, 22);
        let mut lectures = 0;
        for class in rows.classes.keys() {
            let stats =
                self.get(&format!("/classes/{}/attendance-stats", self.ids[&format!("class {class}")])).await;
            assert_eq!(stats["figures"], self.by_hand(&format!("class {class}")), "{class}");
            lectures += self.check_parts(&stats["by_lecture"], "lecture_id");
        }
        assert_eq!(lectures, 182);
        for (lecture, ..) in &rows.lectures {
            let stats = self
                .get(&format!("/lectures/{}/attendance-stats", self.ids[&format!("lecture {lecture}")]))
                .await;
            assert_eq!(stats["figures"], self.by_hand(&format!("lecture {lecture}")), "{lecture}");
        }
    }

    async fn weeks_and_months(&self) {
        for (period, name) in [("weekly", week as fn(_, _) -> _), ("monthly", month)] {
            let stats =
                self.get(&format!("/stats/attendance?period={period}&from=2013-01-01&to=2015-12-31")).await;
            assert_eq!(stats["figures"], self.by_hand("all"));
            let mut recorded = 0;
            for bucket in stats["buckets"].as_array().unwrap() {
                let begins_on = bucket["begins_on"].as_str().unwrap();
                let begin: DateTime<Utc> = format!("{begins_on}T00:00:00+09:00").parse().unwrap();
                assert_eq!(bucket["figures"], self.by_hand(&name(begin, SEOUL_MINUTES)), "{begins_on}");
                recorded += bucket["figures"]["recorded"].as_u64().unwrap();
            }
            assert_eq!(recorded, 217_223);
        }
    }

    async fn histories(&self, rows: &Rows) {
        let certified: HashSet<(String, String)> =
            rows_of(&folder(), "certifications.csv", ["class_id", "user_id", "final_result"])
                .into_iter()
                .map(|[class, user, _]| (class, user))
                .collect();
        let mut classes_of = HashMap::<&String, usize>::new();
        for (_, user, ..) in &rows.places {
            *classes_of.entry(user).or_default() += 1;
        }
        let mut users: Vec<(&String, usize)> = classes_of.into_iter().collect();
        users.sort_unstable();
        // One in a hundred of all, and those who took many classes.
        let chosen =
            users.iter().enumerate().filter(|(place, (_, classes))| place % 100 == 0 || *classes > 3);
        for (_, (user, classes)) in chosen {
            let history = self.get(&format!("/users/{}/history", self.ids[&format!("user {user}")])).await;
            assert_eq!(history["figures"], self.by_hand(&format!("user {user}")), "{user}");
            assert_eq!(history["classes"].as_array().unwrap().len(), *classes, "{user}");
            for one in history["classes"].as_array().unwrap() {
                let class = &self.names[one["class_id"].as_str().unwrap()];
                let count = self.counted.get(&format!("user {user} {class}")).cloned().unwrap_or_default();
                let class = class.trim_start_matches("class ");
                assert_eq!(
                    (&one["figures"], one["verdict"].as_str()),
                    (&count.json(), Some(count.verdict()))
                );
                let passed = certified.contains(&(class.to_owned(), (*user).clone()));
                assert_eq!(!one["certification_id"].is_null(), passed, "{user} {class}");
            }
        }
    }
}

/// Lets the classes of a course with few lates and of one with many go by the rule that three lates are one absence (no learner of
/// the set left early), and checks of whom that changes the figures, and to what.
async fn three_lates_are_one_absence(comparison: &Comparison, rows: &Rows) {
    let Comparison { client, ids, counted, .. } = comparison;
    let policy =
        client.post("/attendance-policies", json!({"preset": "late3-pooled"})).await.expect(201).id();
    let (mut learners, mut conversions) = (0, 0);
    for class in rows.classes.keys().filter(|class| class.starts_with("AAA") || class.starts_with("CCC")) {
        let id = &ids[&format!("class {class}")];
        let pinned = client
            .request(Method::PUT, &format!("/classes/{id}/attendance-policy"))
            .header("If-Match", "\"1\"");
        let told =
            Answer::of(pinned.json(&json!({"policy_id": policy, "reason": "비교"}))).await.expect(200).body;
        let changed: HashMap<&str, &str> = told["changed"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| (one["user"]["id"].as_str().unwrap(), one["after"]["rate"].as_str().unwrap()))
            .collect();
        let (mut by_hand, mut sum) = (HashMap::new(), (0, 0));
        for user in rows.places.iter().filter(|(there, ..)| there == class).map(|(_, user, ..)| user) {
            let own = counted.get(&format!("user {user} class {class}")).cloned().unwrap_or_default();
            let ((numerator, denominator), absences) = own.three_lates_an_absence();
            sum = (sum.0 + numerator, sum.1 + denominator);
            conversions += absences;
            if absences > 0 {
                by_hand.insert(ids[&format!("user {user}")].as_str(), format!("{numerator}/{denominator}"));
            }
        }
        let by_hand: HashMap<&str, &str> =
            by_hand.iter().map(|(user, rate)| (*user, rate.as_str())).collect();
        assert_eq!(changed, by_hand, "{class}");
        learners += changed.len();
        let rate = comparison.get(&format!("/classes/{id}/attendance-stats")).await["figures"]["rate"].take();
        assert_eq!(
            (rate["numerator"].as_u64(), rate["denominator"].as_u64()),
            (Some(sum.0), Some(sum.1)),
            "{class}"
        );
    }
    assert_eq!((learners, conversions), (2_375, 2_604));
}

api_test! {
    async fn the_counts_equal_those_of_the_files(app) {
        let rows = read_by_hand(&folder());
        let counted = rows.count(app.now(), SEOUL_MINUTES);
        assert_eq!((rows.marks.len(), counted["all"].recorded()), (217_223, 217_223));
        let ids = import(&app, &folder()).await;
        let names = ids.iter().map(|(name, id)| (id.clone(), name.clone())).collect();
        let comparison = Comparison { client: app.manager().await, ids, names, counted };
        comparison.courses_classes_and_lectures(&rows).await;
        comparison.weeks_and_months().await;
        comparison.histories(&rows).await;
        three_lates_are_one_absence(&comparison, &rows).await;
        assert_eq!(comparison.get("/stats/attendance?period=weekly").await["figures"], json!(Counted::default().json()));
    }
}
