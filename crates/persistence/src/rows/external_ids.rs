//! Rows of `external_ids`.

use madang_domain::external_ids::ExternalId;
use uuid::Uuid;

use super::row;

row!(ExternalIdRow, external_ids, {
    source: String,
    entity: String,
    external_id: String,
    id: Uuid,
});

impl ExternalIdRow {
    pub(crate) fn of(source: &str, id: &ExternalId) -> Self {
        Self {
            source: source.to_owned(),
            entity: id.entity.to_owned(),
            external_id: id.external_id.clone(),
            id: id.id,
        }
    }
}
