//! Counters are compared and remade while others go on marking.

use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::future::join;
use madang_testing::TestDatabase;

use crate::counters::{Dice, Town, counters, keep_up, verified};

crate::on_both!(
    what_is_compared_and_remade_while_marks_are_written_is_right,
    a_spoiled_counter_is_remade_while_marks_are_written,
);

/// Marks and changes of all kinds, folded now and then.
async fn written(db: &TestDatabase, town: &mut Town, rounds: usize, dice: &mut Dice) -> usize {
    let mut done = 0;
    for round in 0..rounds {
        done += town.mark(db, dice).await;
        town.change(db, dice).await;
        if round % 5 == 4 {
            keep_up(db).await;
        }
    }
    done
}

async fn what_is_compared_and_remade_while_marks_are_written_is_right(db: &TestDatabase) {
    let mut town = Town::kept(db, 60).await;
    let is_over = AtomicBool::new(false);
    let mut dice = Dice(17);
    let writing = async {
        let done = written(db, &mut town, 60, &mut dice).await;
        is_over.store(true, Ordering::Relaxed);
        done
    };
    let comparing = async {
        let mut times = 0;
        while !is_over.load(Ordering::Relaxed) {
            assert_eq!(counters(db).rebuild(&|_, _| {}).await.unwrap(), 6);
            let found = verified(db).await;
            assert!(found.is_whole() && found.classes == 6, "{found:?}");
            times += 1;
        }
        times
    };
    let (done, times) = join(writing, comparing).await;
    assert!(done > 1_000 && times > 1, "{done} marks, compared {times} times");
    keep_up(db).await;
    let found = verified(db).await;
    assert!(found.is_whole() && found.classes == 6, "{found:?}");
    assert_eq!(db.read("SELECT class_id AS value FROM statistics_changes").await.unwrap(), [""; 0]);
}

async fn a_spoiled_counter_is_remade_while_marks_are_written(db: &TestDatabase) {
    let mut town = Town::kept(db, 60).await;
    let mut dice = Dice(23);
    written(db, &mut town, 10, &mut dice).await;
    keep_up(db).await;
    db.run("UPDATE lecture_counters SET present = present + 1000").await.unwrap();
    assert!(!verified(db).await.is_whole());
    let remaking = async { counters(db).rebuild(&|_, _| {}).await.unwrap() };
    let (_, classes) = join(written(db, &mut town, 20, &mut dice), remaking).await;
    assert_eq!(classes, 6);
    let found = verified(db).await;
    assert!(found.is_whole(), "{found:?}");
}
