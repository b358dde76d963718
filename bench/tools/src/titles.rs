//! A catalogue for the search: titles of one to four made-up words of two to four syllables, common ones first (Zipf).

use anyhow::Result;
use chrono::TimeDelta;
use madang_domain::clock::{Clock, SystemClock};
use madang_domain::{
    access::Caller,
    ids::CourseId,
    learning::courses::{Course, CourseTitle},
    stamps::Stamps,
    store::finish,
};
use madang_persistence::Database;

use crate::room::{Dice, id};

const WORDS: usize = 20_000;
const BATCH: usize = 5_000;

/// Makes `count` courses.
pub async fn fill(database: &Database, count: usize) -> Result<()> {
    let mut dice = Dice::new(7);
    let words: Vec<String> = (0..WORDS).map(|_| word(&mut dice)).collect();
    let store = database.store();
    let now = SystemClock.now();
    let mut made = 0;
    while made < count {
        let batch = BATCH.min(count - made);
        let mut courses = Vec::with_capacity(batch);
        for number in made..made + batch {
            let at = now - TimeDelta::seconds(i64::try_from(count - number)? * 60);
            let title: Vec<&str> =
                (0..=dice.below(4)).filter_map(|_| words.get(zipf(&mut dice))).map(String::as_str).collect();
            courses.push(Course {
                id: CourseId(id(at, 1, number)),
                title: CourseTitle::parse(title.join(" "))?,
                description: None,
                keyword: None,
                is_active: true,
                stamps: Stamps::new(&Caller::system(), at),
            });
        }
        let mut unit = store.begin().await?;
        let outcome = unit.courses().insert_many(&courses).await;
        finish(unit, outcome).await?;
        made += batch;
    }
    Ok(())
}

/// Two to four syllables; half of them from the hundred commonest.
fn word(dice: &mut Dice) -> String {
    const SYLLABLES: u64 = 11_172;
    const COMMON: u64 = 100;
    (0..2 + dice.below(3))
        .filter_map(|_| {
            let place = if dice.below(2) == 0 { dice.below(COMMON) * 109 } else { dice.below(SYLLABLES) };
            char::from_u32(0xAC00 + u32::try_from(place).ok()?)
        })
        .collect()
}

/// The place of a word: the n-th is as frequent as 1/n, which is what an even choice of the logarithm gives.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "small positive numbers"
)]
fn zipf(dice: &mut Dice) -> usize {
    let even = dice.below(1 << 32) as f64 / (1_u64 << 32) as f64;
    ((WORDS as f64).powf(even) as usize).saturating_sub(1)
}
