//! Through one's mail: a new password, a verified address.

use chrono::TimeDelta;
use madang_tests::{Answer, Client, TestApp, api_test, json};
use reqwest::Method;

use super::{PASSWORD, holder, refresh, refresh_token, register, sign_in};

const NEW: &str = "낮잠자는-강아지-8";
const ADDRESS: &str = "haneul@example.org";

/// Registers somebody with this address.
async fn registered(app: &TestApp, username: &str, email: &str) -> Answer {
    let body = json!({"username": username, "password": PASSWORD, "name": "김하늘", "email": email});
    app.anonymous().post("/auth/register", body).await.expect(201)
}

async fn forgot(app: &TestApp, email: &str) -> Answer {
    app.anonymous().post("/auth/forgot-password", json!({"email": email})).await
}

async fn reset(app: &TestApp, token: &str, password: &str) -> Answer {
    app.anonymous().post("/auth/reset-password", json!({"token": token, "new_password": password})).await
}

async fn verify(app: &TestApp, token: &str) -> Answer {
    app.anonymous().post("/auth/verify-email", json!({"token": token})).await
}

/// Asks for a mail that verifies the address of this user.
async fn ask(user: &Client) -> Answer {
    Answer::of(user.request(Method::POST, "/auth/verify-email/request")).await
}

/// The token of the link in the newest mail.
async fn newest_token(app: &TestApp) -> String {
    let mails = app.mails().await;
    let text = mails.last().expect("a mail").text();
    let token = text.split("#token=").nth(1).expect("a link").split_whitespace().next().expect("a token");
    token.to_owned()
}

/// Proves that a user reads the mail of their address.
async fn verified(app: &TestApp, user: &Client) {
    ask(user).await.expect(202);
    verify(app, &newest_token(app).await).await.expect(204);
}

