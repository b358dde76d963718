//! A connection on loan from its pool.
//!
//! The pool looks at a connection when it goes out, not when it comes back: one that is given back amid a transaction
//! would lie there with its locks until somebody happens to take it. So the lease closes the connection instead when it is
//! dropped amid a transaction or a statement: after a panic, or when a request was cancelled. That is dear; ordinary
//! errors roll back.

use deadpool::managed::{Manager, Object};
use madang_domain::error::RepositoryResult;

use crate::error::{SessionEnded, backend};

/// How a database closes a connection at once.
pub(crate) trait Closing: Manager {
    /// Closes it; a statement is still under way when `busy`.
    fn close(connection: Self::Type, busy: bool);
}

/// A connection on loan.
pub(crate) struct Lease<M: Closing> {
    object: Option<Object<M>>,
    /// A transaction is open.
    pub(crate) open: bool,
    /// A statement is under way.
    pub(crate) busy: bool,
}

impl<M: Closing> Lease<M> {
    pub(crate) fn new(object: Object<M>) -> Self {
        Self { object: Some(object), open: false, busy: false }
    }

    /// The connection.
    pub(crate) fn connection(&mut self) -> RepositoryResult<&mut M::Type> {
        match &mut self.object {
            Some(object) => Ok(&mut **object),
            None => Err(backend(SessionEnded)),
        }
    }

    /// Closes the connection for good.
    pub(crate) fn close(&mut self) {
        if let Some(object) = self.object.take() {
            M::close(Object::take(object), self.busy);
        }
    }
}

impl<M: Closing> Drop for Lease<M> {
    fn drop(&mut self) {
        if self.open || self.busy {
            self.close();
        }
    }
}
