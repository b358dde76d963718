//! Choosing where both users are marked, looking before merging, and taking a merge back.

use chrono::TimeDelta;
use madang_tests::{Answer, Client, TestApp, TestClass, api_test, json};
use serde_json::Value;
use uuid::Uuid;

/// Both users in one class, marked at the same lectures: absent and present, late and present, present and absent.
struct Twice {
    manager: Client,
    class: TestClass,
    temp: Client,
    real: Client,
    lectures: Vec<Uuid>,
}

impl Twice {
    async fn of(app: &TestApp) -> Self {
        let (manager, class) = (app.manager().await, app.class().await);
        let body = json!({"auth_type": "temp", "name": "박손님"});
        let temp = app.client_of(class.lecturer.post("/users", body).await.expect(201).id()).await;
        let place = json!({"user_id": temp.id, "enrolled_on": "2026-06-15", "left_on": "2026-09-15"});
        class.lecturer.post(&format!("/classes/{}/enrolments", class.id), place).await.expect(201);
        let real = app.learner("김하늘").await;
        let place = json!({"user_id": real.id, "enrolled_on": "2026-07-01"});
        class.lecturer.post(&format!("/classes/{}/enrolments", class.id), place).await.expect(201);
        let mut lectures = Vec::new();
        for (week, marks) in
            [["present", "absent"], ["late", "present"], ["absent", "present"]].iter().enumerate()
        {
            let lecture = app.lecture(&class, &format!("2026-07-{:02}T10:00:00Z", 1 + 7 * week)).await;
            app.mark(&class, lecture, &temp, marks[0]).await;
            app.mark(&class, lecture, &real, marks[1]).await;
            lectures.push(lecture);
        }
        Self { manager, class, temp, real, lectures }
    }

    fn path(&self, what: &str) -> String {
        format!("/users/{}/merge{what}", self.temp.id)
    }

    async fn merge(&self, choices: Value) -> Answer {
        let mut body = json!({"into": self.real.id});
        body.as_object_mut().unwrap().extend(choices.as_object().unwrap().clone());
        self.manager.post(&self.path(""), body).await
    }

    async fn undo(&self) -> Answer {
        self.manager.post(&self.path("/undo"), json!({})).await
    }

    /// Who is marked at each lecture, and how; the real user first.
    async fn marks(&self) -> Vec<Vec<(bool, String)>> {
        let mut all = Vec::new();
        for lecture in &self.lectures {
            let list = self.class.lecturer.get(&format!("/lectures/{lecture}/attendances")).await.expect(200);
            let mut marks: Vec<_> = list
                .items()
                .iter()
                .map(|item| {
                    (item["user_id"] != json!(self.real.id), item["status"].as_str().unwrap().to_owned())
                })
                .collect();
            marks.sort();
            all.push(marks);
        }
        all
    }

    /// Everything about the class that a merge could change, without versions and times of change.
    async fn records(&self) -> Vec<Value> {
        let mut items = Vec::new();
        let enrolments =
            self.manager.walk(&format!("/classes/{}/enrolments?sort=enrolled_on", self.class.id), 100).await;
        for mut item in enrolments {
            for stamp in ["version", "updated_at", "updated_by"] {
                item.as_object_mut().unwrap().remove(stamp);
            }
            items.push(item);
        }
        for lecture in &self.lectures {
            for mut item in
                self.manager.walk(&format!("/lectures/{lecture}/attendances?sort=created_at"), 100).await
            {
                for stamp in ["version", "updated_at", "updated_by"] {
                    item.as_object_mut().unwrap().remove(stamp);
                }
                items.push(item);
            }
        }
        items
    }
}

fn real(statuses: &[&str]) -> Vec<Vec<(bool, String)>> {
    statuses.iter().map(|status| vec![(false, (*status).to_owned())]).collect()
}

