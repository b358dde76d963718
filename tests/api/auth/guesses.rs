//! Guessing at passwords and tokens: limited before anything is compared, alike for accounts that exist and that do not.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use madang_testing::TestDatabase;
use madang_tests::{Answer, TestApp, api_test, json};
use reqwest::Method;

use super::{PASSWORD, refresh_token, register};

const WRONG: &str = "다른-비밀번호-8";
/// Tests stand where a proxy of ours does, and say from where a request comes.
const BEHIND_A_PROXY: (&str, &str) = ("TRUSTED_PROXIES", "127.0.0.1");
const FIVE: (&str, &str) = ("LIMIT_GUESSES", "5");
const HOME: &str = "198.51.100.1";

async fn sent(app: &TestApp, path: &str, body: serde_json::Value, from: &str) -> Answer {
    let request = app.anonymous().request(Method::POST, path).header("X-Forwarded-For", from);
    Answer::of(request.json(&body)).await
}

async fn guess(app: &TestApp, username: &str, password: &str, from: &str) -> Answer {
    sent(app, "/auth/login", json!({"username": username, "password": password}), from).await
}

/// That this budget was used up.
#[track_caller]
fn refused(answer: Answer, policy: &str) -> Answer {
    let answer = answer.expect_problem(429, "TOO_MANY_REQUESTS");
    assert_eq!(answer.body["violated-policies"], json!([policy]));
    answer
}

