//! A full hall: many learners check in within a few seconds while lecturers watch the live lists.
//!
//! Everything goes through the API, as it would on the day. Afterwards the marks are counted: one for each learner, no more.

use std::{
    collections::BTreeSet,
    sync::{Arc, RwLock},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use chrono::TimeDelta;
use madang_domain::clock::{Clock, SystemClock};
use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value as Json, json};
use tokio::task::JoinSet;

/// One in so many learners taps twice.
const TAPS_TWICE: usize = 10;
/// How often the code is looked at.
const CODE_EVERY: Duration = Duration::from_secs(5);
/// How long the lists may take to show the last learner.
const LISTS_WITHIN: Duration = Duration::from_secs(10);
const PASSWORD: &str = "walking-the-yard-at-night-7";

/// What happens in the hall.
pub struct Hall {
    /// The server, with `/api/v1`.
    pub base: String,
    /// The token of an admin.
    pub token: String,
    /// How many learners.
    pub learners: usize,
    /// How many lecturers watch.
    pub watchers: usize,
    /// Within which time the learners come.
    pub within: Duration,
}

/// Somebody who is signed in.
#[derive(Clone)]
struct Person {
    id: String,
    token: String,
}

/// A lecture with the code that it shows.
struct Lecture {
    id: String,
    code: RwLock<String>,
}

impl Hall {
    /// Prints `HALL lectures requests p50 p95 p99 max errors marks lists-behind-ms`, once for one lecture and once for fifty.
    pub async fn run(self) -> Result<Vec<String>> {
        let hall = Arc::new(self);
        let client = reqwest::Client::builder()
            .pool_max_idle_per_host(hall.learners)
            .timeout(Duration::from_mins(1))
            .build()?;
        let learners = hall.people(&client, "learner", hall.learners).await?;
        let lecturers = hall.people(&client, "lecturer", hall.watchers).await?;
        let mut lines = Vec::new();
        for lectures in [1, 50] {
            lines.push(Arc::clone(&hall).burst(&client, &learners, &lecturers, lectures).await?);
        }
        Ok(lines)
    }

    fn request(&self, client: &reqwest::Client, method: Method, path: &str, token: &str) -> RequestBuilder {
        client.request(method, format!("{}{path}", self.base)).bearer_auth(token)
    }

    async fn create(&self, client: &reqwest::Client, path: &str, body: Json) -> Result<Json> {
        let response = self.request(client, Method::POST, path, &self.token).json(&body).send().await?;
        good(response).await
    }

    /// New people, made by the admin, each of whom signs in.
    async fn people(&self, client: &reqwest::Client, role: &str, count: usize) -> Result<Vec<Person>> {
        let stamp = SystemClock.now().timestamp_micros();
        let mut tasks = JoinSet::new();
        let mut people = Vec::with_capacity(count);
        for number in 0..count {
            let username = format!("{role}-{stamp}-{number}");
            let make = self.request(client, Method::POST, "/users", &self.token).json(&json!({
                "auth_type": "manual", "username": username, "password": PASSWORD, "name": format!("수강생 {number}"),
            }));
            let sign_in = client
                .post(format!("{}/auth/login", self.base))
                .json(&json!({"username": username, "password": PASSWORD}));
            tasks.spawn(async move {
                let account = good(make.send().await?).await?;
                let signed_in = good(sign_in.send().await?).await?;
                Ok::<_, anyhow::Error>(Person {
                    id: text(&account, "id")?,
                    token: text(&signed_in, "access_token")?,
                })
            });
            if tasks.len() >= 8 {
                people.push(tasks.join_next().await.context("somebody is made")???);
            }
        }
        while let Some(person) = tasks.join_next().await {
            people.push(person??);
        }
        Ok(people)
    }

