//! The whole way of a browser: to the provider, back to us, and who one is then.

use madang_tests::{
    api_test, json,
    providers::{CLIENT_URL, Fault, PUBLIC_URL, Person},
};

use super::{ALL, Browser, me, signed_in, social_test};

social_test! {
    async fn a_first_sign_in_registers_and_a_second_finds_the_same_user(app, fakes) {
        for provider in ALL {
            fakes.meet(provider, Person::consenting("4242", &format!("{provider}@gmail.com")));
            let browser = Browser::of(&app);
            let first = browser.sign_in(&fakes, provider).await.expect(200);
            assert_eq!((first.string("token_type").as_str(), &first.body["expires_in"]), ("bearer", &json!(1_800)));
            let user = me(&app, &first).await;
            assert_eq!((&user.body["auth_type"], &user.body["name"]), (&json!(provider), &json!("홍길동")));
            assert_eq!(user.body["email"], json!(format!("{provider}@gmail.com")));
            assert_eq!(user.body["authorizations"]["roles"], json!(["learner"]));
            let kakao_id = if provider == "kakao" { json!("4242") } else { json!(null) };
            assert_eq!(user.body["kakao_id"], kakao_id);

            app.advance(chrono::TimeDelta::minutes(5));
            let again = me(&app, &browser.sign_in(&fakes, provider).await.expect(200)).await;
            assert_eq!(again.id(), user.id());
            let identities = signed_in(&app, &first).get("/users/me/identities").await.expect(200);
            let identity = &identities.items()[0];
            assert_eq!((&identity["provider"], &identity["subject"]), (&json!(provider), &json!("4242")));
            assert_eq!(identity["email_verified"], json!(provider != "naver"));
            assert_ne!(identity["last_used_at"], identity["linked_at"]);
        }
        let entries = app.admin().await.get("/admin/audit-log?entity=identity").await.expect(200);
        assert_eq!(entries.items().len(), 4);
    }

    async fn a_browser_may_be_redirected_and_is_given_a_cookie_of_its_own(app, fakes) {
        let browser = Browser::of(&app);
        let answer = browser.get("/auth/kakao?redirect=true").await.expect(302);
        let cookie = answer.header("set-cookie");
        for part in ["__Host-madang_sign_in_kakao=", "HttpOnly", "Secure", "SameSite=Lax", "Path=/", "Max-Age=600"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        let location = answer.header("location");
        for part in ["response_type=code", "code_challenge_method=S256", "nonce=", "state=", "scope=openid%2Caccount_email"] {
            assert!(location.contains(part), "{location}");
        }
        browser.come_back(&fakes.consent(&location).await).await.expect(200);
        // Apple posts from its own site: a stricter cookie would not come along.
        let apple = browser.get("/auth/apple").await.expect(200);
        assert!(apple.header("set-cookie").contains("SameSite=None"));
        assert!(apple.string("authorization_url").contains("response_mode=form_post"));
    }

    async fn clients_of_the_first_plan_find_the_routes_without_a_version(app, fakes) {
        let begun = app.anonymous().get("//auth/kakao").await.expect(200);
        assert!(begun.string("authorization_url").contains("%2Fapi%2Fv1%2Fauth%2Fkakao%2Fcallback"));
        app.anonymous().get("//api/auth/naver/").await.expect(200);
        drop(fakes);
    }

    async fn who_consents_to_nothing_is_registered_all_the_same(app, fakes) {
        for (provider, name) in [("kakao", "카카오 사용자"), ("naver", "네이버 사용자"), ("google", "Google 사용자"), ("apple", "Apple 사용자")] {
            fakes.meet(provider, Person::silent("77"));
            let user = me(&app, &Browser::of(&app).sign_in(&fakes, provider).await.expect(200)).await;
            assert_eq!((&user.body["name"], &user.body["email"]), (&json!(name), &json!(null)), "{provider}");
        }
    }

    async fn a_number_of_kakao_is_kept_as_every_other(app, fakes) {
        for (subject, phone) in [("1", "+82 10-1234-5678"), ("2", "+82 010-1234-5678")] {
            let person = Person { phone: Some(phone.to_owned()), ..Person::silent(subject) };
            fakes.meet("kakao", person);
            let user = me(&app, &Browser::of(&app).sign_in(&fakes, "kakao").await.expect(200)).await;
            assert_eq!(user.body["phone"], "+821012345678");
        }
    }

    async fn two_first_sign_ins_at_once_make_one_user(app, fakes) {
        let (one, other) = (Browser::of(&app), Browser::of(&app));
        let (first, second) = futures_util::future::join(one.sign_in(&fakes, "kakao"), other.sign_in(&fakes, "kakao")).await;
        let (first, second) = (first.expect(200), second.expect(200));
        assert_eq!(me(&app, &first).await.id(), me(&app, &second).await.id());
    }

    async fn a_state_is_good_once_in_its_browser_at_its_provider_for_ten_minutes(app, fakes) {
        let browser = Browser::of(&app);
        let sent = fakes.consent(&browser.begin("kakao").await).await;
        browser.come_back(&sent).await.expect(200);
        browser.come_back(&sent).await.expect_problem(401, "SIGN_IN_EXPIRED");

        let sent = fakes.consent(&browser.begin("kakao").await).await;
        Browser::of(&app).come_back(&sent).await.expect_problem(401, "SIGN_IN_EXPIRED");

        let other = Browser::of(&app);
        other.begin("kakao").await;
        let sent = fakes.consent(&browser.begin("kakao").await).await;
        other.come_back(&sent).await.expect_problem(401, "SIGN_IN_EXPIRED");

        let mut sent = fakes.consent(&browser.begin("kakao").await).await;
        browser.begin("google").await;
        sent.address = sent.address.replace("/kakao/", "/google/");
        browser.come_back(&sent).await.expect_problem(401, "SIGN_IN_EXPIRED");

        let sent = fakes.consent(&browser.begin("kakao").await).await;
        app.advance(chrono::TimeDelta::minutes(10));
        browser.come_back(&sent).await.expect_problem(401, "SIGN_IN_EXPIRED");
        browser.get("/auth/kakao/callback?code=x").await.expect_problem(401, "SIGN_IN_EXPIRED");
    }

    async fn two_tabs_of_a_browser_do_not_disturb_each_other(app, fakes) {
        let browser = Browser::of(&app);
        let (one, other) = (browser.begin("kakao").await, browser.begin("kakao").await);
        browser.come_back(&fakes.consent(&one).await).await.expect(200);
        browser.come_back(&fakes.consent(&other).await).await.expect(200);
    }

    async fn what_is_kept_of_a_sign_in_under_way_holds_no_secret(app, fakes) {
        let browser = Browser::of(&app);
        let url = browser.begin("kakao").await;
        let sent = fakes.consent(&url).await;
        let (state, cookie) = (sent.field("state"), browser.cookies.borrow().values().next().unwrap().clone());
        let mut unit = app.app.services().yard.store.begin().await.unwrap();
        assert!(unit.sign_in_flows().take(&state).await.unwrap().is_none());
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, state.as_bytes());
        let key = base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, digest);
        let kept = format!("{:?}", unit.sign_in_flows().take(&key).await.unwrap().unwrap());
        assert!(!kept.contains(&state) && !kept.contains(&cookie));
        unit.rollback().await.unwrap();
    }

    async fn who_refuses_at_the_provider_is_told_so(app, fakes) {
        fakes.refuse(true);
        for provider in ALL {
            let answer = Browser::of(&app).sign_in(&fakes, provider).await;
            answer.expect_problem(403, "SIGN_IN_CANCELLED");
        }
    }

    async fn a_web_client_is_given_a_ticket_and_fetches_the_tokens(app, fakes) {
        let browser = Browser::of(&app);
        let begin = format!("/auth/kakao?return_to={CLIENT_URL}");
        let sent = fakes.consent(&browser.get(&begin).await.expect(200).string("authorization_url")).await;
        let location = browser.come_back(&sent).await.expect(303).header("location");
        let ticket = location.strip_prefix(&format!("{CLIENT_URL}#provider=kakao&ticket=")).unwrap().to_owned();
        let fetch = async || app.anonymous().post("/auth/social/kakao", json!({"ticket": ticket})).await;
        app.anonymous().post("/auth/social/naver", json!({"ticket": "x"})).await.expect_problem(401, "SIGN_IN_EXPIRED");
        assert_eq!(me(&app, &fetch().await.expect(200)).await.body["auth_type"], "kakao");
        fetch().await.expect_problem(401, "SIGN_IN_EXPIRED");

        fakes.refuse(true);
        let sent = fakes.consent(&browser.get(&begin).await.expect(200).string("authorization_url")).await;
        let location = browser.come_back(&sent).await.expect(303).header("location");
        assert_eq!(location, format!("{CLIENT_URL}#error=SIGN_IN_CANCELLED"));
    }

    async fn browsers_are_sent_to_addresses_of_the_list_only(app, fakes) {
        for wrong in ["https://evil.example.org/", "https://app.example.org/signed-in/", "https://app.example.org/signed-in%3Fx=1"] {
            for name in ["return_to", "redirect_uri"] {
                let answer = app.anonymous().get(&format!("/auth/kakao?{name}={wrong}")).await;
                answer.expect_problem(422, "REDIRECT_NOT_ALLOWED");
            }
        }
        let begun = app.anonymous().get(&format!("/auth/kakao?redirect_uri={CLIENT_URL}")).await.expect(200);
        assert_eq!(fakes.consent(&begun.string("authorization_url")).await.address, CLIENT_URL);
        let sent = fakes.consent(&Browser::of(&app).begin("kakao").await).await;
        assert_eq!(sent.address, format!("{PUBLIC_URL}/api/v1/auth/kakao/callback"));
        app.anonymous().get("/auth/kakao?redirct=true").await.expect_problem(400, "MALFORMED_QUERY");
    }

    async fn who_was_deactivated_does_not_come_in_by_a_provider(app, fakes) {
        let browser = Browser::of(&app);
        let user = me(&app, &browser.sign_in(&fakes, "kakao").await.expect(200)).await.id();
        app.manager().await.delete(&format!("/users/{user}")).await.expect(204);
        browser.sign_in(&fakes, "kakao").await.expect_problem(403, "ACCOUNT_DEACTIVATED");
    }

    async fn who_was_suspended_is_told_so_by_every_way_in(app, fakes) {
        let browser = Browser::of(&app);
        let user = me(&app, &browser.sign_in(&fakes, "kakao").await.expect(200)).await.id();
        let begin = format!("/auth/kakao?return_to={CLIENT_URL}");
        let sent = fakes.consent(&browser.get(&begin).await.expect(200).string("authorization_url")).await;
        let location = browser.come_back(&sent).await.expect(303).header("location");
        let ticket = location.strip_prefix(&format!("{CLIENT_URL}#provider=kakao&ticket=")).unwrap().to_owned();
        let suspend = format!("/admin/users/{user}/suspend");
        app.manager().await.patch(&suspend, json!({"reason": "다른 수강생 비방"})).await.expect(200);

        let refused = browser.sign_in(&fakes, "kakao").await.expect_problem(403, "ACCOUNT_SUSPENDED");
        assert!(refused.body["detail"].as_str().unwrap().contains("다른 수강생 비방"));
        let fetched = app.anonymous().post("/auth/social/kakao", json!({"ticket": ticket})).await;
        fetched.expect_problem(403, "ACCOUNT_SUSPENDED");
    }

    async fn apple_tells_the_name_once_and_it_is_kept(app, fakes) {
        let browser = Browser::of(&app);
        let first = fakes.consent(&browser.begin("apple").await).await;
        assert!(first.posted && first.field("user").contains("길동"));
        let user = me(&app, &browser.come_back(&first).await.expect(200)).await;
        assert_eq!(user.body["name"], "홍길동");
        let second = fakes.consent(&browser.begin("apple").await).await;
        assert_eq!(second.field("user"), "");
        assert_eq!(me(&app, &browser.come_back(&second).await.expect(200)).await.body["name"], "홍길동");
    }

    async fn the_token_of_apple_is_kept_sealed_and_outlives_an_answer_without_one(app, fakes) {
        let browser = Browser::of(&app);
        let user = me(&app, &browser.sign_in(&fakes, "apple").await.expect(200)).await.id();
        let kept = async || {
            let mut session = app.app.services().yard.store.session().await.unwrap();
            session.identities().of_user(user.into()).await.unwrap().remove(0).sealed_token.unwrap()
        };
        let first = kept().await;
        assert!(!first.contains("refresh"));
        fakes.fail("apple", Some(Fault::NoRefreshToken));
        browser.sign_in(&fakes, "apple").await.expect(200);
        assert_eq!(kept().await, first);
    }
}

api_test! {
    async fn what_is_not_configured_is_not_offered(app) {
        let anonymous = app.anonymous();
        assert_eq!(anonymous.get("/auth/providers").await.expect(200).body, json!({"items": []}));
        for path in ["/auth/kakao", "/auth/naver?redirect=true", "/auth/google/callback?code=x&state=y", "/auth/facebook"] {
            anonymous.get(path).await.expect_problem(404, "PROVIDER_NOT_CONFIGURED");
        }
        for path in ["/auth/apple/callback", "/auth/social/kakao", "/auth/kakao/unlink-webhook"] {
            anonymous.post(path, json!({})).await.expect_problem(404, "PROVIDER_NOT_CONFIGURED");
        }
        // Names of other routes are no providers.
        let answer = anonymous.get("/auth/login").await.expect_problem(405, "METHOD_NOT_ALLOWED");
        assert_eq!(answer.header("allow"), "POST");
    }
}
