//! The addresses of the fake servers and what they answer.

use std::{collections::HashMap, time::Duration};

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header::LOCATION},
    web::{Data, Form, Query, ServiceConfig, get, post},
};
use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{Fault, Grant, KAKAO_ADMIN_KEY, KAKAO_APP_ID, Person, Shared, State};

type Fields = HashMap<String, String>;

/// The addresses.
pub fn routes(config: &mut ServiceConfig) {
    for (provider, authorize, token, keys) in [
        ("kakao", "/kakao/oauth/authorize", "/kakao/oauth/token", "/kakao/.well-known/jwks.json"),
        ("naver", "/naver/oauth2/authorize", "/naver/oauth2/token", "/naver/oauth2/jwks"),
        ("google", "/google/o/oauth2/v2/auth", "/google-token/token", "/google-keys/oauth2/v3/certs"),
        ("apple", "/apple/auth/authorize", "/apple/auth/token", "/apple/auth/keys"),
    ] {
        config
            .route(
                authorize,
                get().to(async move |shared: Data<Shared>, query: Query<Fields>| {
                    show_consent(&shared, provider, &query)
                }),
            )
            .route(
                token,
                post().to(async move |shared: Data<Shared>, form: Form<Fields>| {
                    match misbehaviour(&shared, provider).await {
                        Some(answer) => answer,
                        None => exchange(&shared, provider, &form),
                    }
                }),
            )
            .route(
                keys,
                get().to(async move |shared: Data<Shared>| {
                    let mut state = shared.state();
                    state.key_fetches += 1;
                    HttpResponse::Ok().json(state.keys.public())
                }),
            );
    }
    config
        .route("/kakao-api/v2/user/me", get().to(kakao_me))
        .route("/kakao-api/v1/user/access_token_info", get().to(kakao_token_info))
        .route("/kakao-api/v1/user/unlink", post().to(kakao_unlink))
        .route("/naver-api/v1/nid/me", get().to(naver_me))
        .route("/apple/auth/revoke", post().to(apple_revoke));
}

/// What a server that fails answers in place of tokens.
async fn misbehaviour(shared: &Shared, provider: &'static str) -> Option<HttpResponse> {
    let fault = shared.state().faults.get(provider).copied()?;
    match fault {
        Fault::Hangs => {
            actix_web::rt::time::sleep(Duration::from_secs(60)).await;
            Some(HttpResponse::GatewayTimeout().finish())
        }
        Fault::Html503 => Some(
            HttpResponse::ServiceUnavailable().content_type("text/html").body("<html>점검 중입니다</html>"),
        ),
        Fault::Oversized => Some(
            HttpResponse::Ok()
                .content_type("application/json")
                .body(format!("{{\"access_token\":\"{}\"}}", "a".repeat(2 << 20))),
        ),
        Fault::Redirects => Some(
            HttpResponse::Found()
                .insert_header((LOCATION, "http://169.254.169.254/latest/meta-data"))
                .finish(),
        ),
        Fault::ErrorWith200 => Some(
            HttpResponse::Ok()
                .json(json!({"error": "invalid_request", "error_description": "no valid data in session"})),
        ),
        _ => None,
    }
}

/// The page on which the user agrees: sends back at once.
fn show_consent(shared: &Shared, provider: &'static str, asked: &Fields) -> HttpResponse {
    let field = |name: &str| asked.get(name).cloned().unwrap_or_default();
    let complete = field("response_type") == "code"
        && field("client_id") == format!("{provider}-client")
        && field("code_challenge_method") == "S256"
        && !field("state").is_empty();
    if !complete {
        // Faults of the application are shown to the user, not sent back.
        return HttpResponse::BadRequest().content_type("text/html").body("KOE006");
    }
    let mut state = shared.state();
    let mut fields = vec![("state", field("state"))];
    if state.refusing {
        let error = if provider == "apple" { "user_cancelled_authorize" } else { "access_denied" };
        fields.push(("error", error.to_owned()));
        fields.push(("error_description", "User denied access".to_owned()));
    } else {
        let code = state.next("code");
        let person = state.people[provider].clone();
        if provider == "apple" && state.consented.insert(person.subject.clone()) {
            let name = person.name.clone().unwrap_or_default();
            let (last, first) = name.split_at(name.char_indices().nth(1).map_or(0, |(at, _)| at));
            let user = json!({"name": {"firstName": first, "lastName": last}, "email": person.email});
            fields.push(("user", user.to_string()));
        }
        let grant = Grant {
            provider,
            person,
            redirect_uri: field("redirect_uri"),
            challenge: field("code_challenge"),
            nonce: asked.get("nonce").cloned(),
        };
        state.codes.insert(code.clone(), grant);
        fields.push(("code", code));
    }
    if field("response_mode") == "form_post" {
        let fields: serde_json::Map<String, Value> =
            fields.into_iter().map(|(name, value)| (name.to_owned(), json!(value))).collect();
        return HttpResponse::Ok().json(json!({"action": field("redirect_uri"), "fields": fields}));
    }
    let mut address = reqwest::Url::parse(&field("redirect_uri")).expect("an address");
    address.query_pairs_mut().extend_pairs(fields);
    HttpResponse::Found().insert_header((LOCATION, address.to_string())).finish()
}

