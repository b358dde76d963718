//! Why a rate is what it is, and what it would be.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{Policy, PolicyError, PolicyService, service::visible};
use crate::{
    access::{Action, Caller, authorize},
    attendance::{
        leave::LeaveReason,
        policy::{Assessment, Excuse, LearnerRecord, Line, PlannedLecture, RawMark, Timetable},
        records::{self, LearnerClass},
    },
    calendar::TimeZone,
    ids::{ClassId, LectureId, PolicyId, UserId},
    learning::{enrolments::EnrolmentPeriod, lectures::Lecture},
};

/// Why the rate of a learner in a class is what it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// The class.
    pub class_id: ClassId,
    /// The learner.
    pub user_id: UserId,
    /// By which policy.
    pub policy: Policy,
    /// Each lecture, in the order of time.
    pub lines: Vec<ExplanationLine>,
    /// Everything that is said of the learner.
    pub assessment: Assessment,
    /// Up to when.
    pub as_of: DateTime<Utc>,
}

/// One lecture of an explanation, with its title.
#[derive(Debug, Clone, PartialEq)]
pub struct ExplanationLine {
    /// What it is called.
    pub title: String,
    /// The class from which it is carried over; `None` for a lecture of the class itself.
    pub origin: Option<Origin>,
    /// What the engine says of it.
    pub line: Line,
}

/// A class from which a learner moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The class.
    pub class_id: ClassId,
    /// Its title.
    pub title: String,
}

/// Lectures and marks that are made up, to see what a policy says of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Simulation {
    /// Each lecture with what is on record of the learner there.
    pub lectures: Vec<SimulatedLecture>,
    /// When the learner is enrolled; empty for always.
    pub periods: Vec<EnrolmentPeriod>,
    /// The moment at which it is looked; `None` for the end of the last lecture.
    pub as_of: Option<DateTime<Utc>>,
}

/// A lecture that is made up.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SimulatedLecture {
    /// When it starts; `None` for a day after the one before, and 10:00 on 2 March 2026 in Seoul for the first.
    pub starts_at: Option<DateTime<Utc>>,
    /// How long it takes.
    pub duration_minutes: i32,
    /// Whether it was called off.
    pub is_cancelled: bool,
    /// The mark.
    pub status: Option<crate::attendance::AttendanceStatus>,
    /// The minutes between coming and leaving.
    pub attended_minutes: Option<u32>,
    /// Whether an excuse was approved.
    pub is_excused: bool,
    /// Why, where it was.
    pub leave_reason: Option<LeaveReason>,
}

impl PolicyService {
    /// Why the rate of a learner is what it is: one's own, or for staff of the class.
    pub async fn explain(
        &self,
        caller: &Caller,
        class: ClassId,
        user: UserId,
    ) -> Result<Explanation, PolicyError> {
        let mut session = self.yard.store.session().await?;
        if authorize(caller, Action::ReadRecord { user, class }).is_err() {
            // Who may see the class learns that the figures of others are not theirs to see, and nothing of who is in it.
            visible(&mut *session, caller, class).await?;
            return Err(PolicyError::LearnerNotFound(user));
        }
        let Some(learner) = records::of_learner(&mut *session, class, user).await? else {
            session.classes().find(class).await?.ok_or(PolicyError::ClassNotFound(class))?;
            return Err(PolicyError::LearnerNotFound(user));
        };
        let as_of = self.yard.clock.now();
        let assessment = learner.assess(as_of);
        Ok(Explanation {
            class_id: class,
            user_id: user,
            lines: lines(&assessment, &learner),
            policy: Policy::clone(&learner.policy),
            assessment,
            as_of,
        })
    }

    /// What a policy says of lectures and marks that are made up.
    pub async fn simulate(
        &self,
        policy: PolicyId,
        simulation: Simulation,
    ) -> Result<(Policy, Assessment, DateTime<Utc>), PolicyError> {
        let policy = self.find(policy).await?;
        let (lectures, record, as_of) = made_up(simulation);
        let assessment = Timetable::new(&policy.document, lectures, as_of).assess(&record);
        Ok((policy, assessment, as_of))
    }
}

fn lines(assessment: &Assessment, learner: &LearnerClass) -> Vec<ExplanationLine> {
    let lectures = learner.way.as_ref().unwrap_or(&learner.lectures);
    let lectures: HashMap<LectureId, &Lecture> =
        lectures.iter().map(|lecture| (lecture.id, lecture)).collect();
    let line = |line: &Line| {
        let lecture = lectures.get(&line.lecture.id);
        let origin = lecture.and_then(|lecture| {
            learner.origins.get(&lecture.class_id).map(|title| (lecture.class_id, title.clone()))
        });
        ExplanationLine {
            title: lecture.map(|lecture| lecture.title.clone().into()).unwrap_or_default(),
            origin: origin.map(|(class_id, title)| Origin { class_id, title }),
            line: *line,
        }
    };
    assessment.lines.iter().map(line).collect()
}

fn made_up(simulation: Simulation) -> (Vec<PlannedLecture>, LearnerRecord, DateTime<Utc>) {
    let mut next = first_morning();
    let mut lectures = Vec::new();
    let mut record = LearnerRecord { periods: simulation.periods, ..LearnerRecord::default() };
    for (number, one) in (1_u16..).zip(&simulation.lectures) {
        let id = LectureId(Uuid::from_u128(number.into()));
        let starts_at = one.starts_at.unwrap_or(next);
        next = starts_at + TimeDelta::days(1);
        lectures.push(PlannedLecture {
            id,
            sequence: number.into(),
            starts_at,
            duration_minutes: one.duration_minutes,
            is_cancelled: one.is_cancelled,
        });
        record.marks.extend(one.status.map(|status| RawMark {
            lecture_id: id,
            status,
            attended_minutes: one.attended_minutes,
        }));
        record.excuses.extend(one.is_excused.then_some(Excuse {
            lecture_id: id,
            treatment: None,
            reason: one.leave_reason,
        }));
    }
    if record.periods.is_empty() {
        record.periods.extend(EnrolmentPeriod::new(chrono::NaiveDate::MIN, None));
    }
    let end =
        |lecture: &PlannedLecture| lecture.starts_at + TimeDelta::minutes(lecture.duration_minutes.into());
    let as_of = simulation.as_of.or_else(|| lectures.iter().map(end).max()).unwrap_or(next);
    (lectures, record, as_of)
}

fn first_morning() -> DateTime<Utc> {
    let day = chrono::NaiveDate::from_ymd_opt(2026, 3, 2).unwrap_or_default();
    TimeZone::default().instant(day.and_hms_opt(10, 0, 0).unwrap_or_default())
}
