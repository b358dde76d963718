//! The JSON-LD contexts that credentials may name.

/// The Verifiable Credentials Data Model 2.0.
pub(crate) const CREDENTIALS_V2: &str = "https://www.w3.org/ns/credentials/v2";
/// Open Badges 3.0.
pub(crate) const OPEN_BADGES: &str = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json";

/// The text of a context by its address; `None` for one that we do not carry.
pub(crate) fn text(address: &str) -> Option<&'static str> {
    Some(match address {
        CREDENTIALS_V2 => ssi_contexts::CREDENTIALS_V2,
        OPEN_BADGES => include_str!("../contexts/open-badges-3.0.3.json"),
        "https://www.w3.org/ns/credentials/examples/v2" => ssi_contexts::CREDENTIALS_EXAMPLES_V2,
        "https://w3id.org/security/data-integrity/v2" => ssi_contexts::W3ID_DATA_INTEGRITY_V2,
        "https://w3id.org/security/data-integrity/v1" => ssi_contexts::W3ID_DATA_INTEGRITY_V1,
        _ => return None,
    })
}
