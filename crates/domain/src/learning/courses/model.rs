//! What a course is.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    audit::Audited,
    ids::CourseId,
    page::{Listable, SortKey, sort_fields},
    search::{SearchQuery, SearchText},
    stamps::Stamps,
    text::text_type,
};

text_type! {
    /// The title of a course: 1 to 200 characters.
    CourseTitle, max = 200
}
text_type! {
    /// What a course is about: up to 10,000 characters, several lines.
    CourseDescription, max = 10_000, lines = Many
}
text_type! {
    /// Keywords of a course, separated as its makers like: up to 500 characters.
    CourseKeyword, max = 500
}

/// A programme in the catalogue.
#[derive(Debug, Clone, PartialEq)]
pub struct Course {
    /// Its id.
    pub id: CourseId,
    /// Its title.
    pub title: CourseTitle,
    /// What it is about.
    pub description: Option<CourseDescription>,
    /// Keywords.
    pub keyword: Option<CourseKeyword>,
    /// False once it has been taken out of the catalogue.
    pub is_active: bool,
    /// Who made and changed it, when.
    pub stamps: Stamps,
}

impl Course {
    /// The text in which the search looks.
    pub fn search_text(&self) -> SearchText {
        SearchText::of(&[self.title.as_str(), self.keyword.as_ref().map_or("", CourseKeyword::as_str)])
    }

    /// The course after these changes.
    #[must_use]
    pub fn with(&self, changes: CourseChanges) -> Self {
        let old = self.clone();
        Self {
            title: changes.title.unwrap_or(old.title),
            description: changes.description.unwrap_or(old.description),
            keyword: changes.keyword.unwrap_or(old.keyword),
            is_active: changes.is_active.unwrap_or(old.is_active),
            ..old
        }
    }
}

impl Audited for Course {
    const ENTITY: &'static str = "course";

    fn audit_id(&self) -> Uuid {
        self.id.0
    }

    fn document(&self) -> Value {
        json!({
            "title": self.title.as_str(),
            "description": self.description.as_ref().map(CourseDescription::as_str),
            "keyword": self.keyword.as_ref().map(CourseKeyword::as_str),
            "is_active": self.is_active,
        })
    }
}

/// A course to be made.
#[derive(Debug, Clone, PartialEq)]
pub struct NewCourse {
    /// Its title.
    pub title: CourseTitle,
    /// What it is about.
    pub description: Option<CourseDescription>,
    /// Keywords.
    pub keyword: Option<CourseKeyword>,
}

/// What changes on a course; `None` keeps, `Some(None)` clears.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CourseChanges {
    /// Another title.
    pub title: Option<CourseTitle>,
    /// Another description.
    pub description: Option<Option<CourseDescription>>,
    /// Other keywords.
    pub keyword: Option<Option<CourseKeyword>>,
    /// Out of the catalogue, or back in.
    pub is_active: Option<bool>,
}

/// Which courses are wanted; every field that is set narrows the list.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CourseFilter {
    /// Whose title or keywords hold this.
    pub search: Option<SearchQuery>,
    /// With exactly these keywords.
    pub keyword: Option<String>,
    /// In the catalogue, or taken out of it.
    pub is_active: Option<bool>,
}

sort_fields! {
    /// What courses can be sorted by.
    CourseSort { Title = "title", CreatedAt = "created_at", UpdatedAt = "updated_at" }
}

impl Listable<CourseSort> for Course {
    fn sort_key(&self, field: CourseSort) -> SortKey {
        match field {
            CourseSort::Title => SortKey::Text(self.title.as_str().to_owned()),
            CourseSort::CreatedAt => SortKey::Time(self.stamps.created_at),
            CourseSort::UpdatedAt => SortKey::Time(self.stamps.updated_at),
        }
    }

    fn sort_id(&self) -> Uuid {
        self.id.0
    }
}
