//! A server on this machine that speaks HTTP as a test tells it to.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// A request as it arrived.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: String,
    pub path: String,
    pub query: HashMap<String, String>,
    pub headers: HashMap<String, String>,
    pub text: String,
}

impl Request {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(String::as_str).unwrap_or_default()
    }
}

/// What the server does with a request.
pub enum Reaction {
    Answer(u16, Value),
    AnswerWith(u16, Vec<(&'static str, &'static str)>, &'static str),
    /// It has taken the request, and breaks off.
    Cut,
    /// It has taken the request, and says nothing.
    Silence,
}

type React = dyn Fn(&Request) -> Reaction + Send + Sync;

pub struct Server {
    pub url: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    pub async fn start(react: impl Fn(&Request) -> Reaction + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (requests, react): (Arc<Mutex<Vec<Request>>>, Arc<React>) = (Arc::default(), Arc::new(react));
        let kept = requests.clone();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(converse(stream, kept.clone(), react.clone()));
            }
        });
        Self { url, requests }
    }

    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

async fn converse(mut stream: TcpStream, kept: Arc<Mutex<Vec<Request>>>, react: Arc<React>) {
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
    kept.lock().unwrap().push(request.clone());
    let (status, headers, body) = match react(&request) {
        Reaction::Answer(status, body) => {
            (status, vec![("content-type", "application/json;charset=UTF-8")], body.to_string())
        }
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
