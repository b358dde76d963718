//! A learner checks in.
//!
//! The hot path of a full hall: one statement tells everything that decides, one makes the mark with the test of the
//! enrolment in it, one appends to the audit log. Nobody waits for anybody: no two learners write the same row. Where the
//! database has one writer, those who come at the same moment are kept together (`turnstile`).

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    CaptureError, CaptureService, CheckInSession, CodeProblem, CodeProof, Door, Evidence, LectureSpan,
    Presence,
    code::LectureCodes,
    turnstile::{FirstMark, MarkKeeper},
};
use crate::{
    access::{Action, Caller, authorize},
    attendance::{Attendance, AttendanceSource, Mark},
    audit::AuditEntry,
    error::{Pending, RepositoryError, RepositoryResult},
    idempotency::Answering,
    ids::{AttendanceId, LectureId, UserId},
    secrets::hex,
    stamps::Stamps,
    store::{Repositories, finish},
};

/// Wrong codes of one learner at one lecture that are looked at within [`GUESSES_COUNT_FOR`].
const MOST_GUESSES: i32 = 10;
const GUESSES_COUNT_FOR: TimeDelta = TimeDelta::minutes(10);
/// How far the clock of a device may be ahead of ours.
const CLOCK_SKEW: TimeDelta = TimeDelta::minutes(1);

/// What a learner hands in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CheckIn {
    /// The payload of the QR code, or six digits.
    pub code: String,
    /// When a device without network captured the code; `None` for now.
    pub captured_at: Option<DateTime<Utc>>,
    /// What the device calls itself.
    pub device: Option<String>,
    /// The network that it came from.
    pub network: Option<String>,
}

/// The mark of a learner who checked in.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckedIn {
    /// The mark.
    pub attendance: Attendance,
    /// Whether this request made it; `false` where the learner had checked in before.
    pub is_new: bool,
}

impl CaptureService {
    /// Checks the caller in; who has checked in already is answered the mark that there is.
    pub async fn check_in(
        &self,
        caller: &Caller,
        lecture: LectureId,
        request: CheckIn,
        answering: &Answering<'_, CheckedIn>,
    ) -> Result<CheckedIn, CaptureError> {
        let user = caller.user_id().ok_or(CaptureError::Forbidden)?;
        let door = self.door(caller, lecture, user).await?;
        if let Some(mark) = door.mark.as_ref().filter(|mark| mark.presence.is_some()) {
            return Ok(CheckedIn { attendance: mark.clone(), is_new: false });
        }
        let now = self.yard.clock.now();
        let at = self.claimed_time(&request, now)?;
        let session = door.session.as_ref().ok_or(CaptureError::NoSession(lecture))?;
        if at < session.opens_at {
            return Err(CaptureError::TooEarly { opens_at: session.opens_at });
        }
        if session.is_over(at) {
            return Err(CaptureError::Over);
        }
        let proof = self.proven(&door, user, &request.code, request.captured_at).await?;
        let presence = self.presence(&door, session, &request, at, proof);
        if let (Some(turnstile), None, false) = (&self.turnstile, &door.mark, answering.has_key()) {
            let mark = self.first_mark(caller, user, &door, presence);
            return turnstile.pass(self, mark).await?.ok_or(CaptureError::NotEnrolled);
        }
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.check_in_in(&mut *unit, caller, user, &door, presence, answering).await;
        finish(unit, outcome).await
    }

