//! `GET /notifications/stream`: what happens in an inbox, as it happens.

use chrono::TimeDelta;
use madang_persistence::{Database, DatabaseOptions};
use madang_tests::{Events, TestApp, api_test, json};
use reqwest::Method;

const STREAM: &str = "/notifications/stream";

api_test! {
    async fn an_inbox_is_shown_and_then_as_it_changes(app) {
        let (learner, other) = (app.learner("김하늘").await, app.learner("박바다").await);
        let first = app.notice_to(&learner).await;
        let mut events = Events::of(&learner, STREAM).await;
        let (_, snapshot) = events.named("snapshot").await;
        assert_eq!((&snapshot["unread"], &snapshot["items"][0]["id"]), (&json!(1), &json!(first)));
        app.advance(TimeDelta::minutes(1));
        app.notice_to(&other).await;
        let second = app.notice_to(&learner).await;
        let (id, told) = events.named("notice").await;
        assert_eq!((&told["unread"], &told["notification"]["id"]), (&json!(2), &json!(second)));
        assert_eq!(id, app.now().timestamp_micros().to_string());
        app.advance(TimeDelta::minutes(1));
        learner.patch(&format!("/notifications/{first}/read"), json!({})).await.expect(200);
        let (_, read) = events.named("notice").await;
        assert_eq!((&read["unread"], &read["notification"]["id"]), (&json!(1), &json!(first)));
        learner.delete(&format!("/notifications/{second}")).await.expect(204);
        let (_, removed) = events.named("removed").await;
        assert_eq!(removed, json!({"unread": 0, "id": second}));
    }

    async fn who_comes_back_is_told_what_happened_since(app) {
        let learner = app.learner("김하늘").await;
        let old = app.notice_to(&learner).await;
        app.advance(TimeDelta::minutes(5));
        let (id, _) = Events::of(&learner, STREAM).await.named("snapshot").await;
        app.advance(TimeDelta::minutes(5));
        let new = app.notice_to(&learner).await;
        app.advance(TimeDelta::minutes(5));
        learner.delete(&format!("/notifications/{old}")).await.expect(204);
        let by_header = learner.request(Method::GET, STREAM).header("Last-Event-ID", &id);
        let by_query = learner.request(Method::GET, &format!("{STREAM}?last_event_id={id}"));
        for request in [by_header, by_query] {
            let mut events = Events::from(request.send().await.unwrap());
            assert_eq!(events.named("resume").await.1, json!({"unread": 1}));
            assert_eq!(events.named("notice").await.1["notification"]["id"], json!(new));
            assert_eq!(events.named("removed").await.1["id"], json!(old));
        }
    }

    async fn a_ticket_opens_it_once_and_nothing_else(app) {
        let learner = app.learner("김하늘").await;
        app.notice_to(&learner).await;
        let ticket = learner.post("/notifications/stream-ticket", json!({})).await.expect(200).string("ticket");
        let anonymous = app.anonymous();
        let mut events = Events::of(&anonymous, &format!("{STREAM}?ticket={ticket}")).await;
        assert_eq!(events.named("snapshot").await.1["unread"], json!(1));
        anonymous.get(&format!("{STREAM}?ticket={ticket}")).await.expect_problem(401, "TOKEN_INVALID");
        let late = learner.post("/notifications/stream-ticket", json!({})).await.expect(200).string("ticket");
        app.advance(TimeDelta::seconds(31));
        anonymous.get(&format!("{STREAM}?ticket={late}")).await.expect_problem(401, "TOKEN_INVALID");
        anonymous.get(STREAM).await.expect_problem(401, "UNAUTHENTICATED");
    }

    async fn it_ends_with_the_sign_in(app) {
        let learner = app.learner("김하늘").await;
        let mut events = Events::of(&learner, STREAM).await;
        events.named("snapshot").await;
        learner.delete(&format!("/auth/sessions/{}", learner.session)).await.expect(204);
        app.advance(TimeDelta::seconds(6));
        assert_eq!(events.named("end").await.1, json!({"reason": "signed_out"}));
        assert!(events.next().await.is_none());
    }
}

#[actix_web::test]
async fn what_happens_on_one_node_is_told_on_another() {
    let app = TestApp::on_postgres(&[]).await;
    let learner = app.learner("김하늘").await;
    let mut events = Events::of(&learner, STREAM).await;
    events.named("snapshot").await;
    let other_node = Database::open(app.owner.url(), DatabaseOptions::default()).unwrap();
    let notice = app.notice_through(&other_node, &learner).await;
    assert_eq!(events.named("notice").await.1["notification"]["id"], json!(notice));
}
