//! Classes (수업): runs of a course, with their dates, their lecturer and their capacity.
//!
//! A class can be closed (마감): from then on its lectures, enrolments and marks stand still until it is reopened.

mod copying;
mod model;
mod repository;
mod service;

pub use copying::{ClassCopy, CopiedClass, CopyStart};
pub use model::{
    Class, ClassChanges, ClassDates, ClassFilter, ClassNote, ClassSort, ClassTitle, DatesReversed, NewClass,
};
pub use repository::ClassRepository;
pub use service::{ClassError, ClassService};
pub(crate) use service::{held, held_open, open, readable, seen};
