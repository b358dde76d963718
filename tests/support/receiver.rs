//! A receiver of webhooks that answers as it is told, and keeps what it was sent.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, dev::ServerHandle, http::StatusCode, web};
use serde_json::Value;
use tokio::sync::watch;

/// A request as it arrived.
#[derive(Debug, Clone)]
pub struct Received {
    /// `webhook-id`.
    pub id: String,
    /// `webhook-timestamp`.
    pub timestamp: i64,
    /// `webhook-signature`.
    pub signature: String,
    /// The body.
    pub text: String,
}

impl Received {
    /// The body as JSON.
    pub fn body(&self) -> Value {
        serde_json::from_str(&self.text).expect("JSON")
    }

    /// Whether the secret of this text signs it, as the specification has it.
    pub fn is_signed_with(&self, secret: &str) -> bool {
        let webhook = standardwebhooks::Webhook::new(secret).expect("a secret");
        let expected = webhook.sign(&self.id, self.timestamp, self.text.as_bytes()).expect("a signature");
        self.signature.split(' ').any(|signature| signature == expected)
    }
}

#[derive(Default)]
struct State {
    answers: Mutex<VecDeque<(u16, Option<u64>)>>,
    received: Mutex<Vec<Received>>,
    count: watch::Sender<usize>,
}

/// A receiver on this machine.
pub struct Receiver {
    /// Its address.
    pub url: String,
    state: Arc<State>,
    server: ServerHandle,
}

impl Receiver {
    /// A receiver that takes everything until it is told otherwise.
    pub fn start() -> Self {
        let state: Arc<State> = Arc::default();
        let served = state.clone();
        let server = HttpServer::new(move || {
            App::new().app_data(web::Data::from(served.clone())).default_service(web::to(receive))
        })
        .workers(1)
        .disable_signals()
        .bind(("127.0.0.1", 0))
        .expect("a free port");
        let url = format!("http://{}/hooks", server.addrs()[0]);
        let server = server.run();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        Self { url, state, server: handle }
    }

    /// The next requests are answered with these statuses, and these waits in seconds.
    pub fn answer(&self, answers: impl IntoIterator<Item = (u16, Option<u64>)>) {
        self.state.answers.lock().expect("answers").extend(answers);
    }

    /// Waits until so many requests have arrived.
    pub async fn has_received(&self, count: usize) {
        let arrived = &mut self.state.count.subscribe();
        arrived.wait_for(|arrived| *arrived >= count).await.expect("a receiver");
    }

    /// What has arrived so far.
    pub fn received(&self) -> Vec<Received> {
        self.state.received.lock().expect("requests").clone()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        drop(self.server.stop(false));
    }
}

async fn receive(state: web::Data<State>, request: HttpRequest, body: String) -> HttpResponse {
    let header = |name: &str| {
        let value = request.headers().get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_owned()
    };
    let received = Received {
        id: header("webhook-id"),
        timestamp: header("webhook-timestamp").parse().unwrap_or_default(),
        signature: header("webhook-signature"),
        text: body,
    };
    state.received.lock().expect("requests").push(received);
    state.count.send_modify(|count| *count += 1);
    let (status, wait) = state.answers.lock().expect("answers").pop_front().unwrap_or((204, None));
    let mut answer = HttpResponse::build(StatusCode::from_u16(status).expect("a status"));
    if let Some(wait) = wait {
        answer.insert_header(("retry-after", wait.to_string()));
    }
    answer.finish()
}
