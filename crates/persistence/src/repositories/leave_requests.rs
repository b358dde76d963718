//! Requests for leave.

use diesel::prelude::*;
use madang_domain::{
    attendance::leave::{LeaveFilter, LeaveRequest, LeaveRequestRepository, LeaveRequestView, LeaveSort},
    error::{Pending, RepositoryResult},
    ids::{ClassId, LeaveRequestId, UserId},
    learning::enrolments::Enrolment,
    page::{Listed, Listing},
};

use super::{Db, Session, all, dialect, one};
use crate::{
    error::backend,
    listing::{Part, listed},
    rows::{enrolments::EnrolmentRow, leave_requests::LeaveRequestRow, users::UserSummaryRow},
    schema::{classes, enrolments, leave_requests, users},
    types,
};

type ViewRow = (LeaveRequestRow, UserSummaryRow, String);

/// The conditions of a filter, on the table alone or on a join.
macro_rules! wanted {
    ($query:expr, $filter:expr) => {{
        let filter: &LeaveFilter = $filter;
        let mut query = $query.into_boxed::<Db>();
        if let Some(reader) = &filter.reader {
            let own = leave_requests::user_id.eq(types::id(reader.user_id));
            query = query.filter(own.or(dialect::is_one_of("leave_requests.class_id", &reader.classes)));
        }
        if let Some(class) = filter.class_id {
            query = query.filter(leave_requests::class_id.eq(types::id(class)));
        }
        if let Some(user) = filter.user_id {
            query = query.filter(leave_requests::user_id.eq(types::id(user)));
        }
        if let Some(status) = filter.status {
            query = query.filter(leave_requests::status.eq(status.as_str()));
        }
        if let Some(reason) = filter.reason {
            query = query.filter(leave_requests::reason.eq(reason.as_str()));
        }
        if let Some(from) = filter.from {
            query = query.filter(leave_requests::last_on.ge(from));
        }
        if let Some(to) = filter.to {
            query = query.filter(leave_requests::first_on.le(to));
        }
        query
    }};
}

impl LeaveRequestRepository for Session {
    fn find(&mut self, id: LeaveRequestId) -> Pending<'_, Option<LeaveRequestView>> {
        Box::pin(async move {
            let query = move || {
                leave_requests::table
                    .inner_join(users::table)
                    .inner_join(classes::table)
                    .filter(leave_requests::id.eq(types::id(id)))
                    .select((LeaveRequestRow::as_select(), UserSummaryRow::as_select(), classes::title))
            };
            let rows: Vec<ViewRow> = self.rows(query).await?;
            rows.into_iter().next().map(view).transpose()
        })
    }

    fn find_for_update(&mut self, id: LeaveRequestId) -> Pending<'_, Option<LeaveRequest>> {
        Box::pin(async move {
            let query = move || {
                let query = leave_requests::table.find(types::id(id)).select(LeaveRequestRow::as_select());
                dialect::for_update!(query, leave_requests)
            };
            one::<LeaveRequestRow, _>(self.rows(query).await?)
        })
    }

    fn list<'a>(
        &'a mut self,
        listing: &'a Listing<LeaveFilter, LeaveSort>,
    ) -> Pending<'a, Listed<LeaveRequestView>> {
        Box::pin(async move {
            let part = Part::of(listing)?;
            let query = || {
                let joined = leave_requests::table.inner_join(users::table).inner_join(classes::table);
                let columns = (LeaveRequestRow::as_select(), UserSummaryRow::as_select(), classes::title);
                part.of_query(wanted!(joined.select(columns), &listing.filter))
            };
            let count = || wanted!(leave_requests::table.count(), &listing.filter);
            let (rows, total) = self.listed::<_, _, ViewRow>(&listing.window, query, count).await?;
            let views = rows.into_iter().map(view).collect::<RepositoryResult<_>>()?;
            Ok(listed(listing, views, total))
        })
    }

    fn with_places(
        &mut self,
        class: ClassId,
        user: UserId,
    ) -> Pending<'_, (Vec<Enrolment>, Vec<LeaveRequest>)> {
        Box::pin(async move {
            let query = move || {
                let of_learner = leave_requests::class_id
                    .eq(enrolments::class_id)
                    .and(leave_requests::user_id.eq(enrolments::user_id));
                enrolments::table
                    .left_join(leave_requests::table.on(of_learner))
                    .filter(enrolments::class_id.eq(types::id(class)))
                    .filter(enrolments::user_id.eq(types::id(user)))
                    .order((
                        enrolments::enrolled_on,
                        enrolments::id,
                        leave_requests::created_at,
                        leave_requests::id,
                    ))
                    .select((EnrolmentRow::as_select(), Option::<LeaveRequestRow>::as_select()))
            };
            let rows: Vec<(EnrolmentRow, Option<LeaveRequestRow>)> = self.rows(query).await?;
            // Every place comes with all requests.
            let (mut places, mut requests): (Vec<Enrolment>, Vec<LeaveRequest>) = (Vec::new(), Vec::new());
            for (place, request) in rows {
                let place: Enrolment = place.try_into()?;
                if places.last().is_none_or(|last| last.id != place.id) {
                    places.push(place);
                }
                if places.len() == 1 {
                    requests.extend(request.map(LeaveRequest::try_from).transpose()?);
                }
            }
            Ok((places, requests))
        })
    }

    fn insert<'a>(&'a mut self, request: &'a LeaveRequest) -> Pending<'a, ()> {
        Box::pin(async move {
            let row = LeaveRequestRow::try_from(request).map_err(backend)?;
            self.insert_rows(&[row]).await
        })
    }

    fn update<'a>(&'a mut self, request: &'a LeaveRequest) -> Pending<'a, ()> {
        Box::pin(async move {
            let row = LeaveRequestRow::try_from(request).map_err(backend)?;
            self.update_rows(&[row]).await
        })
    }

    fn hand_over<'a>(
        &'a mut self,
        from: UserId,
        to: UserId,
        only: Option<&'a [LeaveRequestId]>,
    ) -> Pending<'a, Vec<LeaveRequest>> {
        Box::pin(async move {
            let query = || {
                let theirs = leave_requests::table.filter(leave_requests::user_id.eq(types::id(from)));
                diesel::update(theirs.filter(super::is_one_of_some("leave_requests.id", only)))
                    .set((
                        leave_requests::user_id.eq(types::id(to)),
                        leave_requests::version.eq(leave_requests::version + 1),
                    ))
                    .returning(LeaveRequestRow::as_returning())
            };
            all::<LeaveRequestRow, _>(self.rows(query).await?)
        })
    }
}

fn view((request, user, class_title): ViewRow) -> RepositoryResult<LeaveRequestView> {
    Ok(LeaveRequestView { request: request.try_into()?, user: user.into(), class_title })
}
