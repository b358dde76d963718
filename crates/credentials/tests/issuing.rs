//! What we issue, verified by ourselves and by the libraries that others use.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic, as tests may")]

use std::{
    io::Write as _,
    path::PathBuf,
    process::{Command, Stdio},
};

use chrono::{NaiveDate, TimeDelta, TimeZone as _, Utc};
use madang_credentials::{
    Badge, Issuer, IssuerKey, StatusEntry,
    bake::{self, Baked},
    did, identity_hash, jwt, proof,
    proof::ProofFault,
    status::StatusList,
};
use serde_json::{Value, json};

const LIST: &str = "https://madang.example.kr/api/v1/status-lists/1";
const WEB: &str = "did:web:madang.example.kr";

fn key() -> IssuerKey {
    IssuerKey::from_seed(&[7; 32]).unwrap()
}

fn issuer(did: &str) -> Issuer {
    Issuer {
        did: did.to_owned(),
        name: "마당평생교육원".to_owned(),
        url: "https://madang.example.kr".to_owned(),
    }
}

fn badge(did: &str) -> Badge {
    let day = |month, day| NaiveDate::from_ymd_opt(2026, month, day).unwrap();
    let issued_at = Utc.with_ymd_and_hms(2026, 6, 25, 1, 0, 0).unwrap();
    Badge {
        id: "urn:uuid:01981111-2222-7333-8444-555566667777".to_owned(),
        issuer: issuer(did),
        issued_at,
        valid_until: Some(issued_at + TimeDelta::days(1_000)),
        achievement_id: "https://madang.example.kr/api/v1/courses/01980000-0000-7000-8000-000000000001"
            .to_owned(),
        course: "어르신을 위한 「스마트폰」 활용 \"기초\" ]]> & <1>".to_owned(),
        description: "생활 속 디지털 안전\n두 번째 줄 \u{1F600}".to_owned(),
        criteria: "모든 수업에서 출석률 80% 이상, 총 20시간 이상".to_owned(),
        number: "제2026-0123호".to_owned(),
        begins_on: day(3, 2),
        ends_on: day(6, 20),
        name: "홍길동".to_owned(),
        email: Some("Hong@Example.KR".to_owned()),
        salt: "8f3k2m9p".to_owned(),
        status: StatusEntry { list: LIST.to_owned(), index: 94_567 },
        verification_address: "https://madang.example.kr/verify/8F3K2M9PQX7T4WZAC".to_owned(),
    }
}

fn signed(did: &str) -> Value {
    let badge = badge(did);
    proof::sign(badge.credential(), &key(), did, badge.issued_at).unwrap()
}

fn status_list(did: &str, revoked: &[u32]) -> Value {
    let from = Utc.with_ymd_and_hms(2026, 6, 26, 0, 0, 0).unwrap();
    let list = StatusList::of(revoked.iter().copied());
    let credential = list.credential(LIST, &issuer(did), from, from + TimeDelta::days(36_500));
    proof::sign(credential, &key(), did, from).unwrap()
}

