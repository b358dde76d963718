//! The table of forged, stretched and misdirected tokens; each names the refusal that it must get.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey};
use proptest::prelude::*;

use super::*;
use crate::secrets::{Secret, random_bytes};

const ISSUER: &str = "https://madang.example";
const AUDIENCE: &str = "madang";
const TTL_S: i64 = 1_800;

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn at(offset_s: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000 + offset_s, 0).unwrap()
}

fn service(active: SigningKey, retiring: Vec<SigningKey>) -> TokenService {
    TokenService::new(active, retiring, ISSUER, AUDIENCE, Duration::from_mins(30))
}

fn issue(service: &TokenService) -> String {
    service.issue(id(1), id(2), id(3), at(0)).unwrap().token
}

/// Something to forge tokens with: the right key, a right header and right claims to start from.
struct Forge {
    key: SigningKey,
    service: TokenService,
}

impl Forge {
    fn new() -> Self {
        let key = SigningKey::generate().unwrap();
        Self { service: service(key.clone(), Vec::new()), key }
    }

    fn header(&self) -> Value {
        json!({ "typ": "at+jwt", "alg": "EdDSA", "kid": self.key.kid() })
    }

    /// Signs header and claims as they are, with the right key.
    fn sign(&self, header: &str, claims: &str) -> String {
        signed(header, claims, self.key.private(), Algorithm::EdDSA)
    }

    /// What becomes of a token whose header has these members besides or in place of the right ones.
    fn with_header(&self, changes: &Value) -> Result<AccessClaims, TokenError> {
        let token = self.sign(&patched(self.header(), changes), &claims().to_string());
        self.service.verify(&token, at(0))
    }

    /// The same for the claims.
    fn with_claims(&self, changes: &Value) -> Result<AccessClaims, TokenError> {
        let token = self.sign(&self.header().to_string(), &patched(claims(), changes));
        self.service.verify(&token, at(0))
    }
}

fn claims() -> Value {
    let now = at(0).timestamp();
    json!({ "iss": ISSUER, "aud": AUDIENCE, "sub": id(1), "sid": id(2), "jti": id(3),
            "iat": now, "nbf": now, "exp": now + TTL_S })
}

fn patched(mut whole: Value, changes: &Value) -> String {
    let whole_members = whole.as_object_mut().unwrap();
    for (name, value) in changes.as_object().unwrap().clone() {
        if value.is_null() {
            whole_members.remove(&name)
        } else {
            whole_members.insert(name, value)
        };
    }
    whole.to_string()
}

fn signed(header: &str, claims: &str, key: &EncodingKey, algorithm: Algorithm) -> String {
    let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), key, algorithm).unwrap();
    format!("{message}.{signature}")
}

#[test]
fn an_issued_token_says_who_calls_and_until_when() {
    let forge = Forge::new();
    let issued = forge.service.issue(id(1), id(2), id(3), at(0)).unwrap();
    assert_eq!(issued.expires_in_s, 1_800);
    assert!(issued.token.len() < TOKEN_MAX_BYTES / 4);

    let claims = forge.service.verify(&issued.token, at(60)).unwrap();
    let expected = AccessClaims {
        user: id(1),
        session: id(2),
        jti: id(3),
        issued_at: at(0),
        not_before: at(0),
        expires_at: at(TTL_S),
    };
    assert_eq!(claims, expected);
}

#[test]
fn an_issued_token_is_an_at_jwt_of_rfc_9068_in_its_header() {
    let forge = Forge::new();
    let token = issue(&forge.service);
    let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&header).unwrap(), forge.header());
}

#[test]
fn a_token_holds_from_its_beginning_to_its_end_with_five_seconds_for_clocks() {
    let forge = Forge::new();
    let token = issue(&forge.service);
    for remembered in [false, true] {
        for (offset_s, expected) in [
            (-6, Err(TokenError::NotYetValid)),
            (-5, Ok(id(1))),
            (0, Ok(id(1))),
            (TTL_S + 4, Ok(id(1))),
            (TTL_S + 5, Err(TokenError::Expired)),
            (TTL_S + 1_000_000, Err(TokenError::Expired)),
        ] {
            let outcome = forge.service.verify(&token, at(offset_s)).map(|claims| claims.user);
            assert_eq!(outcome, expected, "at {offset_s} s, remembered: {remembered}");
        }
    }
}

#[test]
fn a_token_without_signature_is_refused_however_none_is_spelt() {
    let forge = Forge::new();
    let good = issue(&forge.service);
    let payload = good.split('.').nth(1).unwrap();
    for none in ["none", "None", "NONE", "nOnE", ""] {
        let header = URL_SAFE_NO_PAD.encode(patched(forge.header(), &json!({ "alg": none })));
        for signature in ["", good.rsplit('.').next().unwrap()] {
            let outcome = forge.service.verify(&format!("{header}.{payload}.{signature}"), at(0));
            assert_eq!(outcome, Err(TokenError::Malformed), "{none}");
        }
    }
    let (message, _) = good.rsplit_once('.').unwrap();
    assert_eq!(forge.service.verify(&format!("{message}."), at(0)), Err(TokenError::BadSignature));
}

