//! Who is in and who is missing at a lecture.

use super::{CaptureError, CaptureService};
use crate::{
    access::{Action, Caller, authorize},
    accounts::UserSummary,
    attendance::Attendance,
    ids::{ClassId, LectureId},
    learning::{classes::Class, lectures::Lecture},
};

/// Everybody who is expected at a lecture.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Board {
    /// By name.
    pub entries: Vec<BoardEntry>,
}

/// One learner of a board.
#[derive(Debug, Clone, PartialEq)]
pub struct BoardEntry {
    /// Who.
    pub user: UserSummary,
    /// The mark; `None` for somebody who is missing.
    pub mark: Option<Attendance>,
}

impl CaptureService {
    /// Lets who may watch the lecture go on, and tells its class.
    pub async fn watchable(&self, caller: &Caller, lecture: LectureId) -> Result<ClassId, CaptureError> {
        let mut session = self.yard.store.session().await?;
        let found = session.lectures().find(lecture).await?;
        Ok(seen_by_staff(caller, lecture, found, Action::ReadRoster)?.1.id)
    }

    /// Who is in and who is missing, for Madang itself: who watches has been asked for before.
    pub async fn board(&self, lecture: LectureId) -> Result<Board, CaptureError> {
        let mut session = self.yard.store.long_session().await?;
        Ok(session.capture().board(lecture).await?)
    }
}

/// The lecture, if the caller may do this in its class.
pub(super) fn seen_by_staff(
    caller: &Caller,
    id: LectureId,
    found: Option<(Lecture, Class)>,
    action: impl FnOnce(ClassId) -> Action,
) -> Result<(Lecture, Class), CaptureError> {
    let (lecture, class) = found.ok_or(CaptureError::LectureNotFound(id))?;
    match authorize(caller, action(class.id)) {
        Ok(()) => Ok((lecture, class)),
        Err(_) if authorize(caller, Action::ReadCatalogue { active: class.is_active }).is_err() => {
            Err(CaptureError::LectureNotFound(id))
        }
        Err(_) => Err(CaptureError::Forbidden),
    }
}
