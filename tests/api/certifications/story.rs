//! The whole life of certificates, on a class of the Open University set and on the sample: a course is evaluated, issued,
//! printed, verified by page and by credential, one certificate is corrected and one revoked, the course ends, and every code
//! still answers the truth.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{Cursor, Read, Write},
    path::Path,
    process::{Command, Stdio},
};

use madang::sample::load_sample;
use madang_tests::{Answer, Client, TestApp, api_test, json};
use reqwest::Method;
use serde_json::Value;
use tempfile::TempDir;

use super::credentials::{page, verified_elsewhere};
use crate::statistics::oulad;

/// A class of the set that is over, with 383 learners. Nobody has been certified for it.
const CLASS: &str = "AAA-2013J";

/// The files of the set with this class alone, and no completions.
fn of_one_class() -> TempDir {
    let folder = TempDir::new().unwrap();
    for file in ["classes.csv", "lectures.csv", "enrolments.csv", "attendances.csv", "certifications.csv"] {
        let text = std::fs::read_to_string(oulad::folder().join(file)).unwrap();
        let mut lines = text.lines();
        let mut kept = format!("{}\n", lines.next().unwrap());
        let rows = lines.filter(|line| file != "certifications.csv" && line.split(',').next() == Some(CLASS));
        rows.for_each(|row| kept += &format!("{row}\n"));
        std::fs::write(folder.path().join(file), kept).unwrap();
    }
    folder
}

/// Who attended four fifths of what they were expected at, counted from the files.
fn eligible_by_hand(app: &TestApp, folder: &Path) -> BTreeSet<String> {
    let rows = oulad::read_by_hand(folder);
    let counted = rows.count(app.now(), 9 * 60);
    let learners = rows.places.iter().map(|(_, user, ..)| user);
    let met = |user: &&String| {
        counted.get(&format!("user {user} class {CLASS}")).is_some_and(|own| own.verdict() == "met")
    };
    learners.filter(met).cloned().collect()
}