#[test]
fn the_public_key_is_no_shared_secret() {
    let forge = Forge::new();
    let jwk = forge.service.jwks()["keys"][0].clone();
    let x = jwk["x"].as_str().unwrap();
    let raw = URL_SAFE_NO_PAD.decode(x).unwrap();
    let der = [&[0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00][..], &raw].concat();
    let body = base64::engine::general_purpose::STANDARD.encode(&der);
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n");
    for secret in
        [pem.as_bytes(), pem.trim_end().as_bytes(), &der, &raw, x.as_bytes(), jwk.to_string().as_bytes()]
    {
        for (name, algorithm) in
            [("HS256", Algorithm::HS256), ("HS384", Algorithm::HS384), ("HS512", Algorithm::HS512)]
        {
            let header = patched(forge.header(), &json!({ "alg": name }));
            let token = signed(&header, &claims().to_string(), &EncodingKey::from_secret(secret), algorithm);
            assert_eq!(forge.service.verify(&token, at(0)), Err(TokenError::BadSignature));
        }
    }
}

#[test]
fn the_algorithm_is_the_keys_and_not_the_tokens() {
    let forge = Forge::new();
    for other in ["HS256", "ES256", "RS256", "PS512"] {
        assert_eq!(forge.with_header(&json!({ "alg": other })), Err(TokenError::BadSignature), "{other}");
    }
    for unknown in [json!("Ed448"), json!("eddsa"), json!(1), json!(["EdDSA"]), json!(null)] {
        assert_eq!(forge.with_header(&json!({ "alg": unknown })), Err(TokenError::Malformed));
    }
}

#[test]
fn a_kid_is_only_ever_compared() {
    let forge = Forge::new();
    let almost = &forge.key.kid()[1..];
    for kid in ["../../dev/null", "/etc/passwd", "' OR 1=1; DROP TABLE users; --", "", "가\u{0}", "0", almost]
    {
        assert_eq!(forge.with_header(&json!({ "kid": kid })), Err(TokenError::UnknownKey), "{kid}");
    }
    assert_eq!(forge.with_header(&json!({ "kid": null })), Err(TokenError::UnknownKey));
    assert_eq!(forge.with_header(&json!({ "kid": "k".repeat(2_000) })), Err(TokenError::UnknownKey));
    assert_eq!(forge.with_header(&json!({ "kid": "k".repeat(10_240) })), Err(TokenError::Malformed));
    assert_eq!(forge.with_header(&json!({ "kid": 1 })), Err(TokenError::Malformed));
}

#[test]
fn keys_and_addresses_in_the_header_are_not_believed() {
    let (forge, attacker) = (Forge::new(), SigningKey::generate().unwrap());
    let jwk = attacker.verifying().to_jwk().unwrap();
    let header = patched(
        forge.header(),
        &json!({ "jwk": jwk, "jku": "https://attacker.example/jwks", "x5u": "https://attacker.example/x5u" }),
    );
    let claims = claims().to_string();
    let by_attacker = signed(&header, &claims, attacker.private(), Algorithm::EdDSA);
    assert_eq!(forge.service.verify(&by_attacker, at(0)), Err(TokenError::BadSignature));
    assert!(forge.service.verify(&forge.sign(&header, &claims), at(0)).is_ok());
}

#[test]
fn what_a_token_calls_critical_is_not_understood() {
    let forge = Forge::new();
    for crit in [json!(["exp"]), json!(["b64"]), json!([]), json!("exp"), json!([1])] {
        assert_eq!(
            forge.with_header(&json!({ "crit": crit, "b64": false })),
            Err(TokenError::Malformed),
            "{crit}"
        );
    }
}

#[test]
fn only_access_tokens_are_access_tokens() {
    let forge = Forge::new();
    for typ in ["JWT", "jwt", "rt+jwt", "id+jwt", "at+JWT", "application/at+jwt", "", "at+jwt "] {
        assert_eq!(forge.with_header(&json!({ "typ": typ })), Err(TokenError::WrongType), "{typ}");
    }
    assert_eq!(forge.with_header(&json!({ "typ": null })), Err(TokenError::WrongType));
}

