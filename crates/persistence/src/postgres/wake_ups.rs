//! Waits for the notifications that the database sends when jobs are kept, on a connection of its own.
//!
//! A connection that is lost is made anew; jobs may have come meanwhile, so that wakes too.

use std::{future::poll_fn, time::Duration};

use async_trait::async_trait;
use futures_util::future::{Either, select};
use madang_domain::jobs::WakeUps;
use tokio::{sync::watch, task::JoinHandle};
use tokio_postgres::{AsyncMessage, NoTls};

/// How long to wait before a lost connection is made anew.
const PAUSE: Duration = Duration::from_secs(1);

/// Hears of jobs that any server has kept.
pub(crate) struct Listener {
    heard: watch::Receiver<()>,
    task: JoinHandle<()>,
}

impl Listener {
    /// Begins to listen, and goes on until it is dropped.
    pub(crate) fn begin(config: &tokio_postgres::Config) -> Self {
        let (tell, heard) = watch::channel(());
        let mut config = config.clone();
        // A connection that is cut without a word would be waited on for hours.
        config.keepalives_idle(Duration::from_secs(30));
        let task = tokio::spawn(async move {
            loop {
                if let Err(error) = listen(&config, &tell).await {
                    tracing::warn!(%error, "jobs are looked for from time to time only: the database can't be listened to");
                }
                tokio::time::sleep(PAUSE).await;
            }
        });
        Self { heard, task }
    }
}

/// Listens until the connection is lost.
async fn listen(
    config: &tokio_postgres::Config,
    tell: &watch::Sender<()>,
) -> Result<(), tokio_postgres::Error> {
    let (client, mut connection) = config.connect(NoTls).await?;
    let mut messages = Box::pin(async move {
        while let Some(message) = poll_fn(|context| connection.poll_message(context)).await {
            if let AsyncMessage::Notification(_) = message? {
                tell.send_replace(());
            }
        }
        Ok(())
    });
    let listening = Box::pin(client.batch_execute("LISTEN madang_jobs"));
    match select(listening, &mut messages).await {
        Either::Left((begun, _)) => begun?,
        Either::Right((ended, _)) => return ended,
    }
    tell.send_replace(());
    messages.await
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[async_trait]
impl WakeUps for Listener {
    async fn next(&mut self) {
        if self.heard.changed().await.is_err() {
            std::future::pending().await
        }
    }
}
