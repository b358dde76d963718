//! What a class is.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Value, json};
use thiserror::Error;
use uuid::Uuid;

use crate::{
    audit::Audited,
    ids::{ClassId, CourseId},
    page::{Listable, SortKey, sort_fields},
    search::{SearchQuery, SearchText},
    stamps::Stamps,
    text::text_type,
};

text_type! {
    /// The title of a class: 1 to 200 characters.
    ClassTitle, max = 200
}
text_type! {
    /// A remark on the lecturer or the dates of a class: up to 2,000 characters, several lines.
    ClassNote, max = 2_000, lines = Many
}

/// The first and the last day of a class, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClassDates {
    begin: NaiveDate,
    end: NaiveDate,
}

/// A class can't end before it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the last day is before the first")]
pub struct DatesReversed;

impl ClassDates {
    /// Dates in order.
    ///
    /// # Errors
    /// [`DatesReversed`] when the last day is before the first.
    pub fn new(begin: NaiveDate, end: NaiveDate) -> Result<Self, DatesReversed> {
        if end < begin { Err(DatesReversed) } else { Ok(Self { begin, end }) }
    }

    /// The first day.
    pub fn begin(self) -> NaiveDate {
        self.begin
    }

    /// The last day.
    pub fn end(self) -> NaiveDate {
        self.end
    }
}

/// One run (기수) of a course.
#[derive(Debug, Clone, PartialEq)]
pub struct Class {
    /// Its id.
    pub id: ClassId,
    /// The course that it runs.
    pub course_id: CourseId,
    /// Its title.
    pub title: ClassTitle,
    /// On the lecturer, in words.
    pub lecturer_info: Option<ClassNote>,
    /// On the dates, in words.
    pub date_info: Option<ClassNote>,
    /// First and last day.
    pub dates: ClassDates,
    /// How many learners it holds; `None` means as many as come.
    pub capacity: Option<i32>,
    /// When it was closed (마감); `None` while it is open.
    pub closed_at: Option<DateTime<Utc>>,
    /// False once it has been deactivated.
    pub is_active: bool,
    /// Who made and changed it, when.
    pub stamps: Stamps,
}

impl Class {
    /// The text in which the search looks.
    pub fn search_text(&self) -> SearchText {
        SearchText::of(&[self.title.as_str()])
    }
}

impl Audited for Class {
    const ENTITY: &'static str = "class";

    fn audit_id(&self) -> Uuid {
        self.id.0
    }

    fn document(&self) -> Value {
        json!({
            "course_id": self.course_id,
            "title": self.title.as_str(),
            "lecturer_info": self.lecturer_info.as_ref().map(ClassNote::as_str),
            "date_info": self.date_info.as_ref().map(ClassNote::as_str),
            "begin_date": self.dates.begin,
            "end_date": self.dates.end,
            "capacity": self.capacity,
            "closed_at": self.closed_at,
            "is_active": self.is_active,
        })
    }
}

/// A class to be made.
#[derive(Debug, Clone, PartialEq)]
pub struct NewClass {
    /// Its title.
    pub title: ClassTitle,
    /// On the lecturer, in words.
    pub lecturer_info: Option<ClassNote>,
    /// On the dates, in words.
    pub date_info: Option<ClassNote>,
    /// First and last day.
    pub dates: ClassDates,
    /// How many learners it holds.
    pub capacity: Option<i32>,
}

/// What changes on a class; `None` keeps, `Some(None)` clears.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ClassChanges {
    /// Another title.
    pub title: Option<ClassTitle>,
    /// Another remark on the lecturer.
    pub lecturer_info: Option<Option<ClassNote>>,
    /// Another remark on the dates.
    pub date_info: Option<Option<ClassNote>>,
    /// Another first day.
    pub begin_date: Option<NaiveDate>,
    /// Another last day.
    pub end_date: Option<NaiveDate>,
    /// Another capacity.
    pub capacity: Option<Option<i32>>,
    /// Deactivated, or active again.
    pub is_active: Option<bool>,
}

impl ClassChanges {
    /// The class after these changes.
    ///
    /// # Errors
    /// [`DatesReversed`] when the dates would no longer be in order.
    pub fn apply_to(self, class: &Class) -> Result<Class, DatesReversed> {
        let old = class.clone();
        Ok(Class {
            title: self.title.unwrap_or(old.title),
            lecturer_info: self.lecturer_info.unwrap_or(old.lecturer_info),
            date_info: self.date_info.unwrap_or(old.date_info),
            dates: ClassDates::new(
                self.begin_date.unwrap_or(old.dates.begin),
                self.end_date.unwrap_or(old.dates.end),
            )?,
            capacity: self.capacity.unwrap_or(old.capacity),
            is_active: self.is_active.unwrap_or(old.is_active),
            ..old
        })
    }
}

/// Which classes are wanted; every field that is set narrows the list.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ClassFilter {
    /// Runs of this course.
    pub course_id: Option<CourseId>,
    /// Whose title holds this.
    pub search: Option<SearchQuery>,
    /// Active, or deactivated.
    pub is_active: Option<bool>,
    /// That end on this day or later.
    pub from: Option<NaiveDate>,
    /// That begin on this day or earlier.
    pub to: Option<NaiveDate>,
}

sort_fields! {
    /// What classes can be sorted by.
    ClassSort { Title = "title", BeginDate = "begin_date", EndDate = "end_date", CreatedAt = "created_at" }
}

impl Listable<ClassSort> for Class {
    fn sort_key(&self, field: ClassSort) -> SortKey {
        match field {
            ClassSort::Title => SortKey::Text(self.title.as_str().to_owned()),
            ClassSort::BeginDate => SortKey::Date(self.dates.begin),
            ClassSort::EndDate => SortKey::Date(self.dates.end),
            ClassSort::CreatedAt => SortKey::Time(self.stamps.created_at),
        }
    }

    fn sort_id(&self) -> Uuid {
        self.id.0
    }
}
