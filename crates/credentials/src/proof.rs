//! Data Integrity proofs of the suite `eddsa-rdfc-2022`.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::{
    canonical::{CanonicalError, canonical_nquads},
    did,
    keys::{IssuerKey, PublicKey},
};

/// Why a credential is not what its issuer signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofFault {
    /// It has no proof of this suite for this purpose.
    #[error("the credential has no proof of the suite eddsa-rdfc-2022")]
    Missing,
    /// The key of the proof is not a key of the issuer.
    #[error("the proof is not the issuer's")]
    NotTheIssuers,
    /// The document can't be brought into its canonical form.
    #[error("the credential has no canonical form")]
    NotCanonical(#[from] CanonicalError),
    /// The signature belongs to another document or another key.
    #[error("the signature does not match")]
    Mismatch,
}

/// Adds a proof to a credential; one that it had is replaced.
///
/// # Errors
/// When the credential has terms that its contexts do not define.
pub fn sign(
    mut credential: Value,
    key: &IssuerKey,
    issuer: &str,
    created: DateTime<Utc>,
) -> Result<Value, CanonicalError> {
    if let Some(members) = credential.as_object_mut() {
        members.remove("proof");
    }
    let mut proof = json!({
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-rdfc-2022",
        "created": created.to_rfc3339_opts(SecondsFormat::Secs, true),
        "verificationMethod": did::verification_method(issuer, key.public()),
        "proofPurpose": "assertionMethod",
    });
    let signature = key.sign(&message(&credential, proof.clone())?);
    if let (Some(members), Some(proof_members)) = (credential.as_object_mut(), proof.as_object_mut()) {
        proof_members
            .insert("proofValue".to_owned(), format!("z{}", bs58::encode(signature).into_string()).into());
        members.insert("proof".to_owned(), proof);
    }
    Ok(credential)
}

/// Verifies that the issuer that a credential names has signed it with one of these keys, as `did:web` or as `did:key`.
///
/// This says nothing about its period and its status.
pub fn verify(credential: &Value, issuer: &str, keys: &[PublicKey]) -> Result<(), ProofFault> {
    let named = credential.pointer("/issuer/id").or_else(|| credential.get("issuer")).and_then(Value::as_str);
    let method =
        credential.pointer("/proof/verificationMethod").and_then(Value::as_str).ok_or(ProofFault::Missing)?;
    let key = keys.iter().find(|key| method == did::verification_method(issuer, **key));
    let key = key.filter(|_| named == Some(issuer)).ok_or(ProofFault::NotTheIssuers)?;
    verify_signature(credential, *key)
}

/// Verifies that a key has signed a credential, whoever's key it is.
pub fn verify_signature(credential: &Value, key: PublicKey) -> Result<(), ProofFault> {
    let mut unsigned = credential.clone();
    let proof =
        unsigned.as_object_mut().and_then(|members| members.remove("proof")).ok_or(ProofFault::Missing)?;
    let text = |name: &str| proof.get(name).and_then(Value::as_str);
    if text("type") != Some("DataIntegrityProof")
        || text("cryptosuite") != Some("eddsa-rdfc-2022")
        || text("proofPurpose") != Some("assertionMethod")
    {
        return Err(ProofFault::Missing);
    }
    let signature = signature_of(&proof).ok_or(ProofFault::Mismatch)?;
    let message = message(&unsigned, proof)?;
    if key.verify(&message, &signature) { Ok(()) } else { Err(ProofFault::Mismatch) }
}

fn signature_of(proof: &Value) -> Option<Vec<u8>> {
    let encoded = proof.get("proofValue")?.as_str()?.strip_prefix('z')?;
    bs58::decode(encoded).into_vec().ok()
}

/// What is signed: the hash of the proof's options, then the hash of the document.
fn message(unsigned: &Value, mut proof: Value) -> Result<Vec<u8>, CanonicalError> {
    if let Some(members) = proof.as_object_mut() {
        members.remove("proofValue");
        members.insert("@context".to_owned(), unsigned.get("@context").cloned().unwrap_or_default());
    }
    let hash = |document: &Value| canonical_nquads(document).map(Sha256::digest);
    Ok([hash(&proof)?, hash(unsigned)?].concat())
}
