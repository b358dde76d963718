//! Issuing a certification: the rule is held against the records, numbers are taken, and what is said is written down for good.

use std::collections::BTreeSet;

use chrono::{DateTime, Months, Utc};
use serde_json::json;

use super::{
    Candidate, CertificateNumber, Certification, CertificationError, CertificationService, ClassRecord,
    CompletionStamp, JudgedClass, Judgement, NewCertification, OverrideReason, PolicyStamp, RateRecord,
    SNAPSHOT_FORM, Snapshot, Standing, VerificationCode,
    expiring::before,
    judgement::{Eligibility, judge},
};
use crate::{
    access::{Action, Caller, authorize},
    attendance::{Fraction, policy::Amount, records},
    calendar::{TimeZone, local_day, start_of_day},
    events::{self, Event},
    idempotency::Answering,
    ids::{CertificationId, ClassId, CourseId, UserId},
    stamps::Stamps,
    store::{Repositories, finish},
};

/// What is issued to one learner.
pub(super) struct Award<'a> {
    pub(super) course_id: CourseId,
    pub(super) course_title: &'a str,
    pub(super) rule: &'a CompletionStamp,
    pub(super) candidate: &'a Candidate,
    pub(super) classes: Vec<JudgedClass>,
    pub(super) override_reason: Option<String>,
    pub(super) approved_by: Option<UserId>,
}

impl CertificationService {
    /// Issues a certification, if the rule of the course is met or a reason says why not.
    pub async fn issue(
        &self,
        caller: &Caller,
        new: NewCertification,
        answering: &Answering<'_, Certification>,
    ) -> Result<Certification, CertificationError> {
        authorize(caller, Action::IssueCertifications).map_err(|_| CertificationError::Forbidden)?;
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.issue_in(&mut *unit, caller, new, answering).await;
        finish(unit, outcome).await
    }

    /// [`issue`](Self::issue) in a unit of work that is open already; the caller has been authorised.
    pub async fn issue_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        new: NewCertification,
        answering: &Answering<'_, Certification>,
    ) -> Result<Certification, CertificationError> {
        let now = self.yard.clock.now();
        let (course, user) = (new.course_id, new.user_id);
        let candidacy = repositories.certifications().candidacy(course, &[user], now).await?;
        let Some((candidacy, candidate)) =
            candidacy.and_then(|candidacy| candidacy.people.first().cloned().map(|one| (candidacy, one)))
        else {
            let known = repositories.users().find(user).await?;
            return Err(match known {
                Some(_) => CertificationError::CourseNotFound(course),
                None => CertificationError::NobodyToCertify(user),
            });
        };
        if candidate.holds.is_some() {
            return Err(CertificationError::AlreadyCertified);
        }
        let classes = records::of_user(repositories, user, Some(course)).await?;
        let classes = classes.into_iter().map(|class| {
            let assessment = class.assess(now);
            JudgedClass::new(class, assessment)
        });
        let classes = chosen(classes.collect(), &new.class_ids)?;
        let judgement = judge(&candidacy.rule.document, classes, candidate.earlier());
        let Judgement { lacks, matters, classes } = judgement.clone();
        let overridden = new.override_reason.is_some();
        let is_allowed = match judgement.eligibility() {
            Eligibility::Eligible => true,
            Eligibility::NeedsDecision => new.approves || overridden,
            Eligibility::NotEligible => overridden && !classes.is_empty(),
        };
        if !is_allowed {
            return Err(CertificationError::NotEligible { lacks, matters });
        }
        let overdue: &[UserId] = if candidate.has_expired { &[user] } else { &[] };
        self.end_overdue(repositories, caller, course, overdue, now).await?;
        let award = Award {
            course_id: course,
            course_title: &candidacy.course_title,
            rule: &candidacy.rule,
            candidate: &candidate,
            classes,
            // A reason that was not needed is not kept.
            override_reason: (!lacks.is_empty())
                .then_some(new.override_reason)
                .flatten()
                .map(OverrideReason::into),
            approved_by: (!matters.is_empty()).then(|| caller.user_id()).flatten(),
        };
        let mut issued = self.award(repositories, caller, vec![award], now).await?;
        let issued = issued.pop().ok_or(CertificationError::NumbersUsedUp)?;
        answering.keep(repositories, &issued).await?;
        Ok(issued)
    }

    /// Writes down that certifications of these users are over whose time is, so that others may hold.
    pub(super) async fn end_overdue(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        course: CourseId,
        users: &[UserId],
        now: DateTime<Utc>,
    ) -> Result<(), CertificationError> {
        if users.is_empty() {
            return Ok(());
        }
        let ended = repositories.certifications().expire_of(course, users, now).await?;
        let pen = self.yard.pen(caller);
        let entries: Vec<_> = ended.iter().map(|one| pen.updated(&before(one), one)).collect();
        repositories.audit().append(&entries).await?;
        Ok(())
    }

    /// Gives numbers and codes and keeps the certifications, the audit log and the events, each in one statement.
    pub(super) async fn award(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        awards: Vec<Award<'_>>,
        now: DateTime<Utc>,
    ) -> Result<Vec<Certification>, CertificationError> {
        let Some(count) = u32::try_from(awards.len()).ok().filter(|count| *count > 0) else {
            return Ok(Vec::new());
        };
        let year = CertificateNumber::year_of(now);
        let first = repositories.certifications().take_numbers(year, count).await?;
        let mut issued = Vec::with_capacity(awards.len());
        for (place, award) in (first.place()..).zip(awards) {
            let number =
                CertificateNumber::new(year, place).map_err(|_| CertificationError::NumbersUsedUp)?;
            issued.push(self.written(caller, award, number, now));
        }
        repositories.certifications().insert_many(&issued).await?;
        let pen = self.yard.pen(caller);
        let entries: Vec<_> = issued
            .iter()
            .map(|one| pen.created(one).because(one.snapshot.override_reason.as_deref()))
            .collect();
        repositories.audit().append(&entries).await?;
        let events: Vec<Event> =
            issued.iter().map(|one| self.told(caller, "certification.issued", one)).collect();
        events::record(repositories, &events).await?;
        Ok(issued)
    }

    /// That something happened to a certification. The code is no part of it: who has the code sees the certificate.
    pub(super) fn told(&self, caller: &Caller, kind: &str, one: &Certification) -> Event {
        Event::new(&self.yard, caller, kind, one.id).concerning(one.user_id).with(json!({
            "certification_id": one.id,
            "course_id": one.course_id,
            "user_id": one.user_id,
            "number": one.snapshot.number,
            "expires_at": one.snapshot.expires_at,
        }))
    }

    fn written(
        &self,
        caller: &Caller,
        award: Award<'_>,
        number: CertificateNumber,
        now: DateTime<Utc>,
    ) -> Certification {
        let policies: BTreeSet<&str> =
            award.classes.iter().map(|class| class.policy.family.as_str()).collect();
        let policies = policies.into_iter().collect::<Vec<_>>().join(", ");
        let records: Vec<ClassRecord> = award.classes.iter().map(class_record).collect();
        let snapshot = Snapshot {
            form: SNAPSHOT_FORM,
            number,
            code: VerificationCode::draw(),
            issued_at: now,
            expires_at: award.rule.document.valid_months.and_then(|months| expiry(now, months)),
            replaces: None,
            user_name: award.candidate.name.clone(),
            user_name_roman: award.candidate.details.name_roman.clone(),
            birth_date: award.candidate.details.birth_date,
            course_title: award.course_title.to_owned(),
            rule: policies,
            completion: Some(award.rule.clone()),
            rate: overall(&award.classes),
            planned_minutes: records.iter().map(|record| record.planned_minutes).sum(),
            attended_minutes: records.iter().map(|record| record.attended_minutes).sum(),
            classes: records,
            issuer: self.issuer.clone(),
            template: award.rule.document.template.clone(),
            override_reason: award.override_reason,
            approved_by: award.approved_by,
        };
        Certification {
            id: CertificationId(self.yard.ids.next()),
            course_id: award.course_id,
            user_id: award.candidate.user_id,
            class_ids: award.classes.iter().map(|class| class.class_id).collect(),
            snapshot,
            supersedes: None,
            standing: Standing::Issued,
            stamps: Stamps::new(caller, now),
        }
    }
}

