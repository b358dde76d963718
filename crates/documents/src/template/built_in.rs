//! The templates that come with the program; courses without one of their own use the first.

use std::sync::LazyLock;

use serde_json::Value;

static PORTRAIT: LazyLock<Value> = LazyLock::new(|| document(include_str!("../../templates/portrait.json")));
static LANDSCAPE: LazyLock<Value> =
    LazyLock::new(|| document(include_str!("../../templates/landscape.json")));

/// A template that comes with the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BuiltIn {
    /// 수료증 upright, in Korean.
    Portrait,
    /// 수료증 lying, in Korean and English.
    Landscape,
}

impl BuiltIn {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Portrait, Self::Landscape];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Portrait => "portrait",
            Self::Landscape => "landscape",
        }
    }

    /// The template as clients write it.
    pub fn document(self) -> &'static Value {
        match self {
            Self::Portrait => &PORTRAIT,
            Self::Landscape => &LANDSCAPE,
        }
    }
}

/// A file that is no JSON would become `null`, which a test of this crate refuses as a template.
fn document(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}
