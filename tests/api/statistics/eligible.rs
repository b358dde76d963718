//! Who is eligible, on the dashboard: as many as `POST /classes/{id}/certifications/evaluate` finds, at once and after the fold.

use chrono::TimeDelta;
use madang_tests::{Answer, Client, TestApp, TestClass, api_test, json};
use reqwest::Method;
use serde_json::Value;
use uuid::Uuid;

/// Two classes of a course, of ten and of five lectures that were held, and who of their learners went on from which.
struct Town {
    classes: [TestClass; 2],
    lectures: [Vec<Uuid>; 2],
    gone: Vec<(Uuid, Uuid)>,
    rule: u32,
}

impl Town {
    async fn new(app: &TestApp) -> Self {
        let first = app.class().await;
        let second = app.sister(&first).await;
        let mut lectures = [Vec::new(), Vec::new()];
        for day in 1..=10 {
            lectures[0].push(app.lecture(&first, &format!("2026-06-{day:02}T01:00:00Z")).await);
        }
        for day in 1..=5 {
            lectures[1].push(app.lecture(&second, &format!("2026-07-{day:02}T01:00:00Z")).await);
        }
        Self { classes: [first, second], lectures, gone: Vec::new(), rule: 0 }
    }

    async fn learner(&self, app: &TestApp, name: &str, present: [Option<usize>; 2]) -> Client {
        let learner = app.learner(name).await;
        for (place, present) in present.into_iter().enumerate() {
            if present.is_some() {
                self.enrol(place, learner.id).await;
            }
            self.attend(place, &learner, present.unwrap_or_default()).await;
        }
        learner
    }

    async fn enrol(&self, place: usize, learner: Uuid) -> Answer {
        let class = &self.classes[place];
        let body = json!({"user_id": learner, "role": "learner", "enrolled_on": "2026-06-01"});
        class.lecturer.post(&format!("/classes/{}/enrolments", class.id), body).await.expect(201)
    }

    async fn attend(&self, place: usize, learner: &Client, present: usize) {
        let enrolled = learner.get("/users/me/enrolments").await;
        if enrolled.items().iter().all(|one| one["class_id"] != json!(self.classes[place].id)) {
            return;
        }
        for (number, lecture) in self.lectures[place].iter().enumerate() {
            let status = if number < present { "present" } else { "absent" };
            let mark = json!({"user_id": learner.id, "status": status});
            let path = format!("/lectures/{lecture}/attendances");
            self.classes[place].lecturer.post(&path, mark).await.expect(201);
        }
    }

    async fn rule(&mut self, manager: &Client, document: Value) {
        let path = format!("/courses/{}/completion-rule", self.classes[0].course);
        let request = manager.request(Method::PUT, &path).header("If-Match", format!("\"{}\"", self.rule));
        Answer::of(request.json(&json!({"document": document}))).await.expect(200);
        self.rule += 1;
    }

    /// What an evaluation counts of those who are counted in a class.
    async fn evaluated(&self, manager: &Client, class: Uuid) -> [u64; 2] {
        let path = format!("/classes/{class}/certifications/evaluate");
        let found = Answer::of(manager.request(Method::POST, &path)).await.expect(200).body;
        let learners = found["learners"].as_array().unwrap().iter();
        let counted: Vec<&Value> = learners
            .filter(|one| self.gone.iter().all(|gone| json!(gone) != json!([class, one["user_id"]])))
            .map(|one| &one["outcome"])
            .collect();
        let count = |outcome: &str| counted.iter().filter(|one| ***one == json!(outcome)).count() as u64;
        [count("eligible"), count("needs_decision")]
    }

