//! The domain's port for tokens that only their holder knows: 256 bits from the operating system, kept as SHA-256.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use madang_domain::opaque::{OpaqueToken, OpaqueTokens, TokenHash};

use crate::secrets::random_bytes;

/// Draws tokens from the random source that the operating system seeds.
#[derive(Debug, Clone, Copy, Default)]
pub struct RandomTokens;

impl OpaqueTokens for RandomTokens {
    fn draw(&self, prefix: &str) -> OpaqueToken {
        OpaqueToken(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(random_bytes::<32>())))
    }

    fn hash(&self, token: &str) -> TokenHash {
        TokenHash(URL_SAFE_NO_PAD.encode(digest(&SHA256, token.as_bytes())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_has_256_bits_behind_its_prefix_and_no_two_are_alike() {
        let (one, other) = (RandomTokens.draw("mdr_"), RandomTokens.draw("mdr_"));
        let bits = URL_SAFE_NO_PAD.decode(one.expose().strip_prefix("mdr_").unwrap()).unwrap();
        assert_eq!(bits.len() * 8, 256);
        assert_ne!(one, other);
        assert_eq!(format!("{one:?}"), "OpaqueToken(…)");
    }

    #[test]
    fn the_hash_is_sha_256_of_the_whole_text() {
        // FIPS 180-4, the example "abc".
        assert_eq!(RandomTokens.hash("abc").0, "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0");
        assert_ne!(RandomTokens.hash("mdr_abc"), RandomTokens.hash("abc"));
    }
}
