//! What every service stands on: the data, the time and the ids.

use std::sync::Arc;

use crate::{access::Caller, audit::AuditPen, clock::Clock, ids::IdGenerator, store::Store};

/// The ports that all services share.
#[derive(Clone)]
pub struct Yard {
    /// The data.
    pub store: Arc<dyn Store>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// New ids.
    pub ids: Arc<dyn IdGenerator>,
}

impl Yard {
    /// A pen that writes audit entries for `caller`.
    pub fn pen<'a>(&'a self, caller: &'a Caller) -> AuditPen<'a> {
        AuditPen::new(caller, &*self.clock, &*self.ids)
    }
}
