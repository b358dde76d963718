//! Requests as receivers see them, and those that never leave.

use std::{
    net::SocketAddr,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use base64::{Engine, engine::general_purpose::STANDARD};
use madang_domain::{
    clock::{Clock, SystemClock},
    webhooks::SigningSecret,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use super::*;

/// A receiver on this machine that answers every request with these bytes, and keeps what it was sent.
struct Receiver {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Receiver {
    async fn answering(answer: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests: Arc<Mutex<Vec<String>>> = Arc::default();
        let kept = requests.clone();
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut request = Vec::new();
                while !complete(&request) {
                    let mut part = [0; 4_096];
                    let length = stream.read(&mut part).await.unwrap();
                    request.extend_from_slice(&part[..length]);
                }
                kept.lock().unwrap().push(String::from_utf8(request).unwrap());
                if answer.is_empty() {
                    // Says nothing, and holds the line.
                    tokio::spawn(async move {
                        let _held = stream;
                        std::future::pending::<()>().await;
                    });
                } else {
                    stream.write_all(answer.as_bytes()).await.unwrap();
                }
            }
        });
        Self { address, requests }
    }

    fn url(&self) -> String {
        format!("http://{}/hooks?of=madang", self.address)
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

fn complete(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head
        .lines()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    length.is_some_and(|length: usize| body.len() >= length)
}

fn header(request: &str, name: &str) -> String {
    let line = request.lines().find(|line| line.to_ascii_lowercase().starts_with(&format!("{name}: ")));
    line.map(|line| line[name.len() + 2..].to_owned()).unwrap()
}

fn post(url: &str) -> WebhookPost {
    WebhookPost {
        url: WebhookUrl::parse(url).unwrap(),
        id: "01980000-0000-7000-8000-000000000001".to_owned(),
        at: "2026-09-01T01:00:00Z".parse().unwrap(),
        body: r#"{"type":"lecture.cancelled","data":{"reason":"강사 사정"}}"#.to_owned(),
        secrets: vec![SigningSecret([7; 32]), SigningSecret([8; 32])],
    }
}

fn poster(targets: WebhookTargets) -> WebhookPoster {
    WebhookPoster::within(targets, Arc::new(SystemNames), Duration::from_millis(300)).unwrap()
}

const NO_CONTENT: &str = "HTTP/1.1 204 No Content\r\n\r\n";

#[tokio::test]
async fn a_request_is_one_that_the_library_of_the_specification_accepts_with_either_secret() {
    let receiver = Receiver::answering(NO_CONTENT).await;
    // The library looks at the clock of the machine.
    let sent = WebhookPost { at: SystemClock.now(), ..post(&receiver.url()) };
    let reply = poster(WebhookTargets::Any).post(&sent).await;
    assert_eq!(reply, Reply::Answered { status: 204, retry_after: None });
    let request = &receiver.requests()[0];
    assert!(request.starts_with("POST /hooks?of=madang HTTP/1.1\r\n"), "{request}");
    assert_eq!(header(request, "content-type"), "application/json");
    assert_eq!(header(request, "webhook-timestamp"), sent.at.timestamp().to_string());
    let mut headers = http::HeaderMap::new();
    for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
        headers.insert(name, header(request, name).parse().unwrap());
    }
    let body = request.split_once("\r\n\r\n").unwrap().1;
    for (secret, good) in [([7; 32], true), ([8; 32], true), ([9; 32], false)] {
        let receiver = standardwebhooks::Webhook::new(&format!("whsec_{}", STANDARD.encode(secret))).unwrap();
        let verified = receiver.verify(body.as_bytes(), &headers);
        assert_eq!(verified.is_ok(), good);
    }
}

#[tokio::test]
async fn nothing_goes_to_an_address_of_ones_own() {
    let receiver = Receiver::answering(NO_CONTENT).await;
    let poster = poster(WebhookTargets::Public);
    let port = receiver.address.port();
    for (url, problem) in [
        (format!("http://127.0.0.1:{port}/"), AddressProblem::NotHttps),
        (format!("https://127.0.0.1:{port}/"), AddressProblem::Private),
        (format!("https://0x7f000001:{port}/"), AddressProblem::Private),
        (format!("https://2130706433:{port}/"), AddressProblem::Private),
        (format!("https://127.1:{port}/"), AddressProblem::Private),
        (format!("https://[::1]:{port}/"), AddressProblem::Private),
        (format!("https://[::ffff:127.0.0.1]:{port}/"), AddressProblem::Private),
        ("https://169.254.169.254/latest/meta-data".to_owned(), AddressProblem::Private),
        (format!("https://localhost:{port}/"), AddressProblem::Private),
    ] {
        assert_eq!(poster.allows(&WebhookUrl::parse(&url).unwrap()), Err(problem), "{url}");
        assert_eq!(
            poster.post(&post(&url)).await,
            Reply::Nothing("requests may not go to this address"),
            "{url}"
        );
    }
    assert_eq!(poster.allows(&WebhookUrl::parse("https://hooks.example.org/x").unwrap()), Ok(()));
    assert!(receiver.requests().is_empty());
}

/// Names that lead elsewhere each time that they are asked for.
struct Rebinding {
    answers: Vec<Vec<&'static str>>,
    asked: AtomicUsize,
}

impl Names for Rebinding {
    fn resolve(&self, _: String) -> Resolving {
        let number = self.asked.fetch_add(1, Ordering::SeqCst);
        let answer: Vec<SocketAddr> =
            self.answers[number].iter().map(|ip| SocketAddr::new(ip.parse().unwrap(), 0)).collect();
        Box::pin(async move { Ok(Box::new(answer.into_iter()) as Addrs) })
    }
}

#[tokio::test]
async fn a_name_that_leads_into_a_network_of_ones_own_leads_nowhere_even_among_others_or_at_the_second_time()
{
    let receiver = Receiver::answering(NO_CONTENT).await;
    let answers =
        vec![vec!["127.0.0.1"], vec!["203.0.114.1", "127.0.0.1"], vec!["::ffff:10.0.0.1"], vec!["fd00::1"]];
    let count = answers.len();
    let names = Arc::new(Rebinding { answers, asked: AtomicUsize::new(0) });
    let poster =
        WebhookPoster::within(WebhookTargets::Public, names.clone(), Duration::from_millis(300)).unwrap();
    for _ in 0..count {
        let url = format!("https://hooks.example.org:{}/", receiver.address.port());
        let reply = poster.post(&post(&url)).await;
        let why = "the name of the endpoint leads to an address that is not public";
        assert_eq!(reply, Reply::Nothing(why));
    }
    // Asked anew each time: what was found once is not relied on.
    assert_eq!(names.asked.load(Ordering::SeqCst), count);
    assert!(receiver.requests().is_empty());
}

#[tokio::test]
async fn the_connection_goes_to_the_address_that_was_looked_at() {
    let receiver = Receiver::answering(NO_CONTENT).await;
    // Asked a second time, the name would lead to nobody.
    let names = Arc::new(Rebinding { answers: vec![vec!["127.0.0.1"]], asked: AtomicUsize::new(0) });
    let poster = WebhookPoster::within(WebhookTargets::Any, names, Duration::from_secs(5)).unwrap();
    let url = format!("http://hooks.example.org:{}/", receiver.address.port());
    assert_eq!(poster.post(&post(&url)).await, Reply::Answered { status: 204, retry_after: None });
    assert_eq!(receiver.requests().len(), 1);
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_not_followed() {
    let inside = Receiver::answering(NO_CONTENT).await;
    let answer =
        format!("HTTP/1.1 307 Temporary Redirect\r\nLocation: {}\r\nContent-Length: 0\r\n\r\n", inside.url());
    let receiver = Receiver::answering(Box::leak(answer.into_boxed_str())).await;
    let reply = poster(WebhookTargets::Any).post(&post(&receiver.url())).await;
    assert_eq!(reply, Reply::Answered { status: 307, retry_after: None });
    assert!(inside.requests().is_empty());
}

#[tokio::test]
async fn an_answer_without_end_is_not_waited_for() {
    let endless = "HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\nx";
    let receiver = Receiver::answering(endless).await;
    let reply = poster(WebhookTargets::Any).post(&post(&receiver.url())).await;
    assert_eq!(reply, Reply::Answered { status: 200, retry_after: None });
}

#[tokio::test]
async fn a_receiver_that_says_nothing_is_given_up() {
    let receiver = Receiver::answering("").await;
    let reply = poster(WebhookTargets::Any).post(&post(&receiver.url())).await;
    assert_eq!(reply, Reply::Nothing("the endpoint took too long"));
    let nobody = poster(WebhookTargets::Any).post(&post("http://127.0.0.1:1/")).await;
    assert_eq!(nobody, Reply::Nothing("the endpoint can't be reached, or its certificate is not good"));
}

#[tokio::test]
async fn how_long_to_wait_is_read_in_both_forms() {
    for (value, expected) in [
        ("120", Some(120)),
        ("Tue, 01 Sep 2026 01:00:30 GMT", Some(30)),
        ("Tue, 01 Sep 2026 00:00:00 GMT", Some(0)),
        ("soon", None),
    ] {
        let answer =
            format!("HTTP/1.1 429 Too Many Requests\r\nRetry-After: {value}\r\nContent-Length: 0\r\n\r\n");
        let receiver = Receiver::answering(Box::leak(answer.into_boxed_str())).await;
        let reply = poster(WebhookTargets::Any).post(&post(&receiver.url())).await;
        assert_eq!(reply, Reply::Answered { status: 429, retry_after: expected.map(Duration::from_secs) });
    }
}
