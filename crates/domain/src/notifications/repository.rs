//! The ports of the room: inboxes and what goes out, causes, preferences, and what staff set.

use std::ops::Range;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    Announcement, AnnouncementFilter, AnnouncementSort, ClassReminders, Delivery, Facts, KeptPreferences,
    Notice, NoticeFilter, NoticeKind, NoticeSort, Preferences, Reminders,
};
use crate::{
    error::Pending,
    ids::{AnnouncementId, ClassId, LectureId, NoticeId, UserId},
    learning::lectures::Lecture,
    page::{Listed, Listing},
};

/// Somebody who could be told something, and was not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Who.
    pub user_id: UserId,
    /// What.
    pub kind: NoticeKind,
    /// Of what.
    pub subject_id: Uuid,
    /// What tells apart that it is told again; see [`Notice::cause`].
    pub cause: String,
    /// When the lecture starts that is the subject.
    pub subject_at: Option<DateTime<Utc>>,
    /// What is said.
    pub facts: Facts,
}

/// Who can be reached how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addressee {
    /// Who.
    pub user_id: UserId,
    /// Whether they have proved to read the mail of their address.
    pub has_mail: bool,
    /// Whether they have a phone number.
    pub has_phone: bool,
    /// Whether they have a device.
    pub has_device: bool,
    /// How they want to be told; `None` for as by default.
    pub preferences: Option<Preferences>,
}

/// Keeps notices. Those that were deleted or cancelled are shown to nobody, but keep a person from being told again (deleted) or
/// let them (cancelled).
pub trait NoticeRepository: Send {
    /// Lists notices of one person that are shown.
    fn list<'a>(&'a mut self, listing: &'a Listing<NoticeFilter, NoticeSort>) -> Pending<'a, Listed<Notice>>;
    /// How many notices each of these people has not read; people without any are left out.
    fn unread<'a>(&'a mut self, users: &'a [UserId]) -> Pending<'a, Vec<(UserId, u64)>>;
    /// Notes that a notice was read, unless it was before; answers it. `None` where this person has none that is shown.
    fn note_read(&mut self, user: UserId, id: NoticeId, now: DateTime<Utc>) -> Pending<'_, Option<Notice>>;
    /// Notes that every notice of a person that is shown was read; tells how many had not been.
    fn note_all_read(&mut self, user: UserId, now: DateTime<Utc>) -> Pending<'_, usize>;
    /// Puts a notice away; `false` where this person has none that is shown.
    fn delete(&mut self, user: UserId, id: NoticeId, now: DateTime<Utc>) -> Pending<'_, bool>;
    /// The notices of these people that changed at this moment or later, shown or not, in the order of the change; the earliest
    /// `most`.
    fn changed<'a>(
        &'a mut self,
        users: &'a [UserId],
        since: DateTime<Utc>,
        most: u32,
    ) -> Pending<'a, Vec<Notice>>;
    /// Keeps notices, but those of which there is one already that was not cancelled; tells which are new.
    fn insert_new<'a>(&'a mut self, notices: &'a [Notice]) -> Pending<'a, Vec<NoticeId>>;
    /// Cancels those of these notices that are not cancelled.
    fn cancel<'a>(&'a mut self, ids: &'a [NoticeId], now: DateTime<Utc>) -> Pending<'a, usize>;
    /// Removes notices of before this moment, up to `limit`; tells how many.
    fn purge(&mut self, before: DateTime<Utc>, limit: u32) -> Pending<'_, usize>;
    /// How these people can be reached; those who may not sign in are left out.
    fn addressees<'a>(&'a mut self, users: &'a [UserId]) -> Pending<'a, Vec<Addressee>>;
    /// One notice, whoever's.
    fn find(&mut self, id: NoticeId) -> Pending<'_, Option<Notice>>;
    /// What became of the message with this key.
    fn delivery(&mut self, key: Uuid) -> Pending<'_, Option<Delivery>>;
    /// Keeps what became of a message, new or changed.
    fn keep_delivery<'a>(&'a mut self, delivery: &'a Delivery) -> Pending<'a, ()>;
    /// The people of whom unread notices wait for the mail of the day.
    fn awaiting_digest(&mut self) -> Pending<'_, Vec<UserId>>;
    /// The unread notices of a person that wait for the mail of the day, earliest first; the earliest `most`.
    fn digest_of(&mut self, user: UserId, most: u32) -> Pending<'_, Vec<Notice>>;
    /// Notes that these notices wait for no mail any more.
    fn note_digested<'a>(&'a mut self, ids: &'a [NoticeId]) -> Pending<'a, ()>;
}

/// A lecture that something may have to be told of.
#[derive(Debug, Clone, PartialEq)]
pub struct DueLecture {
    /// The lecture.
    pub lecture: Lecture,
    /// The title of its class.
    pub class_title: String,
    /// When its class reminds; `None` for when the installation says.
    pub reminders: Option<Reminders>,
}

/// A lecture at the time at which it starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LectureCause {
    /// The lecture.
    pub lecture_id: LectureId,
    /// When it starts.
    pub starts_at: DateTime<Utc>,
    /// The same as a text; see [`Notice::cause`].
    pub cause: String,
}

