//! Tallies added up, and the rate that the policies of their classes make of the sum.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use madang_domain::{
    attendance::{
        Fraction, LectureTally, Tally,
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

impl Part {
    fn turnout(&self) -> Amount {
        self.policy.document.turnout(&self.tally)
    }
}

/// The figures of parts together.
///
/// Where the classes count in different units, lectures are the unit of the whole: days and minutes don't add up.
pub(super) fn figures<'a>(parts: impl IntoIterator<Item = &'a Part> + Clone) -> Figures {
    let (mut tally, mut lectures) = (Tally::default(), 0);
    let mut policies: BTreeMap<PolicyId, &Arc<Policy>> = BTreeMap::new();
    for part in parts.clone() {
        tally += part.tally;
        lectures += part.lectures;
        policies.insert(part.policy.id, &part.policy);
    }
    let parts = || parts.clone().into_iter();
    let amount = added(parts().map(|part| part.amount.unwrap_or_else(|| part.turnout())))
        .or_else(|| added(parts().map(Part::turnout)));
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
        let part = parts.entry(one.class_id).or_insert_with(|| Part {
            policy: Arc::clone(policy),
            tally: Tally::default(),
            lectures: 0,
            amount: None,
        });
        part.tally += one.tally;
        part.lectures += 1;
    }
    parts
}