    /// Classes with one lecture each that goes on now, the learners spread over them, and check-in open.
    async fn lectures(
        &self,
        client: &reqwest::Client,
        learners: &[Person],
        lecturers: &[Person],
        count: usize,
    ) -> Result<Vec<Arc<Lecture>>> {
        let course = self.create(client, "/courses", json!({"title": "대강당"})).await?;
        let course = text(&course, "id")?;
        let today = SystemClock.now().date_naive();
        let mut halls = Vec::new();
        for number in 0..count {
            let class = json!({"title": format!("{number}반"), "begin_date": today - TimeDelta::days(30), "end_date": today + TimeDelta::days(30)});
            let class =
                text(&self.create(client, &format!("/courses/{course}/classes"), class).await?, "id")?;
            let lecture =
                json!({"title": "차시", "lecture_date": SystemClock.now(), "duration_minutes": 120});
            let lecture =
                text(&self.create(client, &format!("/classes/{class}/lectures"), lecture).await?, "id")?;
            let place = |person: &Person, role: &str| json!({"user_id": person.id, "role": role, "enrolled_on": today - TimeDelta::days(30)});
            let of_class = |(index, _): &(usize, &Person)| index % count == number;
            let places: Vec<Json> = learners
                .iter()
                .enumerate()
                .filter(of_class)
                .map(|(_, person)| place(person, "learner"))
                .chain(
                    lecturers
                        .iter()
                        .enumerate()
                        .filter(of_class)
                        .map(|(_, person)| place(person, "lecturer")),
                )
                .collect();
            self.create(client, &format!("/classes/{class}/enrolments/bulk"), json!({"items": places}))
                .await?;
            self.create(client, &format!("/lectures/{lecture}/check-in-session"), json!({})).await?;
            halls.push(Arc::new(Lecture { id: lecture, code: RwLock::default() }));
        }
        Ok(halls)
    }

    async fn burst(
        self: Arc<Self>,
        client: &reqwest::Client,
        learners: &[Person],
        lecturers: &[Person],
        count: usize,
    ) -> Result<String> {
        let halls = self.lectures(client, learners, lecturers, count).await?;
        for lecture in &halls {
            self.look_at_code(client, lecture).await?;
        }
        let mut lists = JoinSet::new();
        for (number, lecturer) in lecturers.iter().enumerate() {
            let lecture = halls.get(number % count).context("a lecture to watch")?;
            let path = format!("/lectures/{}/live", lecture.id);
            let mut stream =
                self.request(client, Method::GET, &path, &lecturer.token).send().await?.error_for_status()?;
            wait_for(&mut stream, "event: snapshot").await?;
            // The list is complete when nobody is missing.
            lists.spawn(async move {
                wait_for(&mut stream, "\"missing\":0").await?;
                Ok::<_, anyhow::Error>(Instant::now())
            });
        }
        let codes = tokio::spawn(Arc::clone(&self).keep_codes(client.clone(), halls.clone()));
        let begin = tokio::time::Instant::now() + Duration::from_millis(200);
        let mut requests = JoinSet::new();
        for (number, learner) in learners.iter().enumerate() {
            let lecture = Arc::clone(halls.get(number % count).context("a lecture to attend")?);
            // Spread evenly, in an order that has nothing to do with theirs.
            let place = number * 7_919 % learners.len();
            let due = begin + self.within.mul_f64(as_share(place, learners.len()));
            let path = format!("/lectures/{}/check-in", lecture.id);
            for _ in 0..=usize::from(number % TAPS_TWICE == 0) {
                let request = self.request(client, Method::POST, &path, &learner.token);
                requests.spawn(check_in(request, Arc::clone(&lecture), learner.id.clone(), due));
            }
        }
        let (mut times, mut errors, mut first_error) = (Vec::new(), 0, None);
        while let Some(outcome) = requests.join_next().await {
            match outcome? {
                Ok(took) => times.push(took),
                Err(error) => {
                    errors += 1;
                    first_error.get_or_insert(error);
                }
            }
        }
        let ended = Instant::now();
        codes.abort();
        let mut behind = Duration::ZERO;
        while let Some(list) = tokio::time::timeout(LISTS_WITHIN, lists.join_next()).await? {
            behind = behind.max(list??.saturating_duration_since(ended));
        }
        let marks = self.count_marks(client, &halls).await?;
        if marks != learners.len() {
            let why = first_error.map_or_else(String::new, |error| format!("{error:#}"));
            bail!("{marks} marks of {} learners, {errors} errors; the first: {why}", learners.len());
        }
        times.sort_unstable();
        let percentile = |hundredths: usize| -> Result<f64> {
            let place = (times.len() * hundredths / 100).min(times.len().saturating_sub(1));
            Ok(times.get(place).context("no request was answered")?.as_secs_f64() * 1_000.0)
        };
        Ok(format!(
            "HALL {count} {} {:.1} {:.1} {:.1} {:.1} {errors} {marks} {}",
            times.len(),
            percentile(50)?,
            percentile(95)?,
            percentile(99)?,
            percentile(100)?,
            behind.as_millis()
        ))
    }

