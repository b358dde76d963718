//! Courses: found by the source's id.

use std::collections::HashMap;

use madang_domain::error::RepositoryResult;
use madang_domain::ids::CourseId;
use madang_domain::learning::courses::{
    Course, CourseChanges, CourseDescription, CourseKeyword, CourseTitle,
};

use super::check::Check;
use super::fields::Field;
use super::run::{BATCH, CourseFacts, Run};
use crate::roster::CourseRow;

impl Run<'_> {
    pub async fn courses(&mut self, rows: &[CourseRow]) -> RepositoryResult<()> {
        for rows in rows.chunks(BATCH) {
            let candidates = rows.iter().filter_map(|row| self.known_courses.candidate(&row.external_id));
            let ids: Vec<CourseId> = candidates.map(CourseId).collect();
            let mut known = HashMap::new();
            if !ids.is_empty() {
                let courses = self.repositories.courses().find_many(&ids).await?;
                known.extend(courses.into_iter().map(|course| (course.id, course)));
            }
            let (mut created, mut links, mut entries) = (Vec::new(), Vec::new(), Vec::new());
            for row in rows {
                let candidate = self.known_courses.candidate(&row.external_id).map(CourseId);
                let old = candidate.and_then(|id| known.get(&id));
                let Some(new) = self.course(row, old) else {
                    self.known_courses.refuse(&row.external_id);
                    continue;
                };
                let facts = CourseFacts { id: new.id, is_new: old.is_none() };
                self.known_courses.keep(&row.external_id, facts);
                links.extend(self.known_courses.link(&row.external_id, new.id.0));
                match old {
                    None => {
                        self.counts.courses.created += 1;
                        entries.push(self.pen.created(&new));
                        created.push(new);
                    }
                    Some(old) if *old == new => self.counts.courses.unchanged += 1,
                    Some(old) => {
                        self.counts.courses.updated += 1;
                        self.repositories.courses().update(&new).await?;
                        entries.push(self.pen.updated(old, &new));
                    }
                }
            }
            if !created.is_empty() {
                self.repositories.courses().insert_many(&created).await?;
            }
            self.keep_traces(&links, &entries).await?;
            self.advance(rows.len());
        }
        Ok(())
    }

    /// The course as the row has it; `None` when the row is refused.
    fn course(&mut self, row: &CourseRow, old: Option<&Course>) -> Option<Course> {
        let mut check = Check::new(row.at);
        let title = check.text(Field::CourseTitle, &row.title, CourseTitle::parse);
        let description = row.description.as_deref();
        let description = check.optional(Field::Description, description, CourseDescription::parse);
        let keyword = check.optional(Field::Keyword, row.keyword.as_deref(), CourseKeyword::parse);
        let accepted = self.settle(check, |counts| &mut counts.courses);
        let title = title.filter(|_| accepted)?;
        let Some(old) = old else {
            return Some(Course {
                id: CourseId(self.known_courses.new_id(&row.external_id, self.ids)),
                title,
                description,
                keyword,
                is_active: row.is_active.unwrap_or(true),
                stamps: self.stamps(),
            });
        };
        let mut new = old.with(CourseChanges {
            title: Some(title),
            description: description.map(Some),
            keyword: keyword.map(Some),
            is_active: row.is_active,
        });
        if new != *old {
            new.stamps = self.touched(old.stamps);
        }
        Some(new)
    }
}