api_test! {
    async fn who_forgot_a_password_sets_another_by_mail(app) {
        let tokens = registered(&app, "haneul", ADDRESS).await;
        forgot(&app, "HANEUL@example.org").await.expect(202);
        let mails = app.mails().await;
        assert_eq!(mails.len(), 1);
        assert_eq!((mails[0].to(), mails[0].subject()), (ADDRESS, "[마당] 비밀번호 재설정 · Reset your password"));
        assert!(mails[0].text().contains("haneul") && mails[0].text().contains("30분") && mails[0].text().contains("30 minutes"));
        let token = newest_token(&app).await;
        assert!(token.starts_with("mdm_") && token.len() >= 47, "256 bits");
        let weak = reset(&app, &token, "short").await.expect_problem(422, "WEAK_PASSWORD");
        assert_eq!(weak.faults(), [("/new_password".to_owned(), "too_short".to_owned())]);
        reset(&app, &token, NEW).await.expect(204);
        holder(&app, &tokens).get("/auth/me").await.expect_problem(401, "TOKEN_INVALID");
        refresh(&app, &refresh_token(&tokens)).await.expect_problem(401, "REFRESH_TOKEN_INVALID");
        sign_in(&app, "haneul", PASSWORD).await.expect_problem(401, "WRONG_CREDENTIALS");
        sign_in(&app, "haneul", NEW).await.expect(200);
        reset(&app, &token, PASSWORD).await.expect_problem(422, "MAIL_TOKEN_INVALID");
        let log = app.admin().await.get("/admin/audit-log?entity=session&sort=-at").await.expect(200);
        assert!(log.items().iter().any(|entry| entry["reason"] == "password_reset"), "{}", log.text);
    }

    async fn known_and_unknown_addresses_are_answered_alike(app) {
        registered(&app, "haneul", ADDRESS).await;
        let ask = async |email: &str| {
            let before = app.statements();
            let answer = forgot(&app, email).await.expect(202);
            (answer.text, app.statements() - before)
        };
        assert_eq!(ask(ADDRESS).await, ask("nobody@example.org").await);
        assert_eq!(app.mails().await.len(), 1);
        let answer = forgot(&app, "kein Briefkasten").await.expect_problem(422, "VALIDATION_ERROR");
        assert_eq!(answer.faults()[0].0, "/email");
    }

    async fn a_link_holds_half_an_hour_and_only_the_newest(app) {
        registered(&app, "haneul", ADDRESS).await;
        forgot(&app, ADDRESS).await.expect(202);
        let first = newest_token(&app).await;
        forgot(&app, ADDRESS).await.expect(202);
        let second = newest_token(&app).await;
        reset(&app, &first, NEW).await.expect_problem(422, "MAIL_TOKEN_INVALID");
        app.advance(TimeDelta::minutes(30));
        reset(&app, &second, NEW).await.expect_problem(422, "MAIL_TOKEN_INVALID");
        forgot(&app, ADDRESS).await.expect(202);
        let third = newest_token(&app).await;
        app.advance(TimeDelta::minutes(30) - TimeDelta::microseconds(1));
        verify(&app, &third).await.expect_problem(422, "MAIL_TOKEN_INVALID");
        reset(&app, &third, NEW).await.expect(204);
    }

    async fn a_link_is_kept_as_a_hash_and_used_once_by_many_at_a_time(app) {
        registered(&app, "haneul", ADDRESS).await;
        forgot(&app, ADDRESS).await.expect(202);
        let token = newest_token(&app).await;
        let kept = app.owner.read("SELECT hash AS value FROM mail_tokens").await.unwrap();
        assert!(kept.len() == 1 && !kept[0].contains(&token), "{kept:?}");
        let answers = futures_util::future::join_all((0..5).map(|_| reset(&app, &token, NEW))).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 204).count(), 1);
        assert!(app.owner.read("SELECT hash AS value FROM mail_tokens").await.unwrap().is_empty());
    }

    async fn a_deactivated_account_gets_no_mail_and_its_link_is_void(app) {
        let me = registered(&app, "haneul", ADDRESS).await.id();
        forgot(&app, ADDRESS).await.expect(202);
        let token = newest_token(&app).await;
        app.admin().await.delete(&format!("/users/{me}")).await.expect(204);
        reset(&app, &token, NEW).await.expect_problem(422, "MAIL_TOKEN_INVALID");
        forgot(&app, ADDRESS).await.expect(202);
        assert_eq!(app.mails().await.len(), 1);
    }

    async fn an_address_is_verified_by_who_reads_its_mail(app) {
        let tokens = registered(&app, "haneul", ADDRESS).await;
        let me = holder(&app, &tokens);
        ask(&me).await.expect(202);
        assert_eq!(app.mails().await[0].to(), ADDRESS);
        let token = newest_token(&app).await;
        reset(&app, &token, NEW).await.expect_problem(422, "MAIL_TOKEN_INVALID");
        verify(&app, &token).await.expect(204);
        assert_eq!(me.get("/users/me").await.expect(200).body["email_verified_at"], "2026-09-01T01:00:00Z");
        verify(&app, &token).await.expect_problem(422, "MAIL_TOKEN_INVALID");
        ask(&me).await.expect(202);
        assert_eq!(app.mails().await.len(), 1, "it is verified already");
        let nowhere = register(&app, "bada").await;
        ask(&holder(&app, &nowhere)).await.expect_problem(422, "EMAIL_MISSING");
        ask(&app.anonymous()).await.expect_problem(401, "UNAUTHENTICATED");
    }

    async fn an_address_is_verified_for_one_account_and_its_owner_gets_the_links(app) {
        let first = holder(&app, &registered(&app, "first", ADDRESS).await);
        let second = holder(&app, &registered(&app, "second", ADDRESS).await);
        ask(&first).await.expect(202);
        let token = newest_token(&app).await;
        verified(&app, &second).await;
        verify(&app, &token).await.expect_problem(409, "EMAIL_TAKEN");
        assert_eq!(first.get("/users/me").await.expect(200).body["email_verified_at"], json!(null));
        let before = app.mails().await.len();
        forgot(&app, ADDRESS).await.expect(202);
        let mails = app.mails().await;
        assert_eq!(mails.len(), before + 1);
        assert!(mails[before].text().contains("second"));
    }

    async fn another_address_takes_the_current_password_and_is_not_verified(app) {
        let me = holder(&app, &registered(&app, "haneul", ADDRESS).await);
        verified(&app, &me).await;
        forgot(&app, ADDRESS).await.expect(202);
        let link = newest_token(&app).await;
        let change = async |body| me.patch("/users/me", body).await;
        change(json!({"email": "new@example.org"})).await.expect_problem(422, "WRONG_PASSWORD");
        change(json!({"email": null, "current_password": NEW})).await.expect_problem(422, "WRONG_PASSWORD");
        let id = me.get("/users/me").await.expect(200).id();
        me.patch(&format!("/users/{id}"), json!({"email": "new@example.org"})).await.expect_problem(422, "WRONG_PASSWORD");
        let same = change(json!({"email": ADDRESS, "name": "김바다"})).await.expect(200);
        assert_ne!(same.body["email_verified_at"], json!(null));
        let moved = change(json!({"email": "new@example.org", "current_password": PASSWORD})).await.expect(200);
        assert_eq!((&moved.body["email"], &moved.body["email_verified_at"]), (&json!("new@example.org"), &json!(null)));
        reset(&app, &link, NEW).await.expect_problem(422, "MAIL_TOKEN_INVALID");
    }

    async fn old_links_are_forgotten(app) {
        registered(&app, "haneul", ADDRESS).await;
        forgot(&app, ADDRESS).await.expect(202);
        app.work().await;
        app.advance(TimeDelta::minutes(31));
        assert_eq!(app.app.services().recovery.purge().await.unwrap(), 1);
    }
}
