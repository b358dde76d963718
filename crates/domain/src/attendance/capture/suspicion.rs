//! What looks odd about check-ins, as a score and its reasons: for staff to look at, never to keep anybody out.
//!
//! A class behind one address is normal, and so is a phone that uses another network than the room; one device for many
//! people is not.

use std::collections::HashMap;

use super::{CODE_STEP_SECONDS, CaptureError, CaptureService, Evidence, board::seen_by_staff};
use crate::{
    access::{Action, Caller},
    accounts::UserSummary,
    ids::{AttendanceId, LectureId},
};

/// The least score that is shown.
const SHOWN_FROM: u8 = 20;
/// So many check-ins, and three of five of them from one network, tell which network is the room's.
const ENOUGH_TO_KNOW_THE_ROOM: usize = 5;

/// One check-in that looks odd.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suspicion {
    /// Whose.
    pub user: UserSummary,
    /// The mark.
    pub attendance_id: AttendanceId,
    /// How odd, up to 100.
    pub score: u8,
    /// Why.
    pub reasons: Vec<SuspicionReason>,
}

/// Why a check-in looks odd.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SuspicionReason {
    /// One device checked in so many people.
    SharedDevice {
        /// How many.
        people: usize,
    },
    /// It came from another network than most of the room.
    OtherNetwork,
    /// The code was handed in after its own step, as one does that was passed on.
    AfterItsStep,
    /// The digits were typed, by somebody who may have been told them.
    Typed,
    /// The code was captured and handed in later.
    HandedInLater,
}

impl SuspicionReason {
    fn weight(self) -> u8 {
        match self {
            Self::SharedDevice { people: 2 } => 60,
            Self::SharedDevice { people: _ } => 80,
            Self::OtherNetwork => 20,
            Self::AfterItsStep | Self::Typed | Self::HandedInLater => 10,
        }
    }
}

impl CaptureService {
    /// The check-ins of a lecture that look odd, the oddest first.
    pub async fn suspicions(
        &self,
        caller: &Caller,
        lecture: LectureId,
    ) -> Result<Vec<Suspicion>, CaptureError> {
        let mut session = self.yard.store.session().await?;
        let found = session.lectures().find(lecture).await?;
        seen_by_staff(caller, lecture, found, Action::Mark)?;
        let board = session.capture().board(lecture).await?;
        let came = board.entries.into_iter().filter_map(|entry| {
            let mark = entry.mark?;
            Some((entry.user, mark.id, mark.presence?.evidence))
        });
        Ok(judged(&came.collect::<Vec<_>>()))
    }
}

fn judged(came: &[(UserSummary, AttendanceId, Evidence)]) -> Vec<Suspicion> {
    let mut devices: HashMap<&str, usize> = HashMap::new();
    let mut networks: HashMap<&str, usize> = HashMap::new();
    for (_, _, evidence) in came {
        for (counts, value) in [(&mut devices, &evidence.device), (&mut networks, &evidence.network)] {
            if let Some(value) = value.as_deref() {
                *counts.entry(value).or_default() += 1;
            }
        }
    }
    let located: usize = networks.values().sum();
    let room = networks
        .iter()
        .find(|(_, count)| located >= ENOUGH_TO_KNOW_THE_ROOM && **count * 5 >= located * 3)
        .map(|(network, _)| *network);
    let mut suspicions: Vec<Suspicion> = came
        .iter()
        .map(|(user, attendance_id, evidence)| {
            let reasons = reasons(evidence, &devices, room);
            let score = reasons.iter().map(|reason| reason.weight()).fold(0, u8::saturating_add).min(100);
            Suspicion { user: user.clone(), attendance_id: *attendance_id, score, reasons }
        })
        .filter(|suspicion| suspicion.score >= SHOWN_FROM)
        .collect();
    // Those of one score stay in the order of the board, by name.
    suspicions.sort_by_key(|suspicion| std::cmp::Reverse(suspicion.score));
    suspicions
}

