//! Tells the workers of this process that jobs were kept.

use async_trait::async_trait;
use madang_domain::jobs::WakeUps;
use tokio::sync::watch;

/// Hears of jobs that this process has kept.
pub(crate) struct Listener(pub(crate) watch::Receiver<()>);

#[async_trait]
impl WakeUps for Listener {
    async fn next(&mut self) {
        if self.0.changed().await.is_err() {
            std::future::pending().await
        }
    }
}
