//! The vectors that W3C publishes for `eddsa-rdfc-2022`, and the published context of Open Badges.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic, as tests may")]

use std::{fs, path::PathBuf};

use madang_credentials::{canonical_nquads, did, proof, proof::ProofFault};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

fn file(name: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/ob3");
    fs::read_to_string(folder.join(name)).unwrap()
}

fn vector(name: &str) -> String {
    file(&format!("eddsa-rdfc-2022/{name}"))
}

fn signed() -> Value {
    serde_json::from_str(&vector("signedDataInt.json")).unwrap()
}

#[test]
fn canonical_forms_and_their_hashes_are_those_of_the_standard() {
    let mut document = signed();
    document.as_object_mut().unwrap().remove("proof");
    let options: Value = serde_json::from_str(&vector("proofConfigDataInt.json")).unwrap();
    for (value, canonical, hash) in [
        (&document, "canonDocDataInt.txt", "docHashDataInt.txt"),
        (&options, "proofCanonDataInt.txt", "proofHashDataInt.txt"),
    ] {
        let quads = canonical_nquads(value).unwrap();
        assert_eq!(quads, vector(canonical));
        assert_eq!(format!("{:x}", Sha256::digest(quads)), vector(hash).trim());
    }
}

#[test]
fn the_signed_document_verifies_and_a_changed_one_does_not() {
    let method = signed()["proof"]["verificationMethod"].as_str().unwrap().to_owned();
    let key = did::key_of(&method).unwrap();
    // The vector's issuer is an address and not the holder of its key, so the issuer is put in for the test of the rule.
    let issuer = did::key(key);
    assert_eq!(proof::verify(&signed(), &issuer, &[key]), Err(ProofFault::NotTheIssuers));
    assert_eq!(proof::verify_signature(&signed(), key), Ok(()));
    for pointer in [
        "/description",
        "/credentialSubject/alumniOf",
        "/credentialSubject/id",
        "/validFrom",
        "/proof/created",
    ] {
        let mut changed = signed();
        let value = changed.pointer_mut(pointer).unwrap();
        *value = value.as_str().unwrap().replace(['S', 'a', '3'], "4").into();
        assert_eq!(proof::verify_signature(&changed, key), Err(ProofFault::Mismatch), "{pointer}");
    }
}

#[test]
fn the_context_we_carry_is_the_published_one_without_two_terms() {
    let published: Value = serde_json::from_str(&file("contexts/ob-v3p0-3.0.3.json")).unwrap();
    let carried: Value = serde_json::from_str(include_str!("../contexts/open-badges-3.0.3.json")).unwrap();
    let mut expected = published["@context"].as_object().unwrap().clone();
    expected.remove("endorsementJwt");
    expected.remove("jti");
    assert_eq!(carried["@context"].as_object().unwrap(), &expected);
}
