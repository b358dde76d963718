//! Certifying a whole class or course: who may be, and doing it.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, post};
use chrono::{DateTime, Utc};
use madang_domain::{
    attendance::Fraction,
    certification::{
        Cohort, Eligibility, EvaluatedLearner, Evaluation, Issuance, IssueOrder, JudgedClass, Lack, Matter,
    },
    idempotency::StoredAnswer,
    ids::{ClassId, CourseId, UserId},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::rules::CompletionRuleDocument;
use crate::{
    answer,
    problem::{FieldFault, Problem},
    request::{Authenticated, Body, Checks, Id, Once},
    state::App,
};

/// The most learners that can be approved at once.
const MAX_APPROVED: usize = 5_000;

/// What the rule says of a learner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Eligibility)]
pub enum EligibilityValue {
    /// The rule is met.
    Eligible,
    /// It is not; `lacks` tells what is missing.
    NotEligible,
    /// It is met as far as it goes; `decisions` tells what a person has to decide.
    NeedsDecision,
}

impl From<Eligibility> for EligibilityValue {
    fn from(eligibility: Eligibility) -> Self {
        match eligibility {
            Eligibility::Eligible => Self::Eligible,
            Eligibility::NotEligible => Self::NotEligible,
            Eligibility::NeedsDecision => Self::NeedsDecision,
        }
    }
}

/// What a person has to decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CertificationDecision)]
pub enum DecisionValue {
    /// The rule leaves the last word to a person.
    Approval,
    /// A certification of the learner for this course was revoked.
    RevokedBefore,
    /// A certification of the learner for this course has expired; it can also be renewed.
    ExpiredBefore,
}

impl From<Matter> for DecisionValue {
    fn from(matter: Matter) -> Self {
        match matter {
            Matter::Approval => Self::Approval,
            Matter::RevokedBefore => Self::RevokedBefore,
            Matter::ExpiredBefore => Self::ExpiredBefore,
        }
    }
}

/// What a learner lacks, and how far it is.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[schema(as = CertificationLack)]
pub enum LackResponse {
    /// The attendance policy of a class is not met.
    Rate {
        /// The class.
        class_id: Uuid,
        /// What was reached, as a fraction; null where nothing was recorded.
        #[schema(example = "15/20")]
        rate: Option<String>,
        /// What is needed.
        #[schema(example = "4/5")]
        threshold: String,
        /// What is counted: `lecture`, `day` or `minutes`.
        #[schema(example = "lecture")]
        unit: String,
        /// So many more of them would have been enough; null where nothing was recorded.
        #[schema(minimum = 0, example = 1)]
        units_short: Option<u64>,
    },
    /// The learner was not in a class that is asked for.
    Class {
        /// The class.
        class_id: Uuid,
    },
    /// The policies of too few classes are met.
    Classes {
        /// Of so many they are.
        #[schema(minimum = 0, example = 1)]
        met: u64,
        /// So many are needed.
        #[schema(minimum = 1, example = 2)]
        needed: u64,
    },
    /// Too little time is credited.
    Hours {
        /// So much is, in minutes.
        #[schema(minimum = 0, example = 960)]
        minutes: u64,
        /// So much is needed, in minutes.
        #[schema(minimum = 0, example = 1_020)]
        needed_minutes: u64,
    },
}

impl From<Lack> for LackResponse {
    fn from(lack: Lack) -> Self {
        match lack {
            Lack::Rate { class_id, rate, threshold, unit, units_short } => Self::Rate {
                class_id: class_id.0,
                rate: rate.map(|rate: Fraction| rate.to_string()),
                threshold: threshold.to_string(),
                unit: unit.as_str().to_owned(),
                units_short,
            },
            Lack::Class { class_id } => Self::Class { class_id: class_id.0 },
            Lack::Classes { met, needed } => Self::Classes { met, needed },
            Lack::Hours { minutes, needed_minutes } => Self::Hours { minutes, needed_minutes },
        }
    }
}

/// What was reached in a class that counts.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EvaluatedClass)]
pub struct EvaluatedClassResponse {
    /// The class.
    class_id: Uuid,
    /// The exact rate; null where nothing was recorded.
    #[schema(example = "16/20")]
    rate: Option<String>,
    /// The rate for people; null where nothing was recorded.
    #[schema(example = "80.0")]
    percent: Option<String>,
    /// Whether the attendance policy of the class is met: `met`, `not_met` or `undecided`.
    #[schema(example = "met")]
    verdict: String,
    /// The version of the policy.
    policy_id: Uuid,
}

impl From<&JudgedClass> for EvaluatedClassResponse {
    fn from(class: &JudgedClass) -> Self {
        let rate = class.assessment.rate;
        Self {
            class_id: class.class_id.0,
            rate: rate.map(|rate| rate.to_string()),
            percent: rate.map(|rate| class.policy.document.percent(rate)),
            verdict: class.assessment.verdict.as_str().to_owned(),
            policy_id: class.policy.id.0,
        }
    }
}

/// What the rule says of one learner.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EvaluatedLearner)]
pub struct EvaluatedLearnerResponse {
    /// The user.
    user_id: Uuid,
    /// What the user is called.
    #[schema(example = "김하늘")]
    name: String,
    /// What comes out.
    outcome: EligibilityValue,
    /// The certification for the course that the user has and that holds; null where there is none. Nobody gets a second one.
    certification_id: Option<Uuid>,
    /// Everything that is missing.
    #[schema(max_items = 300)]
    lacks: Vec<LackResponse>,
    /// Everything that is left to a person.
    #[schema(max_items = 3)]
    decisions: Vec<DecisionValue>,
    /// The classes that a certification would rest on.
    #[schema(max_items = 100)]
    classes: Vec<EvaluatedClassResponse>,
}

impl From<&EvaluatedLearner> for EvaluatedLearnerResponse {
    fn from(learner: &EvaluatedLearner) -> Self {
        let EvaluatedLearner { candidate, judgement } = learner;
        Self {
            user_id: candidate.user_id.0,
            name: candidate.name.clone(),
            outcome: judgement.eligibility().into(),
            certification_id: candidate.holds.map(|id| id.0),
            lacks: judgement.lacks.iter().copied().map(Into::into).collect(),
            decisions: judgement.matters.iter().copied().map(Into::into).collect(),
            classes: judgement.classes.iter().map(Into::into).collect(),
        }
    }
}

/// Who of a class or a course may be certified.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CertificationEvaluation)]
pub struct EvaluationResponse {
    /// Names what was found: whoever issues sends it back.
    #[schema(min_length = 64, max_length = 64)]
    evaluation: String,
    /// The course.
    course_id: Uuid,
    /// The version of the completion rule that decides; 0 for the plain one.
    #[schema(minimum = 0, example = 1)]
    rule_version: i32,
    /// What it says.
    rule: CompletionRuleDocument,
    /// Up to when.
    as_of: DateTime<Utc>,
    /// How many are eligible, whether or not they are certified already.
    #[schema(minimum = 0, example = 24)]
    eligible: usize,
    /// How many are not.
    #[schema(minimum = 0, example = 5)]
    not_eligible: usize,
    /// How many need a decision.
    #[schema(minimum = 0, example = 1)]
    needs_decision: usize,
    /// Everybody who is or was a learner there, by name.
    #[schema(max_items = 100_000)]
    learners: Vec<EvaluatedLearnerResponse>,
}

impl From<Evaluation> for EvaluationResponse {
    fn from(evaluation: Evaluation) -> Self {
        let learners: Vec<EvaluatedLearnerResponse> = evaluation.learners.iter().map(Into::into).collect();
        let count = |outcome| learners.iter().filter(|learner| learner.outcome == outcome).count();
        Self {
            eligible: count(EligibilityValue::Eligible),
            not_eligible: count(EligibilityValue::NotEligible),
            needs_decision: count(EligibilityValue::NeedsDecision),
            evaluation: evaluation.digest,
            course_id: evaluation.course_id.0,
            rule_version: evaluation.rule.version,
            rule: evaluation.rule.document.into(),
            as_of: evaluation.as_of,
            learners,
        }
    }
}

/// An evaluation that is to be acted upon.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IssueCertificationsRequest {
    /// The `evaluation` that was found.
    #[schema(min_length = 64, max_length = 64)]
    evaluation: String,
    /// Those who need a decision and are certified too.
    #[schema(max_items = 5_000)]
    approved: Option<Vec<Uuid>>,
}

