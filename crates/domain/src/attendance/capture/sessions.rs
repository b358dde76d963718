//! What staff do with check-in sessions: open, close, open again, and show the code.

use std::sync::Arc;

use chrono::TimeDelta;

use super::{
    CaptureError, CheckInSession, CurrentCode, LectureSpan, OpenSession, board::seen_by_staff,
    code::LectureCodes, turnstile::Turnstile,
};
use crate::{
    access::{Action, Caller},
    attendance::policy::{Times, Unmarked},
    error::{RepositoryError, UniqueKey},
    idempotency::Answering,
    ids::{CheckInSessionId, LectureId},
    learning::lectures::Lecture,
    secrets::Secrets,
    stamps::{Expected, Stamps},
    store::{Repositories, finish},
    yard::Yard,
};

/// What operators set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CaptureSettings {
    /// How long before a lecture its check-in opens by itself, where a session is made ahead of it.
    pub open_before: TimeDelta,
    /// How late a device without network may hand in what it captured; zero for never.
    pub offline_window: TimeDelta,
    /// Whether the database has one writer, so that those who check in at the same moment are better kept together.
    pub one_writer: bool,
}

impl Default for CaptureSettings {
    fn default() -> Self {
        Self {
            open_before: TimeDelta::minutes(10),
            offline_window: TimeDelta::minutes(30),
            one_writer: false,
        }
    }
}

/// The use cases of taking attendance.
#[derive(Clone)]
pub struct CaptureService {
    pub(super) yard: Yard,
    pub(super) secrets: Arc<dyn Secrets>,
    pub(super) settings: CaptureSettings,
    /// Where there is one writer.
    pub(super) turnstile: Option<Arc<Turnstile>>,
}

impl CaptureService {
    /// A service that stands on `yard`.
    pub fn new(yard: Yard, secrets: Arc<dyn Secrets>, settings: CaptureSettings) -> Self {
        let turnstile = settings.one_writer.then(Arc::default);
        Self { yard, secrets, settings, turnstile }
    }

    /// The check-in session of a lecture: for staff, and for who may see the lecture.
    pub async fn session(&self, caller: &Caller, lecture: LectureId) -> Result<CheckInSession, CaptureError> {
        let mut session = self.yard.store.session().await?;
        let visible = |active| Action::ReadCatalogue { active };
        let (_, class) =
            session.lectures().find(lecture).await?.ok_or(CaptureError::LectureNotFound(lecture))?;
        if !caller.teaches(class.id) {
            crate::access::authorize(caller, visible(class.is_active))
                .map_err(|_| CaptureError::LectureNotFound(lecture))?;
        }
        session.capture().find_session(lecture).await?.ok_or(CaptureError::NoSession(lecture))
    }

    /// The code that the lecture shows now. It is there as soon as a session is, and after it for who goes and comes back.
    pub async fn code(&self, caller: &Caller, lecture: LectureId) -> Result<CurrentCode, CaptureError> {
        let mut session = self.yard.store.session().await?;
        let found = session.lectures().find(lecture).await?;
        seen_by_staff(caller, lecture, found, Action::Mark)?;
        session.capture().find_session(lecture).await?.ok_or(CaptureError::NoSession(lecture))?;
        Ok(LectureCodes::new(&*self.secrets, lecture).at(self.yard.clock.now()))
    }

    /// Opens check-in for a lecture that has no session yet.
    pub async fn open(
        &self,
        caller: &Caller,
        lecture: LectureId,
        times: OpenSession,
        answering: &Answering<'_, CheckInSession>,
    ) -> Result<CheckInSession, CaptureError> {
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.open_in(&mut *unit, caller, lecture, times, answering).await;
        finish(unit, outcome).await
    }

