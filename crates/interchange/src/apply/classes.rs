//! Classes: found by the source's id. A class without dates takes them from its lectures.

use std::collections::HashMap;

use chrono::NaiveDate;
use madang_domain::calendar::{TimeZone, local_day};
use madang_domain::error::RepositoryResult;
use madang_domain::ids::ClassId;
use madang_domain::learning::classes::{Class, ClassChanges, ClassDates, ClassNote, ClassTitle};

use super::check::Check;
use super::fields::Field;
use super::run::{BATCH, ClassFacts, Run};
use crate::problem::ProblemCode;
use crate::roster::{ClassRow, ExternalId, Roster};

/// The first and last day on which each class of the roster has a lecture.
type LectureDays<'r> = HashMap<&'r ExternalId, (NaiveDate, NaiveDate)>;

impl Run<'_> {
    pub async fn classes(&mut self, roster: &Roster) -> RepositoryResult<()> {
        self.find_courses(roster.classes.iter().map(|row| &row.course_ref)).await?;
        let days = lecture_days(roster);
        for rows in roster.classes.chunks(BATCH) {
            let candidates = rows.iter().filter_map(|row| self.known_classes.candidate(&row.external_id));
            let ids: Vec<ClassId> = candidates.map(ClassId).collect();
            let mut known = HashMap::new();
            if !ids.is_empty() {
                let classes = self.repositories.classes().find_many_to_mark(&ids).await?;
                known.extend(classes.into_iter().map(|class| (class.id, class)));
            }
            let (mut created, mut links, mut entries) = (Vec::new(), Vec::new(), Vec::new());
            for row in rows {
                let candidate = self.known_classes.candidate(&row.external_id).map(ClassId);
                let old = candidate.and_then(|id| known.get(&id));
                let Some(new) = self.class(row, old, &days) else {
                    self.known_classes.refuse(&row.external_id);
                    continue;
                };
                self.known_classes.keep(&row.external_id, ClassFacts::of(&new, old.is_none()));
                links.extend(self.known_classes.link(&row.external_id, new.id.0));
                match old {
                    None => {
                        self.counts.classes.created += 1;
                        entries.push(self.pen.created(&new));
                        created.push(new);
                    }
                    Some(old) if *old == new => self.counts.classes.unchanged += 1,
                    Some(old) => {
                        self.counts.classes.updated += 1;
                        self.repositories.classes().update(&new).await?;
                        entries.push(self.pen.updated(old, &new));
                    }
                }
            }
            if !created.is_empty() {
                self.repositories.classes().insert_many(&created).await?;
            }
            self.keep_traces(&links, &entries).await?;
            self.advance(rows.len());
        }
        Ok(())
    }

    /// The class as the row has it; `None` when the row is refused.
    fn class(&mut self, row: &ClassRow, old: Option<&Class>, days: &LectureDays<'_>) -> Option<Class> {
        let mut check = Check::new(row.at);
        let course = self.known_courses.get(&row.course_ref);
        let course = check.reference(Field::Course, &row.course_ref, course);
        let title = check.text(Field::ClassTitle, &row.title, ClassTitle::parse);
        let lecturer_info = row.lecturer_info.as_deref();
        let lecturer_info = check.optional(Field::LecturerInfo, lecturer_info, ClassNote::parse);
        let date_info = check.optional(Field::DateInfo, row.date_info.as_deref(), ClassNote::parse);
        let capacity = check.positive(Field::Capacity, row.capacity, i32::MAX.unsigned_abs());
        let new = match (old, course, title) {
            (_, None, _) | (_, _, None) => None,
            (None, Some(course), Some(title)) => dates(row, days, &mut check).map(|dates| Class {
                id: ClassId(self.known_classes.new_id(&row.external_id, self.ids)),
                course_id: course.id,
                title,
                lecturer_info,
                date_info,
                dates,
                capacity,
                closed_at: row.closed_at,
                is_active: row.is_active.unwrap_or(true),
                stamps: self.stamps(),
            }),
            (Some(old), Some(course), Some(title)) => {
                if old.course_id != course.id {
                    check.fault(Field::Course, ProblemCode::ReferenceMismatch, Some(&row.course_ref));
                }
                let changes = ClassChanges {
                    title: Some(title),
                    lecturer_info: lecturer_info.map(Some),
                    date_info: date_info.map(Some),
                    begin_date: row.begin_date,
                    end_date: row.end_date,
                    capacity: capacity.map(Some),
                    is_active: row.is_active,
                };
                let new = changes.apply_to(old);
                new.map_err(|_| check.fault(Field::EndDate, ProblemCode::PeriodReversed, None)).ok()
            }
        };
        let accepted = self.settle(check, |counts| &mut counts.classes);
        let mut new = new.filter(|_| accepted)?;
        if let Some(old) = old.filter(|old| **old != new) {
            new.stamps = self.touched(old.stamps);
        }
        Some(new)
    }
}

fn lecture_days(roster: &Roster) -> LectureDays<'_> {
    let mut days = LectureDays::new();
    for lecture in &roster.lectures {
        let day = local_day(lecture.starts_at, TimeZone::default());
        let (first, last) = days.entry(&lecture.class_ref).or_insert((day, day));
        (*first, *last) = (day.min(*first), day.max(*last));
    }
    days
}

fn dates(row: &ClassRow, days: &LectureDays<'_>, check: &mut Check) -> Option<ClassDates> {
    let (first, last) = days.get(&row.external_id).copied().unzip();
    let (begin, end) = (row.begin_date.or(first), row.end_date.or(last));
    for (day, field) in [(begin, Field::BeginDate), (end, Field::EndDate)] {
        if day.is_none() {
            check.fault(field, ProblemCode::ValueMissing, None);
        }
    }
    let dates = ClassDates::new(begin?, end?);
    dates.map_err(|_| check.fault(Field::EndDate, ProblemCode::PeriodReversed, None)).ok()
}
