//! Which credentials are revoked: the W3C Bitstring Status List, one bit for each credential.

use std::io::{Read as _, Write as _};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, SecondsFormat, Utc};
use flate2::{Compression, GzBuilder, read::GzDecoder};
use serde_json::{Value, json};

use crate::{badge::Issuer, context};

/// How many credentials one list speaks for: the least that the standard allows, so that none stands out.
pub const ENTRIES: u32 = 131_072;
const BYTES: usize = ENTRIES as usize / 8;

/// A list of bits; a set bit is a revoked credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusList {
    bits: Vec<u8>,
}

/// A list that is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the status list can't be read")]
pub struct ListMalformed;

impl Default for StatusList {
    fn default() -> Self {
        Self { bits: vec![0; BYTES] }
    }
}

impl StatusList {
    /// A list in which these are revoked; an index past its end is left out, because nothing has it.
    pub fn of(revoked: impl IntoIterator<Item = u32>) -> Self {
        let mut list = Self::default();
        for index in revoked {
            if let Some(byte) = list.bits.get_mut(index as usize / 8) {
                *byte |= mask(index);
            }
        }
        list
    }

    /// Whether a credential is revoked; `None` for an index past the end.
    pub fn is_revoked(&self, index: u32) -> Option<bool> {
        self.bits.get(index as usize / 8).map(|byte| byte & mask(index) != 0)
    }

    /// Compressed, in base64url with the prefix of multibase; the same each time.
    pub fn encoded(&self) -> String {
        let mut gzip = GzBuilder::new().mtime(0).write(Vec::new(), Compression::best());
        // Writing to memory cannot fail.
        let written = gzip.write_all(&self.bits).and_then(|()| gzip.finish());
        format!("u{}", URL_SAFE_NO_PAD.encode(written.unwrap_or_default()))
    }

    /// Reads what [`encoded`](Self::encoded) wrote.
    pub fn decode(text: &str) -> Result<Self, ListMalformed> {
        let compressed =
            text.strip_prefix('u').and_then(|text| URL_SAFE_NO_PAD.decode(text).ok()).ok_or(ListMalformed)?;
        let mut bits = Vec::with_capacity(BYTES);
        // A list may be larger than ours, but not so large that reading it is an attack.
        GzDecoder::new(compressed.as_slice())
            .take(64 * BYTES as u64)
            .read_to_end(&mut bits)
            .map_err(|_| ListMalformed)?;
        if bits.len() < BYTES { Err(ListMalformed) } else { Ok(Self { bits }) }
    }

    /// The list as a credential, not yet signed. It is meant to be asked for again after `valid_until`.
    pub fn credential(
        &self,
        address: &str,
        issuer: &Issuer,
        valid_from: DateTime<Utc>,
        valid_until: DateTime<Utc>,
    ) -> Value {
        let time = |time: DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::Secs, true);
        json!({
            "@context": [context::CREDENTIALS_V2],
            "id": address,
            "type": ["VerifiableCredential", "BitstringStatusListCredential"],
            "issuer": issuer.did,
            "validFrom": time(valid_from),
            "validUntil": time(valid_until),
            "credentialSubject": {
                "id": format!("{address}#list"),
                "type": "BitstringStatusList",
                "statusPurpose": "revocation",
                "encodedList": self.encoded(),
            },
        })
    }
}

/// The first entry is the leftmost bit.
fn mask(index: u32) -> u8 {
    0x80 >> (index % 8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_first_entry_is_the_leftmost_bit() {
        let list = StatusList::of([0, 9, ENTRIES - 1, ENTRIES]);
        assert_eq!(
            (list.bits[0], list.bits[1], list.bits[BYTES - 1], list.bits.len()),
            (0x80, 0x40, 0x01, 16_384)
        );
        assert_eq!(
            [0, 1, 9, ENTRIES - 1, ENTRIES].map(|index| list.is_revoked(index)),
            [Some(true), Some(false), Some(true), Some(true), None]
        );
    }

    #[test]
    fn what_is_no_list_is_refused() {
        for text in ["", "u", "uAAAA", "zH4sI", &StatusList::default().encoded()[1..]] {
            assert_eq!(StatusList::decode(text), Err(ListMalformed), "{text:.20}");
        }
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded(revoked in prop::collection::btree_set(0..ENTRIES, 0..200)) {
            let list = StatusList::of(revoked.iter().copied());
            let decoded = StatusList::decode(&list.encoded()).unwrap();
            prop_assert_eq!(list.encoded(), decoded.encoded());
            for index in 0..2_000 {
                prop_assert_eq!(decoded.is_revoked(index), Some(revoked.contains(&index)));
            }
            for index in revoked {
                prop_assert_eq!(decoded.is_revoked(index), Some(true));
            }
        }
    }
}
