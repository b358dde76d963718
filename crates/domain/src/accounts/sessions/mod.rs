//! Sessions: what stands between a sign-in and its end, on one device.
//!
//! A session is renewed by refresh tokens, each of which is good for one use; access tokens name their session, so that its end is
//! theirs. Not here: how access tokens are signed (`madang-auth`) and how a user proves who they are (`sign_in`).

mod cleaning;
mod model;
mod repository;
mod service;

pub use cleaning::SessionCleaning;
pub use model::{
    Device, RefreshToken, Session, SessionEnd, SessionFilter, SessionLifetimes, SessionSort, SessionView,
    StartedSession,
};
pub use repository::{PresentedToken, SessionRepository};
pub use service::{SessionError, SessionService};
pub(crate) use service::{end_all_in, ends_in};