#[test]
fn a_member_given_twice_is_refused() {
    let forge = Forge::new();
    let (header, claims) = (forge.header().to_string(), claims().to_string());
    let twice = |json: &str, member: &str| json.replacen('{', &format!("{{{member},"), 1);
    for header in [twice(&header, r#""alg":"none""#), twice(&header, r#""alg":"EdDSA""#)] {
        assert_eq!(forge.service.verify(&forge.sign(&header, &claims), at(0)), Err(TokenError::Malformed));
    }
    for claims in [twice(&claims, r#""exp":9999999999"#), twice(&claims, r#""sub":"x""#)] {
        assert_eq!(forge.service.verify(&forge.sign(&header, &claims), at(0)), Err(TokenError::Malformed));
    }
}

#[test]
fn a_time_is_a_whole_number_of_seconds_that_a_calendar_knows() {
    let forge = Forge::new();
    let exp = at(TTL_S).timestamp();
    #[expect(clippy::cast_precision_loss, reason = "seconds fit a double")]
    let fraction = exp as f64 + 0.5;
    for name in ["exp", "nbf", "iat"] {
        for time in [
            json!(exp.to_string()),
            json!(fraction),
            json!(1e9),
            json!(1_u64 << 63),
            json!(u64::MAX),
            json!(i64::MAX),
            json!(i64::MIN),
            json!(1e300),
            json!(true),
            json!([exp]),
            json!({}),
            json!(null),
        ] {
            assert_eq!(
                forge.with_claims(&json!({ name: time })),
                Err(TokenError::Malformed),
                "{name} {time}"
            );
        }
    }
    assert_eq!(forge.with_claims(&json!({ "exp": -1 })), Err(TokenError::Expired));
    assert_eq!(forge.with_claims(&json!({ "exp": 0 })), Err(TokenError::Expired));
    assert_eq!(forge.with_claims(&json!({ "nbf": at(6).timestamp() })), Err(TokenError::NotYetValid));
    assert_eq!(forge.with_claims(&json!({ "iat": at(6).timestamp() })), Err(TokenError::NotYetValid));
    assert!(forge.with_claims(&json!({ "nbf": at(5).timestamp() })).is_ok());
}

#[test]
fn a_token_of_another_installation_or_for_another_audience_is_refused() {
    let forge = Forge::new();
    for iss in ["https://madang.example/", "https://other.example", ""] {
        assert_eq!(forge.with_claims(&json!({ "iss": iss })), Err(TokenError::WrongIssuer), "{iss}");
    }
    assert_eq!(forge.with_claims(&json!({ "aud": "other" })), Err(TokenError::WrongAudience));
    for aud in [json!([AUDIENCE]), json!([AUDIENCE, "other"]), json!([]), json!({}), json!(1), json!(null)] {
        assert_eq!(forge.with_claims(&json!({ "aud": aud })), Err(TokenError::Malformed), "{aud}");
    }
    assert_eq!(forge.with_claims(&json!({ "iss": [ISSUER] })), Err(TokenError::Malformed));
}

#[test]
fn accounts_and_sessions_are_uuids() {
    let forge = Forge::new();
    for name in ["sub", "sid", "jti"] {
        for value in [json!("gildong@example.com"), json!(""), json!(1), json!([id(1)]), json!(null)] {
            assert_eq!(
                forge.with_claims(&json!({ name: value })),
                Err(TokenError::Malformed),
                "{name} {value}"
            );
        }
    }
    assert!(
        forge.with_claims(&json!({ "ver": 2, "roles": ["admin"] })).is_ok(),
        "claims to come are passed over"
    );
}

#[test]
fn another_key_is_unknown_and_cannot_pass_as_ours() {
    let forge = Forge::new();
    let other = SigningKey::generate().unwrap();
    let foreign = issue(&service(other.clone(), Vec::new()));
    assert_eq!(forge.service.verify(&foreign, at(0)), Err(TokenError::UnknownKey));
    let posing =
        signed(&forge.header().to_string(), &claims().to_string(), other.private(), Algorithm::EdDSA);
    assert_eq!(forge.service.verify(&posing, at(0)), Err(TokenError::BadSignature));
}

#[test]
fn no_byte_of_a_token_can_be_changed() {
    let forge = Forge::new();
    let good = issue(&forge.service);
    assert!(forge.service.verify(&good, at(0)).is_ok());
    for position in 0..good.len() {
        for replacement in ["A", "_", "=", ".", "가"] {
            let mut changed = good.clone();
            changed.replace_range(position..=position, replacement);
            if changed != good {
                assert!(forge.service.verify(&changed, at(0)).is_err(), "{changed}");
            }
        }
        assert!(forge.service.verify(&good[..position], at(0)).is_err());
    }
    for longer in
        [format!("{good}."), format!(".{good}"), format!("{good} "), format!("{good}="), format!("{good}A")]
    {
        assert!(forge.service.verify(&longer, at(0)).is_err(), "{longer}");
    }
}

#[test]
fn a_token_over_four_kibibytes_is_not_looked_at() {
    let forge = Forge::new();
    let with_filling = |length: usize| {
        let claims = patched(claims(), &json!({ "filling": "x".repeat(length) }));
        forge.sign(&forge.header().to_string(), &claims)
    };
    let (fitting, over): (Vec<_>, Vec<_>) =
        (2_300..2_900).map(with_filling).partition(|token| token.len() <= TOKEN_MAX_BYTES);
    assert!(forge.service.verify(fitting.last().unwrap(), at(0)).is_ok());
    assert_eq!(forge.service.verify(over.first().unwrap(), at(0)), Err(TokenError::Malformed));
    assert_eq!(forge.service.verify(&"a.".repeat(10_000_000), at(0)), Err(TokenError::Malformed));
}

#[test]
fn a_retiring_key_still_verifies_and_a_removed_one_does_not() {
    let (old, new) = (SigningKey::generate().unwrap(), SigningKey::generate().unwrap());
    let token = issue(&service(old.clone(), vec![new.clone()]));
    let rotated = service(new.clone(), vec![old.clone()]);
    assert!(rotated.verify(&token, at(0)).is_ok());
    assert!(rotated.verify(&issue(&rotated), at(0)).is_ok());
    assert_eq!(service(new, Vec::new()).verify(&token, at(0)), Err(TokenError::UnknownKey));
    let kids: Vec<_> =
        rotated.jwks()["keys"].as_array().unwrap().iter().map(|key| key["kid"].clone()).collect();
    assert_eq!(kids, [json!(rotated.keys().active.kid()), json!(old.kid())]);
}

#[test]
fn a_shared_secret_signs_verifies_and_stays_out_of_the_key_set() {
    let secret = SigningKey::shared_secret(&Secret::new(random_bytes::<32>())).unwrap();
    let mixed = service(secret.clone(), vec![SigningKey::generate().unwrap()]);
    let token = issue(&mixed);
    assert!(mixed.verify(&token, at(0)).is_ok());
    assert_eq!(
        service(SigningKey::generate().unwrap(), vec![secret.clone()]).verify(&token, at(0)).unwrap().user,
        id(1)
    );
    let keys = mixed.jwks()["keys"].as_array().unwrap().clone();
    assert_eq!(keys.len(), 1);
    assert_eq!(keys[0]["kty"], "OKP");
    assert!(keys[0].get("d").is_none() && keys[0].get("k").is_none());
    assert_eq!(service(secret, Vec::new()).jwks(), json!({ "keys": [] }));

    let other = SigningKey::shared_secret(&Secret::new(random_bytes::<32>())).unwrap();
    assert_eq!(mixed.verify(&issue(&service(other, Vec::new())), at(0)), Err(TokenError::UnknownKey));
}

proptest! {
    #[test]
    fn any_text_is_refused_without_a_panic(text in any::<String>(), header in any::<String>(), claims in any::<String>()) {
        let forge = Forge::new();
        prop_assert!(forge.service.verify(&text, at(0)).is_err());
        prop_assert!(forge.service.verify(&forge.sign(&header, &claims), at(0)).is_err());
        let signed = forge.sign(&forge.header().to_string(), &claims);
        prop_assert_eq!(forge.service.verify(&signed, at(0)), Err(TokenError::Malformed));
    }

    #[test]
    fn any_time_of_the_calendar_and_the_clock_is_answered(exp in any::<i64>(), nbf in any::<i64>(), now in any::<i64>()) {
        let forge = Forge::new();
        let claims = patched(claims(), &json!({ "exp": exp, "nbf": nbf }));
        let token = forge.sign(&forge.header().to_string(), &claims);
        let now = DateTime::from_timestamp(now % 8_000_000_000_000, 0).unwrap_or(DateTime::<Utc>::MAX_UTC);
        let _answered = forge.service.verify(&token, now);
    }
}

#[test]
fn after_a_rotation_old_tokens_hold_until_their_key_is_gone() {
    let (first, second) = (SigningKey::generate().unwrap(), SigningKey::generate().unwrap());
    let service = service(first.clone(), vec![second.clone()]);
    let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
    let issue =
        || service.issue(Uuid::from_u128(1), Uuid::from_u128(2), Uuid::from_u128(3), now).unwrap().token;
    let old = issue();
    assert!(service.verify(&old, now).is_ok());
    service.replace_keys(second.clone(), vec![first.clone()]);
    let new = issue();
    assert_eq!(jsonwebtoken::decode_header(&new).unwrap().kid.as_deref(), Some(second.kid()));
    assert!(service.verify(&old, now).is_ok() && service.verify(&new, now).is_ok());
    service.replace_keys(second, Vec::new());
    assert_eq!(service.verify(&old, now), Err(TokenError::UnknownKey), "nothing is remembered of it");
    assert!(service.verify(&new, now).is_ok());
    assert_eq!(service.jwks()["keys"].as_array().unwrap().len(), 1);
}