    async fn open_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        lecture: LectureId,
        times: OpenSession,
        answering: &Answering<'_, CheckInSession>,
    ) -> Result<CheckInSession, CaptureError> {
        let lecture = markable(repositories, caller, lecture).await?;
        let now = self.yard.clock.now();
        let (late, unmarked_absent) = rules_of(repositories, &lecture).await?;
        let session = CheckInSession {
            id: CheckInSessionId(self.yard.ids.next()),
            lecture_id: lecture.id,
            opens_at: times
                .opens_at
                .unwrap_or_else(|| now.max(lecture.starts_at - self.settings.open_before)),
            closes_at: times.closes_at.unwrap_or_else(|| LectureSpan::of(&lecture).ends_at),
            times: late,
            unmarked_absent,
            settled_at: None,
            stamps: Stamps::new(caller, now),
        };
        if session.closes_at <= session.opens_at || session.closes_at <= now {
            return Err(CaptureError::EndsTooEarly);
        }
        repositories.capture().insert_session(&session).await.map_err(|error| match error.conflict() {
            Some(UniqueKey::CheckInSession) => CaptureError::AlreadyOpen,
            _ => error.into(),
        })?;
        repositories.audit().append(&[self.yard.pen(caller).created(&session)]).await?;
        answering.keep(repositories, &session).await?;
        Ok(session)
    }

    /// Ends check-in now; who is unmarked becomes absent if the rules of the class say so.
    pub async fn close(
        &self,
        caller: &Caller,
        lecture: LectureId,
        expected: Expected,
    ) -> Result<CheckInSession, CaptureError> {
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.close_in(&mut *unit, caller, lecture, expected).await;
        finish(unit, outcome).await
    }

    async fn close_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        lecture: LectureId,
        expected: Expected,
    ) -> Result<CheckInSession, CaptureError> {
        let (_, old) = self.changeable(repositories, caller, lecture, expected).await?;
        let now = self.yard.clock.now();
        if old.settled_at.is_some() {
            return Ok(old);
        }
        let mut new = old.clone();
        if !old.is_over(now) {
            new.closes_at = now;
            new.opens_at = old.opens_at.min(now);
        }
        self.settle_in(repositories, caller, &old, new).await
    }

    /// Lets learners check in once more, until the end of the lecture unless another time is given. Marks stay.
    pub async fn reopen(
        &self,
        caller: &Caller,
        lecture: LectureId,
        expected: Expected,
        times: OpenSession,
    ) -> Result<CheckInSession, CaptureError> {
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.reopen_in(&mut *unit, caller, lecture, expected, times).await;
        finish(unit, outcome).await
    }

    async fn reopen_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        lecture: LectureId,
        expected: Expected,
        times: OpenSession,
    ) -> Result<CheckInSession, CaptureError> {
        let (lecture, old) = self.changeable(repositories, caller, lecture, expected).await?;
        let now = self.yard.clock.now();
        if !old.is_over(now) {
            return Err(CaptureError::AlreadyOpen);
        }
        let (late, unmarked_absent) = rules_of(repositories, &lecture).await?;
        let new = CheckInSession {
            // Who was there while it was open the first time can still hand that in.
            opens_at: times.opens_at.unwrap_or_else(|| old.opens_at.min(now)),
            closes_at: times.closes_at.unwrap_or_else(|| LectureSpan::of(&lecture).ends_at),
            times: late,
            unmarked_absent,
            settled_at: None,
            stamps: old.stamps.touched(caller, now),
            ..old.clone()
        };
        if new.closes_at <= new.opens_at || new.closes_at <= now {
            return Err(CaptureError::EndsTooEarly);
        }
        repositories.capture().update_session(&new).await?;
        repositories.audit().append(&[self.yard.pen(caller).updated(&old, &new)]).await?;
        Ok(new)
    }

    async fn changeable(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        lecture: LectureId,
        expected: Expected,
    ) -> Result<(Lecture, CheckInSession), CaptureError> {
        let lecture = markable(repositories, caller, lecture).await?;
        let session = repositories.capture().find_session(lecture.id).await?;
        let session = session.ok_or(CaptureError::NoSession(lecture.id))?;
        if expected.allows(session.stamps.version) {
            Ok((lecture, session))
        } else {
            Err(CaptureError::Stale)
        }
    }
}

async fn markable(
    repositories: &mut dyn Repositories,
    caller: &Caller,
    lecture: LectureId,
) -> Result<Lecture, CaptureError> {
    let found = repositories.lectures().find_to_mark(lecture).await?;
    let (lecture, class) = seen_by_staff(caller, lecture, found, Action::Mark)?;
    if class.closed_at.is_some() {
        return Err(CaptureError::ClassClosed);
    }
    if lecture.is_cancelled() { Err(CaptureError::LectureCancelled) } else { Ok(lecture) }
}

/// What the policy of the class says: how late one may come, and whether the unmarked are absent.
async fn rules_of(
    repositories: &mut dyn Repositories,
    lecture: &Lecture,
) -> Result<(Times, bool), RepositoryError> {
    let pins = repositories.policies().pins_of(lecture.class_id).await?;
    // A class has a policy from its beginning.
    let document = pins.into_iter().next().map(|(_, policy)| policy.document).unwrap_or_default();
    Ok((document.times, document.unmarked == Unmarked::Absent))
}
