//! The one text that stands for a document, however its JSON is written: RDFC-1.0.

use oxjsonld::{JsonLdParser, JsonLdRemoteDocument};
use oxrdf::{
    Dataset, TermRef,
    dataset::{CanonicalizationAlgorithm, CanonicalizationHashAlgorithm},
};
use serde_json::{Value, json};

use crate::context;

/// Where terms land that no context defines.
const UNDEFINED: &str = "undefined:";
/// What relative references are resolved against, which no document of ours may have.
const NOWHERE: &str = "undefined:/";

/// Why a document has no canonical form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CanonicalError {
    /// Not JSON-LD, or a context that is not carried.
    #[error("the document can't be read as JSON-LD")]
    Unreadable,
    /// A term that no context defines would not be signed.
    #[error("the document has a term that its contexts do not define")]
    UndefinedTerm,
}

/// The canonical N-Quads of a JSON-LD document.
///
/// # Errors
/// When the document can't be read, or holds anything that would be dropped: then a signature would not cover it.
pub fn canonical_nquads(document: &Value) -> Result<String, CanonicalError> {
    let document = with_catch_all(document.clone());
    let parser = JsonLdParser::new()
        .with_base_iri(NOWHERE)
        .map_err(|_| CanonicalError::Unreadable)?
        .for_slice(&document)
        .with_load_document_callback(|address, _| {
            let text = context::text(address).ok_or("a context that is not embedded")?;
            Ok(JsonLdRemoteDocument { document: text.into(), document_url: address.to_owned() })
        });
    let mut dataset = Dataset::new();
    for quad in parser {
        let quad = quad.map_err(|_| CanonicalError::Unreadable)?;
        let undefined = |iri: &str| iri.starts_with(UNDEFINED);
        let object = match quad.object.as_ref() {
            TermRef::NamedNode(node) => undefined(node.as_str()),
            TermRef::Literal(literal) => undefined(literal.datatype().as_str()),
            TermRef::BlankNode(_) => false,
        };
        if object || undefined(quad.predicate.as_str()) {
            return Err(CanonicalError::UndefinedTerm);
        }
        dataset.insert(&quad);
    }
    dataset.canonicalize(CanonicalizationAlgorithm::Rdfc10 {
        hash_algorithm: CanonicalizationHashAlgorithm::Sha256,
    });
    let mut lines: Vec<String> = dataset.iter().map(|quad| format!("{quad} .\n")).collect();
    lines.sort_unstable();
    Ok(lines.concat())
}

/// Puts a context first that gives every undefined term a name, so that it is seen and not dropped.
fn with_catch_all(mut document: Value) -> Vec<u8> {
    if let Some(contexts) = document.get_mut("@context") {
        let own = match contexts.take() {
            Value::Array(contexts) => contexts,
            one @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_)) => {
                vec![one]
            }
        };
        *contexts = std::iter::once(json!({"@vocab": UNDEFINED})).chain(own).collect();
    }
    document.to_string().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credential() -> Value {
        json!({"@context": [context::CREDENTIALS_V2], "type": ["VerifiableCredential"], "name": "수료증 \"\u{7f}\u{1}\n\\"})
    }

    #[test]
    fn what_no_context_defines_is_refused_and_not_dropped() {
        assert!(canonical_nquads(&credential()).is_ok());
        for (pointer, value) in [("salary", json!(1)), ("type", json!(["VerifiableCredential", "Unheard"]))] {
            let mut document = credential();
            document[pointer] = value;
            assert_eq!(canonical_nquads(&document), Err(CanonicalError::UndefinedTerm), "{pointer}");
        }
    }

    #[test]
    fn a_context_from_elsewhere_is_refused() {
        let document = json!({"@context": ["https://evil.example/context"], "name": "x"});
        assert_eq!(canonical_nquads(&document), Err(CanonicalError::Unreadable));
    }

    #[test]
    fn text_is_escaped_as_the_standard_says() {
        let quads = canonical_nquads(&credential()).unwrap();
        assert!(quads.contains(r#"<https://schema.org/name> "수료증 \"\u007F\u0001\n\\" ."#), "{quads}");
    }
}
