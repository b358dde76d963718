//! Streams of server-sent events.

use std::collections::VecDeque;

use reqwest::{Method, Response};
use serde_json::Value;

use crate::Client;

/// A stream of server-sent events.
pub struct Events {
    response: Response,
    text: String,
    read: VecDeque<(String, String, Value)>,
}

impl Events {
    /// Begins to watch.
    pub async fn of(client: &Client, path: &str) -> Self {
        Self::from(client.request(Method::GET, path).send().await.expect("a stream"))
    }

    /// The events of this answer, which must be a stream.
    pub fn from(response: Response) -> Self {
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream; charset=utf-8");
        Self { response, text: String::new(), read: VecDeque::new() }
    }

    /// The next event that is no comment: its id, its name, its data. `None` at the end.
    pub async fn next(&mut self) -> Option<(String, String, Value)> {
        loop {
            if let Some(event) = self.read.pop_front() {
                return Some(event);
            }
            let chunk = self.response.chunk().await.expect("a stream")?;
            self.text.push_str(std::str::from_utf8(&chunk).expect("a stream"));
            while let Some((event, rest)) = self.text.split_once("\n\n") {
                let field = |name: &str| {
                    let line = event.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")));
                    line.unwrap_or_default().to_owned()
                };
                if !field("event").is_empty() {
                    let data = serde_json::from_str(&field("data")).expect("a stream");
                    self.read.push_back((field("id"), field("event"), data));
                }
                self.text = rest.to_owned();
            }
        }
    }

    /// The next event, which must have this name: its id and its data.
    pub async fn named(&mut self, name: &str) -> (String, Value) {
        let (id, event, data) = self.next().await.expect("a stream");
        assert_eq!(event, name, "{data}");
        (id, data)
    }
}
