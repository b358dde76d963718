//! When a class reminds: of lectures that begin, of learners who are not in, of lectures without marks.

use std::ops::RangeInclusive;

use serde_json::{Value, json};
use uuid::Uuid;

use super::{NotificationError, NotificationService};
use crate::{
    access::{Action, Caller, authorize},
    audit::Audited,
    ids::ClassId,
    learning::classes,
    stamps::{Expected, Stamps},
    store::{Repositories, finish},
};

/// How many minutes before or after a start something can be told: up to a day.
pub const REMINDER_MINUTES: RangeInclusive<i32> = 1..=1_440;

/// When something is told of a lecture, in minutes; `None` for not at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reminders {
    /// Before its start, that it begins.
    pub before_start: Option<i32>,
    /// After its start, to learners who are not in.
    pub check_in_after: Option<i32>,
    /// After its start, to lecturers and assistants while nobody is marked.
    pub marking_after: Option<i32>,
}

impl Reminders {
    /// An hour before, ten minutes after, half an hour after.
    pub const DEFAULT: Self =
        Self { before_start: Some(60), check_in_after: Some(10), marking_after: Some(30) };
}

/// When one class reminds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClassReminders {
    /// The class.
    pub class_id: ClassId,
    /// When.
    pub reminders: Reminders,
    /// Who made and changed it, when.
    pub stamps: Stamps,
}

impl Audited for ClassReminders {
    const ENTITY: &'static str = "class_reminders";

    fn audit_id(&self) -> Uuid {
        self.class_id.0
    }

    fn document(&self) -> Value {
        json!({
            "before_start": self.reminders.before_start,
            "check_in_after": self.reminders.check_in_after,
            "marking_after": self.reminders.marking_after,
        })
    }
}

impl NotificationService {
    /// When a class reminds, and in which version that is kept: 0 where the installation decides.
    pub async fn reminders(
        &self,
        caller: &Caller,
        class: ClassId,
    ) -> Result<(Reminders, i32), NotificationError> {
        let mut session = self.yard.store.session().await?;
        classes::readable(&mut *session, caller, class).await?;
        let kept = session.announcements().reminders(class).await?;
        Ok(kept.map_or((self.settings.reminders, 0), |kept| (kept.reminders, kept.stamps.version)))
    }

    /// Says when a class reminds from now on; `None` for when the installation says.
    pub async fn set_reminders(
        &self,
        caller: &Caller,
        class: ClassId,
        expected: Expected,
        reminders: Reminders,
    ) -> Result<ClassReminders, NotificationError> {
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.set_reminders_in(&mut *unit, caller, class, expected, reminders).await;
        finish(unit, outcome).await
    }

    async fn set_reminders_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        class: ClassId,
        expected: Expected,
        reminders: Reminders,
    ) -> Result<ClassReminders, NotificationError> {
        classes::readable(repositories, caller, class).await?;
        authorize(caller, Action::ManageLectures(class)).map_err(|_| NotificationError::Forbidden)?;
        let old = repositories.announcements().reminders(class).await?;
        if !expected.allows(old.map_or(0, |old| old.stamps.version)) {
            return Err(NotificationError::Stale);
        }
        let (now, pen) = (self.yard.clock.now(), self.yard.pen(caller));
        let stamps = old.map_or_else(|| Stamps::new(caller, now), |old| old.stamps.touched(caller, now));
        let new = ClassReminders { class_id: class, reminders, stamps };
        repositories.announcements().keep_reminders(&new).await?;
        let entry = match &old {
            Some(old) => pen.updated(old, &new),
            None => pen.created(&new),
        };
        repositories.audit().append(&[entry]).await?;
        Ok(new)
    }
}
