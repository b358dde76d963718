//! Enrolments: found by class, user and first day, or by their own id in an export. A row without a first day means the
//! beginning of the class, or whatever place of the user there holds on that day.

use std::collections::{HashMap, HashSet};

use madang_domain::access::ClassRole;
use madang_domain::error::RepositoryResult;
use madang_domain::ids::{ClassId, EnrolmentId, UserId};
use madang_domain::learning::enrolments::{Enrolment, EnrolmentPeriod, EnrolmentStatus};

use super::check::Check;
use super::directory::own_id;
use super::fields::Field;
use super::run::{BATCH, ClassFacts, Run};
use crate::problem::ProblemCode;
use crate::roster::EnrolmentRow;

/// A row whose references are known.
struct Draft<'r> {
    row: &'r EnrolmentRow,
    class: ClassFacts,
    user: UserId,
}

/// What waits to be written.
#[derive(Default)]
struct Batch {
    created: Vec<Enrolment>,
    entries: Vec<madang_domain::audit::AuditEntry>,
}

impl Run<'_> {
    pub async fn enrolments(&mut self, rows: &[EnrolmentRow]) -> RepositoryResult<()> {
        self.find_classes(rows.iter().map(|row| &row.class_ref)).await?;
        self.find_users(rows.iter().map(|row| &row.user_ref)).await?;
        let mut drafts: Vec<Draft<'_>> = rows.iter().filter_map(|row| self.draft_enrolment(row)).collect();
        self.advance(rows.len() - drafts.len());
        // In the order of time, so that a place that ends makes room for the next one.
        drafts.sort_by_key(|draft| (draft.class.id, draft.user, first_day(draft)));
        let mut batch = Batch::default();
        for drafts in drafts.chunk_by(|left, right| left.class.id == right.class.id) {
            self.enrolments_of_class(drafts, &mut batch).await?;
            self.advance(drafts.len());
        }
        self.write_enrolments(&mut batch).await
    }

    fn draft_enrolment<'r>(&mut self, row: &'r EnrolmentRow) -> Option<Draft<'r>> {
        let mut check = Check::new(row.at);
        let class = check.reference(Field::Class, &row.class_ref, self.known_classes.get(&row.class_ref));
        let user = check.reference(Field::User, &row.user_ref, self.known_users.get(&row.user_ref));
        if !check.is_refused()
            && let (Some(class), Some(user)) = (class, user)
        {
            return Some(Draft { row, class, user });
        }
        self.settle(check, |counts| &mut counts.enrolments);
        None
    }

    /// Every enrolment of the users of these rows in their class.
    async fn periods_there(
        &mut self,
        class: ClassFacts,
        users: &[UserId],
    ) -> RepositoryResult<HashMap<UserId, Vec<Enrolment>>> {
        let mut there: HashMap<UserId, Vec<Enrolment>> = HashMap::new();
        if class.is_new {
            return Ok(there);
        }
        for users in users.chunks(BATCH) {
            for enrolment in self.repositories.enrolments().of_users(class.id, users).await? {
                there.entry(enrolment.user_id).or_default().push(enrolment);
            }
        }
        Ok(there)
    }

    async fn enrolments_of_class(&mut self, drafts: &[Draft<'_>], batch: &mut Batch) -> RepositoryResult<()> {
        let Some(class) = drafts.first().map(|draft| draft.class) else { return Ok(()) };
        let mut users: Vec<UserId> = drafts.iter().map(|draft| draft.user).collect();
        users.dedup();
        let mut there = self.periods_there(class, &users).await?;
        let mut seen = HashSet::new();
        for draft in drafts {
            let of_user = there.entry(draft.user).or_default();
            let mut check = Check::new(draft.row.at);
            let place = of_user.iter().position(|one| is_meant(draft, one));
            let old = place.and_then(|place| of_user.get(place)).cloned();
            let new = self.enrolment(draft, old.as_ref(), &mut check);
            if let Some(new) = &new {
                if !seen.insert(new.id) {
                    check.fault(Field::User, ProblemCode::RowDuplicate, Some(&draft.row.user_ref));
                }
                let mut others = of_user.iter().filter(|other| other.id != new.id);
                if others.any(|other| other.period.overlaps(new.period)) {
                    check.fault(Field::User, ProblemCode::AlreadyEnrolled, Some(&draft.row.user_ref));
                }
            }
            let accepted = self.settle(check, |counts| &mut counts.enrolments);
            let Some(new) = new.filter(|_| accepted) else { continue };
            match (old, place.and_then(|place| of_user.get_mut(place))) {
                (Some(old), Some(kept)) if old != new => {
                    self.counts.enrolments.updated += 1;
                    // What waits may have the place that this one leaves, so it is written after it.
                    self.repositories.enrolments().update(&new).await?;
                    batch.entries.push(self.pen.updated(&old, &new));
                    *kept = new;
                }
                (Some(_), _) => self.counts.enrolments.unchanged += 1,
                (None, _) => {
                    self.counts.enrolments.created += 1;
                    batch.entries.push(self.pen.created(&new));
                    batch.created.push(new.clone());
                    of_user.push(new);
                }
            }
            if batch.entries.len() >= BATCH {
                self.write_enrolments(batch).await?;
            }
        }
        Ok(())
    }

    /// The enrolment as the row has it, with its faults in `check`.
    fn enrolment(&self, draft: &Draft<'_>, old: Option<&Enrolment>, check: &mut Check) -> Option<Enrolment> {
        let Draft { row, class, user } = draft;
        let kept = old.map(|old| old.period);
        let enrolled_on = row.enrolled_on.or(kept.map(EnrolmentPeriod::enrolled_on)).unwrap_or(class.begin);
        let left_on = row.left_on.or(kept.and_then(EnrolmentPeriod::left_on));
        let period = EnrolmentPeriod::new(enrolled_on, left_on)
            .map_err(|_| check.fault(Field::LeftOn, ProblemCode::PeriodReversed, None))
            .ok()?;
        let status = match (left_on, row.status.or(old.map(|old| old.status))) {
            (None, _) => EnrolmentStatus::Active,
            (Some(_), Some(EnrolmentStatus::Transferred)) => EnrolmentStatus::Transferred,
            (Some(left), Some(EnrolmentStatus::Waiting))
                if left == enrolled_on && row.role == ClassRole::Learner =>
            {
                EnrolmentStatus::Waiting
            }
            (Some(_), _) => EnrolmentStatus::Left,
        };
        let new = match old {
            Some(old) => {
                let new = Enrolment { role: row.role, period, status, ..old.clone() };
                let stamps = if new == *old { old.stamps } else { self.touched(old.stamps) };
                Enrolment { stamps, ..new }
            }
            None => Enrolment {
                id: self.enrolment_id(draft),
                class_id: class.id,
                user_id: *user,
                role: row.role,
                period,
                status,
                transferred_from: self.transferred_from(draft),
                stamps: self.stamps(),
            },
        };
        if class.closed && old != Some(&new) {
            check.fault(Field::Class, ProblemCode::ClassClosed, Some(&row.class_ref));
        }
        Some(new)
    }

    /// An exported enrolment brings its id along into a class that is new here.
    fn enrolment_id(&self, draft: &Draft<'_>) -> EnrolmentId {
        let carried = self.carried_id(&draft.row.external_id).filter(|_| draft.class.is_new);
        EnrolmentId(carried.unwrap_or_else(|| self.ids.next()))
    }

    /// Where ids are brought along, so is the way that led here.
    fn transferred_from(&self, draft: &Draft<'_>) -> Option<EnrolmentId> {
        self.carried_id(&draft.row.external_id).filter(|_| draft.class.is_new)?;
        draft.row.transferred_from.map(EnrolmentId)
    }

    async fn write_enrolments(&mut self, batch: &mut Batch) -> RepositoryResult<()> {
        let Batch { created, entries } = std::mem::take(batch);
        if !created.is_empty() {
            self.repositories.enrolments().insert_many(&created).await?;
        }
        self.keep_traces(&[], &entries).await
    }

    /// The periods in which each of these users is a learner of the class.
    pub async fn learner_periods(
        &mut self,
        class: ClassId,
        users: &[UserId],
    ) -> RepositoryResult<HashMap<UserId, Vec<EnrolmentPeriod>>> {
        let mut periods: HashMap<UserId, Vec<EnrolmentPeriod>> = HashMap::new();
        for users in users.chunks(BATCH) {
            for one in self.repositories.enrolments().of_users(class, users).await? {
                if one.role == ClassRole::Learner {
                    periods.entry(one.user_id).or_default().push(one.period);
                }
            }
        }
        Ok(periods)
    }
}

fn first_day(draft: &Draft<'_>) -> chrono::NaiveDate {
    draft.row.enrolled_on.unwrap_or(draft.class.begin)
}

/// Whether the row is about this enrolment of its user in its class.
fn is_meant(draft: &Draft<'_>, enrolment: &Enrolment) -> bool {
    if let Some(id) = own_id(&draft.row.external_id) {
        return enrolment.id.0 == id;
    }
    // Who waits has no place yet that a row without that word could mean.
    if enrolment.status == EnrolmentStatus::Waiting && draft.row.status != Some(EnrolmentStatus::Waiting) {
        return false;
    }
    match draft.row.enrolled_on {
        Some(day) => enrolment.period.enrolled_on() == day,
        None => {
            enrolment.period.enrolled_on() == draft.class.begin
                || enrolment.period.holds_on(draft.class.begin)
        }
    }
}
