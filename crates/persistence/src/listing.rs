//! The order of a list and the place in it, as SQL.
//!
//! Each list names the column behind each of its sort fields ([`sort_columns!`]); the rest is the same for all. The id ends
//! every order. A cursor becomes a row comparison where all directions agree, which both databases walk along an
//! index however many rows are equal in the first column; mixed directions are spelled out, with a bound on the first column
//! so that an index still serves.

use diesel::query_dsl::methods::{FilterDsl, LimitDsl, OffsetDsl, OrderDsl};
use madang_domain::{
    error::{RepositoryError, RepositoryResult},
    page::{Cursor, Direction, Listable, Listed, Listing, SortField, SortKey, Window},
};

use crate::fragment::{Fragment, Value};

/// A column that a list is sorted by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SortColumn {
    /// With its table, e.g. `courses.title`.
    pub(crate) name: &'static str,
    /// What its values are.
    pub(crate) kind: SortKind,
}

/// What a sort column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SortKind {
    Text,
    Time,
    Date,
    Integer,
}

impl SortKind {
    fn fits(self, key: &SortKey) -> bool {
        match key {
            SortKey::Text(_) => self == Self::Text,
            SortKey::Time(_) => self == Self::Time,
            SortKey::Date(_) => self == Self::Date,
            SortKey::Integer(_) => self == Self::Integer,
        }
    }
}

/// SQL types that lists are sorted by.
pub(crate) trait Sortable {
    const KIND: SortKind;
}

impl Sortable for diesel::sql_types::Text {
    const KIND: SortKind = SortKind::Text;
}

impl Sortable for crate::types::Instant {
    const KIND: SortKind = SortKind::Time;
}

impl Sortable for diesel::sql_types::Date {
    const KIND: SortKind = SortKind::Date;
}

impl Sortable for diesel::sql_types::Integer {
    const KIND: SortKind = SortKind::Integer;
}

/// The kind of a column of the schema.
pub(crate) fn kind_of<C>(_: C) -> SortKind
where
    C: diesel::Expression,
    C::SqlType: Sortable,
{
    C::SqlType::KIND
}

/// The columns behind the fields of a sort.
pub(crate) trait SortColumns: SortField {
    /// The column of the id, with its table.
    const ID: &'static str;

    /// The column of a field.
    fn column(self) -> SortColumn;
}

/// Names the columns of a sort: `sort_columns!(CourseSort, courses, { Title => courses::title, … })`.
macro_rules! sort_columns {
    ($sort:ident, $main:ident, { $($field:ident => $table:ident::$column:ident),+ $(,)? }) => {
        impl $crate::listing::SortColumns for $sort {
            const ID: &'static str = concat!(stringify!($main), ".id");

            fn column(self) -> $crate::listing::SortColumn {
                match self {
                    $(Self::$field => $crate::listing::SortColumn {
                        name: concat!(stringify!($table), ".", stringify!($column)),
                        kind: $crate::listing::kind_of($crate::schema::$table::$column),
                    },)+
                }
            }
        }
    };
}
/// The order of a list and the rows that are wanted of it.
pub(crate) struct Part {
    order: Fragment,
    after: Option<Fragment>,
    near: Option<Fragment>,
    limit: i64,
    offset: i64,
}

/// How many rows of an order are looked at one after the other before an index is asked which rows a search finds.
///
/// Reading them takes a few milliseconds. What one row in 400 holds fills a page from them; what is rarer is so rare that
/// sorting all of it costs as little.
const NEAR_ROWS: usize = 10_000;

impl Part {
    /// # Errors
    /// `CursorMismatch` when the cursor belongs to another order.
    pub(crate) fn of<F, S: SortColumns>(listing: &Listing<F, S>) -> RepositoryResult<Self> {
        let columns: Vec<(SortColumn, Direction)> =
            listing.sort.0.iter().map(|(field, direction)| (field.column(), *direction)).collect();
        let after = match &listing.window {
            Window::After { cursor: Some(cursor), .. } => {
                Some(after(&columns, S::ID, listing.sort.tie_direction(), cursor)?)
            }
            Window::After { cursor: None, .. } | Window::Page { .. } => None,
        };
        Ok(Self {
            order: order(&columns, S::ID, listing.sort.tie_direction()),
            after,
            near: None,
            // One row more than is wanted tells whether there are more.
            limit: i64::from(listing.window.size().get()) + 1,
            offset: listing.window.offset(),
        })
    }

