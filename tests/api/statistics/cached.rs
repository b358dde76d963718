//! Reports under a tag, and reports that are remembered: never anything but what is made anew.

use chrono::TimeDelta;
use madang_domain::{
    access::Caller,
    attendance::TallyFilter,
    calendar::{Period, TimeZone},
    ids::{ClassId, CourseId},
};
use madang_reporting::statistics::{PeriodQuery, StatisticsService};
use madang_tests::{Answer, TestApp, TestClass, api_test, json};
use reqwest::Method;

async fn settle(app: &TestApp) {
    app.app.services().counters.keep_up().await.unwrap();
}

/// Every report of a service as text, with its tag.
async fn reports(service: &StatisticsService, class: &TestClass) -> Vec<(String, Option<String>)> {
    let caller = Caller::system();
    let (course, class) = (CourseId(class.course), ClassId(class.id));
    let weeks = PeriodQuery {
        period: Period::Weekly,
        from: None,
        to: None,
        filter: TallyFilter::default(),
        time_zone: TimeZone::default(),
    };
    let mut told = Vec::new();
    let one = service.class_report(&caller, class).await.unwrap();
    told.push((format!("{:?}", one.report), one.tag));
    let one = service.course_report(&caller, course).await.unwrap();
    told.push((format!("{:?}", one.report), one.tag));
    let one = service.comparison_report(&caller, course).await.unwrap();
    told.push((format!("{:?}", one.report), one.tag));
    let one = service.completion_report(&caller, TallyFilter::default()).await.unwrap();
    told.push((format!("{:?}", one.report), one.tag));
    let one = service.overview_report(&caller).await.unwrap();
    told.push((format!("{:?}", one.report), one.tag));
    let one = service.period_report(&caller, weeks).await.unwrap();
    told.push((format!("{:?}", one.report), one.tag));
    told
}

api_test! {
    async fn a_report_is_not_sent_again_until_something_changes(app) {
        let class = app.class().await;
        let learner = app.learner_in(&class, "김하늘").await;
        let lecture = app.lecture(&class, "2026-08-25T01:00:00Z").await;
        settle(&app).await;
        let manager = app.manager().await;
        for path in [
            format!("/classes/{}/attendance-stats", class.id),
            format!("/courses/{}/attendance-stats", class.course),
            format!("/courses/{}/class-comparison", class.course),
            "/stats/completions".to_owned(),
            "/stats/overview".to_owned(),
            "/stats/attendance?period=weekly".to_owned(),
        ] {
            let first = manager.get(&path).await.expect(200);
            let tag = first.header("etag");
            assert!(tag.starts_with("W/\""), "{path} {tag}");
            let again = async || Answer::of(manager.request(Method::GET, &path).header("If-None-Match", &tag)).await;
            again().await.expect(304);
            app.mark(&class, lecture, &learner, "present").await;
            let second = again().await.expect(200);
            assert_eq!(second.header("etag"), "", "what is noted and not counted has no tag");
            settle(&app).await;
            let third = again().await.expect(200);
            assert_ne!(third.header("etag"), tag);
            let marks = manager.get(&format!("/lectures/{lecture}/attendances")).await.expect(200);
            let mark = marks.items()[0]["id"].as_str().unwrap().to_owned();
            manager.delete(&format!("/attendances/{mark}")).await.expect(204);
            settle(&app).await;
        }
    }

    async fn reports_that_are_remembered_are_those_that_are_made_anew_on_every_node(app) {
        let class = app.class().await;
        let learner = app.learner_in(&class, "김하늘").await;
        let held = app.lecture(&class, "2026-08-25T01:00:00Z").await;
        let soon = app.lecture(&class, "2026-09-01T01:20:00Z").await;
        let manager = app.manager().await;
        let yard = &app.app.services().yard;
        let plain = StatisticsService::new(yard.clone());
        let nodes = [plain.clone().with_cache(), plain.clone().with_cache()];
        let mut seen = Vec::new();
        for step in 0..8 {
            match step {
                1 => drop(app.mark(&class, held, &learner, "late").await),
                2 => settle(&app).await,
                // The next lecture begins, and nobody is told.
                3 => app.advance(TimeDelta::minutes(25)),
                4 => settle(&app).await,
                5 => drop(manager.patch(&format!("/classes/{}", class.id), json!({"title": "새 이름"})).await.expect(200)),
                6 => drop(app.mark(&class, soon, &learner, "present").await),
                7 => settle(&app).await,
                _ => {}
            }
            // Twice, so that the second one may be remembered.
            for _ in 0..2 {
                let anew = reports(&plain, &class).await;
                for node in &nodes {
                    assert_eq!(reports(node, &class).await, anew, "step {step}");
                }
                seen.push(anew);
            }
        }
        assert!(seen.iter().flatten().any(|(_, tag)| tag.is_some()));
        assert_ne!(seen.first(), seen.last());
    }
}
