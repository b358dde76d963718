//! Rows of `classes`.

use chrono::{DateTime, NaiveDate, Utc};
use madang_domain::{
    ids::{ClassId, CourseId},
    learning::classes::{Class, ClassDates, ClassNote, ClassTitle},
};

use super::{optional, parsed, row};
use crate::error::Corrupt;

row!(ClassRow, classes, stamped, {
    id: ClassId,
    course_id: CourseId,
    title: String,
    lecturer_info: Option<String>,
    date_info: Option<String>,
    begin_date: NaiveDate,
    end_date: NaiveDate,
    capacity: Option<i32>,
    #[serde(serialize_with = "crate::types::optional_instant")]
    closed_at: Option<DateTime<Utc>>,
    #[diesel(select_expression = crate::rows::Unread)]
    #[diesel(select_expression_type = crate::rows::Unread)]
    search_text: String,
    #[diesel(select_expression = crate::rows::Unread)]
    #[diesel(select_expression_type = crate::rows::Unread)]
    search_terms: String,
    is_active: bool,
});

impl From<&Class> for ClassRow {
    fn from(class: &Class) -> Self {
        let search = class.search_text();
        Self {
            id: class.id,
            course_id: class.course_id,
            title: class.title.as_str().to_owned(),
            lecturer_info: class.lecturer_info.as_ref().map(ToString::to_string),
            date_info: class.date_info.as_ref().map(ToString::to_string),
            begin_date: class.dates.begin(),
            end_date: class.dates.end(),
            capacity: class.capacity,
            closed_at: class.closed_at,
            search_text: search.text,
            search_terms: search.terms,
            is_active: class.is_active,
            version: class.stamps.version,
            created_at: class.stamps.created_at,
            created_by: class.stamps.created_by,
            updated_at: class.stamps.updated_at,
            updated_by: class.stamps.updated_by,
        }
    }
}

impl TryFrom<ClassRow> for Class {
    type Error = Corrupt;

    fn try_from(row: ClassRow) -> Result<Self, Corrupt> {
        Ok(Self {
            stamps: row.stamps(),
            id: row.id,
            course_id: row.course_id,
            title: parsed(ClassTitle::parse(row.title), "classes.title")?,
            lecturer_info: optional(row.lecturer_info, ClassNote::parse, "classes.lecturer_info")?,
            date_info: optional(row.date_info, ClassNote::parse, "classes.date_info")?,
            dates: parsed(ClassDates::new(row.begin_date, row.end_date), "classes.end_date")?,
            capacity: row.capacity,
            closed_at: row.closed_at,
            is_active: row.is_active,
        })
    }
}
