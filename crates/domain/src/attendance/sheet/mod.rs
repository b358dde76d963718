//! The attendance sheet (출석부): learners by lectures, with the figures of the engine.
//!
//! `reading` has the same sheet as somebody filled it in, `filling` what becomes of it.

use std::{collections::HashMap, sync::Arc};

use chrono::{DateTime, Utc};

use super::{
    AttendanceError, AttendanceService, AttendanceStatus,
    policies::Policy,
    policy::{Assessment, LearnerRecord},
    records::{self, ClassRecords},
};
use crate::{
    access::{Action, Caller, authorize},
    accounts::UserSummary,
    ids::ClassId,
    learning::{classes::Class, lectures::Lecture},
};

mod filling;
mod reading;

pub use filling::SheetReport;
pub use reading::{CellFault, CellFaultKind, CellPlace, FilledCell, FilledSheet, MAX_CELLS, read_rows};

/// The sheet of a class.
#[derive(Debug, Clone)]
pub struct AttendanceSheet {
    /// The class.
    pub class: Class,
    /// What it goes by.
    pub policy: Arc<Policy>,
    /// The columns: its lectures, by sequence.
    pub lectures: Vec<Lecture>,
    /// The rows: everybody who is or was a learner, by name.
    pub rows: Vec<SheetRow>,
    /// Up to when.
    pub as_of: DateTime<Utc>,
}

/// The row of a learner.
#[derive(Debug, Clone)]
pub struct SheetRow {
    /// Who.
    pub user: UserSummary,
    /// The mark at each lecture, in the order of the columns.
    pub marks: Vec<Option<AttendanceStatus>>,
    /// Everything that the engine says of the learner.
    pub assessment: Assessment,
}

impl AttendanceService {
    /// The sheet of a class, for its staff.
    pub async fn sheet(&self, caller: &Caller, class: ClassId) -> Result<AttendanceSheet, AttendanceError> {
        let mut session = self.yard.store.report_session(caller.reader()).await?;
        let ruled = session.records().ruled(&[class]).await?;
        let ruled = ruled.into_iter().next().ok_or(AttendanceError::ClassNotFound(class))?;
        allowed(caller, &ruled.class, Action::ReadRoster(class))?;
        let as_of = self.yard.clock.now();
        let mut records = records::of_ruled(&mut *session, std::slice::from_ref(&ruled))
            .await?
            .remove(&class)
            .ok_or(AttendanceError::ClassNotFound(class))?;
        records.lectures.sort_unstable_by_key(|lecture| (lecture.sequence, lecture.id));
        let rows = rows(&records, as_of);
        Ok(AttendanceSheet {
            class: ruled.class,
            policy: records.policy,
            lectures: records.lectures,
            rows,
            as_of,
        })
    }
}

/// Whether the caller may do this with the class; who may not know of it learns nothing.
fn allowed(caller: &Caller, class: &Class, action: Action) -> Result<(), AttendanceError> {
    match authorize(caller, action) {
        Ok(()) => Ok(()),
        Err(_) if authorize(caller, Action::ReadCatalogue { active: class.is_active }).is_err() => {
            Err(AttendanceError::ClassNotFound(class.id))
        }
        Err(_) => Err(AttendanceError::Forbidden),
    }
}

fn rows(records: &ClassRecords, as_of: DateTime<Utc>) -> Vec<SheetRow> {
    let columns: HashMap<_, usize> =
        records.lectures.iter().enumerate().map(|(place, lecture)| (lecture.id, place)).collect();
    let row = |(user, record, assessment): (&UserSummary, &LearnerRecord, Assessment)| {
        let mut marks = vec![None; columns.len()];
        for mark in &record.marks {
            if let Some(cell) = columns.get(&mark.lecture_id).and_then(|place| marks.get_mut(*place)) {
                *cell = Some(mark.status);
            }
        }
        SheetRow { user: user.clone(), marks, assessment }
    };
    records.assessed(&records.policy, as_of).map(row).collect()
}
