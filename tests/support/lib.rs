//! What the API tests stand on: the real application on a database of its own, with a clock that stands still, reached
//! over a real connection by clients that carry an identity.
//!
//! [`api_test!`] runs a story on `SQLite` and on `PostgreSQL`. [`TestApp`] makes users and a small class to work with;
//! what is under test goes through the API.

mod app;
mod client;
mod events;
pub mod providers;
mod proxy;
mod receiver;

pub use app::{NOW, TestApp, TestClass};
pub use client::{Answer, Client};
pub use events::Events;
pub use proxy::Proxy;
pub use receiver::{Received, Receiver};
pub use serde_json::json;

/// Runs a story on both databases: `api_test! { async fn a_learner_sees_the_catalogue(app) { … } }`, with settings of its own:
/// `async fn the_third_is_refused(app, [("LIMIT_ANONYMOUS", "2")]) { … }`.
#[macro_export]
macro_rules! api_test {
    ($($(#[$meta:meta])* async fn $name:ident($app:ident $(, [$($setting:expr),+ $(,)?])?) $body:block)+) => {$(
        $(#[$meta])*
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            const SETTINGS: &[(&str, &str)] = &[$($($setting),+)?];

            async fn story($app: $crate::TestApp) $body

            #[actix_web::test]
            async fn on_sqlite() {
                story($crate::TestApp::on_sqlite(SETTINGS).await).await;
            }

            #[actix_web::test]
            async fn on_postgres() {
                story($crate::TestApp::on_postgres(SETTINGS).await).await;
            }
        }
    )+};
}
