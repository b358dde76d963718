//! The keys of the fake servers, drawn for each test, and the tokens that they sign.

use aws_lc_rs::{
    hmac,
    rand::SystemRandom,
    rsa::{KeyPair, KeySize},
    signature::{
        ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _,
        RSA_PKCS1_SHA256, UnparsedPublicKey,
    },
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::Fault;

/// The RSA keys with which ID tokens are signed; the last one signs.
pub struct SigningKeys {
    keys: Vec<(String, KeyPair)>,
}

impl SigningKeys {
    pub fn new() -> Self {
        let mut keys = Self { keys: Vec::new() };
        keys.rotate();
        keys
    }

    pub fn rotate(&mut self) {
        let key = KeyPair::generate(KeySize::Rsa2048).expect("a key");
        // The old one is gone at once, as after a leak.
        let name = format!("key-{}", self.number() + 1);
        self.keys = vec![(name, key)];
    }

    fn number(&self) -> u32 {
        self.keys.last().and_then(|(name, _)| name.rsplit('-').next()?.parse().ok()).unwrap_or_default()
    }

    fn last(&self) -> &(String, KeyPair) {
        self.keys.last().expect("there is always one")
    }

    /// The public keys, beside one of a kind that nobody knows.
    pub fn public(&self) -> Value {
        let mut keys = vec![json!({"kty": "XYZ", "kid": "strange"})];
        for (name, key) in &self.keys {
            let public = key.public_key();
            let (modulus, exponent) = (public.modulus(), public.exponent());
            keys.push(json!({
                "kty": "RSA", "use": "sig", "alg": "RS256", "kid": name,
                "n": URL_SAFE_NO_PAD.encode(modulus.big_endian_without_leading_zero()),
                "e": URL_SAFE_NO_PAD.encode(exponent.big_endian_without_leading_zero()),
            }));
        }
        json!({ "keys": keys })
    }

    /// Signs, or does what the fault says.
    pub fn sign(&self, claims: &Value, fault: Option<Fault>) -> String {
        let (name, key) = self.last();
        let algorithm = match fault {
            Some(Fault::AlgNone) => "none",
            Some(Fault::AlgConfused) => "HS256",
            _ => "RS256",
        };
        let header = json!({"alg": algorithm, "kid": name, "typ": "JWT"});
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(&header), part(claims));
        let signature = match fault {
            Some(Fault::AlgNone) => Vec::new(),
            Some(Fault::AlgConfused) => {
                let secret = hmac::Key::new(hmac::HMAC_SHA256, key.public_key().as_ref());
                hmac::sign(&secret, message.as_bytes()).as_ref().to_vec()
            }
            Some(Fault::ForeignKey) => {
                rsa_signature(&KeyPair::generate(KeySize::Rsa2048).expect("a key"), &message)
            }
            _ => rsa_signature(key, &message),
        };
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

fn rsa_signature(key: &KeyPair, message: &str) -> Vec<u8> {
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature)
        .expect("a signature");
    signature
}

/// The private key that Apple gives to a developer, of which it keeps the public half.
pub struct AppleKey {
    pkcs8: Vec<u8>,
    public: Vec<u8>,
}

impl AppleKey {
    pub fn new() -> Self {
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).expect("a key");
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref()).expect("a key");
        Self { public: pair.public_key().as_ref().to_vec(), pkcs8: pkcs8.as_ref().to_vec() }
    }

    /// The text of the `.p8` file.
    pub fn pem(&self) -> String {
        format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(&self.pkcs8))
    }

    /// Whether this is a client secret as Apple wants it.
    pub fn accepts(&self, secret: &str, now: DateTime<Utc>) -> bool {
        let parts: Vec<&str> = secret.split('.').collect();
        let [header, claims, signature] = parts[..] else { return false };
        let read = |part: &str| -> Value {
            URL_SAFE_NO_PAD
                .decode(part)
                .ok()
                .and_then(|bytes| serde_json::from_slice(&bytes).ok())
                .unwrap_or_default()
        };
        let message = format!("{header}.{claims}");
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &self.public);
        let signed = URL_SAFE_NO_PAD
            .decode(signature)
            .is_ok_and(|signature| key.verify(message.as_bytes(), &signature).is_ok());
        let (header, claims) = (read(header), read(claims));
        let (issued, expires) = (claims["iat"].as_i64(), claims["exp"].as_i64());
        signed
            && header["alg"] == "ES256"
            && header["kid"] == "KEY1234567"
            && claims["iss"] == "TEAM123456"
            && claims["sub"] == "apple-client"
            && claims["aud"] == "https://appleid.apple.com"
            && issued.is_some_and(|at| at <= now.timestamp())
            && expires.is_some_and(|at| at > now.timestamp() && at <= now.timestamp() + 180 * 86_400)
    }
}
