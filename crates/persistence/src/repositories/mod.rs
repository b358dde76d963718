//! The queries of all repositories, written once and compiled for each database.
//!
//! Each adapter mounts this folder under itself: `super::{Conn, Db, Session, dialect}` are that adapter's. What the
//! databases say differently is in `dialect`; nothing here asks which one it runs on.

use madang_domain::{
    accounts::{
        UserRepository,
        identities::{IdentityRepository, SignInFlowRepository},
    },
    attendance::{AttendanceBatches, AttendanceRepository, capture::CaptureRepository},
    audit::AuditLog,
    certification::CertificationRepository,
    error::{RepositoryError, RepositoryResult},
    events::EventLog,
    external_ids::ExternalIds,
    idempotency::IdempotencyKeys,
    jobs::Jobs,
    learning::{
        classes::ClassRepository, courses::CourseRepository, enrolments::EnrolmentRepository,
        lectures::LectureRepository,
    },
    operations::OperationRepository,
    store::Repositories,
    stream_tickets::StreamTickets,
};

use super::{Conn, Db, Session, dialect};
use crate::error::Corrupt;

mod attendances;
mod audit;
mod batches;
mod bulk;
mod capture;
mod certifications;
mod classes;
mod courses;
mod enrolments;
mod events;
mod external_ids;
mod idempotency;
mod identities;
mod jobs;
mod lectures;
mod operations;
mod secrets;
mod stream_tickets;
mod tallies;
mod users;

impl Repositories for Session {
    fn users(&mut self) -> &mut dyn UserRepository {
        self
    }

    fn identities(&mut self) -> &mut dyn IdentityRepository {
        self
    }

    fn sign_in_flows(&mut self) -> &mut dyn SignInFlowRepository {
        self
    }

    fn courses(&mut self) -> &mut dyn CourseRepository {
        self
    }

    fn classes(&mut self) -> &mut dyn ClassRepository {
        self
    }

    fn lectures(&mut self) -> &mut dyn LectureRepository {
        self
    }

    fn enrolments(&mut self) -> &mut dyn EnrolmentRepository {
        self
    }

    fn attendances(&mut self) -> &mut dyn AttendanceRepository {
        self
    }

    fn capture(&mut self) -> &mut dyn CaptureRepository {
        self
    }

    fn attendance_batches(&mut self) -> &mut dyn AttendanceBatches {
        self
    }

    fn stream_tickets(&mut self) -> &mut dyn StreamTickets {
        self
    }

    fn certifications(&mut self) -> &mut dyn CertificationRepository {
        self
    }

    fn audit(&mut self) -> &mut dyn AuditLog {
        self
    }

    fn idempotency(&mut self) -> &mut dyn IdempotencyKeys {
        self
    }

    fn operations(&mut self) -> &mut dyn OperationRepository {
        self
    }

    fn external_ids(&mut self) -> &mut dyn ExternalIds {
        self
    }

    fn events(&mut self) -> &mut dyn EventLog {
        self
    }

    fn jobs(&mut self) -> &mut dyn Jobs {
        self
    }
}

/// The entity of the one row that was asked for, if there is one.
fn one<R, T>(rows: Vec<R>) -> RepositoryResult<Option<T>>
where
    T: TryFrom<R, Error = Corrupt>,
{
    Ok(rows.into_iter().next().map(T::try_from).transpose()?)
}

/// The entities of rows, in their order.
fn all<R, T>(rows: Vec<R>) -> RepositoryResult<Vec<T>>
where
    T: TryFrom<R, Error = Corrupt>,
{
    Ok(rows.into_iter().map(T::try_from).collect::<Result<_, _>>()?)
}

/// Whether a statement wrote the one row that it was meant for; `missing` if it found none.
fn wrote_one(written: usize, missing: RepositoryError) -> RepositoryResult<()> {
    if written == 1 { Ok(()) } else { Err(missing) }
}

/// A count as the domain has it.
fn count_of(rows: Vec<i64>) -> u64 {
    rows.into_iter().next().and_then(|count| u64::try_from(count).ok()).unwrap_or_default()
}
