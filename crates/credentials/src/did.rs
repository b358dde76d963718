//! The names of issuers: `did:web`, whose document we serve, and `did:key`, which is its own document.

use serde_json::{Value, json};
use url::Url;

use crate::keys::{KeyMalformed, PublicKey};

/// The `did:web` of a public address: its host, its port if unusual, and its path.
///
/// `None` for an address without a host.
pub fn web(address: &Url) -> Option<String> {
    let port = address.port().map(|port| format!("%3A{port}")).unwrap_or_default();
    let mut did = format!("did:web:{}{port}", address.host_str()?);
    for segment in address.path().split('/').filter(|segment| !segment.is_empty()) {
        did.push(':');
        did.push_str(segment);
    }
    Some(did)
}

/// The `did:key` of a key.
pub fn key(key: PublicKey) -> String {
    format!("did:key:{}", key.multibase())
}

/// The key that a `did:key` is, with or without a fragment.
pub fn key_of(did: &str) -> Result<PublicKey, KeyMalformed> {
    let text = did.strip_prefix("did:key:").ok_or(KeyMalformed)?;
    PublicKey::from_multibase(text.split('#').next().unwrap_or(text))
}

/// How a proof names one key of an issuer.
pub fn verification_method(did: &str, key: PublicKey) -> String {
    format!("{did}#{}", key.multibase())
}

/// The document of an issuer: every key that has ever signed stays in it, so that what it signed can be verified.
pub fn document(did: &str, keys: &[PublicKey]) -> Value {
    let methods: Vec<String> = keys.iter().map(|key| verification_method(did, *key)).collect();
    let mut document = json!({
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
        "id": did,
        "verificationMethod": keys.iter().zip(&methods).map(|(key, method)| json!({
            "id": method,
            "type": "Multikey",
            "controller": did,
            "publicKeyMultibase": key.multibase(),
        })).collect::<Vec<_>>(),
        "assertionMethod": methods,
    });
    if !did.starts_with("did:key:")
        && let Some(members) = document.as_object_mut()
    {
        members.insert("alsoKnownAs".to_owned(), keys.iter().map(|key| self::key(*key)).collect());
    }
    document
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_becomes_a_did_as_the_method_says() {
        for (address, did) in [
            ("https://madang.example.kr", "did:web:madang.example.kr"),
            ("https://madang.example.kr/", "did:web:madang.example.kr"),
            ("http://127.0.0.1:8080", "did:web:127.0.0.1%3A8080"),
            ("https://city.example.kr/learning/centre", "did:web:city.example.kr:learning:centre"),
        ] {
            assert_eq!(web(&Url::parse(address).unwrap()).as_deref(), Some(did));
        }
        assert_eq!(web(&Url::parse("mailto:a@b.kr").unwrap()), None);
    }

    #[test]
    fn a_did_key_is_its_key() {
        let did = "did:key:z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2";
        let public = key_of(&format!("{did}#z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2")).unwrap();
        assert_eq!(key(public), did);
        assert!(document(did, &[public]).get("alsoKnownAs").is_none());
        for wrong in ["did:web:a", "did:key:", "did:key:zabc", "did:key:6Mk"] {
            assert_eq!(key_of(wrong), Err(KeyMalformed), "{wrong}");
        }
    }
}