/// Finds what there is to tell, and says whether what was told still holds. Each in one statement.
///
/// Of lectures that are cancelled or moved, and of classes that are deactivated or closed, nothing is told. Learners are told of a
/// lecture when their place in the class holds on its day and no leave is approved for it. To people who may not sign in, and to
/// `temp` users, nothing is told. What was told already, and not cancelled, is not found again.
///
/// | kind | holds while |
/// |---|---|
/// | `lecture_start` | the lecture is still to start, at the time that was told, and the person has a place on its day |
/// | `check_in_reminder` | the lecture goes on, one attends it in the room or live, check-in is open or somebody is marked, and the learner is not |
/// | `marking_reminder` | the lecture started less than a day ago, learners are expected, nobody is marked, and the person teaches or assists |
/// | `absence` | the mark says absent, no leave is approved, and the learner was expected and has not left |
/// | `at_risk`, `unreachable` | the learner has a place in the class; the forecast is for the policy engine to make |
/// | `leave_approved`, `leave_rejected`, `leave_revoked` | the request is approved, rejected, withdrawn after it was decided |
/// | `certificate_issued`, `certificate_expiring` | it stands and has not expired |
/// | `certificate_revoked` | it is revoked |
/// | `announcement` | it was not withdrawn, and the person has a place in the class |
pub trait CauseRepository: Send {
    /// The lectures that start in this time.
    fn lectures_starting(&mut self, within: Range<DateTime<Utc>>) -> Pending<'_, Vec<DueLecture>>;
    /// Who is to be told this of these lectures; of `lecture_start`, `check_in_reminder` and `marking_reminder` only.
    fn untold_of<'a>(
        &'a mut self,
        kind: NoticeKind,
        lectures: &'a [LectureCause],
        now: DateTime<Utc>,
    ) -> Pending<'a, Vec<(LectureId, UserId)>>;
    /// Absences that were marked in this time, of lectures that started at `lectures_from` or later.
    fn absences(
        &mut self,
        marked: Range<DateTime<Utc>>,
        lectures_from: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Pending<'_, Vec<Candidate>>;
    /// Warnings that were given at this moment or later.
    fn warnings(&mut self, since: DateTime<Utc>, now: DateTime<Utc>) -> Pending<'_, Vec<Candidate>>;
    /// Requests for leave of which something happened at this moment or later.
    fn leave_results(&mut self, since: DateTime<Utc>, now: DateTime<Utc>) -> Pending<'_, Vec<Candidate>>;
    /// Certificates with which something happened at this moment or later.
    fn certificates(&mut self, since: DateTime<Utc>, now: DateTime<Utc>) -> Pending<'_, Vec<Candidate>>;
    /// Everybody in the class of an announcement but who made it.
    fn audience(&mut self, announcement: AnnouncementId, now: DateTime<Utc>) -> Pending<'_, Vec<Candidate>>;
    /// Those of these notices, all of one kind, that still hold.
    fn holding<'a>(
        &'a mut self,
        kind: NoticeKind,
        ids: &'a [NoticeId],
        now: DateTime<Utc>,
    ) -> Pending<'a, Vec<NoticeId>>;
    /// Cancels unread notices of a kind, planned at this moment or later, whose cause is gone; that time has passed does not make
    /// it so. Tells how many.
    fn retract(&mut self, kind: NoticeKind, since: DateTime<Utc>, now: DateTime<Utc>) -> Pending<'_, usize>;
}

/// Keeps how people want to be told.
pub trait PreferenceRepository: Send {
    /// What these people have chosen; those who have not are left out.
    fn of_users<'a>(&'a mut self, users: &'a [UserId]) -> Pending<'a, Vec<KeptPreferences>>;
    /// Keeps preferences, new or changed.
    ///
    /// # Errors
    /// `Stale` unless what is kept has the version before the one given.
    fn keep<'a>(&'a mut self, preferences: &'a KeptPreferences) -> Pending<'a, ()>;
}

/// Keeps announcements, and when classes remind.
pub trait AnnouncementRepository: Send {
    /// One announcement.
    fn find(&mut self, id: AnnouncementId) -> Pending<'_, Option<Announcement>>;
    /// Lists the announcements of a class that were not withdrawn.
    fn list<'a>(
        &'a mut self,
        listing: &'a Listing<AnnouncementFilter, AnnouncementSort>,
    ) -> Pending<'a, Listed<Announcement>>;
    /// Keeps a new announcement.
    fn insert<'a>(&'a mut self, announcement: &'a Announcement) -> Pending<'a, ()>;
    /// Keeps a changed announcement.
    ///
    /// # Errors
    /// `Stale` unless the kept row has the version before the one in `announcement`.
    fn update<'a>(&'a mut self, announcement: &'a Announcement) -> Pending<'a, ()>;
    /// When a class reminds, where that was said.
    fn reminders(&mut self, class: ClassId) -> Pending<'_, Option<ClassReminders>>;
    /// Keeps when a class reminds, new or changed.
    ///
    /// # Errors
    /// `Stale` unless what is kept has the version before the one given.
    fn keep_reminders<'a>(&'a mut self, reminders: &'a ClassReminders) -> Pending<'a, ()>;
}
