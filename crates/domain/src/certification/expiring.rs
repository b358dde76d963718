//! Certificates whose time is over, or soon will be: each is ended once, and told of once.

use async_trait::async_trait;
use chrono::TimeDelta;

use super::{Certification, CertificationService, Standing};
use crate::{
    access::Caller,
    error::{RepositoryError, RepositoryResult},
    events::{self, Event},
    jobs::{Job, JobHandler, JobOutcome, Rhythm},
    stamps::Stamps,
    store::{Repositories, finish},
};

/// So many days before its end one is told that a certificate expires.
const TOLD_BEFORE_DAYS: i64 = 30;
/// How many are dealt with in one unit of work.
const AT_ONCE: u32 = 500;

impl CertificationService {
    /// Lets certificates expire whose time is over, and tells which will be within thirty days: `certification.expiring`. Tells how
    /// many of each there were.
    pub async fn expire(&self) -> RepositoryResult<(usize, usize)> {
        let (mut expired, mut told) = (0, 0);
        loop {
            let mut unit = self.yard.store.begin().await?;
            let outcome = self.expire_in(&mut *unit).await;
            let (ended, warned) = finish::<_, RepositoryError>(unit, outcome).await?;
            expired += ended;
            told += warned;
            if ended.max(warned) < AT_ONCE as usize {
                return Ok((expired, told));
            }
        }
    }

    async fn expire_in(&self, repositories: &mut dyn Repositories) -> RepositoryResult<(usize, usize)> {
        let (now, caller) = (self.yard.clock.now(), Caller::system());
        let ended = repositories.certifications().expire(now, AT_ONCE).await?;
        let pen = self.yard.pen(&caller);
        let entries: Vec<_> = ended.iter().map(|one| pen.updated(&before(one), one)).collect();
        repositories.audit().append(&entries).await?;
        let soon = now + TimeDelta::days(TOLD_BEFORE_DAYS);
        let expiring = repositories.certifications().tell_expiring(now, soon, AT_ONCE).await?;
        let told: Vec<Event> =
            expiring.iter().map(|one| self.told(&caller, "certification.expiring", one)).collect();
        events::record(repositories, &told).await?;
        Ok((ended.len(), told.len()))
    }

    /// The job that does [`expire`](Self::expire).
    pub fn expiry_job(&self) -> CertificateExpiry {
        CertificateExpiry(self.clone())
    }
}

/// What it was before its time was over.
pub(super) fn before(ended: &Certification) -> Certification {
    let stamps = Stamps { version: ended.stamps.version - 1, ..ended.stamps };
    Certification { standing: Standing::Issued, stamps, ..ended.clone() }
}

/// Ends certificates, and tells of those that end soon, every quarter of an hour.
pub struct CertificateExpiry(CertificationService);

#[async_trait]
impl JobHandler for CertificateExpiry {
    fn kind(&self) -> &'static str {
        "certificates.expire"
    }

    fn rhythm(&self) -> Option<Rhythm> {
        Some(Rhythm::EverySeconds(900))
    }

    async fn run(&self, _: &Job) -> JobOutcome {
        self.0.expire().await?;
        Ok(())
    }
}
