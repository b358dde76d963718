//! Inboxes that are watched: what changes in them is told to their owners, wherever it was changed.
//!
//! On each node one task reads once a second what changed in the inboxes of all who watch here, in one statement however many they
//! are, so that whoever plans notices pays nothing for being watched and every node tells the same. See docs/decisions/0011.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use madang_domain::{
    clock::Clock,
    ids::{NoticeId, UserId},
    notifications::{InboxChange, NotificationService},
};
use tokio::sync::broadcast;

/// What was written is not seen in the order of its times: changes so long before the latest are looked at again.
pub const SLACK: TimeDelta = TimeDelta::seconds(30);
/// How far a reading goes back at most, while nothing has changed.
const FAR: TimeDelta = TimeDelta::minutes(5);
/// How many changes are read at once: more than all watchers of a node are told in half a minute.
const MOST: u32 = 50_000;
/// How many changes a watcher may lie behind.
const BEHIND: usize = 64;

/// The inboxes that are being watched on this node.
#[derive(Clone, Default)]
pub struct WatchedInboxes(Arc<Mutex<Watched>>);

#[derive(Default)]
struct Watched {
    inboxes: HashMap<UserId, broadcast::Sender<Arc<InboxChange>>>,
    is_read: bool,
}

impl WatchedInboxes {
    /// Watches an inbox. All are read every so often for as long as somebody watches.
    pub fn watch(
        &self,
        notifications: &NotificationService,
        clock: &Arc<dyn Clock>,
        user: UserId,
        every: Duration,
    ) -> broadcast::Receiver<Arc<InboxChange>> {
        let mut watched = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let receiver =
            watched.inboxes.entry(user).or_insert_with(|| broadcast::channel(BEHIND).0).subscribe();
        if !watched.is_read {
            watched.is_read = true;
            let from = clock.now() - SLACK;
            let task = read_on(self.clone(), notifications.clone(), Arc::clone(clock), from, every);
            actix_web::rt::spawn(task);
        }
        receiver
    }

    /// Whose inboxes are watched; `None` where nobody watches any more, so that nothing is read.
    fn readers(&self) -> Option<Vec<UserId>> {
        let mut watched = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        watched.inboxes.retain(|_, sender| sender.receiver_count() > 0);
        watched.is_read = !watched.inboxes.is_empty();
        watched.is_read.then(|| watched.inboxes.keys().copied().collect())
    }

    fn tell(&self, changes: Vec<InboxChange>) {
        let watched = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for change in changes {
            if let Some(sender) = watched.inboxes.get(&change.notice.user_id) {
                // Who has just gone hears nothing.
                _ = sender.send(Arc::new(change));
            }
        }
    }
}

async fn read_on(
    inboxes: WatchedInboxes,
    notifications: NotificationService,
    clock: Arc<dyn Clock>,
    mut from: DateTime<Utc>,
    every: Duration,
) {
    let mut told: HashMap<NoticeId, DateTime<Utc>> = HashMap::new();
    while let Some(readers) = inboxes.readers() {
        match news(&notifications, &readers, from, &mut told).await {
            Ok((changes, latest)) => {
                inboxes.tell(changes);
                let latest = latest.map_or(from, |latest| latest - SLACK);
                from = from.max(latest).max(clock.now() - FAR);
                told.retain(|_, at| *at >= from);
            }
            Err(error) => tracing::warn!(%error, "inboxes could not be read"),
        }
        tokio::time::sleep(every).await;
    }
}

/// What changed and was not told, and when something changed last.
async fn news(
    notifications: &NotificationService,
    readers: &[UserId],
    from: DateTime<Utc>,
    told: &mut HashMap<NoticeId, DateTime<Utc>>,
) -> Result<(Vec<InboxChange>, Option<DateTime<Utc>>), madang_domain::error::RepositoryError> {
    let mut notices = notifications.changes(readers, from, MOST).await?;
    let latest = notices.last().map(|notice| notice.changed_at);
    notices.retain(|notice| told.get(&notice.id) != Some(&notice.changed_at));
    if notices.is_empty() {
        return Ok((Vec::new(), latest));
    }
    let changes = notifications.counted(notices).await?;
    told.extend(changes.iter().map(|change| (change.notice.id, change.notice.changed_at)));
    Ok((changes, latest))
}
