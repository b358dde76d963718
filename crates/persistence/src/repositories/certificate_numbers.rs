//! The numbers of certificates: the counter of a year, from which they are taken without gaps.

use diesel::sql_types::Integer;
use madang_domain::{certification::CertificateNumber, error::RepositoryResult, page::SortKey};

use super::Session;
use crate::{
    error::{WrongCount, backend},
    fragment::Fragment,
    rows::parsed,
};

impl Session {
    /// Sets the counter of a year, which holds it for this unit of work, and tells its new value.
    pub(super) async fn counted(
        &mut self,
        year: i32,
        last: i32,
        change: &'static str,
    ) -> RepositoryResult<i32> {
        let statement = || {
            Fragment::sql("INSERT INTO certificate_counters (year, last) VALUES (")
                .bind(SortKey::Integer(year))
                .then(", ")
                .bind(SortKey::Integer(last))
                .then(format!(") ON CONFLICT (year) DO UPDATE SET last = {change} RETURNING last"))
                .into_statement::<Integer>()
        };
        let rows: Vec<i32> = self.rows(statement).await?;
        rows.into_iter().next().ok_or_else(|| backend(WrongCount { written: 0, wanted: 1 }))
    }
}

pub(super) fn read_numbers(rows: Vec<i32>) -> RepositoryResult<Vec<CertificateNumber>> {
    let read = |number| Ok(parsed(CertificateNumber::from_integer(number), "certifications.number")?);
    rows.into_iter().map(read).collect()
}
