//! A whole class or course at once: who may be certified, and certifying exactly those.
//!
//! An evaluation writes nothing. Its digest is that of all the figures on which it rests, so that whoever issues with it issues what
//! they saw, or is told that it is no more so. Who has a certification that holds is no part of the digest: issuing again with the same
//! evaluation issues nothing new.

use std::{collections::HashMap, fmt::Write, sync::Arc};

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use super::{
    Candidate, Certification, CertificationError, CertificationService, CompletionStamp, Eligibility,
    JudgedClass, Judgement, Matter, issuing::Award, judgement::judge, rules::CompletionRule,
};
use crate::{
    access::{Action, Caller, authorize},
    attendance::{
        Fraction,
        records::{self, RuledClass},
    },
    idempotency::Answering,
    ids::{ClassId, CourseId, UserId},
    learning::classes::Class,
    store::{Repositories, finish},
};

/// Whose learners are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cohort {
    /// Everybody who is or was a learner in a class of this course.
    Course(CourseId),
    /// Everybody who is or was a learner in this class.
    Class(ClassId),
}

/// Who of a class or a course may be certified.
#[derive(Debug, Clone)]
pub struct Evaluation {
    /// The course.
    pub course_id: CourseId,
    /// Its title.
    pub course_title: String,
    /// The rule that decides.
    pub rule: CompletionStamp,
    /// Up to when.
    pub as_of: DateTime<Utc>,
    /// Names what was found: other figures, another digest.
    pub digest: String,
    /// Everybody, by name.
    pub learners: Vec<EvaluatedLearner>,
}

/// What the rule says of one learner.
#[derive(Debug, Clone)]
pub struct EvaluatedLearner {
    /// Who, and what they have been certified before.
    pub candidate: Candidate,
    /// What the rule says.
    pub judgement: Judgement,
}

/// An evaluation that is to be acted upon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssueOrder {
    /// Its digest.
    pub evaluation: String,
    /// Those for whom what is left to a person is decided.
    pub approved: Vec<UserId>,
}

/// What was issued.
#[derive(Debug, Clone, PartialEq)]
pub struct Issuance {
    /// The new certifications, by name.
    pub issued: Vec<Certification>,
    /// How many were meant and have a certification that holds already.
    pub already: u64,
}

impl CertificationService {
    /// Who may be certified, for who may issue certifications; nothing is written.
    pub async fn evaluate(&self, caller: &Caller, cohort: Cohort) -> Result<Evaluation, CertificationError> {
        let mut session = self.yard.store.long_session().await?;
        self.allowed(&mut *session, caller, cohort).await?;
        self.evaluate_in(&mut *session, cohort).await
    }

    /// Issues to exactly those whom an evaluation found eligible, and those who are approved, in one unit of work.
    pub async fn issue_all(
        &self,
        caller: &Caller,
        cohort: Cohort,
        order: IssueOrder,
        answering: &Answering<'_, Issuance>,
    ) -> Result<Issuance, CertificationError> {
        if authorize(caller, Action::IssueCertifications).is_err() {
            let mut session = self.yard.store.session().await?;
            self.allowed(&mut *session, caller, cohort).await?;
        }
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.issue_all_in(&mut *unit, caller, cohort, order, answering).await;
        finish(unit, outcome).await
    }

