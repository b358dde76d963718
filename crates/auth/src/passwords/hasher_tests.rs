//! What the hasher promises: the whole password counts, old hashes are upgraded, a flood is turned away at once.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use unicode_normalization::UnicodeNormalization;

use super::*;
use crate::passwords::PASSWORD_MAX_BYTES;
use crate::secrets::{Secret, WeakSecret, random_bytes};

/// The lowest cost, so that the tests are quick.
const COST: u32 = MIN_COST;

fn pepper(seed: u8) -> Secret {
    Secret::new((0..32).map(|i| seed.wrapping_add(i)).collect::<Vec<u8>>())
}

fn hasher(cost: u32, workers: usize, queue: usize) -> PasswordHasher {
    PasswordHasher::new(&pepper(1), cost, workers, queue).unwrap()
}

fn poll_once<T>(future: std::pin::Pin<&mut impl Future<Output = T>>) -> Poll<T> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[tokio::test]
async fn a_password_matches_its_own_hash_only() {
    let hasher = hasher(COST, 2, 8);
    let stored = hasher.hash("자물쇠는 튼튼해요").await.unwrap();

    assert!(stored.starts_with("$mdg1$"), "{stored}");
    assert_eq!(hasher.verify("자물쇠는 튼튼해요", &stored).await, Ok(Verdict::Matches));
    for other in ["자물쇠는 튼튼해", "자물쇠는 튼튼해요 ", "", "자물쇠는\u{0}튼튼해요"]
    {
        assert_eq!(hasher.verify(other, &stored).await, Ok(Verdict::Differs), "{other:?}");
    }
    assert_ne!(hasher.hash("자물쇠는 튼튼해요").await.unwrap(), stored, "each hash has its own salt");
}

#[tokio::test]
async fn the_last_of_64_characters_counts_in_any_script() {
    let hasher = hasher(COST, 2, 8);
    for letter in ["가", "a", "é", "😀", "ß"] {
        let start = letter.repeat(63);
        let stored = hasher.hash(&format!("{start}가")).await.unwrap();
        assert_eq!(hasher.verify(&format!("{start}가"), &stored).await, Ok(Verdict::Matches));
        assert_eq!(hasher.verify(&format!("{start}나"), &stored).await, Ok(Verdict::Differs), "{letter}");
    }
    let longest = format!("{}a", "가".repeat(341));
    assert_eq!(longest.len(), PASSWORD_MAX_BYTES);
    let stored = hasher.hash(&longest).await.unwrap();
    assert_eq!(hasher.verify(&longest.replace('a', "b"), &stored).await, Ok(Verdict::Differs));
    assert_eq!(hasher.verify(&longest, &stored).await, Ok(Verdict::Matches));
}

#[tokio::test]
async fn composed_and_decomposed_hangul_are_one_password() {
    let hasher = hasher(COST, 2, 8);
    let longest = "값".repeat(341);
    let decomposed: String = longest.nfd().collect();
    assert!(decomposed.len() > 3_000);
    let stored = hasher.hash(&decomposed).await.unwrap();
    assert_eq!(hasher.verify(&longest, &stored).await, Ok(Verdict::Matches));
}

#[tokio::test]
async fn a_password_over_the_limit_is_not_hashed_and_never_matches() {
    let hasher = hasher(COST, 2, 8);
    let stored = hasher.hash("otter rain stable").await.unwrap();
    for length in [PASSWORD_MAX_BYTES + 1, 4 * PASSWORD_MAX_BYTES, 1 << 20] {
        assert_eq!(hasher.hash(&"x".repeat(length)).await, Err(HashError::TooLong));
        assert_eq!(hasher.verify(&"x".repeat(length), &stored).await, Ok(Verdict::Differs));
    }
}

#[tokio::test]
async fn bcrypt_hashes_of_other_systems_match_and_are_upgraded() {
    let hasher = hasher(COST, 2, 8);
    // A known vector of John the Ripper, in all three versions.
    for stored in [
        "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
    ] {
        assert_eq!(hasher.verify("U*U", stored).await, Ok(Verdict::MatchesOutdated), "{stored}");
        assert_eq!(hasher.verify("U*U*", stored).await, Ok(Verdict::Differs), "{stored}");
    }

    // Made by Python's crypt module (libxcrypt).
    let plain = "$2b$04$abcdefghijklmnopqrstuuxaLZHsv1dac4unrBOzFVlp8KtBbAIu6";
    assert_eq!(hasher.verify("가나다라마바사아", plain).await, Ok(Verdict::MatchesOutdated));
    let upgraded = hasher.hash("가나다라마바사아").await.unwrap();
    assert_eq!(hasher.verify("가나다라마바사아", &upgraded).await, Ok(Verdict::Matches));
}

#[tokio::test]
async fn a_long_password_that_another_system_cut_still_opens_the_account_once() {
    let hasher = hasher(COST, 2, 8);
    let long = "가".repeat(30);
    let cut = bcrypt::hash(&long, COST).unwrap();
    assert_eq!(hasher.verify(&long, &cut).await, Ok(Verdict::MatchesOutdated));
    let upgraded = hasher.hash(&long).await.unwrap();
    assert_eq!(hasher.verify(&"가".repeat(29), &upgraded).await, Ok(Verdict::Differs));
}

