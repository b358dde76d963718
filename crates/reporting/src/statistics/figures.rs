//! Tallies added up, and the rate that the policies of their classes make of the sum.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use madang_domain::{
    attendance::{
        Fraction, LectureTally, Tally,
        counters::Marks,
        policies::Policy,
        policy::{Amount, PolicyDocument},
    },
    ids::{ClassId, PolicyId},
};

/// What was counted, and the rate that policies make of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Figures {
    /// Marks by status, and how many there should be.
    pub tally: Tally,
    /// Lectures that were counted: those that have begun and at which somebody was expected.
    pub lectures: u64,
    /// The rate; `None` while nothing is expected or nothing is recorded.
    pub rate: Option<Rate>,
}

/// A rate with the rule that made it.
#[derive(Debug, Clone, PartialEq)]
pub struct Rate {
    /// The exact share.
    pub share: Fraction,
    /// The percentage for people, as the policy rounds it.
    pub percent: String,
    /// The policy.
    pub rule: Rule,
}

/// Which policy made a rate.
#[derive(Debug, Clone, PartialEq)]
pub enum Rule {
    /// This one.
    Policy(Arc<Policy>),
    /// Several, each over its own classes.
    Mixed,
}

/// What was counted of one class, or of a part of it, by its policy.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub(super) policy: Arc<Policy>,
    pub(super) tally: Tally,
    pub(super) lectures: u64,
    /// What the engine says; `None` where lectures stand by themselves, and their turnout is the figure.
    pub(super) amount: Option<Amount>,
}

impl Figures {
    /// By how much the rate differs from that of `before`, as a fraction: the numerator may be negative. `None` where one of them has
    /// no rate.
    pub fn change_since(&self, before: &Self) -> Option<Change> {
        let (now, then) = (self.rate.as_ref()?.share, before.rate.as_ref()?.share);
        let wide = |one: u64, other: u64| i128::from(one) * i128::from(other);
        Some(Change {
            numerator: wide(now.numerator(), then.denominator()) - wide(then.numerator(), now.denominator()),
            denominator: wide(now.denominator(), then.denominator()),
        })
    }
}

/// The difference of two rates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    numerator: i128,
    denominator: i128,
}

impl Change {
    /// The difference in points of a percent, with a sign and one decimal, rounded half away from nought: `+2.5`.
    pub fn points(self) -> String {
        let (up, size) = (self.numerator > 0, self.numerator.unsigned_abs());
        let whole = self.denominator.unsigned_abs().max(1);
        let tenths = (size * 2_000 + whole) / (whole * 2);
        let sign = match (tenths, up) {
            (0, _) => "",
            (_, true) => "+",
            (_, false) => "-",
        };
        format!("{sign}{}.{}", tenths / 10, tenths % 10)
    }
}

impl Part {
    pub(super) fn empty(policy: &Arc<Policy>) -> Self {
        Self { policy: Arc::clone(policy), tally: Tally::default(), lectures: 0, amount: None }
    }

    fn turnout(&self) -> Amount {
        self.policy.document.turnout(&self.tally)
    }
}

/// The figures of parts together.
///
/// Where the classes count in different units, lectures are the unit of the whole: days and minutes don't add up.
pub(super) fn figures<'a>(parts: impl IntoIterator<Item = &'a Part>) -> Figures {
    let parts: Vec<&Part> = parts.into_iter().collect();
    let (mut tally, mut lectures) = (Tally::default(), 0);
    let mut policies: BTreeMap<PolicyId, &Arc<Policy>> = BTreeMap::new();
    for part in &parts {
        tally += part.tally;
        lectures += part.lectures;
        policies.insert(part.policy.id, &part.policy);
    }
    let amount = added(parts.iter().map(|part| part.amount.unwrap_or_else(|| part.turnout())))
        .or_else(|| added(parts.iter().map(|part| part.turnout())));
    let mut policies = policies.into_values();
    let rule = match (policies.next(), policies.next()) {
        (Some(only), None) => Rule::Policy(Arc::clone(only)),
        _ => Rule::Mixed,
    };
    let rate = amount.and_then(Amount::share).map(|share| Rate {
        percent: match &rule {
            Rule::Policy(policy) => policy.document.percent(share),
            Rule::Mixed => PolicyDocument::default().percent(share),
        },
        share,
        rule,
    });
    Figures { tally, lectures, rate }
}

fn added(mut amounts: impl Iterator<Item = Amount>) -> Option<Amount> {
    let first = amounts.next()?;
    amounts.try_fold(first, Amount::plus)
}

/// The parts that tallies of lectures make, one for each class, in the order of their classes.
pub(super) fn by_class(
    tallies: &[LectureTally],
    policies: &HashMap<ClassId, Arc<Policy>>,
) -> BTreeMap<ClassId, Part> {
    let mut parts: BTreeMap<ClassId, Part> = BTreeMap::new();
    for one in tallies {
        let Some(policy) = policies.get(&one.class_id) else { continue };
        let part = parts.entry(one.class_id).or_insert_with(|| Part::empty(policy));
        part.tally += one.tally;
        part.lectures += 1;
    }
    parts
}

/// What the engine said of a class.
pub(super) fn part_of(policy: &Arc<Policy>, lectures: u64, marks: &Marks) -> Part {
    Part { policy: Arc::clone(policy), tally: marks.tally, lectures, amount: marks.amount }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_told_in_points_with_its_sign() {
        let points = |numerator, denominator| Change { numerator, denominator }.points();
        assert_eq!(points(1, 40), "+2.5");
        assert_eq!(points(-1, 3), "-33.3");
        assert_eq!(points(0, 7), "0.0");
        assert_eq!(points(-1, 10_000), "0.0");
    }
}
