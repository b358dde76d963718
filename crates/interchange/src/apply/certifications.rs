//! Certifications: found by course, user and moment of issue. One that is there is never changed, whatever a file says.
//!
//! What an imported certification says is taken from the export that it comes from, with its number and code, or else made of
//! the names of today; the rule is then called `imported`, because another system decided, there are no figures, and it gets the
//! next number of the year in which it was issued.

use std::collections::{BTreeMap, HashMap, HashSet};

use madang_domain::access::{Action, authorize};
use madang_domain::certification::{
    CertificateNumber, Certification, CertificationState, ClassRecord, DEFAULT_TEMPLATE, Issuer,
    SNAPSHOT_FORM, Snapshot, Standing, VerificationCode,
};
use madang_domain::error::{RepositoryError, RepositoryResult};
use madang_domain::ids::{CertificationId, ClassId, CourseId, UserId};
use madang_domain::learning::classes::Class;
use madang_domain::learning::courses::CourseTitle;
use madang_domain::text::PersonName;
use serde_json::Value;

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
    /// What it says, if it comes from an export of ours.
    snapshot: Option<Snapshot>,
    standing: Standing,
}

impl Draft<'_> {
    fn holds(&self) -> bool {
        self.standing.state() == CertificationState::Issued
    }
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
        let snapshot = row.snapshot.clone().and_then(|document| {
            let read = serde_json::from_value(document);
            read.map_err(|_| check.fault(Field::Snapshot, ProblemCode::JsonInvalid, None)).ok()
        });
        let read = |standing: Value| serde_json::from_value(standing);
        let standing = row.standing.clone().map_or(Ok(Standing::Issued), read);
        let standing = standing.unwrap_or_else(|_| {
            check.fault(Field::Standing, ProblemCode::JsonInvalid, None);
            Standing::Issued
        });
        if !check.is_refused()
            && let (Some(course), Some(user)) = (course, user)
        {
            return Some(Draft { row, course, user, classes, snapshot, standing });
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
        let mut there: HashMap<UserId, Vec<Certification>> = HashMap::new();
        if !course.is_new {
            for kept in self.repositories.certifications().of_users(course.id, &users).await? {
                there.entry(kept.user_id).or_default().push(kept);
            }
        }
        let names = self.names(course.id, &users, drafts).await?;
        let carried: Vec<CertificateNumber> =
            drafts.iter().filter_map(|draft| Some(draft.snapshot.as_ref()?.number)).collect();
        let mut taken: HashSet<CertificateNumber> =
            self.repositories.certifications().taken_of(&carried).await?.into_iter().collect();
        let may_issue = authorize(self.caller, Action::IssueCertifications).is_ok();
        let mut wanted: Vec<&Draft<'_>> = Vec::new();
        for draft in drafts {
            let mut check = Check::new(draft.row.at);
            let kept = there.get(&draft.user).map(Vec::as_slice).unwrap_or_default();
            let same = |old: &Certification| {
                old.snapshot.issued_at == draft.row.issued_at && old.class_ids == draft.classes
            };
            let is_there = kept.iter().any(same);
            let holds = kept.iter().any(|old| old.standing == Standing::Issued);
            let stands = draft.holds() && (seen.contains(&draft.user) || holds);
            let number = draft.snapshot.as_ref().map(|snapshot| snapshot.number);
            if is_there {
                // It stays as it is.
            } else if stands {
                check.fault(Field::User, ProblemCode::AlreadyCertified, Some(&draft.row.user_ref));
            } else if !may_issue {
                check.fault(Field::Course, ProblemCode::CertificationForbidden, None);
            } else if let Some(number) = number
                && !taken.insert(number)
            {
                check.fault(Field::Snapshot, ProblemCode::CertificateNumberTaken, Some(&number.to_string()));
            }
            if !self.settle(check, |counts| &mut counts.certifications) {
                continue;
            }
            if draft.holds() {
                seen.insert(draft.user);
            }
            if is_there || stands {
                self.counts.certifications.unchanged += 1;
            } else {
                self.counts.certifications.created += 1;
                wanted.push(draft);
            }
        }
        let created = self.numbered(&wanted, &names).await?;
        if !created.is_empty() {
            self.repositories.certifications().insert_many(&created).await?;
        }
        let entries: Vec<_> = created.iter().map(|one| self.pen.created(one)).collect();
        self.keep_traces(&[], &entries).await
    }

    /// The certifications of these drafts, with the numbers that they bring or the next ones of their years.
    async fn numbered(
        &mut self,
        drafts: &[&Draft<'_>],
        names: &Names,
    ) -> RepositoryResult<Vec<Certification>> {
        let mut last: BTreeMap<i32, CertificateNumber> = BTreeMap::new();
        let mut counts: BTreeMap<i32, u32> = BTreeMap::new();
        for draft in drafts {
            if let Some(snapshot) = &draft.snapshot {
                let last = last.entry(snapshot.number.year()).or_insert(snapshot.number);
                *last = snapshot.number.max(*last);
            } else {
                *counts.entry(CertificateNumber::year_of(draft.row.issued_at)).or_default() += 1;
            }
        }
        for number in last.into_values() {
            self.repositories.certifications().pass_number(number).await?;
        }
        let mut next: BTreeMap<i32, i32> = BTreeMap::new();
        for (year, count) in counts {
            let first = self.repositories.certifications().take_numbers(year, count).await?;
            next.insert(year, first.place());
        }
        let mut numbered = Vec::with_capacity(drafts.len());
        for draft in drafts {
            let snapshot = if let Some(snapshot) = &draft.snapshot {
                snapshot.clone()
            } else {
                let year = CertificateNumber::year_of(draft.row.issued_at);
                let place = next.entry(year).or_default();
                let number = CertificateNumber::new(year, *place)
                    .map_err(|error| RepositoryError::Backend(Box::new(error)))?;
                *place += 1;
                snapshot(draft, number, names)
            };
            numbered.push(self.certification(draft, snapshot));
        }
        Ok(numbered)
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

    fn certification(&self, draft: &Draft<'_>, snapshot: Snapshot) -> Certification {
        let carried = self.carried_id(&draft.row.external_id).filter(|_| draft.course.is_new);
        Certification {
            id: CertificationId(carried.unwrap_or_else(|| self.ids.next())),
            course_id: draft.course.id,
            user_id: draft.user,
            class_ids: draft.classes.clone(),
            snapshot,
            supersedes: draft.row.supersedes.map(CertificationId),
            standing: draft.standing.clone(),
            stamps: self.stamps(),
        }
    }
}

fn snapshot(draft: &Draft<'_>, number: CertificateNumber, names: &Names) -> Snapshot {
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
            lectures: 0,
            planned_minutes: 0,
            attended_minutes: 0,
            unit: None,
            policy: None,
        })
    };
    Snapshot {
        form: SNAPSHOT_FORM,
        number,
        code: VerificationCode::draw(),
        issued_at: draft.row.issued_at,
        expires_at: None,
        replaces: None,
        user_name: names.users.get(&draft.user).cloned().map(String::from).unwrap_or_default(),
        user_name_roman: None,
        birth_date: None,
        course_title: names.course.clone().map(String::from).unwrap_or_default(),
        rule: IMPORTED.to_owned(),
        completion: None,
        classes: draft.classes.iter().filter_map(record).collect(),
        rate: None,
        planned_minutes: 0,
        attended_minutes: 0,
        issuer: Issuer::default(),
        template: DEFAULT_TEMPLATE.to_owned(),
        override_reason: None,
        approved_by: None,
    }
}
