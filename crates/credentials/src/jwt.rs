//! Credentials as JWT (VC-JWT): the credential is the payload, signed as it is written.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::DateTime;
use serde_json::{Map, Value, json};

use crate::{
    did,
    keys::{IssuerKey, PublicKey},
};

/// The media type.
pub const MEDIA_TYPE: &str = "application/vc+jwt";

/// A token that is not what its issuer signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the token is not signed by the issuer")]
pub struct TokenInvalid;

/// Signs a credential without a proof as a JWT.
pub fn sign(credential: &Value, key: &IssuerKey, issuer: &str) -> String {
    let header = json!({"alg": "EdDSA", "typ": "vc+jwt", "cty": "vc", "kid": did::verification_method(issuer, key.public())});
    let mut claims: Map<String, Value> = credential.as_object().cloned().unwrap_or_default();
    claims.remove("proof");
    claims.insert("iss".to_owned(), issuer.into());
    let seconds = |name: &str| {
        let text = credential.get(name)?.as_str()?;
        Some(DateTime::parse_from_rfc3339(text).ok()?.timestamp())
    };
    let registered = [
        ("jti", credential.get("id").cloned()),
        ("sub", credential.pointer("/credentialSubject/id").cloned()),
        ("nbf", seconds("validFrom").map(Value::from)),
        ("exp", seconds("validUntil").map(Value::from)),
    ];
    claims.extend(registered.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    let encode = |value: String| URL_SAFE_NO_PAD.encode(value);
    let signed = format!("{}.{}", encode(header.to_string()), encode(Value::Object(claims).to_string()));
    let signature = URL_SAFE_NO_PAD.encode(key.sign(signed.as_bytes()));
    format!("{signed}.{signature}")
}

/// The claims of a token that this issuer signed with one of these keys. Its period and status are not looked at.
pub fn verify(token: &str, issuer: &str, keys: &[PublicKey]) -> Result<Value, TokenInvalid> {
    let (signed, signature) = token.rsplit_once('.').ok_or(TokenInvalid)?;
    let (header, claims) = signed.split_once('.').ok_or(TokenInvalid)?;
    let bytes = |text: &str| URL_SAFE_NO_PAD.decode(text).map_err(|_| TokenInvalid);
    let value = |text: &str| serde_json::from_slice::<Value>(&bytes(text)?).map_err(|_| TokenInvalid);
    let (header, claims) = (value(header)?, value(claims)?);
    let kid = header.get("kid").and_then(Value::as_str);
    let key = keys.iter().find(|key| kid == Some(did::verification_method(issuer, **key).as_str()));
    let key = key.filter(|_| {
        header.get("alg").and_then(Value::as_str) == Some("EdDSA")
            && claims.get("iss").and_then(Value::as_str) == Some(issuer)
    });
    if key.ok_or(TokenInvalid)?.verify(signed.as_bytes(), &bytes(signature)?) {
        Ok(claims)
    } else {
        Err(TokenInvalid)
    }
}