/// What `@digitalbazaar/vc` says of a credential: `verified`, or the words of its fault.
fn elsewhere(did: &str, credential: &Value, status_list: &Value) -> String {
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../scripts/verify.sh");
    let mut verifier =
        Command::new(script).arg("credentials").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let documents = json!({
        "credential": credential,
        "status_list": status_list,
        "did_document": did::document(did, &[key().public()]),
        "now": "2026-11-01T00:00:00Z",
    });
    verifier.stdin.take().unwrap().write_all(documents.to_string().as_bytes()).unwrap();
    let output = verifier.wait_with_output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn digital_bazaar_verifies_what_we_issue_and_refuses_what_was_changed() {
    let issuers = [WEB.to_owned(), did::key(key().public())];
    let valid = |did: &str| status_list(did, &[94_566, 94_568]);
    for did in &issuers {
        assert_eq!(elsewhere(did, &signed(did), &valid(did)), "verified");
    }
    let mut renamed = signed(WEB);
    renamed["credentialSubject"]["achievement"]["name"] = "어르신을 위한 요리".into();
    assert_eq!(elsewhere(WEB, &renamed, &valid(WEB)), "Invalid signature.");
    let mut added = signed(WEB);
    added["credentialSubject"]["salary"] = "많음".into();
    assert_ne!(elsewhere(WEB, &added, &valid(WEB)), "verified");
    let mut swapped = signed(WEB);
    swapped["issuer"]["id"] = "did:web:elsewhere.example".into();
    assert_ne!(elsewhere(WEB, &swapped, &valid(WEB)), "verified");
    let revoked = status_list(WEB, &[94_567]);
    assert_eq!(elsewhere(WEB, &signed(WEB), &revoked), "The credential is revoked.");
}

#[test]
fn we_verify_what_we_issue_and_refuse_what_was_changed() {
    let public = [key().public()];
    let verify = |credential: &Value| proof::verify(credential, WEB, &public);
    assert_eq!(verify(&signed(WEB)), Ok(()));
    for (pointer, fault) in [
        ("/credentialSubject/licenseNumber", ProofFault::Mismatch),
        ("/credentialSubject/achievement/criteria/narrative", ProofFault::Mismatch),
        ("/credentialStatus/statusListIndex", ProofFault::Mismatch),
        ("/validUntil", ProofFault::Mismatch),
        ("/proof/created", ProofFault::Mismatch),
        ("/issuer/id", ProofFault::NotTheIssuers),
        ("/proof/cryptosuite", ProofFault::Missing),
        ("/proof/verificationMethod", ProofFault::NotTheIssuers),
    ] {
        let mut changed = signed(WEB);
        *changed.pointer_mut(pointer).unwrap() = "2026-01-01T00:00:00Z".into();
        assert_eq!(verify(&changed), Err(fault), "{pointer}");
    }
    let mut added = signed(WEB);
    added["salary"] = 1.into();
    assert!(matches!(verify(&added), Err(ProofFault::NotCanonical(_))));
    let stranger = IssuerKey::from_seed(&[8; 32]).unwrap().public();
    assert_eq!(proof::verify(&signed(WEB), WEB, &[stranger]), Err(ProofFault::NotTheIssuers));
}

#[test]
fn the_same_facts_give_the_same_credential() {
    assert_eq!(signed(WEB), signed(WEB));
}

#[test]
fn name_and_address_are_told_as_hashes_only() {
    let text = signed(WEB).to_string();
    assert!(!text.contains("홍길동") && !text.to_lowercase().contains("hong@"));
    let identities = signed(WEB)["credentialSubject"]["identifier"].clone();
    assert_eq!(identities[0]["identityHash"], identity_hash("hong@example.kr", "8f3k2m9p"));
    assert_eq!(identities[1]["identityHash"], identity_hash("홍길동", "8f3k2m9p"));
    // sha256 of `a@b.krsalt`, made elsewhere.
    assert_eq!(
        identity_hash("a@b.kr", "salt"),
        "sha256$7c3332fb2314a26d70de052e9737e5ef5a892770efd61c43ed18dd42f02628a4"
    );
}

#[test]
fn a_token_carries_the_credential_and_breaks_when_it_is_touched() {
    let credential = badge(WEB).credential();
    let token = jwt::sign(&credential, &key(), WEB);
    let claims = jwt::verify(&token, WEB, &[key().public()]).unwrap();
    assert_eq!(claims["credentialSubject"], credential["credentialSubject"]);
    assert_eq!((claims["iss"].as_str(), claims["jti"].clone()), (Some(WEB), credential["id"].clone()));
    assert_eq!((claims["nbf"].as_i64(), claims["exp"].as_i64()), (Some(1_782_349_200), Some(1_868_749_200)));

    let parts: Vec<&str> = token.split('.').collect();
    let other = jwt::sign(&badge("did:web:other.example").credential(), &key(), "did:web:other.example");
    let other: Vec<&str> = other.split('.').collect();
    for broken in [
        format!("{}.{}.{}", parts[0], other[1], parts[2]),
        format!("{}.{}.{}", other[0], parts[1], parts[2]),
        format!("{}.{}.", parts[0], parts[1]),
        other.join("."),
        parts[..2].join("."),
        String::new(),
    ] {
        assert_eq!(jwt::verify(&broken, WEB, &[key().public()]), Err(jwt::TokenInvalid), "{broken}");
    }
}

#[test]
fn a_picture_keeps_what_is_baked_into_it_and_stays_a_picture() {
    let credential = signed(WEB);
    let baked = bake::into_png(bake::BADGE_PNG, Baked::Credential(&credential)).unwrap();
    let found: Value = serde_json::from_str(&bake::from_png(&baked).unwrap().unwrap()).unwrap();
    assert_eq!(found, credential);
    let mut reader = png::Decoder::new(std::io::Cursor::new(&baked)).read_info().unwrap();
    reader.finish().unwrap();
    assert_eq!((reader.info().width, reader.info().utf8_text.len()), (400, 1));
    assert_eq!(reader.info().utf8_text[0].keyword, "openbadgecredential");
    assert_eq!(reader.info().utf8_text[0].get_text().unwrap(), credential.to_string());

    let again = bake::into_png(&baked, Baked::Token("a.b.c")).unwrap();
    assert_eq!(bake::from_png(&again).unwrap().as_deref(), Some("a.b.c"));
    assert_eq!(bake::from_png(bake::BADGE_PNG), Ok(None));
    for broken in [&b""[..], b"GIF89a", &baked[..100], &baked[..baked.len() - 12]] {
        assert_eq!(bake::into_png(broken, Baked::Token("a.b.c")), Err(bake::PictureMalformed));
    }
}

#[test]
fn an_svg_keeps_what_is_baked_into_it_even_what_would_end_its_section() {
    let credential = signed(WEB);
    let baked = bake::into_svg(bake::BADGE_SVG, Baked::Credential(&credential)).unwrap();
    let document = roxmltree::Document::parse(&baked).unwrap();
    let element = document.root_element().first_element_child().unwrap();
    assert_eq!(element.tag_name().name(), "credential");
    let text: String = element.children().filter_map(|node| node.text()).collect();
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), credential);

    let baked = bake::into_svg(bake::BADGE_SVG, Baked::Token("a.b.c")).unwrap();
    let document = roxmltree::Document::parse(&baked).unwrap();
    let element = document.root_element().first_element_child().unwrap();
    assert_eq!(element.attribute("verify"), Some("a.b.c"));
    assert_eq!(bake::into_svg("<html>", Baked::Token("a.b.c")), Err(bake::PictureMalformed));
}