    async fn check_in_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        user: UserId,
        door: &Door,
        presence: Presence,
        answering: &Answering<'_, CheckedIn>,
    ) -> Result<CheckedIn, CaptureError> {
        let done = match &door.mark {
            None => {
                let mark = self.first_mark(caller, user, door, presence);
                let kept = keep_first(repositories, std::slice::from_ref(&mark)).await?;
                kept.into_iter().next().flatten().ok_or(CaptureError::NotEnrolled)?
            }
            Some(mark) => {
                let attendance = self.beside(repositories, caller, mark, presence).await?;
                CheckedIn { attendance, is_new: false }
            }
        };
        answering.keep(repositories, &done).await?;
        Ok(done)
    }

    fn first_mark(&self, caller: &Caller, user: UserId, door: &Door, presence: Presence) -> FirstMark {
        let attendance = Attendance {
            id: AttendanceId(self.yard.ids.next()),
            lecture_id: door.lecture.id,
            user_id: user,
            mark: Mark {
                status: presence.derived,
                detail_type: None,
                description: None,
                assignment_id: None,
                checked_at: Some(presence.checked_in_at),
            },
            source: AttendanceSource::SelfCheckIn,
            presence: Some(presence),
            stamps: Stamps::new(caller, self.yard.clock.now()),
        };
        FirstMark { entry: self.yard.pen(caller).created(&attendance), attendance }
    }

    /// Puts the times of a learner beside the mark that there is; see [`with_presence`].
    pub(super) async fn beside(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        known: &Attendance,
        presence: Presence,
    ) -> Result<Attendance, CaptureError> {
        let old = repositories.attendances().find_for_update(known.id).await?.ok_or(CaptureError::Stale)?;
        if old.presence != known.presence {
            return Err(CaptureError::Stale);
        }
        let mut new = with_presence(old.clone(), presence);
        new.stamps = old.stamps.touched(caller, self.yard.clock.now());
        repositories.attendances().update_many(std::slice::from_ref(&new)).await?;
        repositories.audit().append(&[self.yard.pen(caller).updated(&old, &new)]).await?;
        Ok(new)
    }

    /// What decides about a learner, who must be one of the lecture's and whose class must be open.
    pub(super) async fn door(
        &self,
        caller: &Caller,
        lecture: LectureId,
        user: UserId,
    ) -> Result<Door, CaptureError> {
        let mut session = self.yard.store.session().await?;
        let door = session.capture().door(lecture, user).await?;
        let door = door.ok_or(CaptureError::LectureNotFound(lecture))?;
        if !door.is_learner {
            let visible = caller.teaches(door.class.id)
                || authorize(caller, Action::ReadCatalogue { active: door.class.is_active }).is_ok();
            return Err(if visible {
                CaptureError::NotEnrolled
            } else {
                CaptureError::LectureNotFound(lecture)
            });
        }
        if door.class.closed_at.is_some() {
            return Err(CaptureError::ClassClosed);
        }
        if door.lecture.is_cancelled() {
            return Err(CaptureError::LectureCancelled);
        }
        Ok(door)
    }

    /// Checks a code, of which a learner may send a few wrong ones only.
    pub(super) async fn proven(
        &self,
        door: &Door,
        user: UserId,
        code: &str,
        captured_at: Option<DateTime<Utc>>,
    ) -> Result<CodeProof, CaptureError> {
        let (now, lecture) = (self.yard.clock.now(), door.lecture.id);
        if let Some(guesses) = door.guesses.filter(|guesses| guesses.wrong >= MOST_GUESSES) {
            let wait = guesses.since + GUESSES_COUNT_FOR - now;
            if wait > TimeDelta::zero() {
                let retry_after_s = u64::try_from(wait.num_seconds()).unwrap_or_default() + 1;
                return Err(CaptureError::TooManyGuesses { retry_after_s });
            }
        }
        let codes = LectureCodes::new(&*self.secrets, lecture);
        let checked = match captured_at {
            None => codes.check(code, now),
            Some(captured_at) => codes.check_captured(code, captured_at),
        };
        if checked == Err(CodeProblem::Wrong) {
            let mut unit = self.yard.store.begin().await?;
            let outcome: Result<(), RepositoryError> =
                unit.capture().count_wrong_code(lecture, user, now, now - GUESSES_COUNT_FOR).await;
            finish(unit, outcome).await?;
        }
        Ok(checked?)
    }

    /// Forgets wrong codes that no longer count.
    pub async fn forget_wrong_codes(&self) -> Result<usize, CaptureError> {
        let before = self.yard.clock.now() - GUESSES_COUNT_FOR;
        let mut unit = self.yard.store.begin().await?;
        let outcome = unit.capture().forget_wrong_codes(before).await;
        Ok(finish(unit, outcome).await?)
    }

    /// The moment for which a request counts.
    fn claimed_time(&self, request: &CheckIn, now: DateTime<Utc>) -> Result<DateTime<Utc>, CaptureError> {
        let Some(captured_at) = request.captured_at else { return Ok(now) };
        let window = now - self.settings.offline_window..=now + CLOCK_SKEW;
        if self.settings.offline_window > TimeDelta::zero() && window.contains(&captured_at) {
            Ok(captured_at.min(now))
        } else {
            Err(CaptureError::CapturedOutOfWindow)
        }
    }

    fn presence(
        &self,
        door: &Door,
        session: &CheckInSession,
        request: &CheckIn,
        at: DateTime<Utc>,
        proof: CodeProof,
    ) -> Presence {
        let hashed = |purpose: &str, text: &String| {
            let secret = self.secrets.derive(purpose, door.lecture.id.0.as_bytes());
            let hash = self.secrets.keyed_hash(&secret, text.as_bytes());
            hex(hash.first_chunk::<16>().unwrap_or(&[0; 16]))
        };
        let evidence = Evidence {
            step: proof.step,
            scanned: proof.scanned,
            offline: request.captured_at.is_some(),
            received_at: self.yard.clock.now(),
            device: request.device.as_ref().map(|device| hashed("check-in device", device)),
            network: request.network.as_ref().map(|network| hashed("check-in network", network)),
        };
        Presence::begin(at, evidence, LectureSpan::of(&door.lecture), session.times)
    }
}

