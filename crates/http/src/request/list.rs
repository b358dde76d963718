//! Lists: the page or cursor, the sort order and the filters of a query string.

use std::{
    future::{Ready, ready},
    hash::{DefaultHasher, Hash, Hasher},
};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header::ACCEPT};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::{DateTime, NaiveDate, Utc};
use madang_domain::page::{
    Cursor, Direction, Listed, Listing, MAX_PAGED_ROW, PageSize, Sort, SortField, SortKey, Window,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{body::fault_of, checks::within_years};
use crate::problem::{FieldFault, FieldProblem, Problem, ProblemCode};

/// The query parameters of a request; unknown ones are refused.
pub struct Params<T>(pub T);

impl<T: DeserializeOwned> FromRequest for Params<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read(request.query_string()).map(Self))
    }
}

/// The query parameters of a request that others than our clients make; those that are not known are passed over.
pub struct LooseQuery<T>(pub T);

impl<T: DeserializeOwned> FromRequest for LooseQuery<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read(request.query_string()).map(Self))
    }
}

fn read<T: DeserializeOwned>(query: &str) -> Result<T, Problem> {
    let pairs = serde_urlencoded_deserializer(query);
    serde_path_to_error::deserialize(pairs).map_err(|error| {
        let path = error.path().to_string();
        let (pointer, fault) = fault_of(&path, &error.into_inner().to_string());
        bad_parameter(pointer.trim_start_matches('/'), fault)
    })
}

fn serde_urlencoded_deserializer(query: &str) -> serde_urlencoded::Deserializer<'_> {
    serde_urlencoded::Deserializer::new(form_urlencoded::parse(query.as_bytes()))
}

/// A query parameter that can't be read.
pub fn bad_parameter(name: &str, fault: FieldFault) -> Problem {
    Problem::new(ProblemCode::MalformedQuery)
        .with_errors(vec![FieldProblem { pointer: format!("?{name}"), fault }])
}

/// The day in a query parameter, if there is one.
pub fn day_parameter(name: &str, day: Option<NaiveDate>) -> Result<Option<NaiveDate>, Problem> {
    day.map(within_years).transpose().map_err(|fault| bad_parameter(name, fault))
}

/// In which form a list is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ListFormat {
    /// A page of JSON.
    Json,
    /// The whole list as CSV.
    Csv,
    /// The whole list as a spreadsheet.
    Xlsx,
}

/// What every list understands; `list_query!` makes these.
pub trait ListQuery {
    /// What the list can be sorted by.
    type Sort: SortField;

    /// The raw values that all lists share.
    fn common(&self) -> CommonQuery<'_>;
}

/// The raw values that all lists share.
pub struct CommonQuery<'a> {
    /// The page, from 1.
    pub page: Option<u32>,
    /// Items per page.
    pub size: Option<u32>,
    /// Where a walk stands.
    pub cursor: Option<&'a str>,
    /// The sort order.
    pub sort: Option<&'a str>,
    /// The direction of a single sort field.
    pub order: Option<&'a str>,
    /// The form in which the list is wanted.
    pub format: Option<ListFormat>,
}