    /// With the bound of the rows to look at first, where something is searched for.
    ///
    /// An index finds rows in no order: of a common word it would bring a hundred thousand to sort, for twenty. So the first rows
    /// of the order itself are looked at before; where pages are counted, all rows must be found anyway.
    pub(crate) fn walked_first<F, S: SortColumns>(mut self, listing: &Listing<F, S>, searched: bool) -> Self {
        let tie = listing.sort.tie_direction();
        let alike = listing.sort.0.iter().all(|(_, direction)| *direction == tie);
        let counted = matches!(listing.window, Window::Page { .. });
        if searched && alike && !counted {
            let columns: Vec<&str> =
                listing.sort.0.iter().map(|(field, _)| field.column().name).chain([S::ID]).collect();
            let columns = columns.join(", ");
            let table = S::ID.split('.').next().unwrap_or(S::ID);
            let mut near =
                Fragment::sql(format!("({columns}) {} (SELECT {columns} FROM {table}", short_of(tie)));
            if let Some(after) = &self.after {
                near = near.then(" WHERE ").append(after.clone());
            }
            near = near.then(" ORDER BY ").append(self.order.clone());
            self.near = Some(near.then(format!(" LIMIT 1 OFFSET {NEAR_ROWS})")));
        }
        self
    }

    /// The condition of the rows to look at first, if any.
    pub(crate) fn near(&self) -> Option<&Fragment> {
        self.near.as_ref()
    }

    /// Whether these rows are all that are wanted.
    pub(crate) fn is_filled_by(&self, rows: usize) -> bool {
        i64::try_from(rows).is_ok_and(|rows| rows >= self.limit)
    }

    /// Restricts a query to this part.
    pub(crate) fn of_query<Q>(&self, query: Q) -> Q
    where
        Q: FilterDsl<Fragment, Output = Q>
            + OrderDsl<Fragment, Output = Q>
            + LimitDsl<Output = Q>
            + OffsetDsl<Output = Q>,
    {
        let query = match &self.after {
            Some(after) => query.filter(after.clone()),
            None => query,
        };
        query.order(self.order.clone()).limit(self.limit).offset(self.offset)
    }
}

/// Makes the answer of rows and, where pages are counted, their number.
pub(crate) fn listed<F, S, T>(listing: &Listing<F, S>, rows: Vec<T>, total: Option<i64>) -> Listed<T>
where
    S: SortField,
    T: Listable<S>,
{
    let total = total.map(|total| u64::try_from(total).unwrap_or_default());
    Listed::from_rows(rows, total, &listing.sort, listing.window.size())
}

fn order(columns: &[(SortColumn, Direction)], id: &'static str, tie: Direction) -> Fragment {
    let mut terms: Vec<String> =
        columns.iter().map(|(column, direction)| format!("{} {}", column.name, word(*direction))).collect();
    terms.push(format!("{id} {}", word(tie)));
    Fragment::sql(terms.join(", "))
}

fn after(
    columns: &[(SortColumn, Direction)],
    id: &'static str,
    tie: Direction,
    cursor: &Cursor,
) -> RepositoryResult<Fragment> {
    let fits = columns.len() == cursor.keys.len()
        && columns.iter().zip(&cursor.keys).all(|((column, _), key)| column.kind.fits(key));
    if !fits {
        return Err(RepositoryError::CursorMismatch);
    }
    let keys = columns.iter().zip(&cursor.keys);
    let places: Vec<Place> = keys
        .map(|((column, direction), key)| Place {
            column: column.name,
            direction: *direction,
            value: key.clone().into(),
        })
        .chain([Place { column: id, direction: tie, value: cursor.id.into() }])
        .collect();
    let alike = places.iter().all(|place| place.direction == tie);
    Ok(if alike { row_comparison(places, tie) } else { spelled_out(&places) })
}

/// Where a cursor stands in one column.
struct Place {
    column: &'static str,
    direction: Direction,
    value: Value,
}

/// `(a, b, id) > ($1, $2, $3)`
fn row_comparison(places: Vec<Place>, direction: Direction) -> Fragment {
    let columns: Vec<&str> = places.iter().map(|place| place.column).collect();
    let mut fragment = Fragment::sql(format!("({}) {} (", columns.join(", "), beyond(direction)));
    for (index, place) in places.into_iter().enumerate() {
        if index > 0 {
            fragment = fragment.then(", ");
        }
        fragment = fragment.bind(place.value);
    }
    fragment.then(")")
}

/// `(a >= $1 AND (a > $2 OR (a = $3 AND (b < $4 OR …))))`
fn spelled_out(places: &[Place]) -> Fragment {
    let Some(first) = places.first() else { return Fragment::sql("TRUE") };
    Fragment::sql(format!("({} {}= ", first.column, beyond(first.direction)))
        .bind(first.value.clone())
        .then(" AND ")
        .append(beyond_all(places))
        .then(")")
}