    async fn look_at_code(&self, client: &reqwest::Client, lecture: &Lecture) -> Result<()> {
        let path = format!("/lectures/{}/check-in-code", lecture.id);
        let code = good(self.request(client, Method::GET, &path, &self.token).send().await?).await?;
        *lecture.code.write().map_err(|_| anyhow::anyhow!("a writer has panicked"))? =
            text(&code, "payload")?;
        Ok(())
    }

    async fn keep_codes(self: Arc<Self>, client: reqwest::Client, lectures: Vec<Arc<Lecture>>) -> Result<()> {
        loop {
            tokio::time::sleep(CODE_EVERY).await;
            for lecture in &lectures {
                self.look_at_code(&client, lecture).await?;
            }
        }
    }

    /// How many marks there are; an error where somebody has two, or none of their own making.
    async fn count_marks(&self, client: &reqwest::Client, lectures: &[Arc<Lecture>]) -> Result<usize> {
        let mut count = 0;
        for lecture in lectures {
            let mut users = BTreeSet::new();
            let mut cursor = String::new();
            loop {
                let path = format!("/lectures/{}/attendances?size=100&cursor={cursor}", lecture.id);
                let page = good(self.request(client, Method::GET, &path, &self.token).send().await?).await?;
                for mark in page.get("items").and_then(Json::as_array).into_iter().flatten() {
                    if !users.insert(text(mark, "user_id")?) {
                        bail!("a learner has two marks");
                    }
                    if mark.get("version").and_then(Json::as_i64) != Some(1) {
                        bail!("a mark was made twice");
                    }
                }
                match page.get("next_cursor").and_then(Json::as_str) {
                    Some(next) => next.clone_into(&mut cursor),
                    None => break,
                }
            }
            count += users.len();
        }
        Ok(count)
    }
}

/// How long the answer took from when the learner came.
async fn check_in(
    request: RequestBuilder,
    lecture: Arc<Lecture>,
    device: String,
    due: tokio::time::Instant,
) -> Result<Duration> {
    tokio::time::sleep_until(due).await;
    let code = lecture.code.read().map_err(|_| anyhow::anyhow!("a writer has panicked"))?.clone();
    let response = request.json(&json!({"code": code, "device_id": device})).send().await?;
    good(response).await?;
    Ok(due.elapsed())
}

async fn good(response: Response) -> Result<Json> {
    let status = response.status();
    let body = response.text().await?;
    if !status.is_success() {
        bail!("{status}: {body}");
    }
    Ok(serde_json::from_str(&body)?)
}

/// Reads a stream until this stands in it.
async fn wait_for(stream: &mut Response, wanted: &str) -> Result<()> {
    let mut text = String::new();
    while let Some(chunk) = stream.chunk().await? {
        text.push_str(&String::from_utf8_lossy(&chunk));
        if text.contains(wanted) {
            return Ok(());
        }
        // What is wanted may begin in one chunk and end in the next.
        let keep = text.char_indices().rev().nth(wanted.len()).map_or(0, |(place, _)| place);
        text.drain(..keep);
    }
    bail!("the stream ended before `{wanted}`")
}

fn text(object: &Json, field: &str) -> Result<String> {
    let value = object.get(field).and_then(Json::as_str);
    value.map(str::to_owned).with_context(|| format!("no {field}"))
}

#[expect(clippy::cast_precision_loss, reason = "small numbers")]
fn as_share(place: usize, of: usize) -> f64 {
    place as f64 / of as f64
}
