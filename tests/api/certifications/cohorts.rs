//! `POST /classes/{id}/certifications/evaluate` and `…/issue`, and the same of a course.

use std::time::{Duration, Instant};

use madang_domain::{
    access::{Authorizations, ClassRole, Role},
    accounts::{AuthType, User},
    attendance::{Attendance, AttendanceSource, AttendanceStatus, Mark},
    ids::{AttendanceId, ClassId, EnrolmentId, LectureId, UserId},
    learning::enrolments::{Enrolment, EnrolmentPeriod, EnrolmentStatus},
    stamps::Stamps,
    text::{PersonName, Username},
};
use madang_tests::{Answer, Client, TestApp, TestClass, api_test, json};
use reqwest::Method;
use serde_json::Value;
use uuid::Uuid;

use super::{attends, twenty_lectures};

async fn evaluate(client: &Client, class: Uuid) -> Answer {
    Answer::of(client.request(Method::POST, &format!("/classes/{class}/certifications/evaluate"))).await
}

async fn issue(client: &Client, class: Uuid, evaluation: &Value, approved: Value) -> Answer {
    let body = json!({"evaluation": evaluation, "approved": approved});
    client.post(&format!("/classes/{class}/certifications/issue"), body).await
}

fn outcomes(answer: &Answer) -> Vec<(&str, &str)> {
    let learners = answer.body["learners"].as_array().unwrap().iter();
    learners.map(|one| (one["name"].as_str().unwrap(), one["outcome"].as_str().unwrap())).collect()
}

/// Three learners of twenty lectures: all attended, sixteen, fifteen.
async fn hall(app: &TestApp) -> (TestClass, Vec<String>, [Client; 3]) {
    let (class, lectures) = twenty_lectures(app).await;
    let learners = [
        app.learner_in(&class, "가온").await,
        app.learner_in(&class, "나래").await,
        app.learner_in(&class, "다솜").await,
    ];
    for (learner, present) in learners.iter().zip([20, 16, 15]) {
        attends(&class, &lectures, learner, present).await;
    }
    (class, lectures, learners)
}

