//! Everybody is there, except a few: the quickest way to take attendance by hand.

use super::{
    AttendanceError, AttendanceService, AttendanceStatus, BulkDone, BulkMode, Mark, NewAttendance, OnExisting,
};
use crate::{
    access::Caller,
    idempotency::Answering,
    ids::{LectureId, UserId},
};

impl AttendanceService {
    /// Marks everybody who is expected at a lecture as present, except those who are given with a mark of their own.
    pub async fn mark_all_present(
        &self,
        caller: &Caller,
        lecture: LectureId,
        except: Vec<NewAttendance>,
        on_existing: OnExisting,
        answering: &Answering<'_, BulkDone>,
    ) -> Result<BulkDone, AttendanceError> {
        let board = self.yard.store.session().await?.capture().board(lecture).await?;
        let excepted: Vec<UserId> = except.iter().map(|one| one.user_id).collect();
        let present = board.entries.into_iter().map(|entry| entry.user.id);
        let present = present.filter(|user| !excepted.contains(user)).map(|user_id| NewAttendance {
            user_id,
            mark: Mark {
                status: AttendanceStatus::Present,
                detail_type: None,
                description: None,
                assignment_id: None,
                checked_at: None,
            },
        });
        let new = except.iter().cloned().chain(present).collect();
        self.create_bulk(caller, lecture, new, BulkMode::Atomic, on_existing, answering).await
    }
}
