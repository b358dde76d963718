//! A small Korean lifelong-learning centre, made up, for a first look: `madang serve --sample`.
//!
//! The same day always gives the same people, courses, classes, lectures and marks (their ids are new each time); the
//! classes lie around that day, so that some are over, some run and one is to come. It goes into a database without
//! courses only, in one unit of work. None of its people can sign in: nobody should find well-known
//! passwords in a system that goes on to be used. An admin can give them one.

mod catalogue;
mod making;
mod people;

use std::collections::BTreeSet;

use anyhow::Result;
use chrono::NaiveDate;
use madang_domain::{
    access::{Caller, ClassRole},
    certification::{CertificationError, CertificationService, Issuer, NewCertification},
    idempotency::Answering,
    learning::{courses::CourseFilter, enrolments::Enrolment},
    page::{Listing, PageSize, Sort, Window},
    store::Repositories,
    yard::Yard,
};

use making::{Sample, make};

/// The centre, which is made up like its people.
const ISSUER: &str = "마당평생교육원";
const ISSUER_ROMAN: &str = "Madang Lifelong Learning Centre";

/// How much was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SampleFacts {
    /// Users.
    pub users: usize,
    /// Courses.
    pub courses: usize,
    /// Classes.
    pub classes: usize,
    /// Lectures.
    pub lectures: usize,
    /// Enrolments.
    pub enrolments: usize,
    /// Marks.
    pub attendances: usize,
    /// Certifications.
    pub certifications: usize,
}

/// Puts the sample into a database without courses; `None` where there are some.
///
/// # Errors
/// When the data can't be kept; then nothing of it is.
pub async fn load_sample(yard: &Yard, today: NaiveDate) -> Result<Option<SampleFacts>> {
    let mut unit = yard.store.begin().await?;
    match load_in(yard, &mut *unit, today).await {
        Ok(facts) => {
            unit.commit().await?;
            Ok(facts)
        }
        Err(error) => {
            unit.rollback().await?;
            Err(error)
        }
    }
}

async fn load_in(
    yard: &Yard,
    repositories: &mut dyn Repositories,
    today: NaiveDate,
) -> Result<Option<SampleFacts>> {
    let any = Listing {
        filter: CourseFilter::default(),
        sort: Sort(Vec::new()),
        window: Window::After { cursor: None, size: PageSize::DEFAULT },
    };
    if !repositories.courses().list(&any).await?.items.is_empty() {
        return Ok(None);
    }
    let caller = Caller::system();
    let sample = make(yard, today)?;
    repositories.users().insert_many(&sample.users).await?;
    repositories.courses().insert_many(&sample.courses).await?;
    repositories.classes().insert_many(&sample.classes).await?;
    repositories.lectures().insert_many(&sample.lectures).await?;
    repositories.enrolments().insert_many(&sample.enrolments).await?;
    repositories.attendances().insert_many(&sample.attendances).await?;
    repositories.audit().append(&sample.audit(&yard.pen(&caller))).await?;
    let certifications = certify(yard, repositories, &caller, &sample, today).await?;
    Ok(Some(SampleFacts {
        users: sample.users.len(),
        courses: sample.courses.len(),
        classes: sample.classes.len(),
        lectures: sample.lectures.len(),
        enrolments: sample.enrolments.len(),
        attendances: sample.attendances.len(),
        certifications,
    }))
}

/// Certifies, by the rule, who has attended enough of the classes that are over.
async fn certify(
    yard: &Yard,
    repositories: &mut dyn Repositories,
    caller: &Caller,
    sample: &Sample,
    today: NaiveDate,
) -> Result<usize> {
    let issuer =
        Issuer { name: ISSUER.to_owned(), name_roman: Some(ISSUER_ROMAN.to_owned()), representative: None };
    let service = CertificationService::new(yard.clone(), issuer);
    let mut certified = BTreeSet::new();
    for class in sample.classes.iter().filter(|class| class.dates.end() < today) {
        let learners = sample.enrolments.iter().filter(|one| one.class_id == class.id && is_learner(one));
        for learner in learners {
            if certified.contains(&(class.course_id, learner.user_id)) {
                continue;
            }
            let new = NewCertification {
                course_id: class.course_id,
                user_id: learner.user_id,
                class_ids: vec![class.id],
                override_reason: None,
                approves: false,
            };
            match service.issue_in(repositories, caller, new, &Answering::nothing()).await {
                Ok(_) => {
                    certified.insert((class.course_id, learner.user_id));
                }
                Err(CertificationError::NotEligible { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(certified.len())
}

fn is_learner(enrolment: &Enrolment) -> bool {
    enrolment.role == ClassRole::Learner
}