api_test! {
    async fn where_both_are_marked_the_answer_names_each_lecture(app) {
        let twice = Twice::of(&app).await;
        let refused = twice.merge(json!({})).await.expect_problem(409, "MERGE_CONFLICT");
        let faults: Vec<_> = twice.lectures.iter().map(|id| (format!("/marks/{id}"), "already_marked".to_owned())).collect();
        assert_eq!(refused.faults(), faults);
        // A choice for one lecture leaves the others.
        let one = json!({"marks": [{"lecture_id": twice.lectures[0], "keep": "temp"}]});
        let refused = twice.merge(one).await.expect_problem(409, "MERGE_CONFLICT");
        assert_eq!(refused.faults(), faults[1..]);
    }

    async fn a_rule_chooses_among_the_marks_and_a_choice_goes_before_it(app) {
        let twice = Twice::of(&app).await;
        let choices = json!({"keep_marks": "attended", "marks": [{"lecture_id": twice.lectures[1], "keep": "temp"}]});
        twice.merge(choices).await.expect(200);
        assert_eq!(twice.marks().await, real(&["present", "late", "present"]));
    }

    async fn the_marks_of_one_side_are_kept_by_a_rule(app) {
        for (rule, statuses) in [("temp", ["present", "late", "absent"]), ("real", ["absent", "present", "present"])] {
            let twice = Twice::of(&app).await;
            twice.merge(json!({"keep_marks": rule})).await.expect(200);
            assert_eq!(twice.marks().await, real(&statuses), "{rule}");
        }
    }

    async fn a_lecture_is_chosen_for_once(app) {
        let twice = Twice::of(&app).await;
        let choice = json!({"lecture_id": twice.lectures[0], "keep": "temp"});
        let refused = twice.merge(json!({"marks": [choice, choice]})).await.expect_problem(422, "VALIDATION_ERROR");
        assert_eq!(refused.faults(), [("/marks/1/lecture_id".to_owned(), "twice".to_owned())]);
    }

    async fn one_looks_before_one_merges_and_nothing_changes(app) {
        let twice = Twice::of(&app).await;
        let before = twice.records().await;
        let body = json!({"into": twice.real.id, "marks": [{"lecture_id": twice.lectures[1], "keep": "real"}]});
        let seen = twice.manager.post(&twice.path("/preview"), body).await.expect(200);
        assert_eq!(seen.body["mergeable"], false);
        assert_eq!(seen.body["holdings"], json!({"enrolments": 1, "attendances": 3, "leave_requests": 0, "certifications": 0}));
        let marks = seen.body["marks"].as_array().unwrap();
        let told: Vec<_> = marks.iter().map(|mark| (&mark["lecture_id"], &mark["temp"]["status"], &mark["real"]["status"], &mark["keep"])).collect();
        assert_eq!(told, [
            (&json!(twice.lectures[0]), &json!("present"), &json!("absent"), &json!(null)),
            (&json!(twice.lectures[1]), &json!("late"), &json!("present"), &json!("real")),
            (&json!(twice.lectures[2]), &json!("absent"), &json!("present"), &json!(null)),
        ]);
        assert_eq!(twice.records().await, before);
        let body = json!({"into": twice.real.id, "keep_marks": "attended"});
        let seen = twice.manager.post(&twice.path("/preview"), body).await.expect(200);
        assert_eq!(seen.body["mergeable"], true);
    }

    async fn two_certifications_for_a_course_are_settled_before_the_merge(app) {
        let (manager, class) = (app.manager().await, app.class().await);
        let body = json!({"auth_type": "temp", "name": "박손님"});
        let temp = app.client_of(manager.post("/users", body).await.expect(201).id()).await;
        let place = json!({"user_id": temp.id, "enrolled_on": "2026-06-01", "left_on": "2026-06-10"});
        manager.post(&format!("/classes/{}/enrolments", class.id), place).await.expect(201);
        let holder = app.learner_in(&class, "김하늘").await;
        for user in [&temp, &holder] {
            let certificate = json!({"course_id": class.course, "user_id": user.id, "override_reason": "시험"});
            manager.post("/certifications", certificate).await.expect(201);
        }
        let refused = manager.post(&format!("/users/{}/merge", temp.id), json!({"into": holder.id})).await;
        let refused = refused.expect_problem(409, "MERGE_CONFLICT");
        assert_eq!(refused.faults(), [(format!("/certifications/{}", class.course), "twice".to_owned())]);
    }

    async fn places_of_different_roles_are_settled_before_the_merge(app) {
        let twice = Twice::of(&app).await;
        let body = json!({"into": twice.class.lecturer.id, "keep_marks": "temp"});
        let refused = twice.manager.post(&twice.path(""), body).await.expect_problem(409, "MERGE_CONFLICT");
        assert_eq!(refused.faults(), [(format!("/enrolments/{}", twice.class.id), "already_enrolled".to_owned())]);
    }

    async fn a_place_that_becomes_free_goes_to_who_waits(app) {
        let twice = Twice::of(&app).await;
        let class = format!("/classes/{}", twice.class.id);
        twice.manager.patch(&class, json!({"capacity": 2})).await.expect(200);
        let next = app.learner("이가을").await;
        let waiting = json!({"user_id": next.id});
        let waiting = twice.manager.post(&format!("{class}/enrolments?wait=true"), waiting).await.expect(201);
        assert_eq!(waiting.body["status"], "waiting");
        twice.merge(json!({"keep_marks": "attended"})).await.expect(200);
        let served = twice.manager.get(&format!("/enrolments/{}", waiting.id())).await.expect(200);
        assert_eq!(served.body["status"], "active");
    }

    async fn an_undone_merge_leaves_everything_as_it_was(app) {
        let twice = Twice::of(&app).await;
        let ask = json!({"class_id": twice.class.id, "user_id": twice.temp.id, "reason": "exam", "first_on": "2026-08-03", "last_on": "2026-08-03"});
        let leave = twice.class.lecturer.post("/leave-requests", ask).await.expect(201).id();
        let certificate = json!({"course_id": twice.class.course, "user_id": twice.temp.id, "override_reason": "시험"});
        let certificate = twice.manager.post("/certifications", certificate).await.expect(201).id();
        let holder = async |path: String| twice.manager.get(&path).await.expect(200).body["user_id"].clone();
        let before = twice.records().await;
        twice.merge(json!({"keep_marks": "attended"})).await.expect(200);
        assert_ne!(twice.records().await, before);
        assert_eq!(holder(format!("/certifications/{certificate}")).await, json!(twice.real.id));
        assert_eq!(holder(format!("/leave-requests/{leave}")).await, json!(twice.real.id));

        let back = twice.undo().await.expect(200);
        assert_eq!((back.id(), &back.body["is_active"]), (twice.temp.id, &json!(true)));
        assert_eq!(twice.records().await, before);
        assert_eq!(holder(format!("/certifications/{certificate}")).await, json!(twice.temp.id));
        assert_eq!(holder(format!("/leave-requests/{leave}")).await, json!(twice.temp.id));
        twice.undo().await.expect_problem(409, "NOT_MERGED");
        // And it can be merged again, otherwise.
        twice.merge(json!({"keep_marks": "temp"})).await.expect(200);
        assert_eq!(twice.marks().await, real(&["present", "late", "absent"]));
    }

    async fn a_merge_can_be_undone_for_thirty_days(app) {
        let twice = Twice::of(&app).await;
        twice.merge(json!({"keep_marks": "real"})).await.expect(200);
        app.advance(TimeDelta::days(30) - TimeDelta::seconds(1));
        let manager = app.client_of(twice.manager.id).await;
        let undone = manager.post(&twice.path("/undo"), json!({})).await.expect(200);
        assert_eq!(undone.id(), twice.temp.id);
        let manager = app.client_of(twice.manager.id).await;
        manager.post(&twice.path(""), json!({"into": twice.real.id, "keep_marks": "real"})).await.expect(200);
        app.advance(TimeDelta::days(30));
        let manager = app.client_of(twice.manager.id).await;
        manager.post(&twice.path("/undo"), json!({})).await.expect_problem(409, "MERGE_UNDO_EXPIRED");
    }

    async fn what_was_changed_since_is_not_overwritten_by_the_undoing(app) {
        let twice = Twice::of(&app).await;
        twice.merge(json!({"keep_marks": "attended"})).await.expect(200);
        let list = twice.manager.get(&format!("/classes/{}/enrolments?role=learner&status=active", twice.class.id)).await.expect(200);
        let grown = list.items()[0]["id"].as_str().unwrap().to_owned();
        twice.manager.patch(&format!("/enrolments/{grown}"), json!({"enrolled_on": "2026-06-20"})).await.expect(200);
        let before = twice.records().await;
        twice.undo().await.expect_problem(409, "MERGE_CHANGED_SINCE");
        assert_eq!(twice.records().await, before);
    }

    async fn a_mark_that_was_corrected_after_the_merge_goes_back_as_it_is(app) {
        let twice = Twice::of(&app).await;
        twice.merge(json!({"keep_marks": "temp"})).await.expect(200);
        let list = twice.manager.get(&format!("/lectures/{}/attendances", twice.lectures[0])).await.expect(200);
        let mark = list.items()[0]["id"].as_str().unwrap().to_owned();
        twice.manager.patch(&format!("/attendances/{mark}"), json!({"status": "late"})).await.expect(200);
        twice.undo().await.expect(200);
        let marks = twice.marks().await;
        assert_eq!(marks[0], [(false, "absent".to_owned()), (true, "late".to_owned())]);
    }

    async fn every_change_of_a_merge_and_its_undoing_is_in_the_audit_log(app) {
        let twice = Twice::of(&app).await;
        twice.manager.post(&format!("/classes/{}/close?force=true", twice.class.id), json!({})).await.expect(200);
        twice.merge(json!({"keep_marks": "attended"})).await.expect(200);
        twice.undo().await.expect(200);
        let admin = app.admin().await;
        let log = admin.get("/admin/audit-log?sort=-at&size=100").await.expect(200);
        let count = |entity: &str, action: &str, reason: &str| {
            let of = |item: &&Value| item["entity"] == entity && item["action"] == action && item["reason"] == reason;
            log.items().iter().filter(of).count()
        };
        // Three marks gave way; of the temp user's one stayed and was given over.
        assert_eq!((count("attendance", "delete", "merged"), count("attendance", "update", "merged")), (3, 1));
        assert_eq!((count("attendance", "create", "merge_undone"), count("attendance", "update", "merge_undone")), (3, 1));
        assert_eq!((count("user", "update", "merged"), count("user", "update", "merge_undone")), (1, 1));
        assert!(count("enrolment", "update", "merged") >= 2);
        let gone = log.items().iter().find(|item| item["entity"] == "attendance" && item["action"] == "delete").unwrap();
        assert_eq!(gone["after_closing"], true, "{gone}");
    }

    async fn only_a_manager_looks_merges_and_undoes(app) {
        let twice = Twice::of(&app).await;
        let body = json!({"into": twice.real.id});
        for path in ["", "/preview", "/undo"] {
            let answer = twice.class.lecturer.post(&twice.path(path), body.clone()).await;
            answer.expect_problem(403, "FORBIDDEN");
        }
        let unknown = format!("/users/{}/merge/undo", Uuid::nil());
        twice.manager.post(&unknown, json!({})).await.expect_problem(404, "USER_NOT_FOUND");
        twice.undo().await.expect_problem(409, "NOT_MERGED");
    }
}
