//! Lists: what is asked for ([`Listing`]) and what comes back ([`Listed`]).
//!
//! A list is read by page number, which counts the rows, or walked by cursor, which does not. Both orders end in
//! the id, so no row is seen twice or missed. Where a cursor is turned into text is the business of `http`.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

/// The highest row that page numbers reach; deeper rows are walked by cursor.
pub const MAX_PAGED_ROW: u64 = 10_000;

/// How many items a page holds: 1 to 100 for people, more for exports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageSize(u32);

impl PageSize {
    /// The size where none is asked for.
    pub const DEFAULT: Self = Self(20);
    /// The largest size that a client may ask for.
    pub const MAX: u32 = 100;
    /// The size in which exports and imports walk a list.
    pub const BATCH: Self = Self(1_000);

    /// More than any class has learners: what belongs to one class is read in one statement.
    pub const CLASS: Self = Self(1_000_000);

    /// A size that a client may ask for, or `None` outside of 1 to 100.
    pub fn parse(size: u32) -> Option<Self> {
        (1..=Self::MAX).contains(&size).then_some(Self(size))
    }

    /// The number of items.
    pub const fn get(self) -> u32 {
        self.0
    }
}

/// Which part of a list is wanted.
#[derive(Debug, Clone, PartialEq)]
pub enum Window {
    /// The page with this number, from 1; the answer tells the total.
    Page {
        /// From 1.
        number: u32,
        /// Items per page.
        size: PageSize,
    },
    /// The items after this cursor, or the first ones; the answer tells no total.
    After {
        /// Where the walk stands; `None` at its start.
        cursor: Option<Cursor>,
        /// Items per step.
        size: PageSize,
    },
}

impl Window {
    /// How many items are wanted.
    pub fn size(&self) -> PageSize {
        match self {
            Self::Page { size, .. } | Self::After { size, .. } => *size,
        }
    }

    /// How many rows are skipped: 0 when a cursor tells where to begin.
    pub fn offset(&self) -> i64 {
        match self {
            Self::Page { number, size } => i64::from(number.saturating_sub(1)) * i64::from(size.get()),
            Self::After { .. } => 0,
        }
    }
}

/// Where a walk stands: the sort values and the id of the last item seen.
#[derive(Debug, Clone, PartialEq)]
pub struct Cursor {
    /// The values of the sort fields, in order.
    pub keys: Vec<SortKey>,
    /// The id of the item.
    pub id: Uuid,
}

/// The value of one sort field.
#[derive(Debug, Clone, PartialEq)]
pub enum SortKey {
    /// A text.
    Text(String),
    /// A moment.
    Time(DateTime<Utc>),
    /// A day.
    Date(NaiveDate),
    /// A whole number.
    Integer(i32),
}

/// Up or down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Smallest first.
    Ascending,
    /// Largest first.
    Descending,
}

/// A field that a list can be sorted by; each list names its own.
pub trait SortField: Copy + Eq + std::fmt::Debug + Send + Sync + 'static {
    /// Every field, for messages and documents.
    const ALL: &'static [Self];

    /// Its name in the API.
    fn name(self) -> &'static str;
}

/// The order of a list, most significant field first; the id ends it.
#[derive(Debug, Clone, PartialEq)]
pub struct Sort<S>(pub Vec<(S, Direction)>);

impl<S: SortField> Sort<S> {
    /// One field, smallest first.
    pub fn ascending(field: S) -> Self {
        Self(vec![(field, Direction::Ascending)])
    }

    /// One field, largest first.
    pub fn descending(field: S) -> Self {
        Self(vec![(field, Direction::Descending)])
    }

    /// The direction in which equal items are told apart by their id: that of the last field, so that one index
    /// serves both directions.
    pub fn tie_direction(&self) -> Direction {
        self.0.last().map_or(Direction::Ascending, |(_, direction)| *direction)
    }
}

/// What is asked of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Listing<F, S> {
    /// Which items count.
    pub filter: F,
    /// In which order.
    pub sort: Sort<S>,
    /// Which part of them.
    pub window: Window,
}

/// An item of a list, which knows its place in the order.
pub trait Listable<S> {
    /// The value of a sort field.
    fn sort_key(&self, field: S) -> SortKey;
    /// The id, which ends every order.
    fn sort_id(&self) -> Uuid;
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed<T> {
    /// The items, in order.
    pub items: Vec<T>,
    /// How many there are in all, where pages are counted.
    pub total: Option<u64>,
    /// Where to go on; `None` at the end.
    pub next: Option<Cursor>,
}

impl<T> Listed<T> {
    /// Makes the answer of rows that were read with one row more than was wanted.
    pub fn from_rows<S: SortField>(
        mut items: Vec<T>,
        total: Option<u64>,
        sort: &Sort<S>,
        size: PageSize,
    ) -> Self
    where
        T: Listable<S>,
    {
        let size = size.get() as usize;
        let more = items.len() > size;
        items.truncate(size);
        let next = items.last().filter(|_| more).map(|item| Cursor {
            keys: sort.0.iter().map(|(field, _)| item.sort_key(*field)).collect(),
            id: item.sort_id(),
        });
        Self { items, total, next }
    }

    /// The same part with its items changed.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Listed<U> {
        Listed { items: self.items.into_iter().map(change).collect(), total: self.total, next: self.next }
    }
}

/// Declares the sort fields of a list: `sort_fields! { /// … CourseSort { Title = "title" } }`.
macro_rules! sort_fields {
    ($(#[$meta:meta])* $name:ident { $($variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name {
            $(#[doc = concat!("`", $text, "`")] $variant,)+
        }

        impl $crate::page::SortField for $name {
            const ALL: &'static [Self] = &[$(Self::$variant),+];

            fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }
    };
}
pub(crate) use sort_fields;
