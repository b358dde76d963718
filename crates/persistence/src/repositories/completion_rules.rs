//! Completion rules.

use diesel::prelude::*;
use madang_domain::{
    certification::rules::{CompletionRule, CompletionRuleRepository},
    error::Pending,
    ids::CourseId,
};

use super::{Session, all, one};
use crate::{error::backend, rows::completion_rules::CompletionRuleRow, schema::completion_rules, types};

impl CompletionRuleRepository for Session {
    fn current(&mut self, course: CourseId) -> Pending<'_, Option<CompletionRule>> {
        Box::pin(async move {
            let query = move || {
                completion_rules::table
                    .filter(completion_rules::course_id.eq(types::id(course)))
                    .order(completion_rules::version.desc())
                    .limit(1)
                    .select(CompletionRuleRow::as_select())
            };
            one::<CompletionRuleRow, _>(self.rows(query).await?)
        })
    }

    fn of_course(&mut self, course: CourseId) -> Pending<'_, Vec<CompletionRule>> {
        Box::pin(async move {
            let query = move || {
                completion_rules::table
                    .filter(completion_rules::course_id.eq(types::id(course)))
                    .order(completion_rules::version.desc())
                    .select(CompletionRuleRow::as_select())
            };
            all::<CompletionRuleRow, _>(self.rows(query).await?)
        })
    }

    fn insert<'a>(&'a mut self, rule: &'a CompletionRule) -> Pending<'a, ()> {
        Box::pin(async move {
            let row = CompletionRuleRow::try_from(rule).map_err(backend)?;
            self.insert_rows(&[row]).await
        })
    }
}
