//! Creating requests that may be sent twice: `Idempotency-Key`.

use std::future::{Ready, ready};

use actix_web::{
    FromRequest, HttpMessage, HttpRequest, HttpResponse,
    dev::Payload,
    http::header::{HeaderName, HeaderValue},
};
use madang_domain::{
    access::Caller,
    idempotency::{Answering, Claim, IdempotencyKey, StoredAnswer},
};
use uuid::Uuid;

use super::BodyDigest;
use crate::{
    answer::replay,
    problem::{Problem, ProblemCode},
    state::App,
};

const MAX_KEY: usize = 255;

/// The answer of a creating request.
pub struct Settled {
    /// The answer as it is kept.
    pub answer: StoredAnswer,
    /// Whether it was given before.
    replayed: bool,
}

impl Settled {
    /// The answer as a response.
    pub fn into_response(self) -> HttpResponse {
        let mut response = replay(&self.answer);
        if self.replayed {
            let name = HeaderName::from_static("idempotent-replayed");
            response.headers_mut().insert(name, HeaderValue::from_static("true"));
        }
        response
    }
}

/// A creating request: with an idempotency key it takes effect once.
pub struct Once {
    app: App,
    request: HttpRequest,
    key: Option<String>,
}

impl FromRequest for Once {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(
            App::of(request)
                .and_then(|app| Ok(Self { app, request: request.clone(), key: key_of(request)? })),
        )
    }
}

/// The key: bare as most clients send it, or quoted as the draft standard has it.
fn key_of(request: &HttpRequest) -> Result<Option<String>, Problem> {
    let Some(value) = request.headers().get("idempotency-key") else { return Ok(None) };
    let text = value.to_str().unwrap_or_default().trim();
    let key = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    if key.is_empty() || key.len() > MAX_KEY {
        return Err(
            Problem::new(ProblemCode::MalformedHeader).with_detail("Idempotency-Key (1–255 characters)")
        );
    }
    Ok(Some(key.to_owned()))
}

impl Once {
    /// The application.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Runs `act`, whose use case keeps the rendered answer in its own unit of work, and answers what it rendered.
    pub async fn run<T, E>(
        self,
        caller: Option<&Caller>,
        render: impl Fn(&T) -> StoredAnswer + Send + Sync,
        act: impl AsyncFnOnce(&Answering<'_, T>) -> Result<T, E>,
    ) -> Result<HttpResponse, Problem>
    where
        Problem: From<E>,
    {
        Ok(self.settle(caller, render, act).await?.into_response())
    }

    /// The same for an answer that gets something added which must not be kept.
    pub async fn settle<T, E>(
        self,
        caller: Option<&Caller>,
        render: impl Fn(&T) -> StoredAnswer + Send + Sync,
        act: impl AsyncFnOnce(&Answering<'_, T>) -> Result<T, E>,
    ) -> Result<Settled, Problem>
    where
        Problem: From<E>,
    {
        let settled = |answer, replayed| Ok(Settled { answer, replayed });
        let now = self.app.now();
        let Some(key) = &self.key else {
            let created = act(&Answering::new(None, now, &render)).await?;
            return settled(render(&created), false);
        };
        let principal = caller.map_or(Uuid::nil(), Caller::principal);
        let key = IdempotencyKey { principal, key: key.clone() };
        match self.app.idempotency().claim(&key, &self.fingerprint()).await? {
            Claim::Granted => match act(&Answering::new(Some(key.clone()), now, &render)).await {
                Ok(created) => settled(render(&created), false),
                Err(error) => {
                    self.app.idempotency().release(&key).await?;
                    Err(error.into())
                }
            },
            Claim::Done(answer) => settled(answer, true),
            Claim::Running => Err(Problem::new(ProblemCode::IdempotencyKeyInUse)),
            Claim::OtherRequest => Err(Problem::new(ProblemCode::IdempotencyKeyReused)),
        }
    }

    /// Tells this request from others: its method, its address and its body.
    fn fingerprint(&self) -> String {
        let body =
            self.request.extensions().get::<BodyDigest>().map(|digest| digest.0.clone()).unwrap_or_default();
        format!("{} {} {body}", self.request.method(), self.request.uri())
    }
}