/// An error as the provider writes it.
fn refusal(provider: &str, error: &str, kakao_code: &str) -> HttpResponse {
    let mut body = json!({"error": error, "error_description": "code=… secret=… must not reach a log"});
    if provider == "kakao" {
        body["error_code"] = json!(kakao_code);
    }
    let status = if error == "invalid_client" { StatusCode::UNAUTHORIZED } else { StatusCode::BAD_REQUEST };
    HttpResponse::build(status).content_type("application/json;charset=UTF-8").body(body.to_string())
}

fn exchange(shared: &Shared, provider: &'static str, form: &Fields) -> HttpResponse {
    let now = shared.now();
    let mut state = shared.state();
    let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    let secret_fits = match provider {
        "apple" => shared.apple.accepts(field("client_secret"), now),
        _ => field("client_secret") == state.secret,
    };
    if field("client_id") != format!("{provider}-client") || !secret_fits {
        return refusal(provider, "invalid_client", "KOE010");
    }
    if field("grant_type") == "refresh_token" {
        // None of them gives a new refresh token here.
        let token = state.next("access");
        return HttpResponse::Ok()
            .json(json!({"access_token": token, "token_type": "bearer", "expires_in": 3_600}));
    }
    if field("grant_type") != "authorization_code" {
        return refusal(provider, "unsupported_grant_type", "KOE310");
    }
    let Some(grant) = state.codes.remove(field("code")).filter(|grant| grant.provider == provider) else {
        return refusal(provider, "invalid_grant", "KOE320");
    };
    if grant.redirect_uri != field("redirect_uri") {
        return refusal(provider, "invalid_grant", "KOE303");
    }
    let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, field("code_verifier").as_bytes()));
    if challenge != grant.challenge {
        return refusal(provider, "invalid_grant", "KOE320");
    }
    let fault = state.faults.get(provider).copied();
    let (access, refresh) = (state.next("access+/="), state.next("refresh"));
    state.tokens.insert(access.clone(), (provider, grant.person.clone(), KAKAO_APP_ID));
    let id_token = id_token(&state, provider, &grant.person, grant.nonce.as_deref(), now);
    let mut body = json!({"access_token": access, "token_type": "bearer", "refresh_token": refresh, "id_token": id_token});
    body["expires_in"] = if provider == "naver" { json!("3600") } else { json!(21_599) };
    if fault == Some(Fault::NoRefreshToken) {
        body.as_object_mut().expect("an object").remove("refresh_token");
    }
    HttpResponse::Ok().content_type("application/json;charset=UTF-8").body(body.to_string())
}

/// An ID token with what this provider puts into it.
pub fn id_token(
    state: &State,
    provider: &'static str,
    person: &Person,
    nonce: Option<&str>,
    now: DateTime<Utc>,
) -> String {
    let fault = state.faults.get(provider).copied();
    let issuer = match provider {
        "kakao" => "https://kauth.kakao.com",
        "naver" => "https://nid.naver.com",
        // The older of its two names.
        "google" => "accounts.google.com",
        _ => "https://appleid.apple.com",
    };
    let client = format!("{provider}-client");
    let issued = now.timestamp();
    let mut claims =
        json!({"iss": issuer, "aud": client, "sub": person.subject, "iat": issued, "exp": issued + 3_600});
    if let Some(nonce) = nonce {
        claims["nonce"] = json!(nonce);
    }
    match provider {
        "kakao" => {
            claims["nickname"] = json!(person.name);
            claims["email"] = json!(person.email);
        }
        "google" => {
            claims["name"] = json!(person.name);
            claims["email"] = json!(person.email);
            claims["email_verified"] = json!(person.email_verified);
            claims["azp"] = json!(client);
        }
        "apple" => {
            claims["email"] = json!(person.email);
            // Apple writes truth as text, or as truth.
            claims["email_verified"] = json!(person.email_verified.to_string());
            claims["is_private_email"] = json!("false");
            claims["nonce_supported"] = json!(true);
        }
        _ => {}
    }
    match fault {
        Some(Fault::WrongAudience) => claims["aud"] = json!("somebody-else"),
        Some(Fault::WrongIssuer) => claims["iss"] = json!("https://id.example.org"),
        Some(Fault::WrongNonce) => claims["nonce"] = json!("another-nonce"),
        Some(Fault::Expired) => {
            claims["iat"] = json!(issued - 7_200);
            claims["exp"] = json!(issued - 3_600);
        }
        Some(Fault::OtherParty) => {
            claims["aud"] = json!([client, "somebody-else"]);
            claims["azp"] = json!("somebody-else");
        }
        _ => {}
    }
    state.keys.sign(&claims, fault)
}

