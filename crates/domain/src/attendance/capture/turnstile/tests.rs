use std::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
};

use chrono::DateTime;
use uuid::Uuid;

use super::*;
use crate::{
    access::Caller,
    attendance::{AttendanceSource, AttendanceStatus, Mark},
    audit::AuditPen,
    clock::FixedClock,
    ids::{AttendanceId, LectureId, SequentialIds, UserId},
    stamps::Stamps,
};

/// Takes one turn of everybody else to keep marks; refuses the marks of these users, and with them all of their unit.
#[derive(Default)]
struct Desk {
    refused: Vec<u128>,
    is_away: bool,
    units: Mutex<Vec<Vec<u128>>>,
}

impl MarkKeeper for Desk {
    fn keep_together(&self, marks: Vec<FirstMark>) -> Pending<'_, Vec<Option<CheckedIn>>> {
        Box::pin(async move {
            let users: Vec<u128> = marks.iter().map(|mark| mark.attendance.user_id.0.as_u128()).collect();
            self.units.lock().unwrap().push(users.clone());
            once_later().await;
            if self.is_away {
                return Err(RepositoryError::Unavailable("away".into()));
            }
            if users.iter().any(|user| self.refused.contains(user)) {
                return Err(RepositoryError::MissingReference);
            }
            let kept = |mark: FirstMark| Some(CheckedIn { attendance: mark.attendance, is_new: true });
            Ok(marks.into_iter().map(kept).collect())
        })
    }
}

impl Desk {
    fn units(&self) -> Vec<Vec<u128>> {
        self.units.lock().unwrap().clone()
    }
}

async fn once_later() {
    let mut is_later = false;
    poll_fn(|_| if std::mem::replace(&mut is_later, true) { Poll::Ready(()) } else { Poll::Pending }).await;
}

fn mark(user: u128) -> FirstMark {
    let (clock, ids) = (FixedClock::at(DateTime::UNIX_EPOCH), SequentialIds::default());
    let caller = Caller::system();
    let attendance = Attendance {
        id: AttendanceId(Uuid::from_u128(user)),
        lecture_id: LectureId(Uuid::from_u128(0)),
        user_id: UserId(Uuid::from_u128(user)),
        mark: Mark {
            status: AttendanceStatus::Present,
            detail_type: None,
            description: None,
            assignment_id: None,
            checked_at: None,
        },
        source: AttendanceSource::SelfCheckIn,
        presence: None,
        stamps: Stamps::new(&caller, DateTime::UNIX_EPOCH),
    };
    FirstMark { entry: AuditPen::new(&caller, &clock, &ids).created(&attendance), attendance }
}

type Passing<'a> = Pin<Box<dyn Future<Output = RepositoryResult<Option<CheckedIn>>> + 'a>>;

fn coming<'a>(turnstile: &'a Arc<Turnstile>, desk: &'a Desk, users: &[u128]) -> Vec<Option<Passing<'a>>> {
    let passing = |user: &u128| Some(Box::pin(turnstile.pass(desk, mark(*user))) as Passing<'a>);
    users.iter().map(passing).collect()
}

/// Looks after everybody in turn until all are through; tells who is in.
fn all_through(mut passing: Vec<Option<Passing<'_>>>) -> Vec<Result<u128, RepositoryError>> {
    let mut through: Vec<Option<Result<u128, RepositoryError>>> = passing.iter().map(|_| None).collect();
    for _ in 0..100 {
        for (place, one) in passing.iter_mut().enumerate() {
            let Some(future) = one else { continue };
            if let Poll::Ready(outcome) = pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
                through[place] = Some(outcome.map(|done| done.unwrap().attendance.user_id.0.as_u128()));
                *one = None;
            }
        }
    }
    assert!(passing.iter().all(Option::is_none), "somebody waits for ever");
    through.into_iter().flatten().collect()
}

fn look_after(one: &mut Option<Passing<'_>>) {
    let future = one.as_mut().unwrap().as_mut();
    assert!(future.poll(&mut Context::from_waker(Waker::noop())).is_pending());
}

fn ins(through: Vec<Result<u128, RepositoryError>>) -> Vec<Option<u128>> {
    through.into_iter().map(Result::ok).collect()
}

#[test]
fn who_comes_while_somebody_is_at_the_writer_goes_with_the_next() {
    let (turnstile, desk) = (Arc::default(), Desk::default());
    let through = all_through(coming(&turnstile, &desk, &[1, 2, 3, 4]));
    assert_eq!(ins(through), [Some(1), Some(2), Some(3), Some(4)]);
    assert_eq!(desk.units(), [vec![1], vec![2, 3, 4]]);
    // Nobody is left at the door.
    assert_eq!(ins(all_through(coming(&turnstile, &desk, &[5]))), [Some(5)]);
}

#[test]
fn a_unit_holds_no_more_than_it_may() {
    let (turnstile, desk) = (Arc::default(), Desk::default());
    let users: Vec<u128> = (0..=250).collect();
    let through = all_through(coming(&turnstile, &desk, &users));
    assert_eq!(ins(through), users.iter().copied().map(Some).collect::<Vec<_>>());
    assert_eq!(desk.units().iter().map(Vec::len).collect::<Vec<_>>(), [1, 100, 100, 50]);
}

#[test]
fn one_who_is_refused_spoils_nothing_for_the_others() {
    let (turnstile, desk) = (Arc::default(), Desk { refused: vec![3], ..Desk::default() });
    let through = all_through(coming(&turnstile, &desk, &[1, 2, 3, 4]));
    assert_eq!(ins(through), [Some(1), Some(2), None, Some(4)]);
    assert_eq!(desk.units()[..2], [vec![1], vec![2, 3, 4]]);
    assert_eq!(ins(all_through(coming(&turnstile, &desk, &[5]))), [Some(5)]);
}

#[test]
fn where_the_database_is_away_nobody_waits_for_it_twice() {
    let (turnstile, desk) = (Arc::default(), Desk { is_away: true, ..Desk::default() });
    let through = all_through(coming(&turnstile, &desk, &[1, 2, 3]));
    assert!(through.iter().all(|one| matches!(one, Err(RepositoryError::Unavailable(_)))), "{through:?}");
    assert_eq!(desk.units(), [vec![1], vec![2, 3]]);
}

#[test]
fn whoever_gives_up_holds_up_nobody() {
    let (turnstile, desk) = (Arc::default(), Desk::default());
    let mut passing = coming(&turnstile, &desk, &[1, 2, 3, 4]);
    passing.iter_mut().for_each(look_after);
    // The first is at the writer, the second is the next in line, the third waits.
    passing[0] = None;
    passing[1] = None;
    passing[2] = None;
    assert_eq!(ins(all_through(passing)), [Some(4)]);
    assert_eq!(desk.units(), [vec![1], vec![4]]);
}

#[test]
fn who_was_taken_along_by_one_who_gives_up_tries_again() {
    let (turnstile, desk) = (Arc::default(), Desk::default());
    let mut passing = coming(&turnstile, &desk, &[1, 2, 3]);
    passing.iter_mut().for_each(look_after);
    let first = passing.remove(0);
    assert_eq!(ins(all_through(vec![first])), [Some(1)]);
    // The second takes the third along, and is gone before they are in.
    look_after(&mut passing[0]);
    assert_eq!(desk.units(), [vec![1], vec![2, 3]]);
    passing[0] = None;
    assert_eq!(ins(all_through(passing)), [Some(3)]);
    assert_eq!(desk.units(), [vec![1], vec![2, 3], vec![3]]);
}
