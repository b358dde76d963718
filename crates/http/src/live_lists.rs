//! Live lists of lectures: who is in and who is missing, told to any number of watchers.
//!
//! A watched lecture is read once a second on each node, whoever watches; what changed since is written out once and handed to all.
//! Reading the whole list needs no order among writers and no notice from them, so check-ins pay nothing for being watched,
//! and every node tells the same. See docs/decisions/0011.

use std::{
    collections::{BTreeMap, HashMap, hash_map::Entry},
    fmt::Write,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Duration,
};

use actix_web::web::Bytes;
use madang_domain::{
    accounts::UserSummary,
    attendance::{
        Attendance, AttendanceStatus,
        capture::{Board, CaptureService, Presence},
    },
    ids::{LectureId, UserId},
};
use serde::Serialize;
use tokio::sync::watch;

use crate::routes::{LiveCounts, LiveEntry, LiveGone, LiveResume, LiveSnapshot};

/// Who resumes is told again what happened so long before, because what is written is not seen in the order of its times.
const SLACK_MICROS: i64 = 30_000_000;

/// The lists that are being watched on this node.
#[derive(Clone, Default)]
pub struct LiveLists(Arc<Mutex<HashMap<LectureId, watch::Sender<Arc<LiveList>>>>>);

impl LiveLists {
    /// Watches a lecture. The list is read every so often for as long as somebody does.
    pub fn watch(
        &self,
        capture: &CaptureService,
        lecture: LectureId,
        every: Duration,
    ) -> watch::Receiver<Arc<LiveList>> {
        let mut lists = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match lists.entry(lecture) {
            Entry::Occupied(sender) => sender.get().subscribe(),
            Entry::Vacant(place) => {
                let (sender, receiver) = watch::channel(Arc::new(LiveList::unread()));
                place.insert(sender.clone());
                actix_web::rt::spawn(read_on(self.clone(), capture.clone(), lecture, sender, every));
                receiver
            }
        }
    }

    /// Whether nobody watches this lecture any more, in which case it is forgotten.
    fn is_left(&self, lecture: LectureId, sender: &watch::Sender<Arc<LiveList>>) -> bool {
        let mut lists = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let left = sender.receiver_count() == 0;
        if left {
            lists.remove(&lecture);
        }
        left
    }
}

async fn read_on(
    lists: LiveLists,
    capture: CaptureService,
    lecture: LectureId,
    sender: watch::Sender<Arc<LiveList>>,
    every: Duration,
) {
    while !lists.is_left(lecture, &sender) {
        match capture.board(lecture).await {
            Ok(board) => {
                let next = sender.borrow().next(lecture, board);
                if let Some(next) = next {
                    sender.send_replace(Arc::new(next));
                }
            }
            Err(error) => tracing::warn!(%error, "a live list could not be read"),
        }
        tokio::time::sleep(every).await;
    }
}

/// A list as it was read at one moment, and how it differs from the one before.
pub struct LiveList {
    lecture: LectureId,
    /// Grows by one with each difference; 0 before the first reading.
    pub generation: u64,
    entries: BTreeMap<(String, UserId), (UserSummary, Option<Attendance>)>,
    /// The latest change of any mark, in microseconds: the ids of events.
    watermark: i64,
    /// What changed since the list before.
    pub changes: Bytes,
    whole: OnceLock<Bytes>,
}

impl LiveList {
    fn unread() -> Self {
        Self {
            lecture: LectureId(uuid::Uuid::nil()),
            generation: 0,
            entries: BTreeMap::new(),
            watermark: 0,
            changes: Bytes::new(),
            whole: OnceLock::new(),
        }
    }

    /// The list after this reading; `None` where nothing differs.
    fn next(&self, lecture: LectureId, board: Board) -> Option<Self> {
        let entries: BTreeMap<_, _> = board
            .entries
            .into_iter()
            .map(|entry| ((entry.user.name.clone(), entry.user.id), (entry.user, entry.mark)))
            .collect();
        if self.generation > 0 && entries == self.entries {
            return None;
        }
        let latest = entries.values().filter_map(|(_, mark)| mark.as_ref()).map(micros).max();
        let mut list = Self {
            lecture,
            generation: self.generation + 1,
            entries,
            watermark: self.watermark.max(latest.unwrap_or_default()),
            changes: Bytes::new(),
            whole: OnceLock::new(),
        };
        let mut changes = String::new();
        for key in self.entries.keys().filter(|key| !list.entries.contains_key(*key)) {
            list.write(&mut changes, "left", &LiveGone { user_id: key.1.0, counts: list.counts() });
        }
        for (key, entry) in &list.entries {
            if self.entries.get(key) != Some(entry) {
                list.write(&mut changes, "mark", &list.entry(entry));
            }
        }
        list.changes = Bytes::from(changes);
        Some(list)
    }

    /// Everything, for who begins to watch or has missed something.
    pub fn whole(&self) -> Bytes {
        let whole = self.whole.get_or_init(|| {
            let mut text = String::new();
            let learners = self.entries.values().map(|entry| self.entry(entry)).collect();
            let snapshot = LiveSnapshot { lecture_id: self.lecture.0, counts: self.counts(), learners };
            self.write(&mut text, "snapshot", &snapshot);
            Bytes::from(text)
        });
        whole.clone()
    }

    /// What happened since the event with this id.
    pub fn since(&self, id: i64) -> Bytes {
        let mut text = String::new();
        let missing = self.entries.values().filter(|(_, mark)| mark.is_none());
        let missing = missing.map(|(user, _)| user.clone().into()).collect();
        let learner_ids = self.entries.keys().map(|(_, user)| user.0).collect();
        self.write(&mut text, "resume", &LiveResume { counts: self.counts(), learner_ids, missing });
        for entry in self.entries.values() {
            if entry.1.as_ref().is_some_and(|mark| micros(mark) >= id.saturating_sub(SLACK_MICROS)) {
                self.write(&mut text, "mark", &self.entry(entry));
            }
        }
        Bytes::from(text)
    }

    fn entry(&self, (user, mark): &(UserSummary, Option<Attendance>)) -> LiveEntry {
        LiveEntry {
            user: user.clone().into(),
            attendance: mark.clone().map(Into::into),
            counts: self.counts(),
        }
    }

    fn counts(&self) -> LiveCounts {
        let mut counts = LiveCounts { expected: self.entries.len(), inside: 0, away: 0, missing: 0 };
        for (_, mark) in self.entries.values() {
            match mark {
                None => counts.missing += 1,
                Some(mark) if mark.presence.as_ref().is_some_and(Presence::is_away) => {
                    counts.away += 1;
                }
                Some(mark) => match mark.mark.status {
                    AttendanceStatus::Present | AttendanceStatus::Late => counts.inside += 1,
                    AttendanceStatus::EarlyLeave | AttendanceStatus::Excused | AttendanceStatus::Absent => {}
                },
            }
        }
        counts
    }

    fn write<T: Serialize>(&self, text: &mut String, event: &str, data: &T) {
        let data = serde_json::to_string(data).unwrap_or_default();
        // Writing to a text never fails.
        let _ = write!(text, "id: {}\nevent: {event}\ndata: {data}\n\n", self.watermark);
    }
}

fn micros(mark: &Attendance) -> i64 {
    mark.stamps.updated_at.timestamp_micros()
}
