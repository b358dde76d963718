//! `GET` and `POST /classes/{id}/attendance-sheet`.

use madang_tests::{Answer, Client, TestApp, TestClass, api_test, json};
use reqwest::{
    Method,
    multipart::{Form, Part},
};
use serde_json::Value;
use uuid::Uuid;

async fn fill(client: &Client, class: &TestClass, query: &str, file: impl Into<Vec<u8>>) -> Answer {
    let form = Form::new().part("file", Part::bytes(file.into()).file_name("sheet.csv"));
    let path = format!("/classes/{}/attendance-sheet{query}", class.id);
    Answer::of(client.request(Method::POST, &path).multipart(form)).await
}

async fn get(client: &Client, class: &TestClass, query: &str) -> Answer {
    client.get(&format!("/classes/{}/attendance-sheet{query}", class.id)).await
}

/// Two learners, three lectures, one mark.
async fn set(app: &TestApp) -> (TestClass, [Uuid; 3], [Client; 2]) {
    let class = app.class().await;
    let mut lectures = [Uuid::nil(); 3];
    for (lecture, day) in lectures.iter_mut().zip(3..) {
        *lecture = app.lecture(&class, &format!("2026-08-{day:02}T01:00:00Z")).await;
    }
    let learners = [app.learner_in(&class, "가람").await, app.learner_in(&class, "나래").await];
    app.mark(&class, lectures[0], &learners[0], "late").await;
    (class, lectures, learners)
}

fn marks(sheet: &Value) -> Vec<Value> {
    sheet["learners"].as_array().unwrap().iter().map(|row| row["marks"].clone()).collect()
}

