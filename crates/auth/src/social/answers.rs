//! Values as providers write them: numbers as text, truth as text.

use serde::{Deserialize, Deserializer};

#[derive(Deserialize)]
#[serde(untagged)]
enum Truth {
    Plain(bool),
    Text(String),
}

/// `true` or `"true"`: Apple writes either.
pub(super) fn truth<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(match Option::<Truth>::deserialize(deserializer)? {
        Some(Truth::Plain(value)) => value,
        Some(Truth::Text(text)) => text == "true",
        None => false,
    })
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Number {
    Plain(u64),
    Text(String),
}

/// `3600` or `"3600"`: Naver writes the latter.
pub(super) fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    Ok(match Option::<Number>::deserialize(deserializer)? {
        Some(Number::Plain(value)) => Some(value),
        Some(Number::Text(text)) => text.parse().ok(),
        None => None,
    })
}
