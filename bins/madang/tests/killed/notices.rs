//! Announcements to a class, by mail, push and Alimtalk, through the real clients to servers that count: one person gets one notice once
//! over each channel. An Alimtalk is taken once, whoever de-duplicates; a mail and a push carry one id.

use std::collections::{BTreeMap, BTreeSet};

use base64::{Engine, prelude::BASE64_STANDARD};
use madang_testing::{FakeGoogle, FakeNhn, FakeSmtpServer};
use madang_tests::{Client, TestApp, TestClass, json};
use serde_json::Value;

use crate::chaos::{Chaos, how_many};

const LEARNERS: usize = 20;
const CHANNELS: usize = 3;
const KINDS: &str = "'notices.announce', 'notice.send', 'notice.look_up'";

#[actix_web::test]
async fn everybody_is_told_once_on_sqlite_when_processes_are_killed() {
    everybody_is_told_once(TestApp::on_sqlite(&[]).await).await;
}

#[actix_web::test]
async fn everybody_is_told_once_on_postgres_when_processes_are_killed() {
    everybody_is_told_once(TestApp::on_postgres(&[]).await).await;
}

async fn everybody_is_told_once(app: TestApp) {
    let (mails, google, nhn) =
        (FakeSmtpServer::start([]).await, FakeGoogle::start().await, FakeNhn::start().await);
    nhn.end("COMPLETED", "MRC01", "RSC01");
    let folder = tempfile::tempdir().unwrap();
    let account = folder.path().join("account.json");
    std::fs::write(&account, FakeGoogle::account()).unwrap();
    let settings = [
        ("SMTP_URL", mails.url()),
        ("MAIL_FROM", "no-reply@example.org".to_owned()),
        ("FCM_SERVICE_ACCOUNT_FILE", account.display().to_string()),
        ("FCM_URL", google.url().to_owned()),
        ("FCM_TOKEN_URL", format!("{}/token", google.url())),
        ("NHN_URL", nhn.url().to_owned()),
        ("NHN_APP_KEY", "app".to_owned()),
        ("NHN_SECRET_KEY", "secret".to_owned()),
        ("NHN_SENDER_KEY", "sender".to_owned()),
        ("ALIMTALK_TEMPLATES", "announcement=NEWS".to_owned()),
    ];
    let news = (how_many() / LEARNERS / CHANNELS).max(2);
    announce(&app, &hall(&app).await, news).await;
    let (told, count) = (LEARNERS * news, LEARNERS * news * CHANNELS);
    // What nobody has heard of is looked for until it is ten minutes old.
    let moments = [("notice_deliveries", "asked_at")];
    let chaos = Chaos { db: &app.owner, settings: &settings, kinds: KINDS, count, moments: &moments };
    chaos.reign(|| mails.count() + google.count() + nhn.count()).await;

    let pushed = google.messages();
    check_pushes(&pushed, news);
    check_mails(&mails, news);
    let taken = nhn.taken();
    let phones: BTreeSet<&str> = taken.iter().map(|one| one["recipientNo"].as_str().unwrap()).collect();
    let keys: BTreeSet<&str> =
        taken.iter().map(|one| one["recipientGroupingKey"].as_str().unwrap()).collect();
    assert_eq!((taken.len(), keys.len(), phones.len()), (told, told, LEARNERS));
    let states = "SELECT DISTINCT state AS value FROM notice_deliveries";
    assert_eq!(app.owner.read(states).await.unwrap(), ["accepted"]);
    eprintln!(
        "{told} notices over {CHANNELS} channels: {} mails and {} pushes came again, under the same ids",
        mails.count() - told,
        pushed.len() - told
    );
}

/// A class whose learners are reached over every channel.
async fn hall(app: &TestApp) -> TestClass {
    let class = app.class().await;
    for number in 0..LEARNERS {
        let learner: Client = app.learner_in(&class, "김하늘").await;
        app.reach_by_mail(&learner, &format!("learner{number}@example.com")).await;
        learner.patch("/users/me", json!({"phone": format!("010-2000-{number:04}")})).await.expect(200);
        let device = json!({"token": format!("device{number}"), "platform": "android"});
        learner.post("/devices", device).await.expect(201);
        let kinds = json!([{"kind": "announcement", "email": "at_once", "push": true, "alimtalk": true}]);
        let body = json!({"language": "ko", "quiet_hours": null, "kinds": kinds});
        learner.put("/notification-preferences", body).await.expect(200);
    }
    class
}

async fn announce(app: &TestApp, class: &TestClass, news: usize) {
    let path = format!("/classes/{}/announcements", class.id);
    let lecturer = app.client_of(class.lecturer.id).await;
    for number in 0..news {
        let text = json!({"title": format!("{number:06}"), "body": "소식입니다."});
        lecturer.post(&path, text).await.expect(201);
    }
}

fn check_pushes(pushed: &[Value], news: usize) {
    let mut by_device = BTreeMap::<&str, BTreeMap<&str, &str>>::new();
    for push in pushed {
        let (title, tag) = (&push["notification"]["title"], &push["android"]["notification"]["tag"]);
        let device = by_device.entry(push["token"].as_str().unwrap()).or_default();
        let known = device.insert(title.as_str().unwrap(), tag.as_str().unwrap());
        assert!(known.is_none_or(|known| known == tag), "{title} has two tags");
    }
    assert_eq!(by_device.len(), LEARNERS);
    assert!(by_device.values().all(|device| device.len() == news));
}

fn check_mails(server: &FakeSmtpServer, news: usize) {
    let (mut known, mut by_recipient) = (BTreeSet::new(), BTreeMap::<String, Vec<String>>::new());
    for mail in server.mails() {
        if known.insert(mail.header("Message-ID").unwrap()) {
            let subjects = by_recipient.entry(mail.to.first().unwrap().clone()).or_default();
            subjects.push(read(&mail.header("Subject").unwrap()));
        }
    }
    assert_eq!(by_recipient.len(), LEARNERS);
    for subjects in by_recipient.values() {
        assert_eq!(subjects.len(), news);
        assert!(subjects.is_sorted(), "{subjects:?}");
    }
}

/// The text of encoded words (RFC 2047).
fn read(header: &str) -> String {
    let words = header.split_whitespace().map(|word| match word.strip_prefix("=?utf-8?b?") {
        Some(encoded) => BASE64_STANDARD.decode(encoded.trim_end_matches("?=")).unwrap(),
        None => word.as_bytes().to_vec(),
    });
    String::from_utf8(words.collect::<Vec<_>>().concat()).unwrap()
}
