//! An outbox of half an hour: nothing is lost, and every recipient is told in order.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use chrono::TimeDelta;
use madang_domain::{
    clock::{Clock, FixedClock, SystemClock},
    ids::RandomIds,
    jobs::enqueue_all,
    mail::MailMessage,
    store::finish,
    text::Email,
    yard::Yard,
};
use madang_testing::{FakeSmtpServer, TestDatabase};

use crate::chaos::{Chaos, how_many};

const RECIPIENTS: usize = 40;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_on_sqlite_when_processes_are_killed() {
    nothing_is_lost(TestDatabase::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_on_postgres_when_processes_are_killed() {
    nothing_is_lost(TestDatabase::postgres().await).await;
}

async fn nothing_is_lost(db: TestDatabase) {
    let count = how_many();
    let server = FakeSmtpServer::start([]).await;
    fill(&db, count).await;
    let settings = [("SMTP_URL", server.url()), ("MAIL_FROM", "no-reply@example.org".to_owned())];
    let chaos = Chaos { db: &db, settings: &settings, kinds: "'mail.send'", count, moments: &[] };
    chaos.reign(|| server.count()).await;
    check(&server, count);
}

/// Each minute something for everybody.
async fn fill(db: &TestDatabase, count: usize) {
    let clock = Arc::new(FixedClock::at(SystemClock.now() - TimeDelta::minutes(30)));
    let yard = Yard { store: db.store(), clock: clock.clone(), ids: Arc::new(RandomIds) };
    for from in (0..count).step_by(count.div_ceil(30)) {
        let jobs = (from..count.min(from + count.div_ceil(30))).map(|number| {
            let recipient = number % RECIPIENTS;
            let to = Email::parse(format!("learner{recipient}@example.com")).unwrap();
            let mail = MailMessage::new(&to, &format!("{number:06}"), "알림입니다.");
            mail.into_job().in_order_of(format!("to {recipient}")).attempts(1_000)
        });
        let mut unit = yard.store.begin().await.unwrap();
        let outcome = enqueue_all(&mut *unit, &yard, jobs.collect::<Vec<_>>()).await;
        assert!(finish(unit, outcome).await.unwrap() > 0);
        clock.advance(TimeDelta::minutes(1));
    }
}

/// What the receiver has, taken once by its id: everything, and for each recipient in order.
fn check(server: &FakeSmtpServer, count: usize) {
    let (mut known, mut by_recipient) = (BTreeSet::new(), BTreeMap::<String, Vec<String>>::new());
    for mail in server.mails() {
        if known.insert(mail.header("Message-ID").unwrap()) {
            let recipient = mail.to.first().unwrap().clone();
            by_recipient.entry(recipient).or_default().push(mail.header("Subject").unwrap());
        }
    }
    assert_eq!(known.len(), count);
    assert_eq!(by_recipient.len(), RECIPIENTS.min(count));
    for subjects in by_recipient.values() {
        assert!(subjects.is_sorted(), "{subjects:?}");
    }
    eprintln!("{count} mails arrived, {} of them again", server.count() - count);
}
