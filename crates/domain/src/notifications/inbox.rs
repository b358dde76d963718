//! The inbox: what one person was told, in their language.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    Notice, NoticeFilter, NoticeSort, NotificationError, NotificationService, preferences::reader,
    texts::Text,
};
use crate::{
    access::Caller,
    channels::Language,
    error::RepositoryResult,
    ids::{NoticeId, UserId},
    page::{Listable, Listed, Listing, PageSize, Sort, SortKey, Window},
    store::{Repositories, finish},
};

/// A notice in the words in which it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboxItem {
    /// The notice.
    pub notice: Notice,
    /// What it says.
    pub text: Text,
}

impl InboxItem {
    /// A notice in this language.
    pub fn of(notice: Notice, language: Language) -> Self {
        Self { text: Text::of(notice.kind, &notice.facts, language), notice }
    }
}

impl Listable<NoticeSort> for InboxItem {
    fn sort_key(&self, field: NoticeSort) -> SortKey {
        self.notice.sort_key(field)
    }

    fn sort_id(&self) -> Uuid {
        self.notice.sort_id()
    }
}

/// What changed in inboxes that are watched.
#[derive(Debug, Clone, PartialEq)]
pub struct InboxChange {
    /// The notice as it is now, which may no longer be shown.
    pub notice: Notice,
    /// How many its reader has not read now.
    pub unread: u64,
}

impl NotificationService {
    /// Lists the caller's notices, whoever's the filter asks for.
    pub async fn list(
        &self,
        caller: &Caller,
        mut listing: Listing<NoticeFilter, NoticeSort>,
    ) -> Result<Listed<InboxItem>, NotificationError> {
        listing.filter.user_id = reader(caller)?;
        let mut session = self.yard.store.session().await?;
        let language = language_of(&mut *session, listing.filter.user_id).await?;
        let listed = session.notices().list(&listing).await?;
        Ok(listed.map(|notice| InboxItem::of(notice, language)))
    }

    /// The caller's latest notices, latest first; a page at most.
    pub async fn latest(&self, caller: &Caller) -> Result<Vec<InboxItem>, NotificationError> {
        let filter = NoticeFilter { user_id: reader(caller)?, unread: None, kind: None };
        let window = Window::After { cursor: None, size: PageSize::DEFAULT };
        let listing = Listing { filter, sort: Sort::descending(NoticeSort::CreatedAt), window };
        Ok(self.list(caller, listing).await?.items)
    }

    /// How many notices the caller has not read.
    pub async fn unread(&self, caller: &Caller) -> Result<u64, NotificationError> {
        Ok(self.unread_of(reader(caller)?).await?)
    }

    /// How many notices somebody has not read.
    pub async fn unread_of(&self, user: UserId) -> RepositoryResult<u64> {
        let mut session = self.yard.store.session().await?;
        let counted = session.notices().unread(&[user]).await?;
        Ok(counted.first().map_or(0, |(_, unread)| *unread))
    }

    /// In which language somebody reads.
    pub async fn language_of(&self, user: UserId) -> RepositoryResult<Language> {
        let mut session = self.yard.store.session().await?;
        language_of(&mut *session, user).await
    }

    /// Notes that the caller has read a notice. Inboxes are their owners' alone, and not in the audit log.
    pub async fn read(&self, caller: &Caller, id: NoticeId) -> Result<InboxItem, NotificationError> {
        let user = reader(caller)?;
        let now = self.yard.clock.now();
        let mut unit = self.yard.store.begin().await?;
        let outcome = match unit.notices().note_read(user, id, now).await {
            Ok(read) => language_of(&mut *unit, user).await.map(|language| (read, language)),
            Err(error) => Err(error),
        };
        let (read, language) = finish(unit, outcome).await?;
        let read = read.ok_or(NotificationError::NotFound(id))?;
        Ok(InboxItem::of(read, language))
    }

    /// Notes that the caller has read every notice; tells how many were unread.
    pub async fn read_all(&self, caller: &Caller) -> Result<usize, NotificationError> {
        let user = reader(caller)?;
        let now = self.yard.clock.now();
        let mut unit = self.yard.store.begin().await?;
        let outcome = unit.notices().note_all_read(user, now).await;
        Ok(finish(unit, outcome).await?)
    }

    /// Puts a notice of the caller away.
    pub async fn put_away(&self, caller: &Caller, id: NoticeId) -> Result<(), NotificationError> {
        let user = reader(caller)?;
        let now = self.yard.clock.now();
        let mut unit = self.yard.store.begin().await?;
        let outcome = unit.notices().delete(user, id, now).await;
        if finish(unit, outcome).await? { Ok(()) } else { Err(NotificationError::NotFound(id)) }
    }

    /// What changed in the inboxes of these people at this moment or later, in the order of the change; the earliest `most`.
    pub async fn changes(
        &self,
        users: &[UserId],
        since: DateTime<Utc>,
        most: u32,
    ) -> RepositoryResult<Vec<Notice>> {
        let mut session = self.yard.store.session().await?;
        session.notices().changed(users, since, most).await
    }

    /// These changes, with how many notices their readers have not read.
    pub async fn counted(&self, notices: Vec<Notice>) -> RepositoryResult<Vec<InboxChange>> {
        let mut users: Vec<UserId> = notices.iter().map(|notice| notice.user_id).collect();
        users.sort_unstable();
        users.dedup();
        let mut session = self.yard.store.session().await?;
        let unread = session.notices().unread(&users).await?;
        let of = |user| unread.iter().find(|(other, _)| *other == user).map_or(0, |(_, unread)| *unread);
        Ok(notices.into_iter().map(|notice| InboxChange { unread: of(notice.user_id), notice }).collect())
    }
}

async fn language_of(repositories: &mut dyn Repositories, user: UserId) -> RepositoryResult<Language> {
    let kept = repositories.notice_preferences().of_users(&[user]).await?.pop();
    Ok(kept.map(|kept| kept.preferences.language).unwrap_or_default())
}
