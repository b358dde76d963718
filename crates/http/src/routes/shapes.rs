//! Shapes that several resources share.

use madang_domain::{accounts::UserSummary, search::SearchQuery};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    problem::{FieldFault, Problem},
    request::bad_parameter,
};

/// Declares the page of a list: `page_of!(CoursePage of CourseResponse, "One page of courses.")`.
macro_rules! page_of {
    ($name:ident of $item:ty, $doc:literal) => {
        #[doc = $doc]
        #[derive(Debug, serde::Serialize, utoipa::ToSchema)]
        pub struct $name {
            /// The items, in order.
            #[schema(max_items = 100)]
            pub items: Vec<$item>,
            /// How many items there are in all; null where a cursor walks.
            #[schema(minimum = 0, example = 150)]
            pub total: Option<u64>,
            /// The page, from 1; null where a cursor walks.
            #[schema(minimum = 1, example = 1)]
            pub page: Option<u32>,
            /// Items per page.
            #[schema(minimum = 1, maximum = 100, example = 20)]
            pub size: u32,
            /// How many pages there are; null where a cursor walks.
            #[schema(minimum = 0, example = 8)]
            pub pages: Option<u64>,
            /// Where to go on; null at the end.
            pub next_cursor: Option<String>,
        }

        impl crate::routes::shapes::PageShape<$item> for $name {
            fn new(items: Vec<$item>, facts: crate::request::PageFacts) -> Self {
                let crate::request::PageFacts { total, page, size, pages, next_cursor } = facts;
                Self { items, total, page, size, pages, next_cursor }
            }
        }
    };
}
pub(super) use page_of;

/// A page of a list; `page_of!` makes these.
pub trait PageShape<T>: Serialize {
    /// The page with these items.
    fn new(items: Vec<T>, facts: crate::request::PageFacts) -> Self;
}

/// What other resources show of a user.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UserSummary)]
pub struct UserSummaryResponse {
    /// The id.
    pub id: Uuid,
    /// The name to sign in with.
    #[schema(example = "haneul")]
    pub username: String,
    /// What the user is called.
    #[schema(example = "김하늘")]
    pub name: String,
}

impl From<UserSummary> for UserSummaryResponse {
    fn from(user: UserSummary) -> Self {
        Self { id: user.id.0, username: user.username, name: user.name }
    }
}

/// What a search query looks for; nothing, where it is absent or empty.
pub fn search(typed: Option<&str>) -> Result<Option<SearchQuery>, Problem> {
    typed
        .map_or(Ok(None), SearchQuery::parse)
        .map_err(|_| bad_parameter("q", FieldFault::TooLong { max: SearchQuery::MAX }))
}

/// Declares the API's form of a domain enumeration with the same variants, in lower snake case.
macro_rules! choices {
    ($(#[$meta:meta])* $name:ident for $domain:ty { $($variant:ident),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($variant),+ }

        impl From<$domain> for $name {
            fn from(value: $domain) -> Self {
                match value { $(<$domain>::$variant => Self::$variant),+ }
            }
        }

        impl From<$name> for $domain {
            fn from(value: $name) -> Self {
                match value { $($name::$variant => Self::$variant),+ }
            }
        }
    };
}
pub(super) use choices;