api_test! {
    async fn a_sheet_has_learners_by_lectures_and_the_figures_of_the_engine(app) {
        let (class, lectures, learners) = set(&app).await;
        let sheet = get(&class.lecturer, &class, "").await.expect(200).body;
        let ids: Vec<&Value> = sheet["lectures"].as_array().unwrap().iter().map(|one| &one["id"]).collect();
        assert_eq!(ids, lectures.map(|id| json!(id)).iter().collect::<Vec<_>>());
        assert_eq!(marks(&sheet), [json!(["late", null, null]), json!([null, null, null])]);
        let row = &sheet["learners"][0];
        assert_eq!((&row["user"]["id"], &row["rate"], &row["percent"]), (&json!(learners[0].id), &json!("1/3"), &json!("33.3")));
        assert_eq!((&row["verdict"], &row["unmarked"]), (&json!("not_met"), &json!(2)));
        assert_eq!((&sheet["learners"][1]["rate"], &sheet["policy_name"]), (&json!(null), &json!("lecture-80")));
        learners[0].get(&format!("/classes/{}/attendance-sheet", class.id)).await.expect_problem(403, "FORBIDDEN");
    }

    async fn a_file_can_be_filled_in_and_sent_back(app) {
        let (class, _, learners) = set(&app).await;
        let file = get(&class.lecturer, &class, "?format=csv").await.expect(200);
        assert!(file.header("content-type").starts_with("text/csv"));
        let lines: Vec<&str> = file.text.trim_start_matches('\u{FEFF}').lines().collect();
        assert_eq!(lines[0], "user_id,아이디,이름,1차시 2026-08-03,2차시 2026-08-04,3차시 2026-08-05,출석,지각,조퇴,공결,결석,미기록,인정,전체,출석률,판정,남은 결석");
        assert!(lines[1].contains(",지각,,,0,1,0,0,0,2,1,3,33.3,미달,0"), "{}", lines[1]);

        let filled = file.text.replace(",지각,,,", ",지각,출석,결석,").replace(",나래,,,,", ",나래,출석,출석,공결,");
        let dry = fill(&class.lecturer, &class, "?dry_run=true", filled.clone()).await.expect(200).body;
        assert_eq!((&dry["is_kept"], &dry["unchanged"], &dry["errors"]), (&json!(false), &json!(1), &json!([])));
        assert_eq!(dry["created"], json!(["E2", "F2", "D3", "E3", "F3"]));
        assert_eq!(marks(&get(&class.lecturer, &class, "").await.body)[1], json!([null, null, null]));

        let kept = fill(&class.lecturer, &class, "", filled.clone()).await.expect(200).body;
        assert_eq!((&kept["is_kept"], &kept["created"]), (&json!(true), &dry["created"]));
        let sheet = get(&class.lecturer, &class, "").await.expect(200).body;
        assert_eq!(marks(&sheet), [json!(["late", "present", "absent"]), json!(["present", "present", "excused"])]);
        let again = fill(&class.lecturer, &class, "", filled).await.expect(200).body;
        assert_eq!((&again["created"], &again["replaced"], &again["unchanged"]), (&json!([]), &json!([]), &json!(6)));
        let history = learners[1].get("/users/me/attendances").await.expect(200);
        assert_eq!(history.items()[0]["source"], json!("import"));
    }

    async fn a_spreadsheet_is_read_as_it_was_written(app) {
        let (class, _, _) = set(&app).await;
        let request = class.lecturer.request(Method::GET, &format!("/classes/{}/attendance-sheet?format=xlsx", class.id));
        let bytes = request.send().await.unwrap().bytes().await.unwrap().to_vec();
        let report = fill(&class.lecturer, &class, "?dry_run=true", bytes).await.expect(200).body;
        assert_eq!((&report["unchanged"], &report["created"], &report["errors"]), (&json!(1), &json!([]), &json!([])));
    }

    async fn one_wrong_cell_keeps_all_out_and_every_one_is_named(app) {
        let (class, lectures, learners) = set(&app).await;
        let cancelled = json!({"reason": "강사 사정"});
        class.lecturer.post(&format!("/lectures/{}/cancel", lectures[2]), cancelled).await.expect(200);
        let stranger = app.learner("최나무").await;
        let file = format!(
            "user_id,이름,1차시,2차시,3차시,9차시\n{},가람,출석,몰라,,\n{},나래,,,출석,출석\n{},최나무,출석,,,\n누구,,출석,,,\n",
            learners[0].id, learners[1].id, stranger.id
        );
        let errors = json!([
            {"cell": "D2", "code": "not_one_of"}, {"cell": "E3", "code": "no_such_thing"}, {"cell": "F3", "code": "no_such_thing"},
            {"cell": "C4", "code": "not_enrolled"}, {"cell": "A5", "code": "invalid_format"},
        ]);
        let dry = fill(&class.lecturer, &class, "?dry_run=true", file.clone()).await.expect(200).body;
        assert_eq!(dry["errors"], errors);
        let refused = fill(&class.lecturer, &class, "", file).await.expect_problem(422, "SHEET_REFUSED");
        let cells: Vec<String> = refused.faults().into_iter().map(|(pointer, _)| pointer).collect();
        assert_eq!(cells, ["/D2", "/E3", "/F3", "/C4", "/A5"]);
        assert_eq!(marks(&get(&class.lecturer, &class, "").await.body)[0], json!(["late", null, null]));
        fill(&class.lecturer, &class, "", "이름\n가람\n").await.expect_problem(422, "IMPORT_FORMAT_UNKNOWN");
        let sheet = format!("user_id,1차시\n{},출석\n", learners[0].id);
        let replaced = fill(&class.lecturer, &class, "", sheet.clone()).await.expect(200).body;
        assert_eq!(replaced["replaced"], json!(["B2"]));
        fill(&learners[0], &class, "", sheet.clone()).await.expect_problem(403, "FORBIDDEN");
        app.manager().await.post(&format!("/classes/{}/close?force=true", class.id), json!({})).await.expect(200);
        fill(&class.lecturer, &class, "", sheet).await.expect_problem(409, "CLASS_CLOSED");
    }

    async fn a_sheet_takes_as_many_statements_at_any_size(app) {
        let (class, lectures, learners) = set(&app).await;
        let (_, few) = app.costed(&class.lecturer, get(&class.lecturer, &class, "")).await;
        for (number, lecture) in lectures.iter().enumerate() {
            let learner = app.learner_in(&class, &format!("학생 {number}")).await;
            app.mark(&class, *lecture, &learner, "present").await;
        }
        app.mark(&class, lectures[1], &learners[1], "present").await;
        let (sheet, many) = app.costed(&class.lecturer, get(&class.lecturer, &class, "")).await;
        assert_eq!((sheet.status, many), (200, few));
        assert!(many <= 5, "{many}");
    }
}
