//! What a learner attended, class by class, and what they hold for it.

use std::{collections::HashMap, sync::Arc};

use chrono::{DateTime, NaiveDate, Utc};
use madang_domain::{
    access::{Action, Caller, authorize},
    attendance::{counters::LearnerStanding, records},
    certification::{Certification, CertificationFilter, CertificationSort, CertificationState},
    ids::{CertificationId, ClassId, UserId},
    learning::enrolments::LearnerPlace,
    page::{Listing, PageSize, Sort, Window},
};

use super::{
    ClassHistory, HeldCertification, History, StatisticsError, StatisticsService,
    figures::{Part, figures},
};

impl StatisticsService {
    /// What a learner attended in every class: one's own, or anybody's for who may see users.
    pub async fn history(&self, caller: &Caller, id: UserId) -> Result<History, StatisticsError> {
        authorize(caller, Action::ReadUser(id)).map_err(|_| StatisticsError::UserNotFound(id))?;
        let mut session = self.yard.store.figure_session(caller.reader()).await?;
        let as_of = self.yard.clock.now();
        let places = session.records().places(id, records::PlaceScope::All).await?;
        let mut standings: HashMap<ClassId, LearnerStanding> = HashMap::new();
        if places.is_empty() {
            session.users().find(id).await?.ok_or(StatisticsError::UserNotFound(id))?;
        } else {
            for one in session.counters().kept_of(id).await? {
                if let Some(standing) = one.kept.current(as_of) {
                    standings.insert(one.class_id, standing.clone());
                }
            }
            let is_kept = |(place, _): &(LearnerPlace, _)| standings.contains_key(&place.class_id);
            if !places.iter().all(is_kept) {
                // With all of them, because the way of a learner leads from class to class.
                let live = records::of_places(&mut *session, id, places.clone()).await?;
                standings.extend(live.iter().map(|class| (class.class_id, class.standing(id, as_of))));
            }
        }
        let certifications = session.certifications().list(&certifications_of(id, as_of)).await?.items;
        let certified = latest_by_class(&certifications);
        let (mut whole, mut classes) = (Vec::new(), Vec::new());
        for of_class in places.chunk_by(|(one, _), (other, _)| one.class_id == other.class_id) {
            let Some((first, policy)) = of_class.first() else { continue };
            let Some(standing) = standings.get(&first.class_id) else { continue };
            let part = Part {
                policy: Arc::clone(policy),
                tally: standing.tally,
                // One learner is expected once at each lecture.
                lectures: standing.tally.expected,
                amount: Some(standing.amount),
            };
            let ends: Option<Vec<NaiveDate>> =
                of_class.iter().map(|(place, _)| place.period.left_on()).collect();
            classes.push(ClassHistory {
                figures: figures(Some(&part)),
                verdict: standing.verdict,
                absences_in_a_row: standing.absences_in_a_row,
                last_attended_on: standing.last_attended_on,
                certification_id: certified.get(&first.class_id).copied(),
                course_id: first.course_id,
                course_title: first.course_title.clone(),
                class_id: first.class_id,
                class_title: first.class_title.clone(),
                begin_date: first.begin_date,
                end_date: first.end_date,
                enrolled_on: first.period.enrolled_on(),
                left_on: ends.and_then(|ends| ends.into_iter().max()),
            });
            // What is carried over into another class counts there, and only once.
            if !standing.has_gone_on {
                whole.push(part);
            }
        }
        Ok(History {
            user_id: id,
            figures: figures(&whole),
            classes,
            certifications: certifications.iter().map(HeldCertification::from).collect(),
            as_of,
        })
    }
}

/// The certifications of a user that hold: one for each course at most, so that one batch has them all.
fn certifications_of(user: UserId, now: DateTime<Utc>) -> Listing<CertificationFilter, CertificationSort> {
    Listing {
        filter: CertificationFilter {
            user_id: Some(user),
            state: Some(CertificationState::Issued),
            as_of: Some(now),
            ..CertificationFilter::default()
        },
        sort: Sort::ascending(CertificationSort::IssuedAt),
        window: Window::After { cursor: None, size: PageSize::BATCH },
    }
}

fn latest_by_class(certifications: &[Certification]) -> HashMap<ClassId, CertificationId> {
    certifications.iter().flat_map(|one| one.class_ids.iter().map(|class| (*class, one.id))).collect()
}
