//! One row on its way into domain types: every fault is kept, so that one attempt shows all that is to repair.

use madang_domain::text::TextProblem;

use super::fields::Field;
use crate::problem::{ProblemCode, Severity};
use crate::roster::Position;

/// What is wrong with one field of a row, or with the row as a whole.
#[derive(Debug)]
pub(super) struct Fault {
    pub field: Option<Field>,
    pub code: ProblemCode,
    pub detail: Option<String>,
}

/// The faults of one row.
#[derive(Debug)]
pub(super) struct Check {
    pub at: Position,
    pub faults: Vec<Fault>,
}

impl Check {
    pub fn new(at: Position) -> Self {
        Self { at, faults: Vec::new() }
    }

    pub fn fault(&mut self, field: Field, code: ProblemCode, detail: Option<&str>) {
        self.faults.push(Fault { field: Some(field), code, detail: detail.map(str::to_owned) });
    }

    /// Whether the row is to be refused.
    pub fn is_refused(&self) -> bool {
        self.faults.iter().any(|fault| fault.code.severity() == Severity::Error)
    }

    /// A text in its stored form.
    pub fn text<'t, T>(
        &mut self,
        field: Field,
        text: &'t str,
        parse: impl FnOnce(&'t str) -> Result<T, TextProblem>,
    ) -> Option<T> {
        parse(text).map_err(|problem| self.fault(field, code_of(problem), Some(text))).ok()
    }

    /// A text that may be absent.
    pub fn optional<'t, T>(
        &mut self,
        field: Field,
        text: Option<&'t str>,
        parse: impl FnOnce(&'t str) -> Result<T, TextProblem>,
    ) -> Option<T> {
        self.text(field, text?, parse)
    }

    /// A way to reach somebody: rosters are full of broken ones, and nobody should be lost over it.
    pub fn contact<'t, T>(
        &mut self,
        field: Field,
        text: Option<&'t str>,
        ignored: ProblemCode,
        parse: impl FnOnce(&'t str) -> Result<T, TextProblem>,
    ) -> Option<T> {
        let text = text?;
        parse(text).map_err(|_| self.fault(field, ignored, Some(text))).ok()
    }

    /// What the row refers to.
    pub fn reference<F>(&mut self, field: Field, name: &str, found: Result<F, ProblemCode>) -> Option<F> {
        found.map_err(|code| self.fault(field, code, Some(name))).ok()
    }

    /// A whole number of at least one.
    pub fn positive(&mut self, field: Field, number: Option<u32>, max: u32) -> Option<i32> {
        let number = number?;
        let valid = i32::try_from(number).ok().filter(|_| (1..=max).contains(&number));
        if valid.is_none() {
            self.fault(field, ProblemCode::NumberInvalid, Some(&number.to_string()));
        }
        valid
    }
}

fn code_of(problem: TextProblem) -> ProblemCode {
    match problem {
        TextProblem::Empty => ProblemCode::ValueMissing,
        TextProblem::TooShort { .. } => ProblemCode::TextTooShort,
        TextProblem::TooLong { .. } => ProblemCode::TextTooLong,
        TextProblem::ForbiddenCharacter => ProblemCode::TextForbidden,
        TextProblem::Malformed => ProblemCode::TextMalformed,
    }
}
