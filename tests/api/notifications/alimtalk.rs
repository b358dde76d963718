//! What goes out as an Alimtalk, through the real clients, to servers that speak as the relays do: taken once, and looked up until its
//! end is known.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use chrono::TimeDelta;
use madang_delivery::{NhnAlimtalk, NhnSettings, SolapiAlimtalk, SolapiSettings};
use madang_domain::channels::{Channel, Channels, Message, MessageChannel, Outcome};
use madang_testing::{FakeNhn, FakeSolapi, Reaction};
use madang_tests::{Client, TestApp, TestClass, api_test, json};
use serde_json::Value;
use uuid::Uuid;

const MINUTE: TimeDelta = TimeDelta::minutes(1);
/// How long clients wait for a relay here.
const PATIENCE: Duration = Duration::from_millis(400);
const TEMPLATES: (&str, &str) = ("ALIMTALK_TEMPLATES", "absence=ABSENCE,certificate_issued=ISSUED");

/// A relay, as the stories see it.
enum Relay {
    Nhn(FakeNhn),
    Solapi(FakeSolapi),
}

impl Relay {
    async fn both() -> [Self; 2] {
        [Self::Nhn(FakeNhn::start().await), Self::Solapi(FakeSolapi::start().await)]
    }

    fn channel(&self, app: &TestApp, within: Duration) -> Arc<dyn MessageChannel> {
        let (clock, sms_from, within) = (app.clock.clone(), Some("0212345678".to_owned()), Some(within));
        match self {
            Self::Nhn(server) => {
                let settings = NhnSettings {
                    app_key: "app".to_owned(),
                    secret_key: "secret".to_owned(),
                    sender_key: "sender".to_owned(),
                    sms_from,
                    host: server.url().to_owned(),
                };
                Arc::new(NhnAlimtalk::new(settings, clock, within).unwrap())
            }
            Self::Solapi(server) => {
                let settings = SolapiSettings {
                    api_key: "NCSAYU7YDBXYORXC".to_owned(),
                    api_secret: "s3cret".to_owned(),
                    pf_id: "KA01PF".to_owned(),
                    sms_from,
                    host: server.url().to_owned(),
                };
                Arc::new(SolapiAlimtalk::new(settings, clock, within).unwrap())
            }
        }
    }

    fn channels(&self, app: &TestApp) -> Channels {
        Channels::new([self.channel(app, PATIENCE * 20)])
    }

    fn say(&self, reaction: Reaction) {
        match self {
            Self::Nhn(server) => server.say([reaction]),
            Self::Solapi(server) => server.say([reaction]),
        }
    }

    fn deliver(&self) {
        match self {
            Self::Nhn(server) => server.end("COMPLETED", "MRC01", "RSC01"),
            Self::Solapi(server) => server.end("4000"),
        }
    }

    fn fall_behind(&self, is_behind: bool) {
        match self {
            Self::Nhn(server) => server.fall_behind(is_behind),
            Self::Solapi(server) => server.fall_behind(is_behind),
        }
    }

    fn slow_down(&self, delay: Duration) {
        match self {
            Self::Nhn(server) => server.slow_down(delay),
            Self::Solapi(server) => server.slow_down(delay),
        }
    }

    /// How many messages it has taken.
    fn taken(&self) -> usize {
        match self {
            Self::Nhn(server) => server.taken().len(),
            Self::Solapi(server) => server.taken().len(),
        }
    }

    /// How often it was asked to send, and how often what has become of a message.
    fn asked(&self) -> (usize, usize) {
        let requests = match self {
            Self::Nhn(server) => server.requests(),
            Self::Solapi(server) => server.requests(),
        };
        let sent = requests.iter().filter(|request| request.method == "POST").count();
        (sent, requests.len() - sent)
    }
}

/// The process ends when the first message has left, before anybody has heard what became of it.
struct Dying(Arc<dyn MessageChannel>, AtomicBool);

#[async_trait]
impl MessageChannel for Dying {
    fn channel(&self) -> Channel {
        self.0.channel()
    }

    async fn send(&self, message: &Message) -> Outcome {
        let outcome = self.0.send(message).await;
        assert!(self.1.swap(true, Ordering::SeqCst), "the process dies here");
        outcome
    }

    async fn look_up(&self, message: &Message, reference: Option<&str>) -> Outcome {
        self.0.look_up(message, reference).await
    }
}

