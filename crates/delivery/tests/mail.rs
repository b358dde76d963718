//! Mails on their way out, through a real SMTP conversation.

#![expect(clippy::unwrap_used, reason = "a test is to fail where it goes wrong")]

use std::time::Duration;

use madang_delivery::{FolderMailer, MailSetupError, Sender, SmtpMailer};
use madang_domain::{
    ids::JobId,
    jobs::{JobFailure, JobOutcome},
    mail::{Attachment, MailMessage, Mailer},
    text::Email,
};
use madang_testing::{FakeSmtpServer, SmtpManner};

const ID: &str = "01980000-0000-7000-8000-000000000001";

fn id() -> JobId {
    JobId(ID.parse().unwrap())
}

fn sender() -> Sender {
    Sender::parse("마당 <no-reply@example.org>").unwrap()
}

fn message() -> MailMessage {
    let to = Email::parse("haneul@example.com").unwrap();
    MailMessage::new(&to, "비밀번호 재설정", "안녕하세요.\n.점으로 시작하는 줄\n")
}

async fn sent(server: &FakeSmtpServer, message: &MailMessage) -> JobOutcome {
    let limit = Duration::from_secs(20);
    SmtpMailer::new(&server.url(), sender(), limit).unwrap().send(id(), message).await
}

#[tokio::test]
async fn a_mail_arrives_with_korean_text_and_an_id_of_its_own() {
    let server = FakeSmtpServer::start([]).await;
    sent(&server, &message()).await.unwrap();
    let mail = &server.mails()[0];
    assert_eq!(
        (mail.from.as_str(), mail.to.as_slice()),
        ("no-reply@example.org", &["haneul@example.com".to_owned()][..])
    );
    assert_eq!(mail.header("Message-ID").unwrap(), format!("<{ID}@example.org>"));
    assert_eq!(mail.header("Auto-Submitted").unwrap(), "auto-generated");
    assert!(mail.header("Subject").unwrap().starts_with("=?utf-8?"), "{}", mail.data);
    assert!(mail.header("Content-Type").unwrap().contains("utf-8"));
    assert!(mail.header("Date").is_some());
}

#[tokio::test]
async fn a_mail_with_html_has_both_forms() {
    let server = FakeSmtpServer::start([]).await;
    sent(&server, &message().with_html("<p>안녕하세요.</p>")).await.unwrap();
    let data = &server.mails()[0].data;
    for part in ["multipart/alternative", "text/plain", "text/html"] {
        assert!(data.contains(part), "{data}");
    }
}

#[tokio::test]
async fn a_line_break_in_a_subject_smuggles_no_header_in() {
    let server = FakeSmtpServer::start([]).await;
    let to = Email::parse("haneul@example.com").unwrap();
    sent(&server, &MailMessage::new(&to, "Hello\r\nBcc: thief@example.com", "text")).await.unwrap();
    let mail = &server.mails()[0];
    assert_eq!(mail.header("Bcc"), None);
    assert_eq!(mail.to, ["haneul@example.com"]);
}

#[tokio::test]
async fn what_a_server_puts_off_may_be_tried_again() {
    for manner in [SmtpManner::PutOff, SmtpManner::LockOut, SmtpManner::CutAfterData] {
        let server = FakeSmtpServer::start([manner]).await;
        let outcome = sent(&server, &message()).await;
        assert!(matches!(outcome, Err(JobFailure::Temporary { .. })), "{manner:?}: {outcome:?}");
        sent(&server, &message()).await.unwrap();
    }
}

#[tokio::test]
async fn a_mail_that_was_taken_without_a_word_has_the_same_id_again() {
    let server = FakeSmtpServer::start([SmtpManner::CutAfterData]).await;
    sent(&server, &message()).await.unwrap_err();
    sent(&server, &message()).await.unwrap();
    let ids: Vec<_> = server.mails().iter().map(|mail| mail.header("Message-ID")).collect();
    assert_eq!(ids.len(), 2);
    assert_eq!(ids[0], ids[1]);
}

