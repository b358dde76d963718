//! Who wrote, so that no report is older than what its reader wrote last.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use uuid::Uuid;

/// How far a replica must have come for a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needed {
    /// It does not matter: the reader wrote nothing.
    Nothing,
    /// So far.
    Position(u64),
    /// As far as the primary is now; tell it with this mark, so that it need not be asked again.
    Unknown(u64),
    /// Nobody knows: the primary has to be read.
    Primary,
}

/// Remembers who wrote.
#[async_trait]
pub trait WriteMarks: Send + Sync {
    /// Somebody wrote, just now or earlier.
    async fn wrote(&self, writer: Uuid);

    /// How far a replica must have come for a reader.
    async fn needed(&self, reader: Uuid) -> Needed;

    /// Keeps how far the primary was, for a mark that has not been renewed since.
    async fn found(&self, reader: Uuid, mark: u64, position: u64);
}

/// The most writers that are told apart.
const MOST: usize = 100_000;

/// Who wrote through this process; where it is the only one, that is everybody.
#[derive(Debug)]
pub struct LocalMarks(Mutex<State>);

#[derive(Debug)]
struct State {
    next: u64,
    /// Stands for everybody of whom nothing is known: before the process began they may have written.
    others: Mark,
    known: HashMap<Uuid, Mark>,
}

#[derive(Debug, Clone, Copy)]
struct Mark {
    number: u64,
    position: Option<u64>,
}

impl Default for LocalMarks {
    fn default() -> Self {
        let others = Mark { number: 0, position: None };
        Self(Mutex::new(State { next: 1, others, known: HashMap::new() }))
    }
}

impl LocalMarks {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl WriteMarks for LocalMarks {
    async fn wrote(&self, writer: Uuid) {
        let mut state = self.state();
        let mark = Mark { number: state.next, position: None };
        state.next += 1;
        if state.known.len() >= MOST && !state.known.contains_key(&writer) {
            // From here on all of them count as having written now.
            state.known.clear();
            state.others = mark;
        } else {
            state.known.insert(writer, mark);
        }
    }

    async fn needed(&self, reader: Uuid) -> Needed {
        let state = self.state();
        let mark = state.known.get(&reader).copied().unwrap_or(state.others);
        mark.position.map_or(Needed::Unknown(mark.number), Needed::Position)
    }

    async fn found(&self, reader: Uuid, mark: u64, position: u64) {
        let mut state = self.state();
        if state.others.number == mark {
            state.others.position = Some(position);
        } else if let Some(known) = state.known.get_mut(&reader)
            && known.number == mark
        {
            known.position = Some(position);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        future::Future,
        pin::pin,
        task::{Context, Poll, Waker},
    };

    use super::*;

    fn now<T>(future: impl Future<Output = T>) -> T {
        match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(value) => value,
            Poll::Pending => panic!("nothing here waits"),
        }
    }

    #[test]
    fn who_wrote_again_is_not_served_what_was_found_before() {
        let (marks, writer) = (LocalMarks::default(), Uuid::from_u128(1));
        now(marks.wrote(writer));
        let Needed::Unknown(first) = now(marks.needed(writer)) else { panic!("the place is not known") };
        now(marks.wrote(writer));
        now(marks.found(writer, first, 10));
        let Needed::Unknown(second) = now(marks.needed(writer)) else { panic!("it was written again") };
        now(marks.found(writer, second, 20));
        assert_eq!(now(marks.needed(writer)), Needed::Position(20));
    }

    #[test]
    fn everybody_may_have_written_before_the_process_began() {
        let (marks, reader) = (LocalMarks::default(), Uuid::from_u128(1));
        let Needed::Unknown(mark) = now(marks.needed(reader)) else { panic!("nothing is known yet") };
        now(marks.found(reader, mark, 7));
        assert_eq!(now(marks.needed(reader)), Needed::Position(7));
        assert_eq!(now(marks.needed(Uuid::from_u128(2))), Needed::Position(7));
    }

    #[test]
    fn of_too_many_writers_all_count_as_having_written_now() {
        let marks = LocalMarks::default();
        for number in 0..=MOST {
            now(marks.wrote(Uuid::from_u128(u128::try_from(number).unwrap())));
        }
        assert!(matches!(now(marks.needed(Uuid::from_u128(3))), Needed::Unknown(_)));
        assert!(marks.state().known.len() < MOST);
    }
}