    /// Every figure of who is eligible is what evaluations count, whether it is counted as it is read or kept; tells what that is.
    async fn same(&self, app: &TestApp, manager: &Client, after: &str) -> [[u64; 2]; 2] {
        let mut evaluated = [[0; 2]; 2];
        for (class, counts) in self.classes.iter().zip(&mut evaluated) {
            *counts = self.evaluated(manager, class.id).await;
        }
        let total = [evaluated[0][0] + evaluated[1][0], evaluated[0][1] + evaluated[1][1]];
        let told = |counts: &Value| {
            [&counts["eligible"], &counts["needs_decision"]].map(|one| one.as_u64().unwrap())
        };
        let course = self.classes[0].course;
        for kept in ["live", "kept", "remembered"] {
            if kept == "kept" {
                app.keep_up().await;
            }
            let dashboard = manager.get(&format!("/stats/completions?course_id={course}")).await.expect(200);
            assert_eq!(dashboard.header("etag").is_empty(), kept == "live", "{after} {kept}");
            assert_eq!(dashboard.body["behind"], 0, "{after} {kept}");
            assert_eq!(told(&dashboard.body["total"]), total, "{after} {kept}");
            assert_eq!(told(&dashboard.body["by_course"][0]["total"]), total, "{after} {kept}");
            let steps = dashboard.body["total"]["funnel"].as_array().unwrap();
            assert_eq!(steps[3], json!({"step": "eligible", "learners": total[0]}), "{after} {kept}");
            let compared = manager.get(&format!("/courses/{course}/class-comparison")).await.expect(200).body;
            for (class, counts) in self.classes.iter().zip(&evaluated) {
                let is_it = |one: &&Value| one["class_id"] == json!(class.id);
                let in_dashboard = dashboard.body["by_course"][0]["by_class"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .find(is_it)
                    .unwrap();
                assert_eq!(told(&in_dashboard["counts"]), *counts, "{after} {kept}");
                let in_comparison = compared["classes"].as_array().unwrap().iter().find(is_it).unwrap();
                assert_eq!(told(&in_comparison["counts"]), *counts, "{after} {kept}");
                let alone =
                    manager.get(&format!("/stats/completions?class_id={}", class.id)).await.expect(200).body;
                assert_eq!(
                    (told(&alone["total"]), &alone["total"]["classes"]),
                    (*counts, &json!(1)),
                    "{after} {kept}"
                );
            }
        }
        let verified = app.app.services().eligible.verify().await.unwrap();
        assert!(verified.is_empty(), "{after}");
        evaluated
    }
}

/// Both classes met, the second one not, the first one not, the second one alone.
async fn town(app: &TestApp) -> (Town, Vec<Client>) {
    let town = Town::new(app).await;
    let mut learners = Vec::new();
    for (name, present) in [
        ("가람", [Some(10), Some(5)]),
        ("나래", [Some(9), Some(1)]),
        ("다솜", [Some(3), None]),
        ("라온", [None, Some(4)]),
    ] {
        learners.push(town.learner(app, name, present).await);
    }
    (town, learners)
}

api_test! {
    async fn every_kind_of_rule_lets_through_as_many_as_an_evaluation(app) {
        let (mut town, learners) = town(&app).await;
        let manager = app.manager().await;
        assert_eq!(town.same(&app, &manager, "the plain rule").await, [[1, 0], [2, 0]]);
        let [first, second] = [town.classes[0].id, town.classes[1].id];
        for (document, expected) in [
            (json!({"classes": {"kind": "any", "count": 1}}), [[2, 0], [3, 0]]),
            (json!({"classes": {"kind": "any", "count": 2}}), [[1, 0], [1, 0]]),
            (json!({"classes": {"kind": "listed", "class_ids": [first]}}), [[2, 0], [2, 0]]),
            (json!({"classes": {"kind": "listed", "class_ids": [first, second]}}), [[1, 0], [1, 0]]),
            (json!({"min_hours": 4}), [[1, 0], [2, 0]]),
            (json!({"min_hours": 5}), [[1, 0], [1, 0]]),
            (json!({"min_hours": 16}), [[0, 0], [0, 0]]),
            (json!({"classes": {"kind": "any", "count": 1}, "min_hours": 9, "approval": true}), [[0, 2], [0, 2]]),
            (json!({"approval": true}), [[0, 1], [0, 2]]),
            (json!({}), [[1, 0], [2, 0]]),
        ] {
            town.rule(&manager, document.clone()).await;
            assert_eq!(town.same(&app, &manager, &document.to_string()).await, expected, "{document}");
        }
        // A mark in one class changes who is eligible in another.
        let marks = manager.get(&format!("/lectures/{}/attendances", town.lectures[1][4])).await.expect(200);
        let of = |user: Uuid| marks.items().iter().find(|one| one["user"]["id"] == json!(user)).unwrap()["id"].as_str().unwrap().to_owned();
        manager.delete(&format!("/attendances/{}", of(learners[0].id))).await.expect(204);
        for lecture in &town.lectures[1][..2] {
            let marks = manager.get(&format!("/lectures/{lecture}/attendances")).await.expect(200);
            let mark = marks.items().iter().find(|one| one["user"]["id"] == json!(learners[0].id)).unwrap()["id"].as_str().unwrap().to_owned();
            manager.patch(&format!("/attendances/{mark}"), json!({"status": "absent"})).await.expect(200);
        }
        assert_eq!(town.same(&app, &manager, "marks in the second class").await, [[0, 0], [1, 0]]);
    }

    async fn certificates_that_were_issued_revoked_or_have_expired_count_as_in_an_evaluation(app) {
        let (mut town, learners) = town(&app).await;
        let manager = app.manager().await;
        let course = town.classes[0].course;
        town.rule(&manager, json!({"valid_months": 1})).await;
        town.same(&app, &manager, "the rule").await;
        let mut issued = Vec::new();
        for learner in [&learners[0], &learners[3]] {
            let body = json!({"course_id": course, "user_id": learner.id});
            issued.push(manager.post("/certifications", body).await.expect(201).id());
        }
        assert_eq!(town.same(&app, &manager, "two issued").await, [[1, 0], [2, 0]]);
        let revoke = manager.request(Method::POST, &format!("/certifications/{}/revoke", issued[0])).header("If-Match", "\"1\"");
        Answer::of(revoke.json(&json!({"reason_code": "records_corrected", "reason": "정정"}))).await.expect(200);
        assert_eq!(town.same(&app, &manager, "one revoked").await, [[0, 1], [1, 1]]);
        // The other one expires by itself: nobody notes it.
        app.advance(TimeDelta::days(40));
        let manager = app.client_of(manager.id).await;
        assert_eq!(town.same(&app, &manager, "one expired").await, [[0, 1], [0, 2]]);
        app.app.services().certifications.expire().await.unwrap();
        assert_eq!(town.same(&app, &manager, "written down").await, [[0, 1], [0, 2]]);
        let body = json!({"course_id": course, "user_id": learners[0].id, "approve": true});
        manager.post("/certifications", body).await.expect(201);
        assert_eq!(town.same(&app, &manager, "issued again").await, [[1, 0], [1, 1]]);
    }

    async fn who_moves_or_is_merged_counts_where_an_evaluation_counts_them(app) {
        let (mut town, learners) = town(&app).await;
        let manager = app.manager().await;
        town.same(&app, &manager, "the beginning").await;
        let places = learners[2].get("/users/me/enrolments").await;
        let place = places.items()[0]["id"].as_str().unwrap().to_owned();
        let into = json!({"class_id": town.classes[1].id, "on": "2026-07-01"});
        manager.post(&format!("/enrolments/{place}/transfer"), into).await.expect(201);
        town.gone.push((town.classes[0].id, learners[2].id));
        town.same(&app, &manager, "a move").await;
        for lecture in &town.lectures[1] {
            app.mark(&town.classes[1], *lecture, &learners[2], "present").await;
        }
        town.same(&app, &manager, "marks in the other class").await;
        town.rule(&manager, json!({"classes": {"kind": "listed", "class_ids": [town.classes[0].id]}})).await;
        town.same(&app, &manager, "a rule that names the first class").await;
        town.rule(&manager, json!({"classes": {"kind": "any", "count": 1}, "min_hours": 8})).await;
        town.same(&app, &manager, "a rule that asks for hours").await;

        town.rule(&manager, json!({})).await;
        let real = town.learner(&app, "바다", [Some(10), None]).await;
        let temp = manager.post("/users", json!({"auth_type": "temp", "name": "현장 등록"})).await.expect(201).id();
        town.enrol(1, temp).await;
        let before = town.same(&app, &manager, "a guest").await;
        manager.post(&format!("/users/{temp}/merge"), json!({"into": real.id})).await.expect(200);
        let after = town.same(&app, &manager, "a merge").await;
        assert_eq!((after[0][0] + 1, after[1]), (before[0][0], before[1]), "who has not begun the second class is not eligible any more");
    }

    async fn a_dashboard_that_is_behind_says_so_and_a_class_alone_is_assessed_as_it_is_read(app) {
        let mut town = Town::new(&app).await;
        let learner = town.learner(&app, "가람", [Some(10), None]).await;
        let manager = app.manager().await;
        for _ in 0..20 {
            let sister = app.sister(&town.classes[0]).await;
            let place = json!({"user_id": learner.id, "role": "learner", "enrolled_on": "2026-06-01"});
            sister.lecturer.post(&format!("/classes/{}/enrolments", sister.id), place).await.expect(201);
        }
        town.rule(&manager, json!({"classes": {"kind": "any", "count": 1}})).await;
        let path = format!("/stats/completions?class_id={}", town.classes[0].id);
        let behind = manager.get(&path).await.expect(200).body;
        assert_eq!((&behind["behind"], &behind["total"]["meets_policy"], &behind["total"]["eligible"]), (&json!(1), &json!(1), &json!(0)));
        let all = manager.get("/stats/completions").await.expect(200).body;
        assert_eq!(all["behind"], 22);
        app.keep_up().await;
        let now = manager.get(&path).await.expect(200).body;
        assert_eq!((&now["behind"], &now["total"]["eligible"]), (&json!(0), &json!(1)));
        // A new rule concerns all classes of the course, and none of them is assessed for it.
        town.rule(&manager, json!({"approval": true, "classes": {"kind": "any", "count": 1}})).await;
        let ruled = manager.get("/stats/completions").await.expect(200).body;
        assert_eq!((&ruled["behind"], &ruled["total"]["eligible"], &ruled["total"]["needs_decision"]), (&json!(0), &json!(0), &json!(21)));
        let state = app.admin().await.get("/admin/stats").await.expect(200).body;
        assert_eq!((&state["noted"], &state["unassessed"]), (&json!(0), &json!(0)));
    }
}
