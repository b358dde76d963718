//! What can be done with calendars: making a feed, taking it back, reading it.

use std::sync::Arc;

use chrono::TimeDelta;
use thiserror::Error;

use super::{Calendar, CalendarEntry, CalendarFeed, CalendarPlace, CalendarSort, IssuedCalendar};
use crate::{
    access::Caller,
    error::RepositoryError,
    idempotency::Answering,
    ids::{CalendarId, ClassId},
    learning::lectures::Lecture,
    opaque::OpaqueTokens,
    page::{Listed, Listing},
    store::{Repositories, finish},
    yard::Yard,
};

/// How far back a feed goes.
const PAST_DAYS: i64 = 366;
/// How many feeds a user may have.
const MOST_FEEDS: u64 = 20;
/// How the secrets of addresses begin, so that they are found where they do not belong.
const PREFIX: &str = "mdc_";

/// Why something could not be done with a calendar.
#[derive(Debug, Error)]
pub enum CalendarError {
    /// There is no such feed, or none of the caller's.
    #[error("no such calendar")]
    NotFound,
    /// There is no such class, or none in which the caller has a place.
    #[error("no such class: {0}")]
    ClassNotFound(ClassId),
    /// The caller is nobody who has lectures.
    #[error("forbidden to the caller")]
    Forbidden,
    /// The caller has as many feeds as one may have.
    #[error("the user has {MOST_FEEDS} calendars already")]
    TooMany,
    /// The data could not be reached or kept.
    #[error("the repository failed")]
    Repository(#[from] RepositoryError),
}

/// The use cases of calendars.
#[derive(Clone)]
pub struct CalendarService {
    yard: Yard,
    tokens: Arc<dyn OpaqueTokens>,
}

impl CalendarService {
    /// A service that stands on `yard`.
    pub fn new(yard: Yard, tokens: Arc<dyn OpaqueTokens>) -> Self {
        Self { yard, tokens }
    }

    /// Makes a feed of the caller's own lectures, in one class or in all.
    pub async fn create(
        &self,
        caller: &Caller,
        class: Option<ClassId>,
        answering: &Answering<'_, IssuedCalendar>,
    ) -> Result<IssuedCalendar, CalendarError> {
        let user_id = caller.user_id().ok_or(CalendarError::Forbidden)?;
        let token = self.tokens.draw(PREFIX);
        let feed = CalendarFeed {
            id: CalendarId(self.yard.ids.next()),
            user_id,
            class_id: class,
            hash: self.tokens.hash(token.expose()),
            created_at: self.yard.clock.now(),
        };
        let issued = IssuedCalendar { feed, token };
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.create_in(&mut *unit, caller, &issued, answering).await;
        finish(unit, outcome).await?;
        Ok(issued)
    }

    async fn create_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        issued: &IssuedCalendar,
        answering: &Answering<'_, IssuedCalendar>,
    ) -> Result<(), CalendarError> {
        let feed = &issued.feed;
        if let Some(class) = feed.class_id
            && repositories.calendars().places(feed.user_id, Some(class)).await?.is_empty()
        {
            return Err(CalendarError::ClassNotFound(class));
        }
        if repositories.calendars().count(feed.user_id).await? >= MOST_FEEDS {
            return Err(CalendarError::TooMany);
        }
        repositories.calendars().insert(feed).await?;
        repositories.audit().append(&[self.yard.pen(caller).created(feed)]).await?;
        Ok(answering.keep(repositories, issued).await?)
    }

    /// The caller's own feeds.
    pub async fn list(
        &self,
        caller: &Caller,
        listing: Listing<(), CalendarSort>,
    ) -> Result<Listed<CalendarFeed>, CalendarError> {
        let user = caller.user_id().ok_or(CalendarError::Forbidden)?;
        let listing = Listing { filter: user, sort: listing.sort, window: listing.window };
        let mut session = self.yard.store.session().await?;
        Ok(session.calendars().list(&listing).await?)
    }

    /// Takes one of the caller's own feeds back: its address answers no more.
    pub async fn revoke(&self, caller: &Caller, id: CalendarId) -> Result<(), CalendarError> {
        let mut unit = self.yard.store.begin().await?;
        let outcome = self.revoke_in(&mut *unit, caller, id).await;
        finish(unit, outcome).await
    }

    async fn revoke_in(
        &self,
        repositories: &mut dyn Repositories,
        caller: &Caller,
        id: CalendarId,
    ) -> Result<(), CalendarError> {
        let feed = repositories.calendars().find(id).await?;
        let feed = feed.filter(|feed| caller.is(feed.user_id)).ok_or(CalendarError::NotFound)?;
        repositories.calendars().delete(id).await?;
        repositories.audit().append(&[self.yard.pen(caller).deleted(&feed, None)]).await?;
        Ok(())
    }

    /// What the feed shows whose address holds this secret. Whoever knows the address may read it.
    pub async fn read(&self, token: &str) -> Result<Calendar, CalendarError> {
        let now = self.yard.clock.now();
        let hash = self.tokens.hash(token);
        let mut session = self.yard.store.session().await?;
        let feed = session.calendars().find_by_hash(&hash).await?.ok_or(CalendarError::NotFound)?;
        let places = session.calendars().places(feed.user_id, feed.class_id).await?;
        let mut classes: Vec<ClassId> = places.iter().map(|place| place.class_id).collect();
        classes.sort_unstable();
        classes.dedup();
        let lectures = session.calendars().lectures(&classes, now - TimeDelta::days(PAST_DAYS)).await?;
        let entries = lectures.iter().filter_map(|lecture| entry(&places, lecture)).collect();
        let title = match (feed.class_id, places.first()) {
            (Some(_), Some(place)) => place.class_title.clone(),
            _ => "마당 수업 일정".to_owned(),
        };
        Ok(Calendar { title, entries })
    }
}

fn entry(places: &[CalendarPlace], lecture: &Lecture) -> Option<CalendarEntry> {
    let place = places.iter().find(|place| place.holds(lecture.class_id, lecture.day()))?;
    Some(CalendarEntry {
        id: lecture.id,
        title: format!("{} {}", place.class_title, lecture.title.as_str()),
        place: lecture.place.as_ref().map(|place| place.as_str().to_owned()),
        starts_at: lecture.starts_at,
        ends_at: lecture.starts_at + TimeDelta::minutes(lecture.duration_minutes.into()),
        changes: lecture.stamps.version - 1,
        changed_at: lecture.stamps.updated_at,
        is_cancelled: lecture.is_cancelled(),
    })
}
