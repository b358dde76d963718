//! Reports under a tag, and reports that are remembered: never anything but what is made anew.

use chrono::TimeDelta;
use madang_domain::{
    access::Caller,
    attendance::TallyFilter,
    calendar::{Period, TimeZone},
    ids::{ClassId, CourseId, LectureId, UserId},
};
use madang_reporting::statistics::{PeriodQuery, StatisticsService};
use madang_tests::{Answer, TestApp, TestClass, api_test, json};
use reqwest::Method;
use uuid::Uuid;

async fn settle(app: &TestApp) {
    app.keep_up().await;
}

/// Every report of a service as text, with its tag.
async fn reports(
    service: &StatisticsService,
    class: &TestClass,
    learner: Uuid,
    lecture: Uuid,
) -> Vec<(String, Option<String>)> {
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
    let lecture = service.lecture_stats(&caller, LectureId(lecture)).await.unwrap();
    told.push((format!("{lecture:?}"), None));
    told.push((format!("{:?}", service.class_learners(&caller, class).await.unwrap()), None));
    told.push((format!("{:?}", service.history(&caller, UserId(learner)).await.unwrap()), None));
    let unmarked = service.unmarked_lectures(&caller, Some(TallyFilter::default())).await.unwrap();
    told.push((format!("{unmarked:?}"), None));
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

    async fn what_is_told_of_one_lecture_or_learner_is_not_sent_again_until_it_says_something_else(app) {
        let class = app.class().await;
        let learner = app.learner_in(&class, "김하늘").await;
        let lecture = app.lecture(&class, "2026-08-25T01:00:00Z").await;
        let manager = app.manager().await;
        settle(&app).await;
        let (everybody, own) = (format!("/classes/{}/learner-stats", class.id), format!("/users/{}/history", learner.id));
        let statement = format!("/users/{}/statement", learner.id);
        for path in [
            format!("/lectures/{lecture}/attendance-stats"),
            everybody.clone(),
            own,
            "/stats/unmarked-lectures".to_owned(),
            statement,
        ] {
            let asked = async |tag: &str| Answer::of(manager.request(Method::GET, &path).header("If-None-Match", tag)).await;
            let first = asked("W/\"0\"").await.expect(200);
            let tag = first.header("etag").to_owned();
            assert!(tag.starts_with("W/\""), "{path} {tag}");
            // Time alone changes nothing but the moment up to which it holds.
            app.advance(TimeDelta::seconds(1));
            asked(&tag).await.expect(304);
            app.mark(&class, lecture, &learner, "present").await;
            let marked = asked(&tag).await.expect(200).header("etag").to_owned();
            assert_ne!(marked, tag, "at once, without a fold: {path}");
            settle(&app).await;
            asked(&marked).await.expect(304);
            let marks = manager.get(&format!("/lectures/{lecture}/attendances")).await.expect(200);
            let mark = marks.items()[0]["id"].as_str().unwrap().to_owned();
            manager.delete(&format!("/attendances/{mark}")).await.expect(204);
            asked(&marked).await.expect(200);
            asked(&tag).await.expect(304);
            settle(&app).await;
        }
        // Names are told, too.
        let before = manager.get(&everybody).await.expect(200).header("etag").to_owned();
        manager.patch(&format!("/users/{}", learner.id), json!({"name": "김바다"})).await.expect(200);
        assert_ne!(manager.get(&everybody).await.expect(200).header("etag"), before);
    }

    async fn reports_that_are_remembered_are_those_that_are_made_anew_on_every_node(app) {
        let class = app.class().await;
        let learner = app.learner_in(&class, "김하늘").await;
        let held = app.lecture(&class, "2026-08-25T01:00:00Z").await;
        let soon = app.lecture(&class, "2026-09-01T01:20:00Z").await;
        let other = app.learner_in(&class, "박바다").await;
        let manager = app.manager().await;
        let yard = &app.app.services().yard;
        let plain = StatisticsService::new(yard.clone());
        let nodes = [plain.clone().with_cache(), plain.clone().with_cache()];
        let mut seen = Vec::new();
        for step in 0..12 {
            match step {
                1 => drop(app.mark(&class, held, &learner, "late").await),
                2 => settle(&app).await,
                // The next lecture begins, and nobody is told.
                3 => app.advance(TimeDelta::minutes(25)),
                4 => settle(&app).await,
                5 => drop(manager.patch(&format!("/classes/{}", class.id), json!({"title": "새 이름"})).await.expect(200)),
                6 => drop(app.mark(&class, soon, &learner, "present").await),
                7 => settle(&app).await,
                // Nothing is noted of a class, and nothing folded.
                8 => {
                    let rule = manager.request(Method::PUT, &format!("/courses/{}/completion-rule", class.course));
                    let body = json!({"document": {"approval": true}});
                    drop(Answer::of(rule.header("If-Match", "\"0\"").json(&body)).await.expect(200));
                }
                9 => settle(&app).await,
                10 => drop(app.mark(&class, held, &other, "present").await),
                // Folded, and not judged yet.
                11 => drop(app.app.services().counters.keep_up().await.unwrap()),
                _ => {}
            }
            // Twice, so that the second one may be remembered.
            for _ in 0..2 {
                let anew = reports(&plain, &class, learner.id, held).await;
                for node in &nodes {
                    assert_eq!(reports(node, &class, learner.id, held).await, anew, "step {step}");
                }
                seen.push(anew);
            }
        }
        assert!(seen.iter().flatten().any(|(_, tag)| tag.is_some()));
        assert_ne!(seen.first(), seen.last());
    }
}