api_test! {
    async fn the_sixth_wrong_password_from_one_address_is_refused_before_it_is_compared(app, [BEHIND_A_PROXY, FIVE]) {
        register(&app, "haneul").await;
        for left in (0..5).rev() {
            let answer = guess(&app, "haneul", WRONG, HOME).await.expect_problem(401, "WRONG_CREDENTIALS");
            assert_eq!(answer.header("ratelimit"), format!("\"guesses\";r={left};t=900"));
            assert_eq!(answer.header("ratelimit-policy"), "\"guesses\";q=5;w=900");
        }
        // Not even the right one is looked at, in whatever way the name is written.
        for name in ["haneul", "HANEUL", "ｈａｎｅｕｌ"] {
            let before = app.statements();
            let answer = refused(guess(&app, name, PASSWORD, HOME).await, "guesses");
            assert_eq!((answer.header("retry-after"), answer.header("ratelimit")), ("900".to_owned(), "\"guesses\";r=0;t=900".to_owned()));
            assert_eq!(app.statements(), before, "nothing is looked up");
        }
        app.advance(TimeDelta::minutes(15));
        guess(&app, "haneul", PASSWORD, HOME).await.expect(200);
    }

    async fn who_signs_in_starts_anew_and_many_behind_one_address_do_not_use_it_up(app, [BEHIND_A_PROXY, FIVE, ("LIMIT_ANONYMOUS", "5"), ("LIMIT_GUESSES_FROM_PLACE", "5")]) {
        register(&app, "haneul").await;
        for _ in 0..12 {
            guess(&app, "haneul", PASSWORD, HOME).await.expect(200);
        }
        for _ in 0..4 {
            guess(&app, "haneul", WRONG, HOME).await.expect(401);
        }
        guess(&app, "haneul", PASSWORD, HOME).await.expect(200);
        let again = guess(&app, "haneul", WRONG, HOME).await.expect(401);
        assert!(again.header("ratelimit").contains("\"guesses\";r=4"), "{}", again.header("ratelimit"));
    }

    async fn a_stranger_elsewhere_locks_nobody_out(app, [BEHIND_A_PROXY, FIVE, ("LIMIT_GUESSES_AT_ACCOUNT", "8")]) {
        register(&app, "haneul").await;
        guess(&app, "haneul", PASSWORD, HOME).await.expect(200);
        guess(&app, "haneul", PASSWORD, "2001:db8:1:2::1").await.expect(200);
        let elsewhere = async |number: u32| guess(&app, "haneul", WRONG, &format!("203.0.113.{number}")).await;
        for stranger in 1..=8 {
            elsewhere(stranger).await.expect(401);
        }
        refused(elsewhere(99).await, "guesses-at-account");
        // The owner comes from where the owner has been before, and that gives the strangers nothing back.
        for place in [HOME, "2001:db8:1:2:ffff::9", HOME] {
            guess(&app, "haneul", WRONG, place).await.expect(401);
            guess(&app, "haneul", PASSWORD, place).await.expect(200);
        }
        refused(elsewhere(98).await, "guesses-at-account");
        // And nobody else is touched.
        register(&app, "bada").await;
        guess(&app, "bada", PASSWORD, "203.0.113.99").await.expect(200);
    }

    async fn one_address_can_not_try_one_password_at_every_account(app, [BEHIND_A_PROXY, ("LIMIT_GUESSES_FROM_PLACE", "6")]) {
        for number in 0..6 {
            guess(&app, &format!("user-{number}"), WRONG, HOME).await.expect(401);
        }
        refused(guess(&app, "user-7", WRONG, HOME).await, "guesses-from-place");
        guess(&app, "user-7", WRONG, "198.51.100.2").await.expect(401);
    }

    async fn the_current_password_is_guessed_at_no_more_often(app, [FIVE]) {
        let token = register(&app, "haneul").await.string("access_token");
        let me = app.anonymous().with_token(&token);
        let change = |current: &str| json!({"current_password": current, "new_password": "낮잠자는-강아지-8"});
        let moved = |current: &str| json!({"current_password": current, "email": "haneul@example.org"});
        for _ in 0..3 {
            me.patch("/users/me/password", change(WRONG)).await.expect_problem(422, "WRONG_PASSWORD");
        }
        for _ in 0..2 {
            me.patch("/users/me", moved(WRONG)).await.expect_problem(422, "WRONG_PASSWORD");
        }
        refused(me.patch("/users/me/password", change(PASSWORD)).await, "guesses");
        refused(me.patch("/users/me", moved(PASSWORD)).await, "guesses");
    }

    async fn a_mailbox_is_not_flooded_by_who_forgets_passwords(app, [BEHIND_A_PROXY, FIVE, ("LIMIT_GUESSES_AT_ACCOUNT", "7")]) {
        let forgot = async |email: &str, from: &str| sent(&app, "/auth/forgot-password", json!({"email": email}), from).await;
        for email in ["haneul@example.org", "Nobody@example.org"] {
            for _ in 0..5 {
                forgot(email, HOME).await.expect(202);
            }
            refused(forgot(email, HOME).await, "guesses");
            forgot(email, "203.0.113.1").await.expect(202);
            forgot(&email.to_lowercase(), "203.0.113.2").await.expect(202);
            refused(forgot(email, "203.0.113.3").await, "guesses-at-account");
        }
    }

    async fn tokens_are_tried_so_many_times_from_one_address_and_good_ones_do_not_count(app, [BEHIND_A_PROXY, ("LIMIT_GUESSES_FROM_PLACE", "3")]) {
        let mut token = refresh_token(&register(&app, "haneul").await);
        let refresh = async |token: &str, from: &str| sent(&app, "/auth/refresh", json!({"refresh_token": token}), from).await;
        for _ in 0..5 {
            token = refresh_token(&refresh(&token, HOME).await.expect(200));
        }
        refresh("mdr_unknown", HOME).await.expect_problem(401, "REFRESH_TOKEN_INVALID");
        let reset = json!({"token": "mdm_unknown", "new_password": PASSWORD});
        sent(&app, "/auth/reset-password", reset.clone(), HOME).await.expect_problem(422, "MAIL_TOKEN_INVALID");
        let last = sent(&app, "/auth/verify-email", json!({"token": "mdm_unknown"}), HOME).await;
        let last = last.expect_problem(422, "MAIL_TOKEN_INVALID");
        assert_eq!(last.header("ratelimit"), "\"tokens\";r=0;t=900");
        refused(refresh("mdr_unknown", HOME).await, "tokens");
        refused(sent(&app, "/auth/reset-password", reset, HOME).await, "tokens");
        refused(sent(&app, "/auth/verify-email", json!({"token": "mdm_unknown"}), HOME).await, "tokens");
        // Signing in is not touched, nor who comes from elsewhere.
        guess(&app, "haneul", PASSWORD, HOME).await.expect(200);
        refresh(&token, "198.51.100.2").await.expect(200);
    }

    async fn unknown_accounts_are_counted_and_answered_like_known_ones(app, [BEHIND_A_PROXY, FIVE, ("LIMIT_GUESSES_AT_ACCOUNT", "7")]) {
        register(&app, "haneul").await;
        let mut told = Vec::new();
        for name in ["haneul", "nobody", "x"] {
            let mut answers = Vec::new();
            for attempt in 0..9 {
                let from = if attempt < 6 { HOME } else { "198.51.100.2" };
                let mut answer = guess(&app, name, WRONG, from).await;
                for own in ["x-request-id", "x-process-time", "date"] {
                    answer.headers.remove(own);
                }
                answer.body["request_id"] = json!(null);
                answers.push((answer.status, answer.body, answer.headers));
            }
            told.push(answers);
        }
        let statuses: Vec<u16> = told[0].iter().map(|answer| answer.0).collect();
        assert_eq!(statuses, [401, 401, 401, 401, 401, 429, 401, 401, 429]);
        assert_eq!(told[0], told[1]);
        assert_eq!(told[0], told[2]);
    }

    // A hash that takes longer than everything else does, so that leaving it out would show.
    async fn an_unknown_account_takes_as_long_as_a_known_one(app, [("PASSWORD_COST", "7")]) {
        register(&app, "haneul").await;
        let (mut known, mut unknown) = (Vec::new(), Vec::new());
        // In turn, so that a busy machine slows both alike.
        for number in 0..200 {
            for (times, name) in [(&mut known, "haneul".to_owned()), (&mut unknown, format!("nobody-{number}"))] {
                let began = Instant::now();
                guess(&app, &name, WRONG, HOME).await.expect(401);
                times.push(began.elapsed());
            }
        }
        let median = |times: &mut Vec<Duration>| {
            times.sort();
            times[times.len() / 2].as_secs_f64()
        };
        let ratio = median(&mut known) / median(&mut unknown);
        assert!((0.7..1.4).contains(&ratio), "a known account takes {ratio} times as long");
    }
}

#[actix_web::test]
async fn with_redis_guesses_at_all_nodes_count_together() {
    let url = format!("{}/3", crate::limits::redis());
    let settings = [BEHIND_A_PROXY, FIVE, ("REDIS_URL", url.as_str())];
    let owner = TestDatabase::sqlite().await;
    let database = owner.database().clone();
    let one = TestApp::on(owner, &settings).await;
    let two = TestApp::reaching(database, TestDatabase::sqlite().await, &settings).await;
    register(&one, "haneul").await;
    for node in [&one, &two, &one, &two, &one] {
        guess(node, "haneul", WRONG, HOME).await.expect(401);
    }
    refused(guess(&two, "haneul", PASSWORD, HOME).await, "guesses");
    refused(guess(&one, "haneul", PASSWORD, HOME).await, "guesses");
    guess(&two, "haneul", PASSWORD, "198.51.100.2").await.expect(200);
}
