//! `GET …/chart`: SVG in two themes, for who may see the figures.

use madang_tests::api_test;

use super::marked_class;

/// What an XML parser finds: the title, and every text.
fn texts(svg: &str) -> (String, Vec<String>) {
    let document = roxmltree::Document::parse(svg).unwrap();
    let of = |name: &str| -> Vec<String> {
        let nodes =
            document.descendants().filter(|node| node.has_tag_name(("http://www.w3.org/2000/svg", name)));
        nodes.map(|node| node.text().unwrap_or_default().to_owned()).collect()
    };
    (of("title").join(""), of("text"))
}

api_test! {
    async fn every_kind_of_chart_of_a_class_is_a_picture_in_both_themes(app) {
        let (class, _) = marked_class(&app).await;
        for (kind, title, text) in [
            ("bars", "차시별 출석률", "출석률 (%)"),
            ("stacked", "차시별 출석 현황", "수강생 (명)"),
            ("heat_map", "출석부", "박바다"),
            ("funnel", "수료 현황", "수료 가능"),
            ("funnel", "수료 현황", "수료증 발급"),
            ("histogram", "출석률 분포", "수강생 수 (명)"),
        ] {
            let path = format!("/classes/{}/chart?kind={kind}", class.id);
            let light = class.lecturer.get(&path).await.expect(200);
            assert_eq!(light.header("content-type"), "image/svg+xml; charset=utf-8");
            let (told, texts) = texts(&light.text);
            assert_eq!(told, title);
            assert!(texts.iter().any(|one| one == text), "{kind}: {texts:?}");
            let dark = class.lecturer.get(&format!("{path}&theme=dark")).await.expect(200);
            assert!(light.text.contains("#ffffff") && dark.text.contains("#14171c"));
            assert_eq!(class.lecturer.get(&format!("{path}&theme=light")).await.text, light.text);
        }
    }

    async fn a_heat_map_says_in_letters_what_was_marked(app) {
        let (class, _) = marked_class(&app).await;
        let svg = class.lecturer.get(&format!("/classes/{}/chart?kind=heat_map", class.id)).await.expect(200).text;
        let (_, texts) = texts(&svg);
        let count = |text: &str| texts.iter().filter(|one| *one == text).count();
        // Two lectures, and once in the legend.
        assert_eq!((count("지"), count("결"), count("100.0%"), count("0.0%")), (3, 3, 2, 1));
    }

    async fn courses_and_periods_have_bars_and_stacks_and_no_other_chart(app) {
        let (class, _) = marked_class(&app).await;
        let manager = app.manager().await;
        for path in [format!("/courses/{}/chart?", class.course), "/stats/attendance/chart?period=weekly&".to_owned()] {
            for kind in ["bars", "stacked"] {
                let chart = manager.get(&format!("{path}kind={kind}")).await.expect(200);
                assert!(texts(&chart.text).0.contains("출석"), "{kind}");
            }
            for kind in ["heat_map", "funnel", "histogram", "pie"] {
                manager.get(&format!("{path}kind={kind}")).await.expect_problem(400, "MALFORMED_QUERY");
            }
        }
        manager.get("/stats/attendance/chart?kind=bars&period=weekly&tz=Nowhere").await.expect_problem(400, "MALFORMED_QUERY");
    }

    async fn a_class_without_lectures_has_charts_that_say_so(app) {
        let class = app.class().await;
        for kind in ["bars", "stacked", "heat_map", "funnel", "histogram"] {
            let svg = class.lecturer.get(&format!("/classes/{}/chart?kind={kind}", class.id)).await.expect(200).text;
            assert!(texts(&svg).1.iter().any(|text| text == "아직 자료가 없습니다"), "{kind}");
        }
    }
}
