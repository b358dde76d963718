//! Rows of `courses`.

use madang_domain::{
    ids::CourseId,
    learning::courses::{Course, CourseDescription, CourseKeyword, CourseTitle},
};

use super::{optional, parsed, row};
use crate::error::Corrupt;

row!(CourseRow, courses, stamped, {
    id: CourseId,
    title: String,
    description: Option<String>,
    keyword: Option<String>,
    #[diesel(select_expression = crate::rows::Unread)]
    #[diesel(select_expression_type = crate::rows::Unread)]
    search_text: String,
    #[diesel(select_expression = crate::rows::Unread)]
    #[diesel(select_expression_type = crate::rows::Unread)]
    search_terms: String,
    is_active: bool,
});

impl From<&Course> for CourseRow {
    fn from(course: &Course) -> Self {
        let search = course.search_text();
        Self {
            id: course.id,
            title: course.title.as_str().to_owned(),
            description: course.description.as_ref().map(ToString::to_string),
            keyword: course.keyword.as_ref().map(ToString::to_string),
            search_text: search.text,
            search_terms: search.terms,
            is_active: course.is_active,
            version: course.stamps.version,
            created_at: course.stamps.created_at,
            created_by: course.stamps.created_by,
            updated_at: course.stamps.updated_at,
            updated_by: course.stamps.updated_by,
        }
    }
}

impl TryFrom<CourseRow> for Course {
    type Error = Corrupt;

    fn try_from(row: CourseRow) -> Result<Self, Corrupt> {
        Ok(Self {
            stamps: row.stamps(),
            id: row.id,
            title: parsed(CourseTitle::parse(row.title), "courses.title")?,
            description: optional(row.description, CourseDescription::parse, "courses.description")?,
            keyword: optional(row.keyword, CourseKeyword::parse, "courses.keyword")?,
            is_active: row.is_active,
        })
    }
}
