//! A learner who has checked in goes out, comes back, and leaves.
//!
//! Coming back and leaving claim that one is in the room, so they need the code; going out does not.

use chrono::{DateTime, TimeDelta, Utc};

use super::{CaptureError, CaptureService, Door, LectureSpan, Presence};
use crate::{
    access::Caller,
    attendance::{Attendance, policy::Times},
    ids::{LectureId, UserId},
    store::finish,
};

/// How long after the end of a lecture one may still check out.
const CHECK_OUT_FOR: TimeDelta = TimeDelta::hours(1);

impl CaptureService {
    /// The caller goes out for a while; asking again changes nothing.
    pub async fn step_out(&self, caller: &Caller, lecture: LectureId) -> Result<Attendance, CaptureError> {
        let (_, door) = self.checked_in(caller, lecture).await?;
        self.moved(caller, &door, |presence, at, span, times| match presence {
            presence if presence.checked_out_at.is_some() => Err(CaptureError::CheckedOut),
            presence if presence.is_away() => Ok(None),
            presence => Ok(Some(presence.stepped_out(at, span, times))),
        })
        .await
    }

    /// The caller is back.
    pub async fn come_back(
        &self,
        caller: &Caller,
        lecture: LectureId,
        code: &str,
    ) -> Result<Attendance, CaptureError> {
        let (user, door) = self.checked_in(caller, lecture).await?;
        self.proven(&door, user, code, None).await?;
        self.moved(caller, &door, |presence, at, span, times| match presence {
            presence if presence.checked_out_at.is_some() => Err(CaptureError::CheckedOut),
            presence if presence.is_away() => Ok(Some(presence.returned(at, span, times))),
            _ => Err(CaptureError::NotAway),
        })
        .await
    }

    /// The caller leaves for good; asking again changes nothing.
    pub async fn check_out(
        &self,
        caller: &Caller,
        lecture: LectureId,
        code: &str,
    ) -> Result<Attendance, CaptureError> {
        let (user, door) = self.checked_in(caller, lecture).await?;
        let over = door
            .mark
            .as_ref()
            .and_then(|mark| mark.presence.as_ref())
            .filter(|presence| presence.checked_out_at.is_some());
        if over.is_none() {
            self.proven(&door, user, code, None).await?;
        }
        self.moved(caller, &door, |presence, at, span, times| match presence {
            presence if presence.checked_out_at.is_some() => Ok(None),
            // With the code in hand the learner is back in the room.
            presence => Ok(Some(presence.returned(at, span, times).checked_out(at, span, times))),
        })
        .await
    }

    async fn checked_in(&self, caller: &Caller, lecture: LectureId) -> Result<(UserId, Door), CaptureError> {
        let user = caller.user_id().ok_or(CaptureError::Forbidden)?;
        let door = self.door(caller, lecture, user).await?;
        if door.mark.as_ref().is_none_or(|mark| mark.presence.is_none()) {
            return Err(CaptureError::NotCheckedIn);
        }
        if self.yard.clock.now() > LectureSpan::of(&door.lecture).ends_at + CHECK_OUT_FOR {
            return Err(CaptureError::Over);
        }
        Ok((user, door))
    }

    async fn moved(
        &self,
        caller: &Caller,
        door: &Door,
        step: impl FnOnce(Presence, DateTime<Utc>, LectureSpan, Times) -> Result<Option<Presence>, CaptureError>,
    ) -> Result<Attendance, CaptureError> {
        let mark = door.mark.as_ref().ok_or(CaptureError::NotCheckedIn)?;
        let presence = mark.presence.clone().ok_or(CaptureError::NotCheckedIn)?;
        let session = door.session.as_ref().ok_or(CaptureError::NoSession(door.lecture.id))?;
        let now = self.yard.clock.now();
        let Some(next) = step(presence, now, LectureSpan::of(&door.lecture), session.times)? else {
            return Ok(mark.clone());
        };
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.beside(&mut *unit, caller, mark, next).await;
        finish(unit, outcome).await
    }
}