api_test! {
    async fn an_evaluation_tells_who_may_be_certified_and_writes_nothing(app) {
        let (class, _, learners) = hall(&app).await;
        let manager = app.manager().await;
        let found = evaluate(&manager, class.id).await.expect(200);
        assert_eq!(outcomes(&found), [("가온", "eligible"), ("나래", "eligible"), ("다솜", "not_eligible")]);
        assert_eq!((&found.body["eligible"], &found.body["not_eligible"], &found.body["needs_decision"]), (&json!(2), &json!(1), &json!(0)));
        let lacking = &found.body["learners"][2];
        assert_eq!(lacking["user_id"], json!(learners[2].id));
        assert_eq!(lacking["lacks"], json!([{"kind": "rate", "class_id": class.id, "rate": "15/20", "threshold": "4/5", "unit": "lecture", "units_short": 1}]));
        assert_eq!(found.body["learners"][1]["classes"][0]["rate"], "16/20");
        assert_eq!(manager.get("/certifications").await.body["total"], 0);
        assert_eq!(evaluate(&manager, class.id).await.body, found.body);
        let of_course = Answer::of(manager.request(Method::POST, &format!("/courses/{}/certifications/evaluate", class.course))).await.expect(200);
        assert_eq!(of_course.body["learners"], found.body["learners"]);
    }

    async fn issuing_gives_exactly_the_eligible_a_certificate_and_again_nothing(app) {
        let (class, _, learners) = hall(&app).await;
        let manager = app.manager().await;
        let found = evaluate(&manager, class.id).await.expect(200);
        let issued = issue(&manager, class.id, &found.body["evaluation"], json!(null)).await.expect(201);
        let to: Vec<&Value> = issued.body["issued"].as_array().unwrap().iter().map(|one| &one["user_id"]).collect();
        assert_eq!(to, [&json!(learners[0].id), &json!(learners[1].id)]);
        let numbers: Vec<&Value> = issued.body["issued"].as_array().unwrap().iter().map(|one| &one["number"]).collect();
        assert_eq!(numbers, [&json!("2026-0001"), &json!("2026-0002")]);
        let again = issue(&manager, class.id, &found.body["evaluation"], json!(null)).await.expect(200);
        assert_eq!(again.body, json!({"issued": [], "already": 2}));
        assert_eq!(manager.get("/certifications").await.body["total"], 2);
        let after = evaluate(&manager, class.id).await.expect(200);
        assert_eq!(after.body["evaluation"], found.body["evaluation"]);
        assert_eq!(after.body["learners"][0]["certification_id"], issued.body["issued"][0]["id"]);
        // What one learner is given alone and what a class is given are made by the same computation.
        let body = json!({"course_id": class.course, "user_id": learners[2].id, "override_reason": "기관장 승인"});
        let single = manager.post("/certifications", body).await.expect(201);
        let id = issued.body["issued"][0]["id"].as_str().unwrap();
        let of_class = manager.get(&format!("/certifications/{id}")).await.expect(200);
        assert_eq!(single.body["number"], "2026-0003");
        assert_eq!(of_class.body["snapshot"]["classes"][0]["denominator"], single.body["snapshot"]["classes"][0]["denominator"]);
        assert_eq!(of_class.body["snapshot"]["planned_minutes"], single.body["snapshot"]["planned_minutes"]);
    }

    async fn an_evaluation_of_other_figures_is_not_acted_upon(app) {
        let (class, lectures, learners) = hall(&app).await;
        let manager = app.manager().await;
        let found = evaluate(&manager, class.id).await.expect(200);
        let marks = manager.get(&format!("/lectures/{}/attendances", lectures[15])).await.expect(200);
        let mark = marks.items().iter().find(|mark| mark["user"]["id"] == json!(learners[2].id)).unwrap();
        manager.patch(&format!("/attendances/{}", mark["id"].as_str().unwrap()), json!({"status": "present"})).await.expect(200);
        issue(&manager, class.id, &found.body["evaluation"], json!(null)).await.expect_problem(409, "EVALUATION_STALE");
        assert_eq!(manager.get("/certifications").await.body["total"], 0);
        let now = evaluate(&manager, class.id).await.expect(200);
        assert_eq!(outcomes(&now)[2], ("다솜", "eligible"));
        let issued = issue(&manager, class.id, &now.body["evaluation"], json!(null)).await.expect(201);
        assert_eq!(issued.body["issued"].as_array().unwrap().len(), 3);
    }

    async fn who_needs_a_decision_is_certified_if_approved(app) {
        let (class, _, learners) = hall(&app).await;
        let manager = app.manager().await;
        let rule = manager.request(Method::PUT, &format!("/courses/{}/completion-rule", class.course));
        Answer::of(rule.header("If-Match", "\"0\"").json(&json!({"document": {"approval": true}}))).await.expect(200);
        let found = evaluate(&manager, class.id).await.expect(200);
        assert_eq!(outcomes(&found), [("가온", "needs_decision"), ("나래", "needs_decision"), ("다솜", "not_eligible")]);
        assert_eq!(found.body["learners"][0]["decisions"], json!(["approval"]));
        let none = issue(&manager, class.id, &found.body["evaluation"], json!(null)).await.expect(200);
        assert_eq!(none.body["issued"], json!([]));
        for strange in [learners[2].id, manager.id] {
            let refused = issue(&manager, class.id, &found.body["evaluation"], json!([strange])).await.expect_problem(422, "VALIDATION_ERROR");
            assert_eq!(refused.faults()[0].0, "/approved");
        }
        let issued = issue(&manager, class.id, &found.body["evaluation"], json!([learners[1].id])).await.expect(201);
        assert_eq!(issued.body["issued"][0]["user_id"], json!(learners[1].id));
        let one = manager.get(&format!("/certifications/{}", issued.body["issued"][0]["id"].as_str().unwrap())).await.expect(200);
        assert_eq!(one.body["snapshot"]["approved_by"], json!(manager.id));
    }

    async fn who_issues_for_a_course_at_the_same_time_issues_each_certificate_once(app) {
        let (class, _, _) = hall(&app).await;
        let manager = app.manager().await;
        let found = evaluate(&manager, class.id).await.expect(200);
        let evaluation = &found.body["evaluation"];
        let answers = futures_util::future::join_all((0..6).map(|_| issue(&manager, class.id, evaluation, json!(null)))).await;
        let issued: usize = answers.iter().map(|answer| answer.body["issued"].as_array().unwrap().len()).sum();
        assert_eq!(issued, 2, "{answers:?}");
        assert_eq!(manager.get("/certifications").await.body["total"], 2);
        let next = json!({"course_id": class.course, "user_id": app.learner_in(&class, "라온").await.id, "override_reason": "x"});
        assert_eq!(manager.post("/certifications", next).await.expect(201).body["number"], "2026-0003", "no number is lost");
    }

    async fn only_who_may_issue_evaluates(app) {
        let (class, _, learners) = hall(&app).await;
        for client in [&learners[0], &class.lecturer] {
            evaluate(client, class.id).await.expect_problem(403, "FORBIDDEN");
            issue(client, class.id, &json!("x".repeat(64)), json!(null)).await.expect_problem(403, "FORBIDDEN");
        }
        evaluate(&app.anonymous(), class.id).await.expect_problem(401, "UNAUTHENTICATED");
        evaluate(&app.manager().await, Uuid::nil()).await.expect_problem(404, "CLASS_NOT_FOUND");
        issue(&app.manager().await, Uuid::nil(), &json!("x"), json!(null)).await.expect_problem(404, "CLASS_NOT_FOUND");
    }

    async fn a_thousand_learners_cost_as_many_statements_as_ten(app) {
        let manager = app.manager().await;
        let mut costs = Vec::new();
        for size in [10_usize, 1_000] {
            let (class, lectures) = twenty_lectures(&app).await;
            fill(&app, &class, &lectures, size).await;
            let begun = Instant::now();
            let (found, evaluating) = app.costed(&manager, evaluate(&manager, class.id)).await;
            let evaluated = begun.elapsed();
            assert_eq!(found.expect(200).body["eligible"], json!(size / 2));
            let found = evaluate(&manager, class.id).await;
            let begun = Instant::now();
            let (issued, issuing) =
                app.costed(&manager, issue(&manager, class.id, &found.body["evaluation"], json!(null))).await;
            let took = begun.elapsed();
            assert_eq!(issued.expect(201).body["issued"].as_array().unwrap().len(), size / 2);
            assert!(evaluated.max(took) < Duration::from_secs(5), "{size} learners took {evaluated:?} and {took:?}");
            costs.push((evaluating, issuing));
        }
        assert_eq!(costs[0], costs[1]);
        // The caller, the classes with their policies, ways and marks, the learners, the rule with the candidates.
        assert_eq!(costs[0].0, 6);
        // The course is held besides, then numbers, records and the journal are written.
        assert_eq!(costs[0].1, 10);
    }
}

