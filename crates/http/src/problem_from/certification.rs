//! Certifications.

use madang_auth::tokens::KeeperError;
use madang_documents::{PrintError, TemplateFault, TemplateFaults};
use madang_domain::certification::{
    CertificationError, Lack,
    rules::{RuleDocument, RuleError, RuleFault},
    templates::TemplateError,
};

use super::chain;
use crate::problem::{FieldFault, FieldProblem, Problem, ProblemCode};

impl From<CertificationError> for Problem {
    fn from(error: CertificationError) -> Self {
        match error {
            CertificationError::NotFound(_) => Self::new(ProblemCode::CertificationNotFound),
            CertificationError::CourseNotFound(_) => {
                Self::invalid_field("/course_id", FieldFault::NoSuchThing)
            }
            CertificationError::UserNotFound(_) => Self::new(ProblemCode::UserNotFound),
            CertificationError::NobodyToCertify(_) => {
                Self::invalid_field("/user_id", FieldFault::NoSuchThing)
            }
            CertificationError::Forbidden => Self::new(ProblemCode::Forbidden),
            CertificationError::AlreadyCertified => Self::new(ProblemCode::AlreadyCertified),
            CertificationError::NotALearner(_) => Self::new(ProblemCode::NotALearner),
            CertificationError::NotEligible { lacks, matters } => {
                let lacks = lacks.into_iter().map(lack);
                let matters = matters.into_iter().map(|matter| FieldProblem {
                    pointer: "/approve".to_owned(),
                    fault: FieldFault::NeedsDecision { matter: matter.as_str() },
                });
                Self::new(ProblemCode::NotEligible).with_errors(lacks.chain(matters).collect())
            }
            CertificationError::ClassNotFound(_) => Self::new(ProblemCode::ClassNotFound),
            CertificationError::NoSuchCourse(_) => Self::new(ProblemCode::CourseNotFound),
            CertificationError::EvaluationStale => Self::new(ProblemCode::EvaluationStale),
            CertificationError::NothingToApprove(_) => {
                Self::invalid_field("/approved", FieldFault::NoSuchThing)
            }
            CertificationError::VersionUnknown => Self::new(ProblemCode::PreconditionRequired),
            CertificationError::Stale => Self::new(ProblemCode::PreconditionFailed),
            CertificationError::Ended(state) => Self::new(ProblemCode::CertificationEnded)
                .with_detail(format!("이미 효력이 끝난 수료증입니다. (state: {})", state.as_str())),
            CertificationError::NotExpiring => Self::new(ProblemCode::CertificationNotExpiring),
            CertificationError::NumbersUsedUp => Self::new(ProblemCode::CertificateNumbersUsedUp),
            CertificationError::Repository(error) => error.into(),
        }
    }
}

/// What is missing for a certification.
fn lack(lack: Lack) -> FieldProblem {
    let (pointer, fault) = match lack {
        Lack::Rate { class_id, rate, threshold, .. } => (
            format!("/classes/{class_id}"),
            FieldFault::RateTooLow {
                rate: rate.map(|rate| rate.to_string()),
                threshold: threshold.to_string(),
            },
        ),
        Lack::Class { class_id } => (format!("/classes/{class_id}"), FieldFault::ClassMissing),
        Lack::Classes { met, needed } => ("/classes".to_owned(), FieldFault::TooFewClasses { met, needed }),
        Lack::Hours { minutes, needed_minutes } => {
            ("/hours".to_owned(), FieldFault::TooFewHours { minutes, needed_minutes })
        }
    };
    FieldProblem { pointer, fault }
}

impl From<RuleError> for Problem {
    fn from(error: RuleError) -> Self {
        match error {
            RuleError::CourseNotFound(_) => Self::new(ProblemCode::CourseNotFound),
            RuleError::Forbidden => Self::new(ProblemCode::Forbidden),
            RuleError::VersionUnknown => Self::new(ProblemCode::PreconditionRequired),
            RuleError::Stale => Self::new(ProblemCode::PreconditionFailed),
            RuleError::Faulty(faults) => Self::invalid(faults.iter().flat_map(rule_faults).collect()),
            RuleError::Repository(error) => error.into(),
        }
    }
}

impl From<TemplateError> for Problem {
    fn from(error: TemplateError) -> Self {
        match error {
            TemplateError::CourseNotFound(_) => Self::new(ProblemCode::CourseNotFound),
            TemplateError::Forbidden => Self::new(ProblemCode::Forbidden),
            TemplateError::Stale => Self::new(ProblemCode::PreconditionFailed),
            TemplateError::Repository(error) => error.into(),
        }
    }
}

impl From<TemplateFaults> for Problem {
    fn from(error: TemplateFaults) -> Self {
        let fault = |fault: TemplateFault| FieldProblem {
            pointer: format!("/document{}", fault.pointer),
            fault: FieldFault::NotPrintable { why: fault.message },
        };
        Self::invalid(error.faults.into_iter().map(fault).collect())
    }
}

impl From<PrintError> for Problem {
    fn from(error: PrintError) -> Self {
        let printable = |detail: String| Self::new(ProblemCode::CertificateNotPrintable).with_detail(detail);
        match error {
            PrintError::MissingGlyph { character } => {
                let code = u32::from(character);
                printable(format!(
                    "글꼴에 없는 문자: {character} (U+{code:04X}). No font has this character."
                ))
            }
            PrintError::TextTooLong { element } => printable(format!(
                "양식의 {element}번 요소에 글이 들어가지 않습니다. The text of element {element} does not fit."
            )),
            PrintError::AddressTooLong => {
                printable("검증 주소가 너무 깁니다. The verification address is too long.".to_owned())
            }
            PrintError::Invalid(_) | PrintError::Fonts(_) => {
                tracing::error!(error = %chain(&error), "a certificate could not be printed");
                Self::new(ProblemCode::Internal)
            }
        }
    }
}

impl From<KeeperError> for Problem {
    fn from(error: KeeperError) -> Self {
        match error {
            KeeperError::Repository(error) => error.into(),
            KeeperError::Key(_) | KeeperError::NoActiveKey => {
                tracing::error!(error = %chain(&error), "the keys of the issuer are not usable");
                Self::new(ProblemCode::Internal)
            }
        }
    }
}

fn rule_faults(fault: &RuleFault) -> Vec<FieldProblem> {
    let at = |path: &str, fault| vec![FieldProblem { pointer: format!("/document/{path}"), fault }];
    let range = |max: u16| FieldFault::OutOfRange { min: 1, max: max.into() };
    match fault {
        RuleFault::NoClasses => at("classes", FieldFault::Empty),
        RuleFault::TooManyClasses => at("classes", FieldFault::TooLong { max: RuleDocument::MAX_CLASSES }),
        RuleFault::Twice => at("classes/class_ids", FieldFault::Twice),
        RuleFault::ForeignClasses(_) => at("classes/class_ids", FieldFault::NoSuchThing),
        RuleFault::Hours => at("min_hours", range(RuleDocument::MAX_HOURS)),
        RuleFault::Months => at("valid_months", range(RuleDocument::MAX_MONTHS)),
        RuleFault::Template => at("template", FieldFault::InvalidFormat),
    }
}