#[expect(clippy::disallowed_methods, reason = "where the tests find pdftotext")]
fn words_of(pdf: &[u8]) -> String {
    let program = std::env::var("MADANG_TEST_PDFTOTEXT").unwrap_or_else(|_| "pdftotext".to_owned());
    let mut reader = Command::new(program)
        .args(["-raw", "-", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    reader.stdin.take().unwrap().write_all(pdf).unwrap();
    let output = reader.wait_with_output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap().split_whitespace().collect()
}

async fn act(manager: &Client, id: &str, verb: &str, body: Value) -> Answer {
    let request = manager.request(Method::POST, &format!("/certifications/{id}/{verb}"));
    Answer::of(request.header("If-Match", "*").json(&body)).await
}

struct Story<'a> {
    app: &'a TestApp,
    manager: Client,
    course: String,
}

impl Story<'_> {
    async fn evaluate(&self) -> Answer {
        let path = format!("/courses/{}/certifications/evaluate", self.course);
        Answer::of(self.manager.request(Method::POST, &path)).await.expect(200)
    }

    /// The certificates of the course that hold, by number.
    async fn holding(&self) -> Vec<Value> {
        self.manager
            .walk(&format!("/certifications?course_id={}&state=issued&sort=number", self.course), 100)
            .await
    }

    /// Evaluates and issues, and tells the eligible, all of whom hold a certificate then.
    async fn issued(&self) -> BTreeSet<String> {
        let found = self.evaluate().await;
        let learners = found.body["learners"].as_array().unwrap();
        let eligible: BTreeSet<String> = learners
            .iter()
            .filter(|one| one["outcome"] == "eligible")
            .map(|one| one["user_id"].as_str().unwrap().to_owned())
            .collect();
        let before = self.holding().await.len();
        let order = json!({"evaluation": found.body["evaluation"]});
        let path = format!("/courses/{}/certifications/issue", self.course);
        let issued = self.manager.post(&path, order.clone()).await;
        assert_eq!(issued.body["issued"].as_array().unwrap().len() + before, eligible.len());
        assert_eq!(self.manager.post(&path, order).await.expect(200).body["issued"], json!([]));
        let holders = self.holding().await;
        assert_eq!(holders.len(), eligible.len());
        let holders: BTreeSet<String> =
            holders.iter().map(|one| one["user_id"].as_str().unwrap().to_owned()).collect();
        assert_eq!(holders, eligible);
        eligible
    }

    /// Every certificate is in the archive, and says whose it is.
    async fn printed(&self) {
        let path = format!("/courses/{}/certifications/documents", self.course);
        let archive = self.manager.request(Method::GET, &path).send().await.unwrap().bytes().await.unwrap();
        let mut archive = zip::ZipArchive::new(Cursor::new(archive.to_vec())).unwrap();
        let holding = self.holding().await;
        assert_eq!(archive.len(), holding.len());
        for (index, one) in holding.iter().enumerate() {
            let mut pdf = Vec::new();
            archive.by_index(index).unwrap().read_to_end(&mut pdf).unwrap();
            // All of them are printed; reading each would take long.
            assert!(pdf.starts_with(b"%PDF-"));
            if index % 50 == 0 {
                let words = words_of(&pdf);
                for expected in
                    [&one["number_text"], &one["snapshot"]["user_name"], &one["snapshot"]["course_title"]]
                {
                    let expected: String = expected.as_str().unwrap().split_whitespace().collect();
                    assert!(words.contains(&expected), "{expected} is not in {words}");
                }
            }
        }
    }

    async fn credential(&self, one: &Value) -> Value {
        self.manager
            .get(&format!("/certifications/{}/credential", one["id"].as_str().unwrap()))
            .await
            .expect(200)
            .body
    }

    /// What the public is told of every certificate.
    async fn states(&self, all: &[Value]) -> BTreeMap<String, usize> {
        let mut states = BTreeMap::new();
        for one in all {
            let seen = self
                .app
                .anonymous()
                .get(&format!("/verify/{}", one["code"].as_str().unwrap()))
                .await
                .expect(200);
            assert_eq!(seen.body["course_title"], one["snapshot"]["course_title"]);
            *states.entry(seen.body["state"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        states
    }

    /// The register as a file, without its header.
    async fn register(&self, numbers: &str) -> Vec<String> {
        let path = format!("/certifications?format=csv&sort=number&course_id={}{numbers}", self.course);
        let file = self.manager.get(&path).await.expect(200).text;
        file.lines().skip(1).map(ToOwned::to_owned).collect()
    }

    async fn tell(&self) {
        self.printed().await;
        let holding = self.holding().await;
        let [corrected, revoked, untouched] = [&holding[0], &holding[1], &holding[2]];
        let credentials = [self.credential(revoked).await, self.credential(untouched).await];
        for credential in &credentials {
            assert_eq!(verified_elsewhere(self.app, credential).await, "verified");
        }

        let correction = json!({"name": "바로잡은 이름", "reason": "오기"});
        let new =
            act(&self.manager, corrected["id"].as_str().unwrap(), "reissue", correction).await.expect(201);
        let reason = json!({"reason_code": "issued_in_error", "reason": "다른 사람의 출석"});
        act(&self.manager, revoked["id"].as_str().unwrap(), "revoke", reason).await.expect(200);
        self.manager.delete(&format!("/courses/{}", self.course)).await.expect(204);

        let mut all = holding.clone();
        all.push(new.body.clone());
        let expected = [("revoked", 1), ("superseded", 1), ("valid", holding.len() - 1)];
        assert_eq!(self.states(&all).await, expected.map(|(state, count)| (state.to_owned(), count)).into());
        for (one, words) in [
            (corrected, "새 수료증으로 대체되었습니다"),
            (revoked, "취소된 수료증입니다"),
            (untouched, "유효한 수료증입니다"),
            (&new.body, "유효한 수료증입니다"),
        ] {
            let shown =
                page(self.app, &format!("//verify/{}", one["code"].as_str().unwrap())).await.expect(200);
            assert!(shown.text.contains(words), "{words}: {}", shown.text);
        }
        assert_eq!(verified_elsewhere(self.app, &credentials[0]).await, "The credential is revoked.");
        assert_eq!(verified_elsewhere(self.app, &credentials[1]).await, "verified");

        // The register has them all, by number and without gaps; a range is a part of it.
        let register = self.register("").await;
        assert_eq!(register.len(), all.len());
        for (row, one) in register.iter().zip(&all) {
            assert!(row.contains(one["number"].as_str().unwrap()), "{row}");
        }
        let (from, to) = (all[1]["number"].as_str().unwrap(), all[2]["number"].as_str().unwrap());
        assert_eq!(self.register(&format!("&number_from={from}&number_to={to}")).await, register[1..=2]);
        let path = format!("/certifications?format=xlsx&sort=number&course_id={}", self.course);
        let workbook = self.manager.request(Method::GET, &path).send().await.unwrap().bytes().await.unwrap();
        assert!(zip::ZipArchive::new(Cursor::new(workbook.to_vec())).unwrap().len() > 3);
    }
}

api_test! {
    async fn a_cohort_of_the_open_university(app) {
        let folder = of_one_class();
        let ids = oulad::import(&app, folder.path()).await;
        let story = Story { app: &app, manager: app.manager().await, course: ids["course AAA"].clone() };
        let by_hand: BTreeSet<String> =
            eligible_by_hand(&app, folder.path()).into_iter().map(|user| ids[&format!("user {user}")].clone()).collect();
        assert!(by_hand.len() > 100, "{}", by_hand.len());
        assert_eq!(story.issued().await, by_hand);
        let numbers: Vec<Value> = story.holding().await.iter().map(|one| one["number"].clone()).collect();
        let gapless: Vec<Value> = (1..=by_hand.len()).map(|number| json!(format!("2026-{number:04}"))).collect();
        assert_eq!(numbers, gapless);
        story.tell().await;
    }

    async fn a_cohort_of_the_sample(app) {
        let yard = app.app.services().yard.clone();
        load_sample(&yard, app.now().date_naive()).await.unwrap().unwrap();
        let manager = app.manager().await;
        // The sample has certified those who attended enough; here is the course with most of them.
        let mut by_course = BTreeMap::<String, usize>::new();
        for one in manager.walk("/certifications?state=issued", 100).await {
            *by_course.entry(one["course_id"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        let course = by_course.into_iter().max_by_key(|(_, count)| *count).unwrap().0;
        let story = Story { app: &app, manager, course };
        assert!(story.issued().await.len() >= 3);
        story.tell().await;
    }
}
