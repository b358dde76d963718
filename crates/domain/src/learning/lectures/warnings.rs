//! What a planner should look at: conflicts of place and lecturer, marks that a change leaves behind. Nothing is ever
//! refused for it.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::Lecture;
use crate::{
    error::RepositoryResult,
    ids::{ClassId, LectureId, UserId},
    store::Repositories,
};

/// The most conflicts that are told of one lecture.
const MOST: usize = 10;

/// A lecture as it is planned now, and what to look at.
#[derive(Debug, Clone, PartialEq)]
pub struct Planned {
    /// The lecture.
    pub lecture: Lecture,
    /// What to look at.
    pub warnings: Vec<LectureWarning>,
}

/// Something to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LectureWarning {
    /// Another lecture is at the same place at the same time.
    PlaceTaken(OtherLecture),
    /// A lecturer of the class teaches another lecture at the same time.
    LecturerTaken {
        /// Who.
        lecturer: UserId,
        /// Which one.
        other: OtherLecture,
    },
    /// Marks of users who are not enrolled as learners on the day to which the lecture was moved; they stay, and count nowhere.
    MarkedNotEnrolled {
        /// How many.
        marks: u64,
    },
    /// Marks that count nowhere while the lecture is cancelled.
    MarksNotCounted {
        /// How many.
        marks: u64,
    },
}

/// A lecture that is in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OtherLecture {
    /// Which one.
    pub lecture_id: LectureId,
    /// Of which class.
    pub class_id: ClassId,
    /// When it starts.
    pub starts_at: DateTime<Utc>,
}

/// A lecture that shares place or lecturer with another and starts within a day of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NearbyLecture {
    /// The lecture that was asked about.
    pub of: LectureId,
    /// The other one.
    pub other: OtherLecture,
    /// How long the other one takes, in minutes.
    pub duration_minutes: i32,
    /// Who teaches both; `None` where they share the place.
    pub lecturer: Option<UserId>,
}

/// Looks for conflicts of lectures, in one statement at any number; cancelled ones are in nobody's way.
pub(super) async fn planned(
    repositories: &mut dyn Repositories,
    lectures: Vec<Lecture>,
) -> RepositoryResult<Vec<Planned>> {
    let ids: Vec<LectureId> =
        lectures.iter().filter(|lecture| !lecture.is_cancelled()).map(|lecture| lecture.id).collect();
    let mut nearby: HashMap<LectureId, Vec<NearbyLecture>> = HashMap::new();
    if !ids.is_empty() {
        for one in repositories.lectures().nearby(&ids).await? {
            nearby.entry(one.of).or_default().push(one);
        }
    }
    Ok(lectures
        .into_iter()
        .map(|lecture| {
            let near = nearby.remove(&lecture.id).unwrap_or_default();
            let conflicts = near.into_iter().filter(|near| overlap(&lecture, near));
            Planned { warnings: conflicts.map(LectureWarning::from).take(MOST).collect(), lecture }
        })
        .collect())
}

fn overlap(lecture: &Lecture, near: &NearbyLecture) -> bool {
    let end = |starts_at: DateTime<Utc>, minutes: i32| starts_at + TimeDelta::minutes(minutes.into());
    near.other.starts_at < end(lecture.starts_at, lecture.duration_minutes)
        && lecture.starts_at < end(near.other.starts_at, near.duration_minutes)
}

impl From<NearbyLecture> for LectureWarning {
    fn from(near: NearbyLecture) -> Self {
        match near.lecturer {
            None => Self::PlaceTaken(near.other),
            Some(lecturer) => Self::LecturerTaken { lecturer, other: near.other },
        }
    }
}