/// A learner with a phone who wants an Alimtalk of this kind.
async fn reachable(app: &TestApp, class: &TestClass, kind: &str) -> Client {
    let learner = app.learner_in(class, "김하늘").await;
    learner.patch("/users/me", json!({"phone": "010-1234-5678"})).await.expect(200);
    let kinds = json!([{"kind": kind, "email": "off", "push": false, "alimtalk": true}]);
    let body = json!({"language": "ko", "quiet_hours": null, "kinds": kinds});
    learner.put("/notification-preferences", body).await.expect(200);
    learner
}

/// Somebody was absent, and it is time to say so.
async fn absent(app: &TestApp) -> (Client, Uuid) {
    let class = app.class().await;
    let learner = reachable(app, &class, "absence").await;
    let yesterday = (app.now() - TimeDelta::days(1)).to_rfc3339();
    let body = json!({"title": "차시", "lecture_date": yesterday, "duration_minutes": 60});
    let manager = app.manager().await;
    let lecture = manager.post(&format!("/classes/{}/lectures", class.id), body).await.expect(201).id();
    let mark = json!({"user_id": learner.id, "status": "absent"});
    let mark = manager.post(&format!("/lectures/{lecture}/attendances"), mark).await.expect(201).id();
    app.advance(MINUTE * 11);
    (learner, mark)
}

async fn dead(app: &TestApp) -> Vec<String> {
    let jobs = app.admin().await.get("/admin/jobs?status=dead").await.expect(200);
    jobs.items().iter().map(|job| job["last_error"].as_str().unwrap().to_owned()).collect()
}

/// How far messages have come, the latest last.
async fn states(app: &TestApp) -> Vec<String> {
    app.owner.read("SELECT state AS value FROM notice_deliveries ORDER BY asked_at").await.unwrap()
}

async fn state(app: &TestApp) -> String {
    states(app).await.pop().unwrap_or_default()
}

/// So much time goes by, and all that becomes due is done.
async fn pass(app: &TestApp, channels: &Channels, minutes: i32) {
    for _ in 0..minutes {
        app.work_over(channels).await;
        app.advance(MINUTE);
    }
    app.work_over(channels).await;
}

/// Everything that is under way arrives: what comes next is a story of its own.
async fn end(app: &TestApp, relay: &Relay, channels: &Channels) {
    relay.deliver();
    for _ in 0..3 {
        app.advance(TimeDelta::hours(1));
        app.work_over(channels).await;
    }
    assert_eq!(state(app).await, "accepted");
}

