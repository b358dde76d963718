//! Providers that misbehave: whatever they do, nobody comes in who should not, and nothing breaks.

use std::time::{Duration, Instant};

use madang_tests::providers::Fault;

use super::{ALL, Browser, social_test};

social_test! {
    async fn an_id_token_that_does_not_hold_lets_nobody_in(app, fakes) {
        for provider in ALL {
            for fault in [
                Fault::WrongAudience,
                Fault::WrongIssuer,
                Fault::WrongNonce,
                Fault::Expired,
                Fault::AlgNone,
                Fault::AlgConfused,
                Fault::ForeignKey,
                Fault::OtherParty,
            ] {
                fakes.fail(provider, Some(fault));
                let answer = Browser::of(&app).sign_in(&fakes, provider).await;
                assert_eq!((answer.status, answer.string("code").as_str()), (401, "PROVIDER_PROOF_INVALID"), "{provider} {fault:?}");
            }
        }
        let users = app.manager().await.get("/users?auth_type=kakao").await.expect(200);
        assert_eq!(users.body["total"], 0);
    }

    async fn a_provider_that_gives_no_answer_is_unavailable_for_a_moment(app, fakes) {
        for provider in ALL {
            for fault in [Fault::Html503, Fault::Oversized, Fault::Redirects] {
                fakes.fail(provider, Some(fault));
                let answer = Browser::of(&app).sign_in(&fakes, provider).await;
                assert_eq!((answer.status, answer.string("code").as_str()), (503, "PROVIDER_UNAVAILABLE"), "{provider} {fault:?}");
                assert_ne!(answer.header("retry-after"), "");
            }
            fakes.fail(provider, None);
            let person = madang_tests::providers::Person::silent("8");
            fakes.meet(provider, person);
            Browser::of(&app).sign_in(&fakes, provider).await.expect(200);
        }
    }

    async fn a_provider_that_hangs_is_given_up_in_time(app, fakes) {
        fakes.fail("kakao", Some(Fault::Hangs));
        let began = Instant::now();
        let answer = Browser::of(&app).sign_in(&fakes, "kakao").await;
        answer.expect_problem(503, "PROVIDER_UNAVAILABLE");
        let took = began.elapsed();
        assert!(took >= Duration::from_secs(4) && took < Duration::from_secs(20), "{took:?}");
    }

    async fn a_code_is_good_once(app, fakes) {
        for provider in ALL {
            let browser = Browser::of(&app);
            let mut sent = fakes.consent(&browser.begin(provider).await).await;
            for (name, value) in &mut sent.fields {
                if name == "code" {
                    *value = "spent-or-made-up".to_owned();
                }
            }
            browser.come_back(&sent).await.expect_problem(401, "PROVIDER_REFUSED");
        }
    }

    async fn a_wrong_secret_is_our_fault_and_not_the_users(app, fakes) {
        fakes.change_secret();
        for provider in ["kakao", "naver", "google"] {
            Browser::of(&app).sign_in(&fakes, provider).await.expect_problem(503, "PROVIDER_MISCONFIGURED");
        }
    }

    async fn an_error_with_status_200_is_an_error(app, fakes) {
        fakes.fail("naver", Some(Fault::ErrorWith200));
        Browser::of(&app).sign_in(&fakes, "naver").await.expect_problem(401, "PROVIDER_REFUSED");
    }

    async fn new_keys_are_fetched_when_a_token_names_one_and_not_more_often_than_once_a_minute(app, fakes) {
        let browser = Browser::of(&app);
        browser.sign_in(&fakes, "google").await.expect(200);
        browser.sign_in(&fakes, "google").await.expect(200);
        assert_eq!(fakes.key_fetches(), 1);

        fakes.rotate_keys();
        browser.sign_in(&fakes, "google").await.expect(200);
        assert_eq!(fakes.key_fetches(), 2);
        fakes.rotate_keys();
        browser.sign_in(&fakes, "google").await.expect_problem(401, "PROVIDER_PROOF_INVALID");
        browser.sign_in(&fakes, "google").await.expect_problem(401, "PROVIDER_PROOF_INVALID");
        assert_eq!(fakes.key_fetches(), 2, "within a minute nobody makes us ask again");
        app.advance(chrono::TimeDelta::seconds(60));
        browser.sign_in(&fakes, "google").await.expect(200);
        assert_eq!(fakes.key_fetches(), 3);

        app.advance(chrono::TimeDelta::hours(1));
        browser.sign_in(&fakes, "google").await.expect(200);
        assert_eq!(fakes.key_fetches(), 4, "what is old is fetched anew");
    }
}
