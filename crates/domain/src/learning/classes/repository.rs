//! The port through which classes are kept.

use super::{Class, ClassFilter, ClassSort};
use crate::{
    error::Pending,
    ids::ClassId,
    page::{Listed, Listing},
};

/// Keeps classes.
pub trait ClassRepository: Send {
    /// One class.
    fn find(&mut self, id: ClassId) -> Pending<'_, Option<Class>>;
    /// One class, held against other writers until the unit of work ends.
    fn find_for_update(&mut self, id: ClassId) -> Pending<'_, Option<Class>>;
    /// One class, held until the unit of work ends against everything that its closing locks: waits for marks that are
    /// being made, and lets no others begin.
    fn find_to_close(&mut self, id: ClassId) -> Pending<'_, Option<Class>>;
    /// Those of these classes that there are, in no order, none of which is closed before the unit of work ends.
    fn find_many_to_mark<'a>(&'a mut self, ids: &'a [ClassId]) -> Pending<'a, Vec<Class>>;
    /// Those of these classes that there are, in no order.
    fn find_many<'a>(&'a mut self, ids: &'a [ClassId]) -> Pending<'a, Vec<Class>>;
    /// Lists classes.
    fn list<'a>(&'a mut self, listing: &'a Listing<ClassFilter, ClassSort>) -> Pending<'a, Listed<Class>>;
    /// Keeps new classes, in one statement.
    ///
    /// # Errors
    /// `MissingReference` when there is no such course.
    fn insert_many<'a>(&'a mut self, classes: &'a [Class]) -> Pending<'a, ()>;
    /// Keeps a changed class.
    ///
    /// # Errors
    /// `Stale` unless the kept row has the version before the one in `class`.
    fn update<'a>(&'a mut self, class: &'a Class) -> Pending<'a, ()>;
}
