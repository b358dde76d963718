//! What is known of the papers that prove a reason: never the papers themselves.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::text::{TextProblem, text_type};

/// The most papers to one request.
pub const MAX_EVIDENCE: usize = 10;
/// The largest file, in bytes.
const MAX_BYTES: i64 = 100 * 1024 * 1024;

text_type! {
    /// The name of a file, as its owner calls it: 1 to 255 characters. It may tell of an illness.
    EvidenceName, max = 255, debug = Redacted
}

/// What is known of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    name: String,
    content_type: String,
    size_bytes: i64,
    sha256: String,
}

/// What is wrong with the particulars of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum EvidenceFault {
    /// Its name.
    #[error("the name can't be used")]
    Name(TextProblem),
    /// Not of the form `type/subtype`.
    #[error("not a content type")]
    ContentType,
    /// Empty, or larger than any file may be.
    #[error("from 1 to {max} bytes")]
    Size {
        /// The largest.
        max: i64,
    },
    /// Not 64 hexadecimal digits.
    #[error("not a SHA-256")]
    Sha256,
}

impl Evidence {
    /// The particulars of a file, as its owner gives them.
    ///
    /// # Errors
    /// [`EvidenceFault`], for the first that can't be used.
    pub fn new(name: &str, content_type: &str, size_bytes: i64, sha256: &str) -> Result<Self, EvidenceFault> {
        let name = EvidenceName::parse(name).map_err(EvidenceFault::Name)?;
        let content_type = content_type.trim().to_ascii_lowercase();
        let of_token = |text: &str| {
            (1..=63).contains(&text.len())
                && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&byte))
        };
        if !content_type.split_once('/').is_some_and(|(kind, form)| of_token(kind) && of_token(form)) {
            return Err(EvidenceFault::ContentType);
        }
        if !(1..=MAX_BYTES).contains(&size_bytes) {
            return Err(EvidenceFault::Size { max: MAX_BYTES });
        }
        if sha256.len() != 64 || !sha256.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(EvidenceFault::Sha256);
        }
        Ok(Self { name: name.into(), content_type, size_bytes, sha256: sha256.to_ascii_lowercase() })
    }

    /// What its owner calls it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its media type, in lower case.
    pub fn content_type(&self) -> &str {
        &self.content_type
    }

    /// Its size.
    pub fn size_bytes(&self) -> i64 {
        self.size_bytes
    }

    /// Its SHA-256 in lower-case hexadecimal digits: whoever shows the file later shows that it is the same.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855";

    #[test]
    fn particulars_are_kept_in_one_form() {
        let evidence = Evidence::new(" 진단서.pdf ", "Application/PDF", 1, HASH).unwrap();
        assert_eq!((evidence.name(), evidence.content_type()), ("진단서.pdf", "application/pdf"));
        assert_eq!(evidence.sha256(), HASH.to_ascii_lowercase());
    }

    #[test]
    fn what_is_no_file_is_refused() {
        let new = |name, kind, size, hash| Evidence::new(name, kind, size, hash).unwrap_err();
        assert_eq!(new("", "a/b", 1, HASH), EvidenceFault::Name(TextProblem::Empty));
        for kind in ["", "pdf", "/pdf", "a/", "a/b/c", "a/b; c=d"] {
            assert_eq!(new("a", kind, 1, HASH), EvidenceFault::ContentType, "{kind}");
        }
        for size in [-1, 0, MAX_BYTES + 1] {
            assert_eq!(new("a", "a/b", size, HASH), EvidenceFault::Size { max: MAX_BYTES });
        }
        for hash in ["", "e3b0", &HASH[1..], &"g".repeat(64)] {
            assert_eq!(new("a", "a/b", 1, hash), EvidenceFault::Sha256);
        }
    }
}