fn reasons(evidence: &Evidence, devices: &HashMap<&str, usize>, room: Option<&str>) -> Vec<SuspicionReason> {
    let mut reasons = Vec::new();
    let people =
        evidence.device.as_deref().and_then(|device| devices.get(device)).copied().unwrap_or_default();
    if people > 1 {
        reasons.push(SuspicionReason::SharedDevice { people });
    }
    let elsewhere =
        room.is_some_and(|room| evidence.network.as_deref().is_some_and(|network| network != room));
    if elsewhere {
        reasons.push(SuspicionReason::OtherNetwork);
        // By themselves these are what slow or careful people do.
        if evidence.offline {
            reasons.push(SuspicionReason::HandedInLater);
        } else if evidence.received_at.timestamp() >= (evidence.step + 1) * CODE_STEP_SECONDS {
            reasons.push(SuspicionReason::AfterItsStep);
        }
        if !evidence.scanned {
            reasons.push(SuspicionReason::Typed);
        }
    }
    reasons
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};
    use uuid::Uuid;

    use super::*;
    use crate::ids::UserId;

    fn came(number: u128, device: &str, network: &str) -> (UserSummary, AttendanceId, Evidence) {
        let user = UserSummary {
            id: UserId(Uuid::from_u128(number)),
            username: format!("user-{number}"),
            name: format!("수강생 {number}"),
        };
        let evidence = Evidence {
            step: 4,
            scanned: true,
            offline: false,
            received_at: DateTime::UNIX_EPOCH + TimeDelta::seconds(4 * CODE_STEP_SECONDS),
            device: Some(device.to_owned()),
            network: Some(network.to_owned()),
        };
        (user, AttendanceId(Uuid::from_u128(number)), evidence)
    }

    fn room(people: u128) -> Vec<(UserSummary, AttendanceId, Evidence)> {
        (0..people).map(|number| came(number, &format!("device {number}"), "room")).collect()
    }

    #[test]
    fn a_class_behind_one_address_is_normal() {
        assert_eq!(judged(&room(30)), []);
        assert_eq!(judged(&[]), []);
    }

    #[test]
    fn one_device_for_many_people_stands_out() {
        let mut came_in = room(10);
        came_in.extend([came(20, "one", "room"), came(21, "one", "room")]);
        let found = judged(&came_in);
        assert_eq!(found.iter().map(|one| one.score).collect::<Vec<_>>(), [60, 60]);
        assert_eq!(found[0].reasons, [SuspicionReason::SharedDevice { people: 2 }]);
        came_in.push(came(22, "one", "room"));
        assert_eq!(judged(&came_in).iter().map(|one| one.score).collect::<Vec<_>>(), [80, 80, 80]);
    }

    #[test]
    fn a_code_that_was_passed_on_to_elsewhere_stands_out_more_than_another_network_alone() {
        let mut came_in = room(10);
        came_in.push(came(20, "phone", "mobile"));
        let mut relayed = came(21, "other", "home");
        relayed.2.received_at += TimeDelta::seconds(CODE_STEP_SECONDS);
        relayed.2.scanned = false;
        came_in.push(relayed);
        let found = judged(&came_in);
        assert_eq!(found.iter().map(|one| one.score).collect::<Vec<_>>(), [40, 20]);
        let expected = [SuspicionReason::OtherNetwork, SuspicionReason::AfterItsStep, SuspicionReason::Typed];
        assert_eq!(found[0].reasons, expected);
    }

    #[test]
    fn of_few_people_or_many_networks_none_is_the_room() {
        let apart =
            |count: u128| (0..count).map(|number| came(number, &format!("d{number}"), &format!("n{number}")));
        assert_eq!(judged(&apart(20).collect::<Vec<_>>()), []);
        let mut few = room(3);
        few.push(came(9, "d", "elsewhere"));
        assert_eq!(judged(&few), []);
    }
}