/// The beginning of the day, in Seoul, on which a certificate that is issued now ceases to hold.
pub(super) fn expiry(now: DateTime<Utc>, months: u16) -> Option<DateTime<Utc>> {
    let day = local_day(now, TimeZone::SEOUL).checked_add_months(Months::new(months.into()))?;
    Some(start_of_day(day, TimeZone::SEOUL))
}

/// The named classes; when none is named, all of them.
fn chosen(classes: Vec<JudgedClass>, named: &[ClassId]) -> Result<Vec<JudgedClass>, CertificationError> {
    let strange: Vec<ClassId> =
        named.iter().copied().filter(|id| classes.iter().all(|class| class.class_id != *id)).collect();
    if classes.is_empty() || !strange.is_empty() {
        return Err(CertificationError::NotALearner(strange));
    }
    if named.is_empty() {
        return Ok(classes);
    }
    let wanted = classes.into_iter().filter(|class| named.contains(&class.class_id));
    // Whoever names a class means it, even if the learner went on from it.
    Ok(wanted.map(|class| JudgedClass { has_gone_on: false, ..class }).collect())
}

/// What was reached in all classes together; `None` where nothing was recorded, or they count in different units.
fn overall(classes: &[JudgedClass]) -> Option<RateRecord> {
    let mut amounts = classes.iter().map(|class| class.assessment.amount());
    let first = amounts.next()?;
    let sum: Amount = amounts.try_fold(first, Amount::plus)?;
    let rate = sum.share()?;
    let policy = &classes.first()?.policy;
    Some(RateRecord {
        numerator: rate.numerator(),
        denominator: rate.denominator(),
        percent: policy.document.percent(rate),
    })
}

fn class_record(class: &JudgedClass) -> ClassRecord {
    let rate = class.assessment.rate;
    let (lectures, planned_minutes) = class.planned();
    ClassRecord {
        class_id: class.class_id,
        title: class.title.clone(),
        begin_date: class.begin_date,
        end_date: class.end_date,
        numerator: rate.map_or(0, Fraction::numerator),
        denominator: rate.map_or(0, Fraction::denominator),
        percent: rate.map(|rate| class.policy.document.percent(rate)),
        lectures,
        planned_minutes,
        attended_minutes: class.assessment.attended_minutes(),
        unit: Some(class.assessment.unit),
        policy: Some(PolicyStamp {
            id: class.policy.id,
            name: class.policy.family.to_string(),
            version: class.policy.version,
            digest: class.policy.digest.clone(),
        }),
    }
}