impl IssueCertificationsRequest {
    fn into_domain(self) -> Result<IssueOrder, Problem> {
        let mut checks = Checks::new();
        let approved = checks.optional("/approved", self.approved, |ids| {
            if ids.len() > MAX_APPROVED { Err(FieldFault::TooLong { max: MAX_APPROVED }) } else { Ok(ids) }
        });
        checks.done(|| {
            let approved = approved?.unwrap_or_default().into_iter().map(UserId).collect();
            Some(IssueOrder { evaluation: self.evaluation, approved })
        })
    }
}

/// What was issued.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CertificationIssuance)]
pub struct IssuanceResponse {
    /// The new certifications, by name.
    #[schema(max_items = 100_000)]
    issued: Vec<IssuedCertification>,
    /// How many were meant and are certified already.
    #[schema(minimum = 0, example = 0)]
    already: u64,
}

/// One new certification.
#[derive(Debug, Serialize, ToSchema)]
pub struct IssuedCertification {
    /// Its id.
    id: Uuid,
    /// The user.
    user_id: Uuid,
    /// Its number.
    #[schema(example = "2026-0123")]
    number: String,
    /// Its code.
    #[schema(example = "7ZQ4-K0XW-93HM-T2BD-8")]
    code: String,
}

fn issued(issuance: &Issuance) -> StoredAnswer {
    let issued = issuance.issued.iter().map(|one| IssuedCertification {
        id: one.id.0,
        user_id: one.user_id.0,
        number: one.snapshot.number.to_string(),
        code: one.snapshot.code.for_people(),
    });
    let body = IssuanceResponse { issued: issued.collect(), already: issuance.already };
    let status = if body.issued.is_empty() { StatusCode::OK } else { StatusCode::CREATED };
    answer::created_many(status, &body)
}

