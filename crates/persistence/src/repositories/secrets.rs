//! Secrets of the server itself, such as the keys that it signs with.

use diesel::prelude::*;
use madang_domain::error::RepositoryResult;

use super::Session;
use crate::schema::server_secrets;

impl Session {
    /// The secret of this name.
    pub(in super::super) async fn secret(&mut self, name: &str) -> RepositoryResult<Option<Vec<u8>>> {
        let query = || server_secrets::table.find(name).select(server_secrets::value);
        Ok(self.rows(query).await?.into_iter().next())
    }

    /// Keeps a secret, unless somebody was faster.
    pub(in super::super) async fn keep_secret(&mut self, name: &str, value: &[u8]) -> RepositoryResult<()> {
        let insert = diesel::insert_into(server_secrets::table)
            .values((server_secrets::name.eq(name), server_secrets::value.eq(value)))
            .on_conflict(server_secrets::name)
            .do_nothing();
        self.execute(insert).await.map(drop)
    }
}