impl MarkKeeper for CaptureService {
    fn keep_together(&self, marks: Vec<FirstMark>) -> Pending<'_, Vec<Option<CheckedIn>>> {
        Box::pin(async move {
            let mut unit = self.yard.store.begin().await?;
            let outcome = keep_first(&mut *unit, &marks).await;
            finish(unit, outcome).await
        })
    }
}

/// Keeps first marks; tells of each what there is now, and `None` where the learner is not expected at the lecture.
async fn keep_first(
    repositories: &mut dyn Repositories,
    marks: &[FirstMark],
) -> RepositoryResult<Vec<Option<CheckedIn>>> {
    let new: Vec<Attendance> = marks.iter().map(|mark| mark.attendance.clone()).collect();
    let made: HashSet<AttendanceId> =
        repositories.capture().insert_expected(&new).await?.into_iter().collect();
    let is_made = |mark: &&FirstMark| made.contains(&mark.attendance.id);
    let entries: Vec<AuditEntry> = marks.iter().filter(is_made).map(|mark| mark.entry.clone()).collect();
    if !entries.is_empty() {
        repositories.audit().append(&entries).await?;
    }
    // These learners were marked, or left, or the class was closed, since the door was read.
    let mut others: BTreeMap<LectureId, Vec<UserId>> = BTreeMap::new();
    for mark in new.iter().filter(|mark| !made.contains(&mark.id)) {
        others.entry(mark.lecture_id).or_default().push(mark.user_id);
    }
    let mut there: HashMap<(LectureId, UserId), Attendance> = HashMap::new();
    for (lecture, users) in others {
        let kept = repositories.attendances().of_users(lecture, &users).await?;
        there.extend(kept.into_iter().map(|mark| ((lecture, mark.user_id), mark)));
    }
    let outcome = |mark: Attendance| {
        if made.contains(&mark.id) {
            return Some(CheckedIn { attendance: mark, is_new: true });
        }
        let kept = there.get(&(mark.lecture_id, mark.user_id)).cloned();
        kept.map(|attendance| CheckedIn { attendance, is_new: false })
    };
    Ok(new.into_iter().map(outcome).collect())
}

/// A mark with these times. What staff or a file said stays; what was derived, or came of nobody having marked, follows.
fn with_presence(mut attendance: Attendance, presence: Presence) -> Attendance {
    match attendance.source {
        AttendanceSource::SelfCheckIn | AttendanceSource::Closing => {
            attendance.mark.status = presence.derived;
            attendance.mark.checked_at = Some(presence.checked_in_at);
            attendance.source = AttendanceSource::SelfCheckIn;
        }
        AttendanceSource::Staff | AttendanceSource::Import => {}
    }
    attendance.presence = Some(presence);
    attendance
}
