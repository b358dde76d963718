//! Where a statement of SQLite runs.
//!
//! Short reads run on the thread that asks: handing one over costs more than the read. Writes and long reads run on tokio's
//! threads for blocking work. A statement that was handed over is always waited for, even if its request is cancelled,
//! because its connection must be at rest before anybody else gets it; diesel-async's own waiting panics on
//! runtimes with one thread, which all of actix's are.

use std::{
    error::Error,
    future::Future,
    pin::Pin,
    sync::{Arc, Condvar, Mutex, PoisonError},
    task::{Context, Poll},
};

use diesel_async::sync_connection_wrapper::SpawnBlocking;
use futures_util::future::BoxFuture;
use tokio::task::JoinHandle;

/// Where the statements of a connection run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// On the thread that asks.
    Here,
    /// On a thread for blocking work.
    Aside,
}

type Failure = Box<dyn Error + Send + Sync + 'static>;

impl SpawnBlocking for Place {
    fn spawn_blocking<'a, R>(
        &mut self,
        task: impl FnOnce() -> R + Send + 'static,
    ) -> BoxFuture<'a, Result<R, Failure>>
    where
        R: Send + 'static,
    {
        match self {
            Self::Here => Box::pin(std::future::ready(Ok(task()))),
            Self::Aside => {
                let finished = Arc::new(Finished::default());
                let job = Job { task, _signal: Signal(Arc::clone(&finished)) };
                let handle = tokio::task::spawn_blocking(move || job.run());
                Box::pin(Waited { handle, finished })
            }
        }
    }

    fn get_runtime() -> Self {
        Self::Aside
    }
}

/// A task and the signal of its end. The order matters: the task, which holds the connection, goes first.
struct Job<T> {
    task: T,
    _signal: Signal,
}

impl<T> Job<T> {
    fn run<R>(self) -> R
    where
        T: FnOnce() -> R,
    {
        let Self { task, _signal } = self;
        task()
    }
}

/// Set when the task has ended, has panicked, or was thrown away.
#[derive(Default)]
struct Finished {
    done: Mutex<bool>,
    changed: Condvar,
}

struct Signal(Arc<Finished>);

impl Drop for Signal {
    fn drop(&mut self) {
        *self.0.done.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.0.changed.notify_all();
    }
}

/// The task as a future, which can't be left behind.
struct Waited<R> {
    handle: JoinHandle<R>,
    finished: Arc<Finished>,
}

impl<R> Future for Waited<R> {
    type Output = Result<R, Failure>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.handle).poll(context).map_err(Into::into)
    }
}

impl<R> Drop for Waited<R> {
    fn drop(&mut self) {
        let mut done = self.finished.done.lock().unwrap_or_else(PoisonError::into_inner);
        while !*done {
            done = self.finished.changed.wait(done).unwrap_or_else(PoisonError::into_inner);
        }
    }
}
