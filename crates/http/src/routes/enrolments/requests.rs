//! What clients send to enrol people, change their places and move them.

use chrono::NaiveDate;
use madang_domain::{
    access::ClassRole,
    ids::{ClassId, UserId},
    learning::enrolments::{
        EnrolmentChanges, EnrolmentPeriod, MAX_ENROLMENTS, NewEnrolment, PeriodReversed, Transfer, WhenFull,
    },
};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    problem::{FieldFault, Problem},
    request::{Checks, bad_parameter, clearable, present},
    routes::users::ClassRoleValue,
};

/// What happens to learners for whom the class has no place.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EnrolQuery {
    /// Where the class is full, learners wait for a place, in the order in which they came.
    #[serde(default)]
    wait: bool,
    /// Where the class is full, learners get a place beyond its capacity; for managers, and noted in the audit log.
    #[serde(default)]
    over_capacity: bool,
}

impl EnrolQuery {
    pub(super) fn when_full(&self) -> Result<WhenFull, Problem> {
        match (self.wait, self.over_capacity) {
            (false, false) => Ok(WhenFull::Refuse),
            (true, false) => Ok(WhenFull::Wait),
            (false, true) => Ok(WhenFull::Exceed),
            (true, true) => Err(bad_parameter("over_capacity", FieldFault::Inconsistent)),
        }
    }
}

/// Whether a move may go beyond the capacity of the class.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TransferQuery {
    /// Where the class is full, the learner gets a place beyond its capacity; for managers, and noted in the audit log.
    #[serde(default)]
    over_capacity: bool,
}

impl TransferQuery {
    pub(super) fn when_full(&self) -> WhenFull {
        if self.over_capacity { WhenFull::Exceed } else { WhenFull::Refuse }
    }
}

/// A place in a class to be given.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateEnrolmentRequest {
    /// The user.
    #[schema(example = "01980000-0000-7000-8000-000000000001")]
    user_id: Uuid,
    /// What the user is to be in the class; `learner` where absent. Other roles are the managers' to give.
    role: Option<ClassRoleValue>,
    /// The first day, in the years 1900 to 2999; null or absent for today, in Seoul.
    #[schema(example = "2026-09-01")]
    enrolled_on: Option<NaiveDate>,
    /// The first day no more, if that is known; not before `enrolled_on`.
    #[schema(example = "2026-11-27")]
    left_on: Option<NaiveDate>,
}

impl CreateEnrolmentRequest {
    pub(super) fn into_domain(self) -> Result<NewEnrolment, Problem> {
        let mut checks = Checks::new();
        let new = self.checked(&mut checks, "");
        checks.done(|| new)
    }

    /// The place, with every fault noted below `at`.
    fn checked(self, checks: &mut Checks, at: &str) -> Option<NewEnrolment> {
        let enrolled_on = checks.optional_day(&format!("{at}/enrolled_on"), self.enrolled_on);
        let left_on = checks.optional_day(&format!("{at}/left_on"), self.left_on);
        let (enrolled_on, left_on) = (enrolled_on?, left_on?);
        if let Some(first) = enrolled_on {
            checks.value(&format!("{at}/left_on"), EnrolmentPeriod::new(first, left_on))?;
        }
        Some(NewEnrolment {
            user_id: UserId(self.user_id),
            role: self.role.map_or(ClassRole::Learner, Into::into),
            enrolled_on,
            left_on,
        })
    }
}

/// Places in a class to be given together.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateEnrolmentsRequest {
    /// The places; all of them are given or none.
    #[schema(min_items = 1, max_items = 5_000)]
    items: Vec<CreateEnrolmentRequest>,
}

impl CreateEnrolmentsRequest {
    pub(super) fn into_domain(self) -> Result<Vec<NewEnrolment>, Problem> {
        let mut checks = Checks::new();
        match self.items.len() {
            0 => checks.fault("/items", FieldFault::Empty),
            1..=MAX_ENROLMENTS => {}
            _ => checks.fault("/items", FieldFault::TooLong { max: MAX_ENROLMENTS }),
        }
        let items: Vec<Option<NewEnrolment>> = self
            .items
            .into_iter()
            .take(MAX_ENROLMENTS)
            .enumerate()
            .map(|(index, item)| item.checked(&mut checks, &format!("/items/{index}")))
            .collect();
        checks.done(|| items.into_iter().collect())
    }
}

/// What changes on an enrolment (merge patch): absent keeps, null clears.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateEnrolmentRequest {
    /// Another role.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    role: Option<ClassRoleValue>,
    /// Another first day, in the years 1900 to 2999.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, example = "2026-09-08")]
    enrolled_on: Option<NaiveDate>,
    /// Another first day no more; null makes the enrolment hold again.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<NaiveDate>, example = "2026-11-27")]
    left_on: Option<Option<NaiveDate>>,
}

impl UpdateEnrolmentRequest {
    pub(super) fn into_domain(self) -> Result<EnrolmentChanges, Problem> {
        let mut checks = Checks::new();
        let enrolled_on = checks.optional_day("/enrolled_on", self.enrolled_on);
        let left_on = match self.left_on {
            None => Some(None),
            Some(day) => checks.optional_day("/left_on", day).map(Some),
        };
        checks.done(|| {
            Some(EnrolmentChanges {
                role: self.role.map(Into::into),
                enrolled_on: enrolled_on?,
                left_on: left_on?,
            })
        })
    }
}

/// How a learner moves to another class.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TransferEnrolmentRequest {
    /// Into this class.
    #[schema(example = "01980000-0000-7000-8000-000000000002")]
    class_id: Uuid,
    /// From this day on, in the years 1900 to 2999, after the last lecture of the old class at which the user is marked; null or
    /// absent for today, in Seoul, or tomorrow where a lecture of the old class has begun today.
    #[schema(example = "2026-10-01")]
    on: Option<NaiveDate>,
}

impl TransferEnrolmentRequest {
    pub(super) fn into_domain(self, when_full: WhenFull) -> Result<Transfer, Problem> {
        let mut checks = Checks::new();
        let on = checks.optional_day("/on", self.on);
        checks.done(|| Some(Transfer { class_id: ClassId(self.class_id), on: on?, when_full }))
    }
}

impl From<PeriodReversed> for FieldFault {
    fn from(_: PeriodReversed) -> Self {
        Self::Reversed
    }
}
