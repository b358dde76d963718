//! The port through which lectures are kept.

use chrono::{DateTime, NaiveDate, Utc};

use super::{Lecture, LectureFilter, LectureSort, NearbyLecture};
use crate::{
    error::Pending,
    ids::{ClassId, LectureId},
    learning::classes::Class,
    page::{Listed, Listing},
};

/// Keeps lectures.
pub trait LectureRepository: Send {
    /// One lecture with its class.
    fn find(&mut self, id: LectureId) -> Pending<'_, Option<(Lecture, Class)>>;
    /// One lecture with its class, which is not closed before the unit of work ends: whoever writes marks or anything else
    /// that a closing (마감) locks takes the class from here, or a mark could slip in after the closing was acknowledged.
    ///
    /// PostgreSQL holds the row of the class with `FOR KEY SHARE`, in the statement that reads it anyway: any number of
    /// check-ins hold it together, none waits for another or for an ordinary change of the class, only
    /// [`ClassRepository::find_to_close`](crate::learning::classes::ClassRepository::find_to_close) waits for them, and
    /// they for it; who waited reads the class anew. SQLite has one writer, so nothing is to be held.
    fn find_to_mark(&mut self, id: LectureId) -> Pending<'_, Option<(Lecture, Class)>>;
    /// One lecture with its class, the lecture held against other writers and the class kept from being closed until
    /// the unit of work ends.
    fn find_for_update(&mut self, id: LectureId) -> Pending<'_, Option<(Lecture, Class)>>;
    /// Those of these lectures that there are, in no order.
    fn find_many<'a>(&'a mut self, ids: &'a [LectureId]) -> Pending<'a, Vec<Lecture>>;
    /// Lists lectures.
    fn list<'a>(
        &'a mut self,
        listing: &'a Listing<LectureFilter, LectureSort>,
    ) -> Pending<'a, Listed<Lecture>>;
    /// All lectures of a class, by sequence.
    fn of_class(&mut self, class: ClassId) -> Pending<'_, Vec<Lecture>>;
    /// The highest sequence in a class; 0 when it has no lecture.
    fn last_sequence(&mut self, class: ClassId) -> Pending<'_, i32>;
    /// The last day of a lecture of a class that has begun by `as_of`; `None` when none has.
    fn last_day_begun(&mut self, class: ClassId, as_of: DateTime<Utc>) -> Pending<'_, Option<NaiveDate>>;
    /// Keeps new lectures, in one statement.
    ///
    /// # Errors
    /// `Conflict(LectureSequence)`, and `MissingReference` when there is no such class.
    fn insert_many<'a>(&'a mut self, lectures: &'a [Lecture]) -> Pending<'a, ()>;
    /// Keeps a new lecture behind the last one of its class, whatever sequence it has; tells the one that it got.
    ///
    /// # Errors
    /// Those of [`Self::insert_many`].
    fn append<'a>(&'a mut self, lecture: &'a Lecture) -> Pending<'a, i32>;
    /// Keeps a changed lecture.
    ///
    /// # Errors
    /// `Stale` unless the kept row has the version before the one in `lecture`; `Conflict(LectureSequence)`.
    fn update<'a>(&'a mut self, lecture: &'a Lecture) -> Pending<'a, ()>;
    /// Gives lectures of one class new numbers, which may be those of others among them; keeps them otherwise as given.
    ///
    /// # Errors
    /// `Stale` unless every kept row has the version before the one given; `Conflict(LectureSequence)`.
    fn renumber<'a>(&'a mut self, lectures: &'a [Lecture]) -> Pending<'a, ()>;
    /// Lectures of active classes that share place or lecturer with one of these and start within a day of it, at most a
    /// thousand; cancelled ones are left out.
    fn nearby<'a>(&'a mut self, lectures: &'a [LectureId]) -> Pending<'a, Vec<NearbyLecture>>;
    /// Removes a lecture.
    ///
    /// # Errors
    /// `MissingReference` while it has marks.
    fn delete(&mut self, id: LectureId) -> Pending<'_, ()>;
}
