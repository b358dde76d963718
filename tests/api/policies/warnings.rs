//! Who is at risk is told once, and who can no longer reach the threshold too.

use chrono::TimeDelta;
use futures_util::future::join;
use madang_domain::{
    attendance::policies::{WarningService, WarningSweep},
    jobs::{JobHandler, NewJob},
};
use madang_tests::{Client, TestApp, TestClass, api_test, json};
use uuid::Uuid;

/// Ten lectures, one a day from 31 August on, that begin so many hours before 10:00 in Seoul; two may be missed.
async fn ten(app: &TestApp, class: &TestClass, before: u32) -> Vec<Uuid> {
    let mut lectures = vec![app.lecture(class, "2026-08-31T01:00:00Z").await];
    for day in 1..=9 {
        lectures.push(app.lecture(class, &format!("2026-09-{day:02}T{:02}:00:00Z", 1 - before)).await);
    }
    lectures
}

async fn told(app: &TestApp, class: &TestClass) -> Vec<(String, Option<Uuid>)> {
    let yard = app.app.services().yard.clone();
    let mut session = yard.store.session().await.unwrap();
    let events = session.events().of_subject(class.id).await.unwrap();
    events
        .into_iter()
        .filter(|event| event.kind.starts_with("attendance."))
        .map(|event| (event.kind, event.user_id.map(|user| user.0)))
        .collect()
}

/// Marks by somebody who has just signed in: days go by between the marks.
async fn mark(app: &TestApp, lecture: Uuid, learner: &Client, status: &str) -> Uuid {
    let mark = json!({"user_id": learner.id, "status": status});
    app.manager().await.post(&format!("/lectures/{lecture}/attendances"), mark).await.expect(201).id()
}

/// A minute later, everything that is due is done.
async fn a_minute_later(app: &TestApp) {
    app.advance(TimeDelta::minutes(1));
    app.work().await;
}

fn at_risk(learner: &Client) -> (String, Option<Uuid>) {
    ("attendance.at_risk".to_owned(), Some(learner.id))
}

fn unreachable(learner: &Client) -> (String, Option<Uuid>) {
    ("attendance.unreachable".to_owned(), Some(learner.id))
}

api_test! {
    async fn at_risk_and_unreachable_are_told_once_each(app) {
        let class = app.class().await;
        let lectures = ten(&app, &class, 1).await;
        let (learner, other) = (app.learner_in(&class, "김하늘").await, app.learner_in(&class, "박바다").await);
        let day = TimeDelta::days(1);
        for lecture in &lectures[..2] {
            mark(&app, *lecture, &other, "present").await;
            mark(&app, *lecture, &learner, "present").await;
        }
        app.work().await;
        assert_eq!(told(&app, &class).await, []);

        // One is missed, so that one more may be: at risk, and told once, however often it is looked.
        app.advance(day);
        mark(&app, lectures[2], &learner, "absent").await;
        mark(&app, lectures[2], &other, "present").await;
        for _ in 0..3 {
            a_minute_later(&app).await;
            assert_eq!(told(&app, &class).await, [at_risk(&learner)]);
        }

        // The third absence is one too many. Two workers look at the same moment.
        for lecture in [lectures[3], lectures[4]] {
            app.advance(day);
            mark(&app, lecture, &learner, "absent").await;
            mark(&app, lecture, &other, "present").await;
            app.advance(TimeDelta::minutes(1));
            let sweep = || async { WarningService::new(app.app.services().yard.clone()).sweep(day).await.unwrap() };
            join(join(sweep(), sweep()), app.work()).await;
        }
        a_minute_later(&app).await;
        assert_eq!(told(&app, &class).await, [at_risk(&learner), unreachable(&learner)]);
        let path = format!("/classes/{}/learners/{}/explain", class.id, learner.id);
        let forecast = &app.client_of(learner.id).await.get(&path).await.expect(200).body["assessment"]["forecast"];
        assert_eq!(forecast["unreachable_since"], json!("2026-09-04T00:00:00Z"));
    }

    async fn what_ends_a_check_in_or_goes_by_unmarked_is_told_too(app) {
        let class = app.class().await;
        let lectures = ten(&app, &class, 0).await;
        let learner = app.learner_in(&class, "김하늘").await;
        mark(&app, lectures[0], &learner, "present").await;
        // The second lecture is under way: nobody has checked in when its check-in ends.
        app.client_of(class.lecturer.id).await.post(&format!("/lectures/{}/check-in-session", lectures[1]), json!({"closes_at": "2026-09-01T01:30:00Z"})).await.expect(201);
        app.work().await;
        assert_eq!(told(&app, &class).await, []);
        app.advance(TimeDelta::minutes(30));
        app.work().await;
        a_minute_later(&app).await;
        assert_eq!(told(&app, &class).await, [at_risk(&learner)]);
        // Two more lectures end without a mark.
        app.advance(TimeDelta::days(2) + TimeDelta::hours(1));
        app.work().await;
        assert_eq!(told(&app, &class).await, [at_risk(&learner), unreachable(&learner)]);
    }

    async fn a_mark_that_was_removed_is_told_by_the_class_that_it_was_in(app) {
        let class = app.class().await;
        let lectures = ten(&app, &class, 1).await;
        let learner = app.learner_in(&class, "김하늘").await;
        let first = mark(&app, lectures[0], &learner, "present").await;
        mark(&app, lectures[1], &learner, "present").await;
        app.advance(TimeDelta::hours(10));
        let sweep = WarningSweep::new(WarningService::new(app.app.services().yard.clone()));
        let job = NewJob::new(sweep.kind(), json!({})).into_job(&app.app.services().yard);
        sweep.run(&job).await.unwrap();
        assert_eq!(told(&app, &class).await, []);
        // Long after the lectures, so that nothing but the removal leads there; a server that has looked before looks back to then only.
        app.advance(TimeDelta::hours(1));
        sweep.run(&job).await.unwrap();
        app.client_of(class.lecturer.id).await.delete(&format!("/attendances/{first}")).await.expect(204);
        app.advance(TimeDelta::minutes(1));
        sweep.run(&job).await.unwrap();
        assert_eq!(told(&app, &class).await, [at_risk(&learner)]);
    }

    async fn who_has_left_is_told_nothing(app) {
        let class = app.class().await;
        let lectures = ten(&app, &class, 1).await;
        let learner = app.learner("김하늘").await;
        let place = json!({"user_id": learner.id, "role": "learner", "enrolled_on": "2026-06-01"});
        let place = class.lecturer.post(&format!("/classes/{}/enrolments", class.id), place).await.expect(201).id();
        mark(&app, lectures[0], &learner, "absent").await;
        mark(&app, lectures[1], &learner, "present").await;
        app.client_of(class.lecturer.id).await.patch(&format!("/enrolments/{place}"), json!({"left_on": "2026-09-01"})).await.expect(200);
        app.work().await;
        a_minute_later(&app).await;
        assert_eq!(told(&app, &class).await, []);
    }
}