/// Whose access token a request carries.
fn bearer(shared: &Shared, request: &HttpRequest, provider: &str) -> Option<(Person, i64)> {
    let value = request.headers().get("authorization")?.to_str().ok()?.strip_prefix("Bearer ")?.to_owned();
    let state = shared.state();
    let (owner, person, app_id) = state.tokens.get(&value)?;
    (*owner == provider).then(|| (person.clone(), *app_id))
}

fn kakao_refusal() -> HttpResponse {
    HttpResponse::Unauthorized().json(json!({"msg": "this access token does not exist", "code": -401}))
}

async fn kakao_me(shared: Data<Shared>, request: HttpRequest) -> HttpResponse {
    let Some((person, _)) = bearer(&shared, &request, "kakao") else { return kakao_refusal() };
    let mut account = json!({
        "profile_nickname_needs_agreement": person.name.is_none(),
        "has_email": person.email.is_some(),
        "email_needs_agreement": person.email.is_none(),
    });
    if let Some(name) = &person.name {
        account["profile"] = json!({"nickname": name, "is_default_image": false});
    }
    if let Some(email) = &person.email {
        account["is_email_valid"] = json!(true);
        account["is_email_verified"] = json!(person.email_verified);
        account["email"] = json!(email);
    }
    if let Some(phone) = &person.phone {
        account["phone_number"] = json!(phone);
    }
    let id: i64 = person.subject.parse().expect("ids of Kakao are numbers");
    HttpResponse::Ok()
        .content_type("application/json;charset=UTF-8")
        .insert_header(("WWW-Authenticate", "Bearer realm=kakao"))
        .body(json!({"id": id, "connected_at": "2022-04-11T01:45:28Z", "kakao_account": account}).to_string())
}

async fn kakao_token_info(shared: Data<Shared>, request: HttpRequest) -> HttpResponse {
    match bearer(&shared, &request, "kakao") {
        Some((person, app_id)) => {
            let id: i64 = person.subject.parse().expect("ids of Kakao are numbers");
            HttpResponse::Ok().json(json!({"id": id, "expires_in": 7_199, "app_id": app_id}))
        }
        None => kakao_refusal(),
    }
}

async fn kakao_unlink(shared: Data<Shared>, request: HttpRequest, form: Form<Fields>) -> HttpResponse {
    let expected = format!("KakaoAK {KAKAO_ADMIN_KEY}");
    if request.headers().get("authorization").is_none_or(|value| value != expected.as_str()) {
        return kakao_refusal();
    }
    let target = form.get("target_id").cloned().unwrap_or_default();
    let mut state = shared.state();
    if state.unlinked.contains(&target) {
        return HttpResponse::BadRequest().json(json!({"msg": "NotRegisteredUserException", "code": -101}));
    }
    state.unlinked.push(target.clone());
    HttpResponse::Ok().json(json!({"id": target.parse::<i64>().ok()}))
}

async fn naver_me(shared: Data<Shared>, request: HttpRequest) -> HttpResponse {
    let Some((person, _)) = bearer(&shared, &request, "naver") else {
        let body = json!({"resultcode": "024", "message": "Authentication failed / 인증에 실패했습니다."});
        return HttpResponse::Unauthorized().json(body);
    };
    let mut profile = json!({"id": person.subject});
    for (name, value) in [("name", &person.name), ("email", &person.email), ("mobile", &person.phone)] {
        if let Some(value) = value {
            profile[name] = json!(value);
        }
    }
    HttpResponse::Ok().json(json!({"resultcode": "00", "message": "success", "response": profile}))
}

async fn apple_revoke(shared: Data<Shared>, form: Form<Fields>) -> HttpResponse {
    let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    if !shared.apple.accepts(field("client_secret"), shared.now())
        || field("token_type_hint") != "refresh_token"
    {
        return refusal("apple", "invalid_client", "");
    }
    shared.state().revoked.push(field("token").to_owned());
    HttpResponse::Ok().finish()
}
