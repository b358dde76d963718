//! The signature of the Standard Webhooks specification, `v1`.

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::STANDARD};

/// `v1,` and the HMAC-SHA256 of id, seconds and body in base64.
pub fn signature(secret: &[u8], id: &str, timestamp: i64, body: &[u8]) -> String {
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, secret));
    context.update(format!("{id}.{timestamp}.").as_bytes());
    context.update(body);
    format!("v1,{}", STANDARD.encode(context.sign()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the reference libraries of the specification hold their own signers to (standard-webhooks/standard-webhooks:
    /// the suites of the Rust crate, and of the other languages).
    const VECTORS: [(&str, &str, i64, &str, &str); 2] = [
        (
            "C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
            "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
            1_649_367_553,
            r#"{"email":"test@example.com","username":"test_user"}"#,
            "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=",
        ),
        (
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            r#"{"test": 2432232314}"#,
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        ),
    ];

    #[test]
    fn the_reference_vectors_of_the_specification_pass() {
        for (secret, id, timestamp, body, expected) in VECTORS {
            let secret = STANDARD.decode(secret).unwrap();
            assert_eq!(signature(&secret, id, timestamp, body.as_bytes()), expected);
        }
    }
}
