//! Reports in their four forms.

use madang_tests::{api_test, json};

use super::marked_class;

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

api_test! {
    async fn a_closing_report_tells_who_completed_and_what_was_marked(app) {
        let (class, learners) = marked_class(&app).await;
        let certificate = json!({"course_id": class.course, "user_id": learners[0].id, "override_reason": "시험"});
        app.manager().await.post("/certifications", certificate).await.expect(201);
        let report = class.lecturer.get(&format!("/classes/{}/closing-report", class.id)).await.expect(200).body;
        assert_eq!((&report["kind"], &report["title"]), (&json!("class_closing"), &json!("출석부·수료 결과 보고서")));
        let tables: Vec<&str> = report["tables"].as_array().unwrap().iter().map(|table| table["key"].as_str().unwrap()).collect();
        assert_eq!(tables, ["learners", "roster", "lectures"]);
        let rows = report["tables"][0]["rows"].as_array().unwrap();
        let brief: Vec<_> = rows
            .iter()
            .map(|row| json!([row["name"], row["present"], row["late"], row["absent"], row["rate"]["percent"], row["verdict"], row["certificate_number"]]))
            .collect();
        assert_eq!(
            brief,
            [
                json!(["김하늘", 2, 0, 0, "100.0", "충족", "제2026-0001호"]),
                json!(["박바다", 0, 2, 0, "100.0", "충족", null]),
                json!(["최나무", 0, 0, 2, "0.0", "미달", null]),
            ]
        );
        assert_eq!(rows[0]["rate"]["numerator"], 2);
        let certified = report["facts"].as_array().unwrap().iter().find(|fact| fact["key"] == "certified").unwrap();
        assert_eq!(certified["value"], "1명");
        let roster = &report["tables"][1];
        let second = roster["columns"][3]["key"].as_str().unwrap();
        assert_eq!((&roster["rows"][1][second], &roster["rows"][2][second]), (&json!("late"), &json!("absent")));
        assert_eq!(report["tables"][2]["rows"][0]["expected"], 3);
    }

    async fn each_report_comes_as_csv_xlsx_and_pdf(app) {
        let (class, learners) = marked_class(&app).await;
        let manager = app.manager().await;
        for (path, name, first) in [
            (format!("/classes/{}/closing-report?", class.id), "class_closing", "번호,이름,아이디"),
            ("/stats/attendance/report?period=weekly&".to_owned(), "weekly", "시작,끝,집계,차시"),
            ("/stats/attendance/report?period=monthly&".to_owned(), "monthly", "시작,끝,집계,차시"),
            (format!("/users/{}/statement?", learners[1].id), "learner_statement", "강의,수업,시작,끝"),
        ] {
            let csv = manager.get(&format!("{path}format=csv")).await.expect(200);
            assert!(csv.text.trim_start_matches('\u{FEFF}').starts_with(first), "{}", csv.text);
            assert_eq!(csv.header("content-disposition"), format!("attachment; filename=\"{name}.csv\""));
            let xlsx = manager.get(&format!("{path}format=xlsx")).await.expect(200);
            assert!(xlsx.text.starts_with("PK") && xlsx.header("content-type") == XLSX);
            let pdf = manager.get(&format!("{path}format=pdf")).await.expect(200);
            assert!(pdf.text.starts_with("%PDF-") && pdf.header("content-type") == "application/pdf");
        }
        let roster = manager.get(&format!("/classes/{}/closing-report?format=csv&table=roster", class.id)).await.expect(200);
        assert!(roster.text.contains("박바다,지각,지각"), "{}", roster.text);
        for wrong in ["format=csv&table=salaries", "format=docx", "colour=red"] {
            let path = format!("/classes/{}/closing-report?{wrong}", class.id);
            manager.get(&path).await.expect_problem(400, "MALFORMED_QUERY");
        }
    }

    async fn a_weekly_report_adds_up_to_what_statistics_tell(app) {
        let (class, _) = marked_class(&app).await;
        let manager = app.manager().await;
        let span = format!("period=weekly&from=2026-08-17&to=2026-08-30&course_id={}", class.course);
        let report = manager.get(&format!("/stats/attendance/report?{span}")).await.expect(200).body;
        let stats = manager.get(&format!("/stats/attendance?{span}")).await.expect(200).body;
        let table = &report["tables"][0];
        assert_eq!(table["rows"].as_array().unwrap().len(), 2);
        let total = &table["total"];
        assert_eq!(total["expected"], stats["figures"]["expected"]);
        assert_eq!(total["present"], stats["figures"]["counts"]["present"]);
        assert_eq!(total["rate"]["numerator"], stats["figures"]["rate"]["numerator"]);
        assert_eq!(total["rate"]["percent"], stats["figures"]["rate"]["percent"]);
        assert_eq!(report["as_of"], stats["as_of"]);
    }

    async fn a_report_is_narrowed_like_the_statistics_and_says_to_what(app) {
        let (class, _) = marked_class(&app).await;
        let (other, _) = marked_class(&app).await;
        let manager = app.manager().await;
        manager.patch(&format!("/courses/{}", class.course), json!({"keyword": "취미"})).await.expect(200);
        let title = manager.get(&format!("/classes/{}", class.id)).await.expect(200).body["title"].clone();
        let name = manager.get(&format!("/users/{}", class.lecturer.id)).await.expect(200).body["name"].clone();
        let span = "period=weekly&from=2026-08-17&to=2026-08-30";
        let whole = manager.get(&format!("/stats/attendance/report?{span}")).await.expect(200).body;
        assert_eq!((&whole["tables"][0]["total"]["expected"], &whole["subject"]), (&json!(12), &json!("전체 강의")));
        let lecturer = format!("강사 {}", name.as_str().unwrap());
        for (filter, subject) in [
            (format!("class_id={}", class.id), title.as_str().unwrap().to_owned()),
            (format!("lecturer_id={}", class.lecturer.id), lecturer.clone()),
            ("keyword=취미".to_owned(), "키워드 취미".to_owned()),
            (
                format!("class_id={}&lecturer_id={}&keyword=취미", class.id, class.lecturer.id),
                format!("{} · {lecturer} · 키워드 취미", title.as_str().unwrap()),
            ),
        ] {
            let report = manager.get(&format!("/stats/attendance/report?{span}&{filter}")).await.expect(200).body;
            let stats = manager.get(&format!("/stats/attendance?{span}&{filter}")).await.expect(200).body;
            let total = &report["tables"][0]["total"];
            assert_eq!((&total["expected"], &report["subject"]), (&json!(6), &json!(subject)), "{filter}");
            assert_eq!((&total["expected"], &total["rate"]["numerator"]), (&stats["figures"]["expected"], &stats["figures"]["rate"]["numerator"]));
            let chart = manager.get(&format!("/stats/attendance/chart?kind=bars&{span}&{filter}")).await.expect(200);
            assert!(chart.text.contains(&subject), "{filter}");
        }
        let nothing = format!("/stats/attendance/report?{span}&class_id={}&lecturer_id={}", other.id, class.lecturer.id);
        assert_eq!(manager.get(&nothing).await.expect(200).body["tables"][0]["total"]["expected"], 0);
        for (filter, code) in [("class_id", "CLASS_NOT_FOUND"), ("course_id", "COURSE_NOT_FOUND"), ("lecturer_id", "USER_NOT_FOUND")] {
            let path = format!("/stats/attendance/report?{span}&{filter}={}", uuid::Uuid::from_u128(7));
            manager.get(&path).await.expect_problem(404, code);
        }
        manager.get(&format!("/stats/attendance/report?{span}&keyword=")).await.expect_problem(400, "MALFORMED_QUERY");
    }

    async fn reports_and_charts_take_no_more_statements_when_there_is_more(app) {
        let (class, learners) = marked_class(&app).await;
        let manager = app.manager().await;
        let paths = [
            format!("/classes/{}/chart?kind=heat_map", class.id),
            format!("/classes/{}/chart?kind=funnel", class.id),
            format!("/courses/{}/chart?kind=bars", class.course),
            "/stats/attendance/chart?kind=bars&period=weekly".to_owned(),
            format!("/classes/{}/closing-report?format=pdf", class.id),
            "/stats/attendance/report?period=weekly&format=xlsx".to_owned(),
            format!("/stats/attendance/report?period=weekly&class_id={}&lecturer_id={}", class.id, class.lecturer.id),
            format!("/users/{}/statement", learners[0].id),
        ];
        // From the counters, as a server answers a second after the last change.
        app.keep_up().await;
        let mut few = Vec::new();
        for path in &paths {
            let (answer, cost) = app.costed(&manager, manager.get(path)).await;
            answer.expect(200);
            // The caller is looked up with one of them.
            assert!(cost <= 6, "{path}: {cost}");
            few.push(cost);
        }
        for number in 0..12 {
            let lecture = app.lecture(&class, &format!("2026-07-{:02}T01:00:00Z", number + 1)).await;
            let learner = app.learner_in(&class, "더하기").await;
            app.mark(&class, lecture, &learner, "present").await;
        }
        app.keep_up().await;
        for (path, few) in paths.iter().zip(few) {
            let (answer, cost) = app.costed(&manager, manager.get(path)).await;
            answer.expect(200);
            // Fewer, where the caller and the policies are known by then.
            assert!(cost <= few, "{path}: {cost} after {few}");
        }
    }
}
