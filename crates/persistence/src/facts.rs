//! What an operator who looks for trouble wants to know of a database; each adapter names its own facts.

/// Something worth knowing about a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// What it is about, e.g. `server_version`.
    pub name: &'static str,
    /// What is the case.
    pub value: String,
    /// What to do about it, where it is not as it should be.
    pub advice: Option<&'static str>,
}

/// How a fact is found out, and when it is as it should be.
pub(crate) struct Inquiry {
    pub(crate) name: &'static str,
    /// An SQL expression that gives a text.
    pub(crate) sql: &'static str,
    pub(crate) good: fn(&str) -> bool,
    pub(crate) advice: &'static str,
}

impl Inquiry {
    /// A fact that is always as it should be.
    pub(crate) const fn plain(name: &'static str, sql: &'static str) -> Self {
        Self { name, sql, good: |_| true, advice: "" }
    }

    pub(crate) fn fact(&self, value: String) -> Fact {
        let advice = (!(self.good)(&value)).then_some(self.advice);
        Fact { name: self.name, value, advice }
    }
}
