//! Certifications: found by course and user. One that is there is never changed, whatever a file says.
//!
//! What an imported certification says is taken from the export that it comes from, or else made of the names of today;
//! the rule is then called `imported`, because another system decided, and there are no figures.

use std::collections::{HashMap, HashSet};

use madang_domain::access::{Action, authorize};
use madang_domain::certification::{Certification, ClassRecord, Snapshot};
use madang_domain::error::RepositoryResult;
use madang_domain::ids::{CertificationId, ClassId, CourseId, UserId};
use madang_domain::learning::classes::Class;
use madang_domain::learning::courses::CourseTitle;
use madang_domain::text::PersonName;

use super::check::Check;
use super::fields::Field;
use super::run::{BATCH, CourseFacts, Run};
use crate::problem::ProblemCode;
use crate::roster::{CertificationRow, ExternalId};

/// The rule of a certification that another system decided.
const IMPORTED: &str = "imported";

/// A row whose references are known.
struct Draft<'r> {
    row: &'r CertificationRow,
    course: CourseFacts,
    user: UserId,
    classes: Vec<ClassId>,
    snapshot: Option<Snapshot>,
}

/// The names that a snapshot quotes.
struct Names {
    course: Option<CourseTitle>,
    users: HashMap<UserId, PersonName>,
    classes: HashMap<ClassId, Class>,
}

impl Run<'_> {
    pub async fn certifications(&mut self, rows: &[CertificationRow]) -> RepositoryResult<()> {
        self.find_courses(rows.iter().map(|row| &row.course_ref)).await?;
        self.find_classes(rows.iter().flat_map(|row| &row.class_refs)).await?;
        self.find_users(rows.iter().map(|row| &row.user_ref)).await?;
        let mut drafts: Vec<Draft<'_>> =
            rows.iter().filter_map(|row| self.draft_certification(row)).collect();
        self.advance(rows.len() - drafts.len());
        drafts.sort_by_key(|draft| draft.course.id);
        for drafts in drafts.chunk_by(|left, right| left.course.id == right.course.id) {
            let mut seen = HashSet::new();
            for drafts in drafts.chunks(BATCH) {
                self.certifications_of_course(drafts, &mut seen).await?;
                self.advance(drafts.len());
            }
        }
        Ok(())
    }

    fn draft_certification<'r>(&mut self, row: &'r CertificationRow) -> Option<Draft<'r>> {
        let mut check = Check::new(row.at);
        let course = self.known_courses.get(&row.course_ref);
        let course = check.reference(Field::Course, &row.course_ref, course);
        let user = check.reference(Field::User, &row.user_ref, self.known_users.get(&row.user_ref));
        let mut class_of = |reference: &ExternalId| {
            let found = self.known_classes.get(reference);
            let class = check.reference(Field::Classes, reference, found)?;
            if course.is_some_and(|course| course.id != class.course_id) {
                check.fault(Field::Classes, ProblemCode::ReferenceMismatch, Some(reference));
            }
            Some(class.id)
        };
        let classes: Vec<ClassId> = row.class_refs.iter().filter_map(&mut class_of).collect();
        let snapshot = row.snapshot.as_ref().and_then(|document| {
            let read = serde_json::from_value(document.clone());
            read.map_err(|_| check.fault(Field::Snapshot, ProblemCode::JsonInvalid, None)).ok()
        });
        if !check.is_refused()
            && let (Some(course), Some(user)) = (course, user)
        {
            return Some(Draft { row, course, user, classes, snapshot });
        }
        self.settle(check, |counts| &mut counts.certifications);
        None
    }

    async fn certifications_of_course(
        &mut self,
        drafts: &[Draft<'_>],
        seen: &mut HashSet<UserId>,
    ) -> RepositoryResult<()> {
        let Some(course) = drafts.first().map(|draft| draft.course) else { return Ok(()) };
        let users: Vec<UserId> = drafts.iter().map(|draft| draft.user).collect();
        let mut there = HashMap::new();
        if !course.is_new {
            let kept = self.repositories.certifications().of_users(course.id, &users).await?;
            there.extend(kept.into_iter().map(|one| (one.user_id, one)));
        }
        let names = self.names(course.id, &users, drafts).await?;
        let may_issue = authorize(self.caller, Action::IssueCertifications).is_ok();
        let mut created: Vec<Certification> = Vec::new();
        for draft in drafts {
            let mut check = Check::new(draft.row.at);
            let old = there.get(&draft.user);
            let stands = seen.contains(&draft.user) || old.is_some();
            let same =
                |old: &Certification| old.issued_at == draft.row.issued_at && old.class_ids == draft.classes;
            if stands && !old.is_some_and(same) {
                check.fault(Field::User, ProblemCode::AlreadyCertified, Some(&draft.row.user_ref));
            } else if !stands && !may_issue {
                check.fault(Field::Course, ProblemCode::CertificationForbidden, None);
            }
            if !self.settle(check, |counts| &mut counts.certifications) {
                continue;
            }
            seen.insert(draft.user);
            if stands {
                self.counts.certifications.unchanged += 1;
            } else {
                self.counts.certifications.created += 1;
                created.push(self.certification(draft, &names));
            }
        }
        if !created.is_empty() {
            self.repositories.certifications().insert_many(&created).await?;
        }
        let entries: Vec<_> = created.iter().map(|one| self.pen.created(one)).collect();
        self.keep_traces(&[], &entries).await
    }

    async fn names(
        &mut self,
        course: CourseId,
        users: &[UserId],
        drafts: &[Draft<'_>],
    ) -> RepositoryResult<Names> {
        let mut class_ids: Vec<ClassId> = drafts.iter().flat_map(|draft| draft.classes.clone()).collect();
        class_ids.sort_unstable();
        class_ids.dedup();
        let mut classes = HashMap::new();
        for ids in class_ids.chunks(BATCH) {
            let found = self.repositories.classes().find_many(ids).await?;
            classes.extend(found.into_iter().map(|class| (class.id, class)));
        }
        let users = self.repositories.users().find_many(users).await?;
        let course = self.repositories.courses().find(course).await?;
        Ok(Names {
            course: course.map(|course| course.title),
            users: users.into_iter().map(|user| (user.id, user.name)).collect(),
            classes,
        })
    }

    fn certification(&self, draft: &Draft<'_>, names: &Names) -> Certification {
        let carried = self.carried_id(&draft.row.external_id).filter(|_| draft.course.is_new);
        Certification {
            id: CertificationId(carried.unwrap_or_else(|| self.ids.next())),
            course_id: draft.course.id,
            user_id: draft.user,
            class_ids: draft.classes.clone(),
            issued_at: draft.row.issued_at,
            snapshot: draft.snapshot.clone().unwrap_or_else(|| snapshot(draft, names)),
            stamps: self.stamps(),
        }
    }
}

fn snapshot(draft: &Draft<'_>, names: &Names) -> Snapshot {
    let record = |id: &ClassId| {
        let class = names.classes.get(id)?;
        Some(ClassRecord {
            class_id: *id,
            title: class.title.clone().into(),
            begin_date: class.dates.begin(),
            end_date: class.dates.end(),
            numerator: 0,
            denominator: 0,
            percent: None,
            policy: None,
        })
    };
    Snapshot {
        user_name: names.users.get(&draft.user).cloned().map(String::from).unwrap_or_default(),
        course_title: names.course.clone().map(String::from).unwrap_or_default(),
        rule: IMPORTED.to_owned(),
        classes: draft.classes.iter().filter_map(record).collect(),
        override_reason: None,
    }
}
