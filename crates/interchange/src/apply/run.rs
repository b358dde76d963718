//! One import under way: where it writes, what it has come across, what it has counted.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use madang_domain::access::Caller;
use madang_domain::audit::{AuditEntry, AuditPen};
use madang_domain::error::RepositoryResult;
use madang_domain::external_ids;
use madang_domain::ids::{ClassId, CourseId, IdGenerator, LectureId, UserId};
use madang_domain::learning::classes::Class;
use madang_domain::learning::lectures::Lecture;
use madang_domain::page::PageSize;
use madang_domain::stamps::Stamps;
use madang_domain::store::Repositories;
use madang_domain::yard::Yard;
use uuid::Uuid;

use super::check::Check;
use super::directory::{Directory, own_id};
use super::report::{ImportReport, RowCounts, TableCounts};
use crate::formats::Format;
use crate::problem::{Problem, Problems, shorten};
use crate::roster::{ExternalId, Roster};

/// How many rows go into one statement.
pub(super) const BATCH: usize = PageSize::BATCH.get() as usize;

/// How far an import is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Rows that have been dealt with.
    pub done: u64,
    /// Rows in all.
    pub total: u64,
}

/// Is told how far an import is, about once in a thousand rows. It must not wait for anything.
pub type OnProgress<'p> = &'p (dyn Fn(Progress) + Send + Sync);

/// What rows need to know of a course.
#[derive(Debug, Clone, Copy)]
pub(super) struct CourseFacts {
    pub id: CourseId,
    /// Made by this import, so that nothing can hang on it yet.
    pub is_new: bool,
}

/// What rows need to know of a class.
#[derive(Debug, Clone, Copy)]
pub(super) struct ClassFacts {
    pub id: ClassId,
    pub course_id: CourseId,
    pub begin: NaiveDate,
    /// Closed before this import; a class that arrives closed is still filled by it.
    pub closed: bool,
    /// Made by this import, so that nothing can hang on it yet.
    pub is_new: bool,
}

impl ClassFacts {
    pub fn of(class: &Class, is_new: bool) -> Self {
        Self {
            id: class.id,
            course_id: class.course_id,
            begin: class.dates.begin(),
            closed: class.closed_at.is_some() && !is_new,
            is_new,
        }
    }
}

/// What rows need to know of a lecture.
#[derive(Debug, Clone, Copy)]
pub(super) struct LectureFacts {
    pub id: LectureId,
    pub class_id: ClassId,
    pub day: NaiveDate,
    /// Whether its class was closed before this import.
    pub closed: bool,
    /// Made by this import, so that nothing can hang on it yet.
    pub is_new: bool,
}

impl LectureFacts {
    pub fn of(lecture: &Lecture, closed: bool, is_new: bool) -> Self {
        Self { id: lecture.id, class_id: lecture.class_id, day: lecture.day(), closed, is_new }
    }
}

/// An import under way.
pub(super) struct Run<'r> {
    pub repositories: &'r mut dyn Repositories,
    pub caller: &'r Caller,
    pub ids: &'r dyn IdGenerator,
    pub pen: AuditPen<'r>,
    pub now: DateTime<Utc>,
    pub counts: TableCounts,
    pub known_users: Directory<UserId>,
    pub known_courses: Directory<CourseFacts>,
    pub known_classes: Directory<ClassFacts>,
    pub known_lectures: Directory<LectureFacts>,
    format: Format,
    files: Vec<Arc<str>>,
    problems: Problems,
    progress: Progress,
    on_progress: OnProgress<'r>,
}

impl<'r> Run<'r> {
    pub fn new(
        yard: &'r Yard,
        repositories: &'r mut dyn Repositories,
        caller: &'r Caller,
        format: Format,
        roster: &Roster,
        problems: Problems,
        on_progress: OnProgress<'r>,
    ) -> Self {
        Self {
            repositories,
            caller,
            ids: &*yard.ids,
            pen: yard.pen(caller),
            now: yard.clock.now(),
            counts: TableCounts::default(),
            known_users: Directory::new("user", format),
            known_courses: Directory::new("course", format),
            known_classes: Directory::new("class", format),
            known_lectures: Directory::new("lecture", format),
            format,
            files: roster.files.clone(),
            problems,
            progress: Progress { done: 0, total: u64::try_from(roster.len()).unwrap_or(u64::MAX) },
            on_progress,
        }
    }

    pub async fn load_known_ids(&mut self) -> RepositoryResult<()> {
        let source = self.format.as_str();
        let ids = self.repositories.external_ids();
        self.known_users.learn(ids.of(source, self.known_users.entity()).await?);
        self.known_courses.learn(ids.of(source, self.known_courses.entity()).await?);
        self.known_classes.learn(ids.of(source, self.known_classes.entity()).await?);
        self.known_lectures.learn(ids.of(source, self.known_lectures.entity()).await?);
        Ok(())
    }

    pub fn stamps(&self) -> Stamps {
        Stamps::new(self.caller, self.now)
    }

