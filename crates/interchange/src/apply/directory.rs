//! Which of our things a file means by its ids.
//!
//! An id in a file is the one under which an earlier import of the same format kept the thing, or else one of ours, as
//! exports write them. A thing that was removed since comes back under the id that it had. A row of an export brings its
//! id along into a database that does not have it, so that an export of that database equals the first.

use std::collections::{HashMap, HashSet};

use madang_domain::external_ids;
use madang_domain::ids::IdGenerator;
use uuid::Uuid;

use crate::formats::Format;
use crate::problem::ProblemCode;
use crate::roster::ExternalId;

/// The things of one kind, each with the facts that rows referring to it need.
pub(super) struct Directory<F> {
    entity: &'static str,
    format: Format,
    /// What earlier imports kept.
    known: HashMap<Box<str>, Uuid>,
    /// What this import has come across: the facts, or why a row that refers to it is refused.
    entries: HashMap<ExternalId, Result<F, ProblemCode>>,
}

impl<F: Copy> Directory<F> {
    pub fn new(entity: &'static str, format: Format) -> Self {
        Self { entity, format, known: HashMap::new(), entries: HashMap::new() }
    }

    pub fn entity(&self) -> &'static str {
        self.entity
    }

    pub fn learn(&mut self, known: Vec<external_ids::ExternalId>) {
        self.known = known.into_iter().map(|one| (one.external_id.into(), one.id)).collect();
    }

    /// The id under which the thing is in the data, if it is there.
    pub fn candidate(&self, external: &str) -> Option<Uuid> {
        self.known.get(external).copied().or_else(|| own_id(external))
    }

    /// The id for a thing that is not in the data.
    pub fn new_id(&self, external: &str, ids: &dyn IdGenerator) -> Uuid {
        let carried = || own_id(external).filter(|_| self.format == Format::Tables);
        self.known.get(external).copied().or_else(carried).unwrap_or_else(|| ids.next())
    }

    /// The link to be kept so that the next import finds the thing; `None` when it will anyway.
    pub fn link(&self, external: &str, id: Uuid) -> Option<external_ids::ExternalId> {
        let found_anyway = self.known.contains_key(external) || own_id(external) == Some(id);
        (!found_anyway).then(|| external_ids::ExternalId {
            entity: self.entity,
            external_id: external.to_owned(),
            id,
        })
    }

    pub fn keep(&mut self, external: &ExternalId, facts: F) {
        self.entries.insert(ExternalId::clone(external), Ok(facts));
    }

    pub fn refuse(&mut self, external: &ExternalId) {
        self.entries.insert(ExternalId::clone(external), Err(ProblemCode::ReferenceRefused));
    }

    /// What a row refers to, or why it can't be.
    pub fn get(&self, external: &ExternalId) -> Result<F, ProblemCode> {
        self.entries.get(external).copied().unwrap_or(Err(ProblemCode::ReferenceUnknown))
    }

    /// The references among these that this import has not come across, each once, with the id to look for.
    pub fn missing<'r>(&self, references: impl Iterator<Item = &'r ExternalId>) -> Vec<(ExternalId, Uuid)> {
        let mut seen = HashSet::new();
        references
            .filter(|external| !self.entries.contains_key(*external) && seen.insert(*external))
            .filter_map(|external| Some((ExternalId::clone(external), self.candidate(external)?)))
            .collect()
    }

    /// Takes in what was found of what was missing.
    pub fn fill(&mut self, missing: &[(ExternalId, Uuid)], found: &HashMap<Uuid, F>) {
        for (external, id) in missing {
            let facts = found.get(id).copied().ok_or(ProblemCode::ReferenceUnknown);
            self.entries.insert(ExternalId::clone(external), facts);
        }
    }
}

/// An id of ours; those of other systems that look like one are of another version.
pub(super) fn own_id(text: &str) -> Option<Uuid> {
    Uuid::try_parse(text).ok().filter(|id| id.get_version_num() == 7)
}

#[cfg(test)]
mod tests {
    use super::*;
    use madang_domain::ids::SequentialIds;

    const OURS: &str = "01980000-0000-7000-8000-0000000000ff";
    const FOREIGN: &str = "7d444840-9dc0-41d1-8245-5ffdce74fad2";

    fn directory(format: Format) -> Directory<u8> {
        let mut directory = Directory::new("course", format);
        directory.learn(vec![external_ids::ExternalId {
            entity: "course",
            external_id: "AAA".to_owned(),
            id: Uuid::from_u128(7),
        }]);
        directory
    }

    #[test]
    fn an_exported_row_keeps_its_id_and_needs_no_link() {
        let (directory, ids) = (directory(Format::Tables), SequentialIds::default());
        let id = directory.new_id(OURS, &ids);
        assert_eq!(id.to_string(), OURS);
        assert_eq!(directory.link(OURS, id), None);
    }

    #[test]
    fn ids_of_other_systems_are_linked_to_new_ones_of_ours() {
        let ids = SequentialIds::default();
        for (format, external) in
            [(Format::Tables, FOREIGN), (Format::OneRoster, OURS), (Format::Tables, "7")]
        {
            let directory = directory(format);
            let id = directory.new_id(external, &ids);
            assert_ne!(id.to_string(), external);
            assert_eq!(directory.link(external, id).unwrap().id, id);
        }
    }

    #[test]
    fn a_thing_that_was_removed_comes_back_under_its_id() {
        let (directory, ids) = (directory(Format::Tables), SequentialIds::default());
        assert_eq!(directory.new_id("AAA", &ids), Uuid::from_u128(7));
        assert_eq!(directory.link("AAA", Uuid::from_u128(7)), None);
    }

    #[test]
    fn a_reference_is_known_refused_or_unknown() {
        let mut directory = directory(Format::Tables);
        let (kept, refused, absent): (ExternalId, ExternalId, ExternalId) =
            ("k".into(), "r".into(), "AAA".into());
        directory.keep(&kept, 1);
        directory.refuse(&refused);
        let missing = directory.missing([&kept, &refused, &absent, &absent].into_iter());
        assert_eq!(missing, [(ExternalId::clone(&absent), Uuid::from_u128(7))]);
        directory.fill(&missing, &HashMap::new());
        assert_eq!(directory.get(&kept), Ok(1));
        assert_eq!(directory.get(&refused), Err(ProblemCode::ReferenceRefused));
        assert_eq!(directory.get(&absent), Err(ProblemCode::ReferenceUnknown));
    }
}
