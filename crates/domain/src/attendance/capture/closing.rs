//! What happens when a check-in session ends: who is unmarked becomes absent, if the rules of the class say so.
//!
//! Done once for each end, by whoever comes first: the lecturer who closes, or the job that is due when the time is over.

use super::{CaptureError, CaptureService, CheckInSession};
use crate::{
    access::Caller,
    attendance::{Attendance, AttendanceSource, AttendanceStatus, Mark},
    ids::AttendanceId,
    stamps::Stamps,
    store::{Repositories, finish},
};

/// Sessions that one run sees to.
const MOST_AT_ONCE: i64 = 100;

impl CaptureService {
    /// Sees to the sessions whose time is over; tells how many there were.
    pub async fn settle_due(&self) -> Result<usize, CaptureError> {
        let now = self.yard.clock.now();
        let due = self.yard.store.session().await?.capture().unsettled(now, MOST_AT_ONCE).await?;
        let mut settled = 0;
        for session in due {
            let mut unit = self.yard.store.begin().await?;
            let outcome = self.settle_in(&mut *unit, &Caller::system(), &session, session.clone()).await;
            match finish(unit, outcome).await {
                Ok(_) => settled += 1,
                // Somebody else was faster.
                Err(CaptureError::Stale) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(settled)
    }

    /// Ends a session, which becomes `new`.
    pub(super) async fn settle_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        old: &CheckInSession,
        mut new: CheckInSession,
    ) -> Result<CheckInSession, CaptureError> {
        let now = self.yard.clock.now();
        new.settled_at = Some(now);
        new.stamps = old.stamps.touched(caller, now);
        // First, because it is what tells that somebody else is at it.
        repositories.capture().update_session(&new).await?;
        let pen = self.yard.pen(caller);
        let mut entries = vec![pen.updated(old, &new)];
        if new.unmarked_absent {
            let board = repositories.capture().board(new.lecture_id).await?;
            let missing = board.entries.iter().filter(|entry| entry.mark.is_none());
            let mut absent: Vec<Attendance> = missing
                .map(|entry| Attendance {
                    id: AttendanceId(self.yard.ids.next()),
                    lecture_id: new.lecture_id,
                    user_id: entry.user.id,
                    mark: Mark {
                        status: AttendanceStatus::Absent,
                        detail_type: None,
                        description: None,
                        assignment_id: None,
                        checked_at: None,
                    },
                    source: AttendanceSource::Closing,
                    presence: None,
                    stamps: Stamps::new(caller, now),
                })
                .collect();
            absent.sort_by_key(|mark| mark.user_id);
            let kept = repositories.capture().insert_expected(&absent).await?;
            let kept: std::collections::HashSet<_> = kept.into_iter().collect();
            entries
                .extend(absent.iter().filter(|mark| kept.contains(&mark.id)).map(|mark| pen.created(mark)));
        }
        repositories.audit().append(&entries).await?;
        Ok(new)
    }
}