    pub fn touched(&self, stamps: Stamps) -> Stamps {
        stamps.touched(self.caller, self.now)
    }

    /// The id that a row of an export brings along.
    pub fn carried_id(&self, external: &str) -> Option<Uuid> {
        own_id(external).filter(|_| self.format == Format::Tables)
    }

    /// Reports the faults of a row; whether it goes on.
    pub fn settle(&mut self, check: Check, counts: fn(&mut TableCounts) -> &mut RowCounts) -> bool {
        let refused = check.is_refused();
        if refused {
            counts(&mut self.counts).refused += 1;
        }
        let file = self.files.get(usize::from(check.at.file)).map_or_else(|| Arc::from(""), Arc::clone);
        for fault in check.faults {
            self.problems.push(Problem {
                file: Arc::clone(&file),
                line: check.at.line,
                column: fault.field.map(|field| field.column(self.format).into()),
                code: fault.code,
                detail: fault.detail.as_deref().map(shorten),
            });
        }
        !refused
    }

    /// Tells that so many more rows have been dealt with.
    pub fn advance(&mut self, rows: usize) {
        self.progress.done += u64::try_from(rows).unwrap_or(u64::MAX);
        (self.on_progress)(self.progress);
    }

    /// Keeps what a batch leaves beside its rows.
    pub async fn keep_traces(
        &mut self,
        links: &[external_ids::ExternalId],
        entries: &[AuditEntry],
    ) -> RepositoryResult<()> {
        for links in links.chunks(BATCH) {
            self.repositories.external_ids().insert_many(self.format.as_str(), links).await?;
        }
        for entries in entries.chunks(BATCH) {
            self.repositories.audit().append(entries).await?;
        }
        Ok(())
    }

    /// Looks for users who are referred to and not among the rows.
    pub async fn find_users<'e>(
        &mut self,
        references: impl Iterator<Item = &'e ExternalId>,
    ) -> RepositoryResult<()> {
        for missing in self.known_users.missing(references).chunks(BATCH) {
            let ids: Vec<UserId> = missing.iter().map(|(_, id)| UserId(*id)).collect();
            let users = self.repositories.users().find_many(&ids).await?;
            let found = users.into_iter().map(|user| (user.id.0, user.id)).collect();
            self.known_users.fill(missing, &found);
        }
        Ok(())
    }

    /// Looks for courses that are referred to and not among the rows.
    pub async fn find_courses<'e>(
        &mut self,
        references: impl Iterator<Item = &'e ExternalId>,
    ) -> RepositoryResult<()> {
        for missing in self.known_courses.missing(references).chunks(BATCH) {
            let ids: Vec<CourseId> = missing.iter().map(|(_, id)| CourseId(*id)).collect();
            let courses = self.repositories.courses().find_many(&ids).await?;
            let facts = |id| CourseFacts { id, is_new: false };
            let found = courses.into_iter().map(|course| (course.id.0, facts(course.id))).collect();
            self.known_courses.fill(missing, &found);
        }
        Ok(())
    }

    /// Looks for classes that are referred to and not among the rows; none of them is closed before the import ends.
    pub async fn find_classes<'e>(
        &mut self,
        references: impl Iterator<Item = &'e ExternalId>,
    ) -> RepositoryResult<()> {
        for missing in self.known_classes.missing(references).chunks(BATCH) {
            let ids: Vec<ClassId> = missing.iter().map(|(_, id)| ClassId(*id)).collect();
            let classes = self.repositories.classes().find_many_to_mark(&ids).await?;
            let found = classes.iter().map(|class| (class.id.0, ClassFacts::of(class, false))).collect();
            self.known_classes.fill(missing, &found);
        }
        Ok(())
    }

    /// Looks for lectures that are referred to and not among the rows.
    pub async fn find_lectures<'e>(
        &mut self,
        references: impl Iterator<Item = &'e ExternalId>,
    ) -> RepositoryResult<()> {
        for missing in self.known_lectures.missing(references).chunks(BATCH) {
            let ids: Vec<LectureId> = missing.iter().map(|(_, id)| LectureId(*id)).collect();
            let lectures = self.repositories.lectures().find_many(&ids).await?;
            let mut class_ids: Vec<ClassId> = lectures.iter().map(|lecture| lecture.class_id).collect();
            class_ids.sort_unstable();
            class_ids.dedup();
            let classes = self.repositories.classes().find_many_to_mark(&class_ids).await?;
            let closed: HashMap<ClassId, bool> =
                classes.iter().map(|class| (class.id, class.closed_at.is_some())).collect();
            let found: HashMap<Uuid, LectureFacts> = lectures
                .iter()
                .map(|lecture| {
                    let closed = closed.get(&lecture.class_id).copied().unwrap_or_default();
                    (lecture.id.0, LectureFacts::of(lecture, closed, false))
                })
                .collect();
            self.known_lectures.fill(missing, &found);
        }
        Ok(())
    }

    pub fn into_report(self) -> ImportReport {
        ImportReport::new(self.format, self.counts, self.problems)
    }
}