api_test! {
    async fn what_a_relay_has_taken_is_looked_up_until_it_is_delivered(app, [TEMPLATES]) {
        for relay in Relay::both().await {
            let channels = relay.channels(&app);
            absent(&app).await;
            app.work_over(&channels).await;
            assert_eq!((relay.asked(), state(&app).await.as_str()), ((1, 0), "pending"));
            app.advance(TimeDelta::seconds(29));
            app.work_over(&channels).await;
            assert_eq!(relay.asked(), (1, 0), "not asked yet");
            pass(&app, &channels, 10).await;
            let (sent, asked) = relay.asked();
            assert!(sent == 1 && (2..10).contains(&asked), "asked after longer and longer pauses: {asked}");
            assert_eq!(state(&app).await, "pending");
            relay.deliver();
            pass(&app, &channels, 20).await;
            assert_eq!((relay.taken(), state(&app).await.as_str()), (1, "accepted"));
            let asked = relay.asked();
            pass(&app, &channels, 20).await;
            assert_eq!(relay.asked(), asked, "that was all");
        }
        assert_eq!(dead(&app).await, [""; 0]);
    }

    async fn a_certificate_goes_out_with_the_words_of_its_template(app, [TEMPLATES]) {
        let nhn = FakeNhn::start().await;
        let class = app.class().await;
        let learner = reachable(&app, &class, "certificate_issued").await;
        let body = json!({"course_id": class.course, "user_id": learner.id, "override_reason": "시험"});
        app.manager().await.post("/certifications", body).await.expect(201);
        let relay = Relay::Nhn(nhn);
        app.work_over(&relay.channels(&app)).await;
        let Relay::Nhn(nhn) = &relay else { unreachable!() };
        let sent = nhn.requests()[0].json();
        assert_eq!(sent["templateCode"], "ISSUED");
        let recipient = &sent["recipientList"][0];
        assert_eq!((&recipient["recipientNo"], &recipient["resendParameter"]["resendSendNo"]), (&json!("01012345678"), &json!("0212345678")));
        assert!(recipient["templateParameter"].as_object().unwrap().values().any(|value| value == "수채화 기초"), "{recipient}");
    }

    async fn a_failure_within_a_success_is_one_and_is_not_tried_again(app, [TEMPLATES]) {
        for relay in Relay::both().await {
            let channels = relay.channels(&app);
            relay.say(match &relay {
                Relay::Nhn(_) => FakeNhn::answer(0, &json!({"message": {"requestId": "x", "sendResults": [{"recipientSeq": 1, "resultCode": -3_014}]}})),
                Relay::Solapi(_) => Reaction::Answer(200, json!({
                    "groupInfo": {"groupId": "G4V1"}, "messageList": [],
                    "failedMessageList": [{"to": "01012345678", "statusCode": "1062", "statusMessage": "발신번호 미등록"}],
                })),
            });
            absent(&app).await;
            pass(&app, &channels, 15).await;
            assert_eq!((relay.asked(), state(&app).await.as_str()), ((1, 0), "refused"));
        }
        let mut reasons = dead(&app).await;
        reasons.sort();
        assert_eq!(reasons, ["NHN Cloud refused the recipient: -3014", "Solapi refused the message: 1062"]);
    }

    async fn a_setting_that_somebody_mends_keeps_nothing_from_being_sent_later(app, [TEMPLATES]) {
        for relay in Relay::both().await {
            let channels = relay.channels(&app);
            relay.say(match &relay {
                Relay::Nhn(_) => FakeNhn::answer(-1_000, &json!({})),
                Relay::Solapi(_) => Reaction::Answer(402, json!({"errorCode": "NotEnoughBalance", "errorMessage": "잔액 부족"})),
            });
            absent(&app).await;
            app.work_over(&channels).await;
            assert_eq!((relay.taken(), state(&app).await.as_str()), (0, "later"));
            pass(&app, &channels, 1).await;
            assert_eq!((relay.taken(), relay.asked().0, state(&app).await.as_str()), (1, 2, "pending"));
            end(&app, &relay, &channels).await;
        }
    }

    async fn where_kakao_fails_the_text_message_in_its_place_decides(app, [TEMPLATES]) {
        for (ends, expected) in [(("COMPLETED", "MRC02", "RSC04"), "accepted"), (("COMPLETED", "MRC02", "RSC05"), "refused")] {
            let relay = Relay::Nhn(FakeNhn::start().await);
            let Relay::Nhn(nhn) = &relay else { unreachable!() };
            let channels = relay.channels(&app);
            absent(&app).await;
            nhn.end("COMPLETED", "MRC02", "RSC03");
            pass(&app, &channels, 3).await;
            assert_eq!(state(&app).await, "pending", "the text message is on its way");
            nhn.end(ends.0, ends.1, ends.2);
            pass(&app, &channels, 10).await;
            assert_eq!((state(&app).await.as_str(), relay.taken()), (expected, 1));
        }
        assert_eq!(dead(&app).await, ["not delivered: MRC02"]);
    }

    async fn what_was_taken_without_a_word_is_looked_up_and_never_sent_again(app, [TEMPLATES]) {
        for relay in Relay::both().await {
            let channels = Channels::new([relay.channel(&app, PATIENCE)]);
            for reaction in [Reaction::Cut, Reaction::Silence] {
                let before = relay.taken();
                relay.say(reaction);
                absent(&app).await;
                app.work_over(&channels).await;
                assert_eq!((relay.taken(), state(&app).await.as_str()), (before + 1, "pending"));
                pass(&app, &channels, 15).await;
                assert_eq!((relay.taken(), relay.asked().0), (before + 1, before + 1));
            }
            relay.deliver();
            pass(&app, &channels, 40).await;
            assert_eq!(relay.asked().0, 2);
        }
        assert_eq!(states(&app).await, ["accepted"; 4]);
    }

    async fn what_was_never_taken_is_sent_once_that_is_sure_and_no_third_time(app, [TEMPLATES]) {
        for relay in Relay::both().await {
            let channels = relay.channels(&app);
            relay.say(Reaction::AnswerWith(500, vec![], ""));
            absent(&app).await;
            pass(&app, &channels, 9).await;
            assert_eq!((relay.asked().0, state(&app).await.as_str()), (1, "pending"), "nobody knows");
            // The second time it is taken, but nobody hears of it, and the lists do not show it for a while.
            relay.say(Reaction::Cut);
            relay.fall_behind(true);
            let mut minutes = 9;
            while relay.asked().0 == 1 {
                pass(&app, &channels, 1).await;
                minutes += 1;
                assert!(minutes < 40, "it is sent again");
            }
            pass(&app, &channels, 8).await;
            assert_eq!((relay.asked().0, relay.taken(), state(&app).await.as_str()), (2, 1, "pending"));
            relay.fall_behind(false);
            relay.deliver();
            pass(&app, &channels, 40).await;
            assert_eq!((relay.asked().0, relay.taken(), state(&app).await.as_str()), (2, 1, "accepted"));
        }
    }

    async fn a_process_that_dies_while_it_sends_leaves_nothing_to_be_sent_twice(app, [TEMPLATES]) {
        for relay in Relay::both().await {
            let dying = Arc::new(Dying(relay.channel(&app, PATIENCE * 20), AtomicBool::default()));
            let channels = Channels::new([dying as Arc<dyn MessageChannel>]);
            absent(&app).await;
            app.work_over(&channels).await;
            assert_eq!((relay.taken(), state(&app).await.as_str()), (1, "sending"));
            relay.deliver();
            pass(&app, &channels, 5).await;
            assert_eq!((relay.asked().0, relay.taken(), state(&app).await.as_str()), (1, 1, "accepted"));
        }
    }

    async fn a_relay_that_asks_for_time_is_given_it(app, [TEMPLATES]) {
        for relay in Relay::both().await {
            let channels = relay.channels(&app);
            relay.say(Reaction::AnswerWith(429, vec![("retry-after", "300")], ""));
            absent(&app).await;
            app.work_over(&channels).await;
            app.advance(TimeDelta::seconds(299));
            app.work_over(&channels).await;
            assert_eq!((relay.asked().0, relay.taken()), (1, 0));
            app.advance(TimeDelta::seconds(1));
            app.work_over(&channels).await;
            assert_eq!((relay.asked().0, relay.taken()), (2, 1));
            end(&app, &relay, &channels).await;
        }
    }

    async fn a_mark_that_is_corrected_while_a_relay_is_away_is_not_told(app, [TEMPLATES]) {
        for relay in Relay::both().await {
            let channels = relay.channels(&app);
            relay.say(Reaction::AnswerWith(503, vec![], ""));
            let (_, mark) = absent(&app).await;
            app.work_over(&channels).await;
            assert_eq!(relay.asked().0, 1);
            app.manager().await.patch(&format!("/attendances/{mark}"), json!({"status": "present"})).await.expect(200);
            pass(&app, &channels, 10).await;
            assert_eq!((relay.asked().0, relay.taken()), (1, 0));
        }
    }

    async fn a_slow_relay_is_waited_for(app, [TEMPLATES]) {
        for relay in Relay::both().await {
            let channels = relay.channels(&app);
            relay.slow_down(Duration::from_millis(200));
            relay.deliver();
            absent(&app).await;
            pass(&app, &channels, 3).await;
            assert_eq!((relay.asked().0, state(&app).await.as_str()), (1, "accepted"));
        }
    }

    async fn a_relay_that_never_tells_is_given_up_after_hours_and_an_operator_sees_it(app, [TEMPLATES]) {
        let relay = Relay::Solapi(FakeSolapi::start().await);
        let channels = relay.channels(&app);
        absent(&app).await;
        for _ in 0..30 {
            app.work_over(&channels).await;
            app.advance(TimeDelta::hours(1));
        }
        assert_eq!((relay.asked().0, relay.taken(), state(&app).await.as_str()), (1, 1, "pending"));
        let jobs: Vec<Value> = app.admin().await.get("/admin/jobs?status=dead").await.expect(200).items().clone();
        let seen: Vec<_> = jobs.iter().map(|job| (job["kind"].as_str().unwrap(), job["last_error"].as_str().unwrap())).collect();
        assert_eq!(seen, [("notice.look_up", "the channel does not know yet")]);
    }
}
