//! The learners of a class, one by one: rate, verdict, what is left, and how they have come lately.

use std::{collections::HashMap, sync::Arc};

use chrono::{DateTime, NaiveDate, Utc};
use madang_domain::{
    access::Caller,
    accounts::UserSummary,
    attendance::{
        TallyFilter, Verdict,
        counters::{self, LearnerStanding},
    },
    ids::{ClassId, UserId},
};

use super::{Figures, StatisticsError, StatisticsService, figures::Part, figures::figures, service::sees};

/// The learners of a class.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassLearners {
    /// The class.
    pub class_id: ClassId,
    /// Its title.
    pub title: String,
    /// Everybody who is or was a learner, by name.
    pub learners: Vec<LearnerFigures>,
    /// Up to when.
    pub as_of: DateTime<Utc>,
}

/// A learner among those of a class.
#[derive(Debug, Clone, PartialEq)]
pub struct LearnerFigures {
    /// Who.
    pub user: UserSummary,
    /// The first day of the learner.
    pub enrolled_on: NaiveDate,
    /// The first day no more; `None` while a place holds.
    pub left_on: Option<NaiveDate>,
    /// What was counted, and the rate.
    pub figures: Figures,
    /// Whether that is enough, so far.
    pub verdict: Verdict,
    /// Whether few absences are left.
    pub at_risk: bool,
    /// So many lectures left may be missed.
    pub absences_left: u64,
    /// Since when the threshold is out of reach; `None` while it can be met.
    pub unreachable_since: Option<DateTime<Utc>>,
    /// Lectures missed one after the other, up to the last one that was held (연속 결석).
    pub absences_in_a_row: u64,
    /// The day of the last lecture at which the learner was (최근 출석일).
    pub last_attended_on: Option<NaiveDate>,
    /// Whether the learner went on into another class of the course, and is counted there.
    pub has_gone_on: bool,
    /// When a certification that rests on the class and holds was issued.
    pub certified_at: Option<DateTime<Utc>>,
}

impl StatisticsService {
    /// The learners of a class, for its staff and who may see statistics; exact at once.
    pub async fn class_learners(
        &self,
        caller: &Caller,
        id: ClassId,
    ) -> Result<ClassLearners, StatisticsError> {
        let hidden = StatisticsError::ClassNotFound(id);
        let mut session = self.yard.store.figure_session(caller.reader()).await?;
        let filter = TallyFilter { class: Some(id), ..TallyFilter::default() };
        let Some(class) = session.counters().kept(&filter).await?.pop() else { return Err(hidden) };
        sees(caller, id, class.is_active, hidden)?;
        let as_of = self.yard.clock.now();
        let policies = self.policies.policies(&mut *session, [class.policy_id]).await?;
        let Some(policy) = policies.get(&class.policy_id) else {
            return Err(StatisticsError::ClassNotFound(id));
        };
        let standings = if class.kept.current(as_of).is_some() {
            session.counters().kept_learners(id).await?
        } else {
            let assessed = counters::assess(&mut *session, &[(id, Arc::clone(policy))], as_of).await?;
            assessed.into_iter().flat_map(|one| one.learners).collect()
        };
        let mut standings: HashMap<UserId, LearnerStanding> =
            standings.into_iter().map(|one| (one.user_id, one)).collect();
        let places = session.enrolments().learners_of(&[id]).await?;
        let learners =
            places.chunk_by(|(_, one, _), (_, other, _)| one.id == other.id).filter_map(|of_user| {
                let (_, user, first) = of_user.first()?;
                let standing = standings.remove(&user.id)?;
                let ends: Option<Vec<NaiveDate>> =
                    of_user.iter().map(|(_, _, period)| period.left_on()).collect();
                let part = Part {
                    policy: Arc::clone(policy),
                    tally: standing.tally,
                    lectures: standing.tally.expected,
                    amount: Some(standing.amount),
                };
                Some(LearnerFigures {
                    user: user.clone(),
                    enrolled_on: first.enrolled_on(),
                    left_on: ends.and_then(|ends| ends.into_iter().max()),
                    figures: figures(Some(&part)),
                    verdict: standing.verdict,
                    at_risk: standing.at_risk,
                    absences_left: standing.absences_left,
                    unreachable_since: standing.unreachable_since,
                    absences_in_a_row: standing.absences_in_a_row,
                    last_attended_on: standing.last_attended_on,
                    has_gone_on: standing.has_gone_on,
                    certified_at: standing.certified_at,
                })
            });
        let learners = learners.collect();
        Ok(ClassLearners { class_id: id, title: class.title, learners, as_of })
    }
}