#[tokio::test]
async fn what_a_server_refuses_is_given_up_and_no_address_is_told() {
    let server = FakeSmtpServer::start([SmtpManner::Refuse]).await;
    let failure = sent(&server, &message()).await.unwrap_err();
    assert_eq!(failure, JobFailure::permanent("the mail server refused the mail: 550"));
    assert!(server.mails().is_empty());
}

#[tokio::test]
async fn a_server_that_says_nothing_is_given_up() {
    let server = FakeSmtpServer::start([SmtpManner::Hang]).await;
    let mailer = SmtpMailer::new(&server.url(), sender(), Duration::from_millis(200)).unwrap();
    let outcome = mailer.send(id(), &message()).await;
    assert!(matches!(outcome, Err(JobFailure::Temporary { .. })), "{outcome:?}");
}

#[tokio::test]
async fn a_server_that_is_not_there_may_be_tried_again() {
    let mailer = SmtpMailer::new("smtp://127.0.0.1:1", sender(), Duration::from_secs(5)).unwrap();
    let outcome = mailer.send(id(), &message()).await;
    assert!(matches!(outcome, Err(JobFailure::Temporary { .. })), "{outcome:?}");
}

#[tokio::test]
async fn files_go_with_a_mail_beside_its_text() {
    let server = FakeSmtpServer::start([]).await;
    let file = |name: &str| Attachment {
        name: name.to_owned(),
        media_type: "application/pdf".to_owned(),
        content: b"%PDF-1.7 \xFF".to_vec(),
    };
    sent(&server, &message().with_attachment(file("weekly.pdf"))).await.unwrap();
    sent(&server, &message().with_html("<p>안녕하세요.</p>").with_attachment(file("monthly.pdf")))
        .await
        .unwrap();
    let [plain, rich] = &server.mails()[..] else { panic!("two mails") };
    for part in
        ["multipart/mixed", "text/plain", "application/pdf", "filename=\"weekly.pdf\"", "JVBERi0xLjcg/w=="]
    {
        assert!(plain.data.contains(part), "{part}: {}", plain.data);
    }
    for part in ["multipart/mixed", "multipart/alternative", "text/html", "filename=\"monthly.pdf\""] {
        assert!(rich.data.contains(part), "{part}: {}", rich.data);
    }
}

#[tokio::test]
async fn without_a_server_a_mail_is_a_file_and_a_repetition_the_same_file() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("mail");
    let mailer = FolderMailer::new(&place, sender());
    for _ in 0..2 {
        mailer.send(id(), &message()).await.unwrap();
    }
    let files: Vec<_> = std::fs::read_dir(&place).unwrap().map(|file| file.unwrap().path()).collect();
    assert_eq!(files, [place.join(format!("{ID}.eml"))]);
    let letter = std::fs::read_to_string(&files[0]).unwrap();
    assert!(letter.contains("To: haneul@example.com"), "{letter}");
}

#[test]
fn settings_that_can_not_work_are_refused() {
    let open = |url: &str| SmtpMailer::new(url, sender(), Duration::from_secs(1)).map(drop);
    for bad in ["mail.example.org", "http://mail.example.org", "smtp://"] {
        assert!(matches!(open(bad), Err(MailSetupError::Address)), "{bad}");
    }
    for open_password in ["smtp://u:p@mail.example.org", "smtp://u:p@mail.example.org?tls=opportunistic"] {
        assert!(matches!(open(open_password), Err(MailSetupError::PasswordInTheOpen)));
    }
    for good in [
        "smtps://u:p@mail.example.org",
        "smtp://u:p@mail.example.org:587?tls=required",
        "smtp://mail",
        "smtp://u:p@127.0.0.1",
    ] {
        open(good).unwrap();
    }
    assert!(Sender::parse("nobody").is_err());
    assert!(Sender::parse("no-reply@example.org").is_ok());
}
