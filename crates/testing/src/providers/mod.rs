//! Servers that speak as the providers of messages do: what those check, they check, and they fail as the real ones fail.

mod google;
mod nhn;
mod server;
mod solapi;

use std::sync::{Arc, Mutex, MutexGuard};

pub use google::FakeGoogle;
pub use nhn::FakeNhn;
pub use server::{FakeServer, Reaction, Request};
pub use solapi::FakeSolapi;

/// What a server remembers. A request that it fails about poisons it, so that the test fails too.
type Held<T> = Arc<Mutex<T>>;

fn lock<T>(held: &Mutex<T>) -> MutexGuard<'_, T> {
    held.lock().unwrap()
}
