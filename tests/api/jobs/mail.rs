//! Mails: kept with their cause, sent after it, tried again, given up.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use madang_delivery::{Sender, SmtpMailer};
use madang_domain::{
    mail::{self, MailMessage},
    text::Email,
};
use madang_testing::{FakeSmtpServer, SmtpManner};
use madang_tests::{TestApp, api_test};

fn message() -> MailMessage {
    MailMessage::new(&Email::parse("haneul@example.com").unwrap(), "제목", "본문")
}

async fn enqueue(app: &TestApp, commits: bool) {
    let yard = &app.app.services().yard;
    let mut unit = yard.store.begin().await.unwrap();
    mail::enqueue(&mut *unit, yard, message()).await.unwrap();
    if commits { unit.commit().await.unwrap() } else { unit.rollback().await.unwrap() }
}

async fn jobs(app: &TestApp) -> Vec<(String, i64)> {
    let jobs = app.admin().await.get("/admin/jobs?kind=mail.send").await.expect(200);
    let one = |job: &serde_json::Value| {
        (job["status"].as_str().unwrap().to_owned(), job["attempts"].as_i64().unwrap())
    };
    jobs.items().iter().map(one).collect()
}

api_test! {
    async fn a_mail_is_sent_once_its_cause_is_kept(app) {
        enqueue(&app, false).await;
        assert!(app.mails().await.is_empty(), "its cause was not kept");
        enqueue(&app, true).await;
        let mails = app.mails().await;
        assert_eq!((mails[0].to(), mails[0].subject(), mails[0].text()), ("haneul@example.com", "제목", "본문"));
        assert_eq!(app.mails().await.len(), 1, "once");
    }

    async fn a_mail_that_is_put_off_is_sent_later_and_one_that_is_refused_given_up(app) {
        let server = FakeSmtpServer::start([SmtpManner::PutOff, SmtpManner::CutAfterData, SmtpManner::Accept, SmtpManner::Refuse]).await;
        let sender = Sender::parse("마당 <no-reply@example.org>").unwrap();
        let mailer = Arc::new(SmtpMailer::new(&server.url(), sender, Duration::from_secs(20)).unwrap());
        enqueue(&app, true).await;
        for attempt in 1..=3 {
            app.work_with(mailer.clone()).await;
            let status = if attempt < 3 { "scheduled" } else { "succeeded" };
            assert_eq!(jobs(&app).await, [(status.to_owned(), attempt)]);
            app.advance(TimeDelta::minutes(1));
        }
        let ids: Vec<_> = server.mails().iter().map(|mail| mail.header("Message-ID").unwrap()).collect();
        assert_eq!((ids.len(), &ids[0]), (2, &ids[1]), "taken twice, told apart by nothing but the attempt");
        enqueue(&app, true).await;
        app.work_with(mailer).await;
        assert_eq!(jobs(&app).await[0], ("dead".to_owned(), 1));
    }
}