fn beyond_all(places: &[Place]) -> Fragment {
    let Some((place, rest)) = places.split_first() else { return Fragment::sql("FALSE") };
    Fragment::sql(format!("({} {} ", place.column, beyond(place.direction)))
        .bind(place.value.clone())
        .then(format!(" OR ({} = ", place.column))
        .bind(place.value.clone())
        .then(" AND ")
        .append(beyond_all(rest))
        .then("))")
}

fn beyond(direction: Direction) -> &'static str {
    match direction {
        Direction::Ascending => ">",
        Direction::Descending => "<",
    }
}

fn short_of(direction: Direction) -> &'static str {
    match direction {
        Direction::Ascending => "<",
        Direction::Descending => ">",
    }
}

fn word(direction: Direction) -> &'static str {
    match direction {
        Direction::Ascending => "ASC",
        Direction::Descending => "DESC",
    }
}

mod columns {
    //! The columns behind the sort fields of every list.

    use madang_domain::{
        accounts::{UserSort, api_keys::ApiKeySort, sessions::SessionSort},
        attendance::{AttendanceSort, leave::LeaveSort, policies::PolicySort},
        audit::AuditSort,
        certification::CertificationSort,
        devices::DeviceSort,
        jobs::JobSort,
        learning::{
            calendars::CalendarSort, classes::ClassSort, courses::CourseSort, enrolments::EnrolmentSort,
            lectures::LectureSort,
        },
        notifications::{AnnouncementSort, NoticeSort},
        report_schedules::ReportScheduleSort,
        webhooks::{DeliverySort, EndpointSort},
    };

    sort_columns!(UserSort, users, {
        Username => users::username,
        Name => users::name,
        CreatedAt => users::created_at,
        UpdatedAt => users::updated_at,
    });
    sort_columns!(CourseSort, courses, {
        Title => courses::title,
        CreatedAt => courses::created_at,
        UpdatedAt => courses::updated_at,
    });
    sort_columns!(ClassSort, classes, {
        Title => classes::title,
        BeginDate => classes::begin_date,
        EndDate => classes::end_date,
        CreatedAt => classes::created_at,
    });
    sort_columns!(LectureSort, lectures, {
        Sequence => lectures::sequence,
        LectureDate => lectures::lecture_date,
        CreatedAt => lectures::created_at,
    });
    sort_columns!(EnrolmentSort, enrolments, {
        Name => users::name,
        EnrolledOn => enrolments::enrolled_on,
        CreatedAt => enrolments::created_at,
    });
    sort_columns!(AttendanceSort, attendances, {
        Name => users::name,
        LectureDate => lectures::lecture_date,
        CreatedAt => attendances::created_at,
        UpdatedAt => attendances::updated_at,
    });
    sort_columns!(LeaveSort, leave_requests, {
        CreatedAt => leave_requests::created_at,
        FirstOn => leave_requests::first_on,
    });
    sort_columns!(CertificationSort, certifications, {
        IssuedAt => certifications::issued_at,
        CreatedAt => certifications::created_at,
        Number => certifications::number,
    });
    sort_columns!(PolicySort, attendance_policies, {
        Family => attendance_policies::family,
        CreatedAt => attendance_policies::created_at,
    });
    sort_columns!(SessionSort, sessions, {
        LastUsedAt => sessions::last_used_at,
        CreatedAt => sessions::created_at,
    });
    sort_columns!(ApiKeySort, api_keys, {
        CreatedAt => api_keys::created_at,
        ExpiresAt => api_keys::expires_at,
    });
    sort_columns!(CalendarSort, calendars, { CreatedAt => calendars::created_at });
    sort_columns!(DeviceSort, devices, { SeenAt => devices::seen_at });
    sort_columns!(EndpointSort, webhook_endpoints, { CreatedAt => webhook_endpoints::created_at });
    sort_columns!(DeliverySort, webhook_deliveries, { CreatedAt => webhook_deliveries::created_at });
    sort_columns!(AuditSort, audit_log, { At => audit_log::at });
    sort_columns!(NoticeSort, notices, { CreatedAt => notices::created_at });
    sort_columns!(AnnouncementSort, announcements, { CreatedAt => announcements::created_at });
    sort_columns!(JobSort, jobs, { CreatedAt => jobs::created_at });
    sort_columns!(ReportScheduleSort, report_schedules, { CreatedAt => report_schedules::created_at });
}
