//! What a handler takes out of a request: the caller, the checked body, the query, the id in the path.
//!
//! Each piece is an extractor that fails with a `Problem`. `checks` turns raw values into domain types and collects what
//! is wrong with them; `list` reads pages, cursors and sort orders; `moment` reads times; `once` makes a creating request take effect once.

mod body;
mod caller;
mod checks;
mod device;
mod list;
mod moment;
mod once;
mod path;
mod precondition;
mod upload;

pub use body::{Body, BodyDigest, BulkBody, FormBody, MaybeBody, clearable, present};
pub(crate) use caller::bearer;
pub use caller::{Authenticated, SignedIn, SignedInAs, token_invalid};
pub use checks::{Checks, in_range};
pub use device::device_of;
pub(crate) use list::list_query;
pub use list::{
    CommonQuery, ListFormat, ListQuery, LooseQuery, PageFacts, Params, bad_parameter, day_parameter,
    fingerprint, format_of, listing,
};
pub use moment::{moment, span};
pub use once::Once;
pub use path::Id;
pub use precondition::{if_match, if_match_given};
pub use upload::{UploadedFile, upload};