    async fn issue_all_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        cohort: Cohort,
        order: IssueOrder,
        answering: &Answering<'_, Issuance>,
    ) -> Result<Issuance, CertificationError> {
        // Whoever issues for the same course waits here, and then finds what the first has issued.
        repositories.certifications().hold_course(cohort).await?.ok_or_else(|| not_found(cohort))?;
        let evaluation = self.evaluate_in(repositories, cohort).await?;
        if evaluation.digest != order.evaluation {
            return Err(CertificationError::EvaluationStale);
        }
        let undecided = |user: &UserId| {
            let mut learners = evaluation.learners.iter();
            let learner = learners.find(|one| one.candidate.user_id == *user);
            learner.is_none_or(|one| one.judgement.eligibility() == Eligibility::NotEligible)
        };
        let strange: Vec<UserId> = order.approved.iter().copied().filter(undecided).collect();
        if !strange.is_empty() {
            return Err(CertificationError::NothingToApprove(strange));
        }
        let (now, mut already, mut awards, mut overdue) = (evaluation.as_of, 0, Vec::new(), Vec::new());
        for EvaluatedLearner { candidate, judgement } in &evaluation.learners {
            let is_approved = match judgement.eligibility() {
                Eligibility::Eligible => false,
                Eligibility::NeedsDecision if order.approved.contains(&candidate.user_id) => true,
                Eligibility::NeedsDecision | Eligibility::NotEligible => continue,
            };
            if candidate.holds.is_some() {
                already += 1;
                continue;
            }
            if candidate.has_expired {
                overdue.push(candidate.user_id);
            }
            awards.push(Award {
                course_id: evaluation.course_id,
                course_title: &evaluation.course_title,
                rule: &evaluation.rule,
                candidate,
                classes: judgement.classes.clone(),
                override_reason: None,
                approved_by: is_approved.then(|| caller.user_id()).flatten(),
            });
        }
        self.end_overdue(repositories, caller, evaluation.course_id, &overdue, now).await?;
        let issued = self.award(repositories, caller, awards, now).await?;
        let issuance = Issuance { issued, already };
        answering.keep(repositories, &issuance).await?;
        Ok(issuance)
    }

    async fn evaluate_in(
        &self,
        repositories: &mut dyn Repositories,
        cohort: Cohort,
    ) -> Result<Evaluation, CertificationError> {
        let as_of = self.yard.clock.now();
        let classes = repositories.certifications().classes_of(cohort).await?;
        let course_id = match (cohort, classes.first()) {
            (Cohort::Course(course), _) => course,
            (Cohort::Class(_), Some(ruled)) => ruled.class.course_id,
            (Cohort::Class(_), None) => return Err(not_found(cohort)),
        };
        let records = records::of_ruled(repositories, &classes).await?;
        let mut order: Vec<UserId> = Vec::new();
        let mut judged: HashMap<UserId, Vec<JudgedClass>> = HashMap::new();
        for RuledClass { class, policy } in &classes {
            let Some(records) = records.get(&class.id) else { continue };
            let is_meant = match cohort {
                Cohort::Course(_) => true,
                Cohort::Class(id) => id == class.id,
            };
            for (user, _, assessment) in records.assessed(policy, as_of) {
                let of_user = judged.entry(user.id).or_default();
                of_user.push(JudgedClass {
                    class_id: class.id,
                    title: class.title.as_str().to_owned(),
                    begin_date: class.dates.begin(),
                    end_date: class.dates.end(),
                    policy: Arc::clone(policy),
                    has_gone_on: records.has_gone_on(user.id),
                    assessment,
                });
                if is_meant {
                    order.push(user.id);
                }
            }
        }
        order.sort_unstable();
        order.dedup();
        let candidacy = repositories.certifications().candidacy(course_id, &order, as_of).await?;
        let Some(mut candidacy) = candidacy else {
            // Nobody is or was a learner there; the course is asked for its title and rule all the same.
            let course = repositories.courses().find(course_id).await?.ok_or_else(|| not_found(cohort))?;
            let rule = repositories.completion_rules().current(course_id).await?;
            let rule = CompletionRule::stamp(rule.as_ref());
            let digest = digest(course_id, &rule, &[]);
            let (course_title, learners) = (course.title.into(), Vec::new());
            return Ok(Evaluation { course_id, course_title, rule, as_of, digest, learners });
        };
        candidacy.people.sort_by(|one, other| (&one.name, one.user_id).cmp(&(&other.name, other.user_id)));
        let learners: Vec<EvaluatedLearner> = candidacy
            .people
            .into_iter()
            .map(|candidate| {
                let classes = judged.remove(&candidate.user_id).unwrap_or_default();
                let judgement = judge(&candidacy.rule.document, classes, candidate.earlier());
                EvaluatedLearner { candidate, judgement }
            })
            .collect();
        let digest = digest(course_id, &candidacy.rule, &learners);
        let (course_title, rule) = (candidacy.course_title, candidacy.rule);
        Ok(Evaluation { course_id, course_title, rule, as_of, digest, learners })
    }

    /// Whether the caller may certify; who may not even see the class or course is told that there is none.
    async fn allowed(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        cohort: Cohort,
    ) -> Result<(), CertificationError> {
        if authorize(caller, Action::IssueCertifications).is_ok() {
            return Ok(());
        }
        let active = match cohort {
            Cohort::Course(id) => repositories.courses().find(id).await?.map(|course| course.is_active),
            Cohort::Class(id) => repositories
                .classes()
                .find(id)
                .await?
                .map(|class: Class| class.is_active || caller.teaches(id)),
        };
        match active {
            Some(active) if authorize(caller, Action::ReadCatalogue { active }).is_ok() => {
                Err(CertificationError::Forbidden)
            }
            Some(_) | None => Err(not_found(cohort)),
        }
    }
}

fn not_found(cohort: Cohort) -> CertificationError {
    match cohort {
        Cohort::Course(course) => CertificationError::NoSuchCourse(course),
        Cohort::Class(class) => CertificationError::ClassNotFound(class),
    }
}

/// Everything on which the outcome rests, in one text, hashed. Names and earlier certifications that hold are no part of it.
fn digest(course: CourseId, rule: &CompletionStamp, learners: &[EvaluatedLearner]) -> String {
    let mut text = format!("{course} {} {}\n", rule.version, rule.digest);
    let mut learners: Vec<&EvaluatedLearner> = learners.iter().collect();
    learners.sort_by_key(|one| one.candidate.user_id);
    for EvaluatedLearner { candidate, judgement } in learners {
        // Writing to a string can't fail.
        _ = write!(text, "{} {}", candidate.user_id, judgement.eligibility().as_str());
        for class in &judgement.classes {
            let rate =
                class.assessment.rate.map_or_else(|| "-".to_owned(), |rate: Fraction| rate.to_string());
            let minutes = class.assessment.attended_minutes();
            _ = write!(text, " {} {} {rate} {minutes}", class.class_id, class.policy.digest);
        }
        for lack in &judgement.lacks {
            _ = write!(text, " {lack:?}");
        }
        for matter in &judgement.matters {
            _ = write!(text, " {}", Matter::as_str(*matter));
        }
        text.push('\n');
    }
    format!("{:x}", Sha256::digest(text))
}