#[tokio::test]
async fn a_hash_of_lower_cost_is_outdated_and_one_of_higher_cost_is_not() {
    let (cheap, dear) = (hasher(COST, 2, 8), hasher(COST + 1, 2, 8));
    let stored = cheap.hash("otter rain stable").await.unwrap();
    assert_eq!(dear.verify("otter rain stable", &stored).await, Ok(Verdict::MatchesOutdated));
    assert_eq!(dear.verify("otter rain", &stored).await, Ok(Verdict::Differs));
    let stored = dear.hash("otter rain stable").await.unwrap();
    assert_eq!(cheap.verify("otter rain stable", &stored).await, Ok(Verdict::Matches));
}

#[tokio::test]
async fn another_pepper_is_noticed_instead_of_calling_every_password_wrong() {
    let stored = hasher(COST, 2, 8).hash("otter rain stable").await.unwrap();
    let other = PasswordHasher::new(&pepper(9), COST, 2, 8).unwrap();
    assert_eq!(other.verify("otter rain stable", &stored).await, Err(HashError::UnknownPepper));
}

#[tokio::test]
async fn a_malformed_stored_hash_is_an_error_and_never_a_panic() {
    let hasher = hasher(COST, 2, 8);
    let good = hasher.hash("otter rain stable").await.unwrap();
    let cost_31 = good.replace("$2b$04$", "$2b$31$");
    let mut malformed: Vec<String> = [
        "",
        "$",
        "plain text",
        "$mdg1$",
        "$mdg1$$",
        "$mdg2$00000000$2b$04$",
        "$2b$",
        "$2b$04$short",
        "$2b$xx$",
        "\u{0}",
        "$2x$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$2b$03$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$2b$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$aGFzaA",
        "$2b$05$가나다라마바사아자차카타파하가나다라마바사",
    ]
    .map(str::to_owned)
    .to_vec();
    malformed.push(cost_31);
    malformed.extend((0..good.len()).map(|end| good[..end].to_owned()));
    for stored in malformed {
        let outcome = hasher.verify("otter rain stable", &stored).await;
        assert_eq!(outcome, Err(HashError::Malformed), "{stored}");
    }
}

#[tokio::test]
async fn when_workers_and_queue_are_full_the_next_is_turned_away_at_once() {
    let hasher = hasher(COST, 1, 1);
    let worker = hasher.workers.clone().acquire_owned().await.unwrap();
    let mut first = pin!(hasher.hash("otter rain stable"));
    let mut second = pin!(hasher.verify_unknown("otter rain stable"));
    assert!(poll_once(first.as_mut()).is_pending());
    assert!(poll_once(second.as_mut()).is_pending());

    for _ in 0..2 {
        let Poll::Ready(Err(HashError::Busy { retry_after_s })) = poll_once(pin!(hasher.hash("otter")))
        else {
            panic!("the third must not wait");
        };
        assert!(retry_after_s >= 1);
    }

    drop(worker);
    assert!(first.await.is_ok());
    assert_eq!(second.await, Ok(()));
    assert!(hasher.hash("otter rain stable").await.is_ok(), "the places are free again");
}

#[tokio::test]
async fn a_request_that_goes_away_gives_back_its_place() {
    let hasher = hasher(COST, 1, 0);
    let worker = hasher.workers.clone().acquire_owned().await.unwrap();
    {
        let mut abandoned = pin!(hasher.hash("otter rain stable"));
        assert!(poll_once(abandoned.as_mut()).is_pending());
        assert!(poll_once(pin!(hasher.hash("otter"))).is_ready(), "the queue is full");
    }
    let mut next = pin!(hasher.hash("otter rain stable"));
    assert!(poll_once(next.as_mut()).is_pending());
    drop(worker);
    assert!(next.await.is_ok());
}

#[tokio::test]
async fn an_unknown_account_costs_what_a_known_one_costs() {
    let hasher = hasher(COST + 1, 1, 0);
    let known = hasher.hash("otter rain stable").await.unwrap();
    let decoy = &hasher.decoy;
    assert_eq!(decoy.len(), known.len());
    assert_eq!(decoy.split('$').nth(4), known.split('$').nth(4), "the same cost");
    assert_eq!(hasher.verify("otter rain stable", decoy).await, Ok(Verdict::Differs));

    let worker = hasher.workers.clone().acquire_owned().await.unwrap();
    let mut waiting = pin!(hasher.verify_unknown("otter rain stable"));
    assert!(poll_once(waiting.as_mut()).is_pending(), "it takes a place like any other");
    assert!(matches!(
        poll_once(pin!(hasher.verify_unknown("otter"))),
        Poll::Ready(Err(HashError::Busy { .. }))
    ));
    drop(worker);
    assert_eq!(waiting.await, Ok(()));
}

#[test]
fn settings_that_protect_nothing_are_refused() {
    let new = |pepper: &Secret, cost, workers, queue| PasswordHasher::new(pepper, cost, workers, queue).err();
    let good = Secret::new(random_bytes::<32>());
    assert_eq!(new(&good, COST, 1, 0), None);
    assert_eq!(new(&good, 3, 1, 0), Some(HasherSettingsError::Cost));
    assert_eq!(new(&good, 17, 1, 0), Some(HasherSettingsError::Cost));
    assert_eq!(new(&good, COST, 0, 5), Some(HasherSettingsError::Workers));
    assert_eq!(new(&good, COST, 1, usize::MAX), Some(HasherSettingsError::Workers));
    let short = Secret::new(random_bytes::<31>());
    assert_eq!(new(&short, COST, 1, 0), Some(HasherSettingsError::Pepper(WeakSecret::TooShort)));
}