/// Evaluate a class for certification.
///
/// Who of its learners meets the completion rule of the course, who does not and what is missing, and who needs a decision. Nothing is
/// written. For managers and who may issue certifications. 수업 수료 판정.
#[utoipa::path(tag = "certifications", params(("id" = Uuid, Path, description = "The id of the class.")),
    responses((status = 200, description = "What was found.", body = EvaluationResponse)))]
#[post("/classes/{id}/certifications/evaluate")]
pub(super) async fn evaluate_class_certifications(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<ClassId>,
) -> Result<HttpResponse, Problem> {
    evaluate(&request, &caller, Cohort::Class(id.0)).await
}

/// Evaluate a course for certification.
///
/// As for a class, for everybody who is or was a learner in one of its classes. 강의 수료 판정.
#[utoipa::path(tag = "certifications", params(("id" = Uuid, Path, description = "The id of the course.")),
    responses((status = 200, description = "What was found.", body = EvaluationResponse)))]
#[post("/courses/{id}/certifications/evaluate")]
pub(super) async fn evaluate_course_certifications(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<CourseId>,
) -> Result<HttpResponse, Problem> {
    evaluate(&request, &caller, Cohort::Course(id.0)).await
}

/// Issue the certifications of a class.
///
/// To exactly those whom an evaluation found eligible, and to those in `approved` who need a decision, all or none. Issuing again with
/// the same evaluation issues nothing new; if figures have changed since, it is refused. 수업 일괄 수료 처리.
#[utoipa::path(tag = "certifications", params(("id" = Uuid, Path, description = "The id of the class.")),
    request_body = IssueCertificationsRequest,
    responses((status = 201, description = "What was issued.", body = IssuanceResponse), (status = 200, description = "There was nothing new to issue.", body = IssuanceResponse)))]
#[post("/classes/{id}/certifications/issue")]
pub(super) async fn issue_class_certifications(
    once: Once,
    caller: Authenticated,
    id: Id<ClassId>,
    body: Body<IssueCertificationsRequest>,
) -> Result<HttpResponse, Problem> {
    issue(once, &caller, Cohort::Class(id.0), body.0).await
}

/// Issue the certifications of a course.
///
/// As for a class, with the evaluation of the course. 강의 일괄 수료 처리.
#[utoipa::path(tag = "certifications", params(("id" = Uuid, Path, description = "The id of the course.")),
    request_body = IssueCertificationsRequest,
    responses((status = 201, description = "What was issued.", body = IssuanceResponse), (status = 200, description = "There was nothing new to issue.", body = IssuanceResponse)))]
#[post("/courses/{id}/certifications/issue")]
pub(super) async fn issue_course_certifications(
    once: Once,
    caller: Authenticated,
    id: Id<CourseId>,
    body: Body<IssueCertificationsRequest>,
) -> Result<HttpResponse, Problem> {
    issue(once, &caller, Cohort::Course(id.0), body.0).await
}

async fn evaluate(
    request: &HttpRequest,
    caller: &Authenticated,
    cohort: Cohort,
) -> Result<HttpResponse, Problem> {
    let evaluation = App::of(request)?.services().certifications.evaluate(caller, cohort).await?;
    Ok(HttpResponse::Ok().json(EvaluationResponse::from(evaluation)))
}

async fn issue(
    once: Once,
    caller: &Authenticated,
    cohort: Cohort,
    body: IssueCertificationsRequest,
) -> Result<HttpResponse, Problem> {
    let order = body.into_domain()?;
    let certifications = once.app().services().certifications.clone();
    once.run(Some(caller), issued, async |answering| {
        certifications.issue_all(caller, cohort, order, answering).await
    })
    .await
}