/// Learners with a mark at every lecture: each second one attended sixteen, the others fifteen.
async fn fill(app: &TestApp, class: &TestClass, lectures: &[String], size: usize) {
    let yard = &app.app.services().yard;
    let now = yard.clock.now();
    let stamps = Stamps { created_at: now, created_by: None, updated_at: now, updated_by: None, version: 1 };
    let (mut users, mut enrolments, mut marks) = (Vec::new(), Vec::new(), Vec::new());
    for number in 0..size {
        let id = UserId(yard.ids.next());
        users.push(User {
            id,
            username: Username::parse(format!("learner-{id}")).unwrap(),
            auth_type: AuthType::Manual,
            password: None,
            kakao_id: None,
            authorizations: Authorizations::of_roles([Role::Learner]),
            name: PersonName::parse(format!("학생 {number}")).unwrap(),
            email: None,
            email_verified_at: None,
            phone: None,
            created_at: now,
            updated_at: now,
            last_login: None,
            is_active: true,
            suspension: None,
            withdrawn_at: None,
            version: 1,
        });
        enrolments.push(Enrolment {
            id: EnrolmentId(yard.ids.next()),
            class_id: ClassId(class.id),
            user_id: id,
            role: ClassRole::Learner,
            period: EnrolmentPeriod::new("2026-06-01".parse().unwrap(), None).unwrap(),
            status: EnrolmentStatus::Active,
            transferred_from: None,
            stamps,
        });
        for (place, lecture) in lectures.iter().enumerate() {
            let attended = if number % 2 == 0 { 16 } else { 15 };
            let status = if place < attended { AttendanceStatus::Present } else { AttendanceStatus::Absent };
            marks.push(Attendance {
                id: AttendanceId(yard.ids.next()),
                lecture_id: LectureId(lecture.parse().unwrap()),
                user_id: id,
                mark: Mark {
                    status,
                    detail_type: None,
                    description: None,
                    assignment_id: None,
                    checked_at: None,
                },
                source: AttendanceSource::Staff,
                presence: None,
                stamps,
            });
        }
    }
    let mut unit = yard.store.begin().await.unwrap();
    unit.users().insert_many(&users).await.unwrap();
    unit.enrolments().insert_many(&enrolments).await.unwrap();
    for marks in marks.chunks(5_000) {
        unit.attendances().insert_many(marks).await.unwrap();
    }
    unit.commit().await.unwrap();
}
