//! Webhooks on their way out: where they may go, how they are signed, and what is looked at of an answer.
//!
//! A request goes to an address that was looked at after its name was resolved, and to no other: names that lead into a network
//! of one's own, now or at the next moment, lead nowhere. Redirects are not followed, proxies of the environment not asked.

mod address;
mod signature;

use std::{io, sync::Arc, time::Duration};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use madang_domain::webhooks::{AddressProblem, Reply, WebhookPost, WebhookTransport, WebhookUrl};
use reqwest::{
    dns::{Addrs, Name, Resolve, Resolving},
    header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER},
    redirect::Policy,
};
use thiserror::Error;
use url::{Host, Url};

pub use address::is_public;
pub use signature::signature;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const TOTAL_TIMEOUT: Duration = Duration::from_secs(20);

/// Where webhooks may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebhookTargets {
    /// To the public internet, over TLS.
    Public,
    /// Anywhere: for development and tests.
    Any,
}

/// Why webhooks can't be sent at all.
#[derive(Debug, Error)]
#[error("webhooks can't be sent")]
pub struct WebhookSetupError(#[from] reqwest::Error);

/// Sends webhooks over HTTP.
#[derive(Debug, Clone)]
pub struct WebhookPoster {
    http: reqwest::Client,
    targets: WebhookTargets,
}

impl WebhookPoster {
    /// Sends to these targets.
    ///
    /// # Errors
    /// When the system has no certificates to go by.
    pub fn new(targets: WebhookTargets) -> Result<Self, WebhookSetupError> {
        Self::within(targets, Arc::new(SystemNames), TOTAL_TIMEOUT)
    }

    /// The same with these names, and so much time for an answer.
    pub(crate) fn within(
        targets: WebhookTargets,
        names: Arc<dyn Names>,
        total: Duration,
    ) -> Result<Self, WebhookSetupError> {
        let builder = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(total)
            .redirect(Policy::none())
            .no_proxy()
            .user_agent("Madang-Webhooks")
            .dns_resolver(Arc::new(Checked { names, targets }));
        Ok(Self { http: builder.build()?, targets })
    }
}

#[async_trait]
impl WebhookTransport for WebhookPoster {
    fn allows(&self, url: &WebhookUrl) -> Result<(), AddressProblem> {
        let url = Url::parse(url.as_str()).map_err(|_| AddressProblem::Unreadable)?;
        let host = url.host().ok_or(AddressProblem::Unreadable)?;
        if self.targets == WebhookTargets::Any {
            return Ok(());
        }
        if url.scheme() != "https" {
            return Err(AddressProblem::NotHttps);
        }
        let public = match host {
            Host::Ipv4(address) => is_public(address.into()),
            Host::Ipv6(address) => is_public(address.into()),
            Host::Domain(name) => address::may_be_public(name),
        };
        if public { Ok(()) } else { Err(AddressProblem::Private) }
    }

    async fn post(&self, post: &WebhookPost) -> Reply {
        // Kept under other settings, perhaps.
        if self.allows(&post.url).is_err() {
            return Reply::Nothing("requests may not go to this address");
        }
        let timestamp = post.at.timestamp();
        let signatures: Vec<String> = post
            .secrets
            .iter()
            .map(|secret| signature(&secret.0, &post.id, timestamp, post.body.as_bytes()))
            .collect();
        let request = self
            .http
            .post(post.url.as_str())
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", &post.id)
            .header("webhook-timestamp", timestamp)
            .header("webhook-signature", signatures.join(" "))
            .body(post.body.clone());
        match request.send().await {
            // The body is not read: it says nothing to us, and may have no end.
            Ok(response) => Reply::Answered {
                status: response.status().as_u16(),
                retry_after: retry_after(response.headers(), post.at),
            },
            Err(error) => Reply::Nothing(why(&error)),
        }
    }
}

fn why(error: &reqwest::Error) -> &'static str {
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        if inner.is::<NotPublic>() {
            return "the name of the endpoint leads to an address that is not public";
        }
        source = inner.source();
    }
    if error.is_timeout() {
        "the endpoint took too long"
    } else if error.is_connect() {
        "the endpoint can't be reached, or its certificate is not good"
    } else {
        "the endpoint broke off"
    }
}

/// `Retry-After`, in seconds or as a date.
pub(crate) fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = DateTime::parse_from_rfc2822(text).ok()?;
    Some((at.to_utc() - now).to_std().unwrap_or_default())
}

/// What names lead to.
pub(crate) trait Names: Send + Sync {
    fn resolve(&self, name: String) -> Resolving;
}

/// Asks the system.
struct SystemNames;

impl Names for SystemNames {
    fn resolve(&self, name: String) -> Resolving {
        Box::pin(async move {
            let addresses = tokio::net::lookup_host((name, 0)).await?;
            Ok(Box::new(addresses) as Addrs)
        })
    }
}

/// Lets no name through that leads to an address which is not public, whatever else it leads to.
struct Checked {
    names: Arc<dyn Names>,
    targets: WebhookTargets,
}

/// A name leads to an address that is not public.
#[derive(Debug, Error)]
#[error("a name leads to an address that is not public")]
struct NotPublic;

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let (resolving, targets) = (self.names.resolve(name.as_str().to_owned()), self.targets);
        Box::pin(async move {
            let addresses: Vec<_> = resolving.await?.collect();
            if addresses.is_empty() {
                return Err(io::Error::from(io::ErrorKind::NotFound).into());
            }
            if targets == WebhookTargets::Public && !addresses.iter().all(|address| is_public(address.ip())) {
                return Err(NotPublic.into());
            }
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests;
