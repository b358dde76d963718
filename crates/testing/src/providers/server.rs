//! A server on this machine that speaks HTTP as a test tells it to.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::lock;

/// A request as it arrived.
#[derive(Debug, Clone)]
pub struct Request {
    /// Its method.
    pub method: String,
    /// Its path.
    pub path: String,
    /// The parameters behind the path.
    pub query: HashMap<String, String>,
    /// Its headers, their names in small letters.
    pub headers: HashMap<String, String>,
    /// Its body.
    pub text: String,
}

impl Request {
    /// The body as JSON; null where it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    /// A header, named in small letters; empty where there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(String::as_str).unwrap_or_default()
    }
}

/// What the server does with a request.
#[derive(Debug, Clone)]
pub enum Reaction {
    /// A status and a body.
    Answer(u16, Value),
    /// A status, headers and a body that is no JSON.
    AnswerWith(u16, Vec<(&'static str, &'static str)>, &'static str),
    /// It has taken the request, and breaks off.
    Cut,
    /// It has taken the request, and says nothing.
    Silence,
}

type React = dyn Fn(&Request) -> Reaction + Send + Sync;

/// A server on a port of its own.
pub struct FakeServer {
    /// Its address.
    pub url: String,
    requests: Arc<Mutex<Vec<Request>>>,
    delay: Arc<Mutex<Duration>>,
}

impl FakeServer {
    /// A server that reacts so.
    pub async fn start(react: impl Fn(&Request) -> Reaction + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (requests, react): (Arc<Mutex<Vec<Request>>>, Arc<React>) = (Arc::default(), Arc::new(react));
        let delay: Arc<Mutex<Duration>> = Arc::default();
        let (kept, waits) = (requests.clone(), delay.clone());
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (kept, react, waits) = (kept.clone(), react.clone(), waits.clone());
                tokio::spawn(async move {
                    let delay = *lock(&waits);
                    converse(stream, &kept, &*react, delay).await;
                });
            }
        });
        Self { url, requests, delay }
    }

    /// What has arrived so far.
    pub fn requests(&self) -> Vec<Request> {
        lock(&self.requests).clone()
    }

    /// How many requests have arrived so far.
    pub fn count(&self) -> usize {
        lock(&self.requests).len()
    }

    /// From now on every answer takes so long.
    pub fn slow_down(&self, delay: Duration) {
        *lock(&self.delay) = delay;
    }
}

async fn converse(mut stream: TcpStream, kept: &Mutex<Vec<Request>>, react: &React, delay: Duration) {
    let mut bytes = Vec::new();
    let request = loop {
        if let Some(request) = parsed(&bytes) {
            break request;
        }
        let mut part = [0; 8_192];
        match stream.read(&mut part).await {
            Ok(0) | Err(_) => return,
            Ok(length) => bytes.extend_from_slice(&part[..length]),
        }
    };
    lock(kept).push(request.clone());
    let reaction = react(&request);
    tokio::time::sleep(delay).await;
    let json = vec![("content-type", "application/json;charset=UTF-8")];
    let (status, headers, body) = match reaction {
        Reaction::Answer(status, body) => (status, json, body.to_string()),

        Reaction::AnswerWith(status, headers, body) => (status, headers, body.to_owned()),
        Reaction::Cut => return,
        Reaction::Silence => {
            std::future::pending::<()>().await;
            return;
        }
    };
    let mut answer =
        format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
    for (name, value) in headers {
        answer.extend([name, ": ", value, "\r\n"]);
    }
    answer.push_str("\r\n");
    answer.push_str(&body);
    // Who has gone does not hear the answer.
    let _ = stream.write_all(answer.as_bytes()).await;
}

fn parsed(bytes: &[u8]) -> Option<Request> {
    let text = String::from_utf8(bytes.to_vec()).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let mut lines = head.lines();
    let mut first = lines.next()?.split(' ');
    let headers: HashMap<String, String> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
    if body.len() < length {
        return None;
    }
    let method = first.next()?.to_owned();
    let url = url::Url::parse(&format!("http://server{}", first.next()?)).ok()?;
    Some(Request {
        method,
        path: url.path().to_owned(),
        query: url.query_pairs().into_owned().collect(),
        headers,
        text: body.to_owned(),
    })
}