/// Declares the query of a list: its own filters, and what every list understands.
macro_rules! list_query {
    ($(#[$meta:meta])* $name:ident, sort = $sort:ty, sortable = $sortable:literal, { $($(#[$field_meta:meta])* $field:ident: $type:ty),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, serde::Deserialize, utoipa::IntoParams)]
        #[serde(deny_unknown_fields)]
        #[into_params(parameter_in = Query)]
        pub struct $name {
            $($(#[$field_meta])* pub $field: $type,)*
            /// The page, from 1. Pages reach row 10,000; walk on with `cursor`.
            #[param(minimum = 1, maximum = 10_000, example = 1)]
            pub page: Option<u32>,
            /// Items per page.
            #[param(minimum = 1, maximum = 100, default = 20, example = 20)]
            pub size: Option<u32>,
            /// Walks the list at any depth without counting it: empty at the start, then `next_cursor` of the last answer.
            #[param(max_length = 2_000)]
            pub cursor: Option<String>,
            /// The order: fields separated by commas, `-` before a field for largest first.
            #[param(max_length = 200, example = $sortable)]
            pub sort: Option<String>,
            /// The direction of `sort`, where that is a single field.
            #[param(pattern = "^(asc|desc)$", max_length = 4)]
            pub order: Option<String>,
            /// The form: a page of JSON, or the whole list as CSV or XLSX (the `Accept` header does the same).
            #[param(inline = false)]
            pub format: Option<crate::request::ListFormat>,
        }

        impl crate::request::ListQuery for $name {
            type Sort = $sort;

            fn common(&self) -> crate::request::CommonQuery<'_> {
                crate::request::CommonQuery {
                    page: self.page,
                    size: self.size,
                    cursor: self.cursor.as_deref(),
                    sort: self.sort.as_deref(),
                    order: self.order.as_deref(),
                    format: self.format,
                }
            }
        }
    };
}
pub(crate) use list_query;

/// The listing that a query asks for.
pub fn listing<Q: ListQuery, F: std::fmt::Debug>(
    query: &Q,
    filter: F,
    default_sort: Sort<Q::Sort>,
) -> Result<Listing<F, Q::Sort>, Problem> {
    let common = query.common();
    let sort = match common.sort {
        None => default_sort,
        Some(text) => parse_sort(text, common.order)?,
    };
    let size = match common.size {
        None => PageSize::DEFAULT,
        Some(size) => PageSize::parse(size).ok_or_else(|| {
            bad_parameter("size", FieldFault::OutOfRange { min: 1, max: PageSize::MAX.into() })
        })?,
    };
    let window = match (common.cursor, common.page) {
        (Some(_), Some(_)) => return Err(bad_parameter("cursor", FieldFault::Inconsistent)),
        (Some(""), None) => Window::After { cursor: None, size },
        (Some(text), None) => {
            Window::After { cursor: Some(read_cursor(text, fingerprint(&filter, &sort))?), size }
        }
        (None, page) => {
            let number = page.unwrap_or(1);
            if number == 0 {
                return Err(bad_parameter("page", FieldFault::OutOfRange { min: 1, max: 10_000 }));
            }
            if u64::from(number) * u64::from(size.get()) > MAX_PAGED_ROW {
                return Err(Problem::new(ProblemCode::PageTooDeep));
            }
            Window::Page { number, size }
        }
    };
    Ok(Listing { filter, sort, window })
}

fn parse_sort<S: SortField>(text: &str, order: Option<&str>) -> Result<Sort<S>, Problem> {
    let mut fields: Vec<(S, Direction)> = Vec::new();
    for part in text.split(',').map(str::trim) {
        let (name, direction) = match part.strip_prefix('-') {
            Some(name) => (name, Direction::Descending),
            None => (part.strip_prefix('+').unwrap_or(part), Direction::Ascending),
        };
        let Some(field) = S::ALL.iter().copied().find(|field| field.name() == name) else {
            let allowed: Vec<&str> = S::ALL.iter().map(|field| field.name()).collect();
            return Err(bad_parameter("sort", FieldFault::NotOneOf { allowed: allowed.join(", ") }));
        };
        if fields.iter().any(|(known, _)| *known == field) {
            return Err(bad_parameter("sort", FieldFault::Twice));
        }
        fields.push((field, direction));
    }
    match (order, fields.as_mut_slice()) {
        (None, _) => {}
        (Some("asc"), [(_, direction)]) => *direction = Direction::Ascending,
        (Some("desc"), [(_, direction)]) => *direction = Direction::Descending,
        (Some("asc" | "desc"), _) => return Err(bad_parameter("order", FieldFault::Inconsistent)),
        (Some(_), _) => {
            return Err(bad_parameter("order", FieldFault::NotOneOf { allowed: "asc, desc".to_owned() }));
        }
    }
    Ok(Sort(fields))
}

/// Tells one sort order and filter from another, so that a cursor is not used with the wrong one.
pub fn fingerprint<F: std::fmt::Debug, S: std::fmt::Debug>(filter: &F, sort: &Sort<S>) -> u64 {
    let mut hasher = DefaultHasher::new();
    format!("{filter:?} {sort:?}").hash(&mut hasher);
    hasher.finish()
}

#[derive(Serialize, Deserialize)]
struct CursorText {
    f: u64,
    i: Uuid,
    k: Vec<KeyText>,
}

#[derive(Serialize, Deserialize)]
enum KeyText {
    #[serde(rename = "s")]
    Text(String),
    #[serde(rename = "t")]
    Time(DateTime<Utc>),
    #[serde(rename = "d")]
    Date(NaiveDate),
    #[serde(rename = "n")]
    Integer(i32),
}

/// A cursor as text.
pub fn write_cursor(cursor: &Cursor, fingerprint: u64) -> String {
    let keys = cursor.keys.iter().map(|key| match key {
        SortKey::Text(text) => KeyText::Text(text.clone()),
        SortKey::Time(time) => KeyText::Time(*time),
        SortKey::Date(date) => KeyText::Date(*date),
        SortKey::Integer(number) => KeyText::Integer(*number),
    });
    let text = CursorText { f: fingerprint, i: cursor.id, k: keys.collect() };
    BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(&text).unwrap_or_default())
}

fn read_cursor(text: &str, fingerprint: u64) -> Result<Cursor, Problem> {
    let read: Option<CursorText> =
        BASE64_URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let read = read.ok_or_else(|| Problem::new(ProblemCode::CursorInvalid))?;
    if read.f != fingerprint {
        return Err(Problem::new(ProblemCode::CursorMismatch));
    }
    let keys = read.k.into_iter().map(|key| match key {
        KeyText::Text(text) => SortKey::Text(text),
        KeyText::Time(time) => SortKey::Time(time),
        KeyText::Date(date) => SortKey::Date(date),
        KeyText::Integer(number) => SortKey::Integer(number),
    });
    Ok(Cursor { keys: keys.collect(), id: read.i })
}

/// The form that a request wants: `format`, else the `Accept` header, else JSON.
pub fn format_of(request: &HttpRequest, format: Option<ListFormat>) -> ListFormat {
    let accept = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    format.unwrap_or({
        if accept.starts_with("text/csv") {
            ListFormat::Csv
        } else if accept.starts_with("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet") {
            ListFormat::Xlsx
        } else {
            ListFormat::Json
        }
    })
}

/// What a list answers beside its items.
pub struct PageFacts {
    /// How many items there are in all; `None` where a cursor walks.
    pub total: Option<u64>,
    /// The page; `None` where a cursor walks.
    pub page: Option<u32>,
    /// Items per page.
    pub size: u32,
    /// How many pages there are; `None` where a cursor walks.
    pub pages: Option<u64>,
    /// Where to go on; `None` at the end.
    pub next_cursor: Option<String>,
}

impl PageFacts {
    /// The facts of one part of a list.
    pub fn of<T>(listed: &Listed<T>, window: &Window, fingerprint: u64) -> Self {
        let size = window.size().get();
        Self {
            total: listed.total,
            page: match window {
                Window::Page { number, .. } => Some(*number),
                Window::After { .. } => None,
            },
            size,
            pages: listed.total.map(|total| total.div_ceil(size.into())),
            next_cursor: listed.next.as_ref().map(|cursor| write_cursor(cursor, fingerprint)),
        }
    }
}
