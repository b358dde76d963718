//! What SQLite says differently.

use madang_domain::{access::Role, search::SearchQuery};
use serde_json::{Value, json};
use uuid::Uuid;

use super::Session;
use crate::fragment::Fragment;

/// The rows of a JSON array of objects, as the rows of a table: what stands before the bound array, and behind it.
pub(crate) fn rows_of(_table: &'static str, columns: &[&'static str]) -> (String, String) {
    let columns: Vec<String> =
        columns.iter().map(|column| format!("value ->> '$.{column}' AS {column}")).collect();
    (format!("(SELECT {} FROM jsonb_each(jsonb(", columns.join(", ")), ")))".to_owned())
}

/// Rows of a searched table of which the index of words says that they have the terms of the search.
pub(crate) fn has_terms(table: &'static str, search: &SearchQuery) -> Fragment {
    Fragment::sql(format!("{table}.row_id IN (SELECT rowid FROM {table}_search WHERE {table}_search MATCH "))
        .bind(search.to_fts5())
        .then(")")
}

/// Rows of a searched table that hold the text of the search, which needs no index.
pub(crate) fn holds(table: &'static str, search: &SearchQuery) -> Fragment {
    Fragment::sql(format!("instr({table}.search_text, ")).bind(search.text().to_owned()).then(") > 0")
}

/// Rows of which this column is one of these ids.
pub(crate) fn is_one_of<T: Copy + Into<Uuid>>(column: &'static str, ids: &[T]) -> Fragment {
    let ids: Vec<String> = ids.iter().map(|id| format!("\"{}\"", (*id).into())).collect();
    Fragment::sql(format!("{column} IN (SELECT value FROM json_each("))
        .bind(format!("[{}]", ids.join(",")))
        .then("))")
}

/// Rows of which this column is one of the texts of a JSON array.
pub(crate) fn is_one_of_texts(column: &'static str, texts: &str) -> Fragment {
    Fragment::sql(format!("{column} IN (SELECT value FROM json_each(")).bind(texts.to_owned()).then("))")
}

/// The moment so many days after the one in this column, in the form in which times are kept.
pub(crate) fn days_from(column: &'static str, days: i8) -> String {
    format!("strftime('%Y-%m-%dT%H:%M:%f000Z', {column}, '{days} day')")
}

/// When a lecture ends, in the form in which times are kept.
pub(crate) const END_OF_LECTURE: &str =
    "strftime('%Y-%m-%dT%H:%M:%f000Z', lectures.lecture_date, lectures.duration_minutes || ' minutes')";

/// The classes of lectures from which marks were removed, by what the audit log holds of the marks.
pub(crate) const LECTURES_OF_REMOVED_MARKS: &str = "SELECT lectures.class_id FROM audit_log \
     JOIN lectures ON audit_log.action = 'delete' AND lectures.id = audit_log.old ->> 'lecture_id'";

/// A column that holds an object, with these fields in the place of its own, and without those.
pub(crate) fn redacted(column: &'static str, fields: &Value, without: &[&str]) -> Fragment {
    Fragment::sql(format!("json_patch({column}, ")).bind(patch(fields, without).to_string()).then(")")
}

/// [`redacted`] for an object within the one in the column, if there is one.
pub(crate) fn redacted_within(
    column: &'static str,
    key: &'static str,
    fields: &Value,
    without: &[&str],
) -> Fragment {
    Fragment::sql(format!("CASE WHEN {column} -> '$.{key}' IS NULL THEN {column} ELSE json_patch({column}, "))
        .bind(json!({key: patch(fields, without)}).to_string())
        .then(") END")
}

/// What `json_patch` takes: a field that is null is taken out (RFC 7396).
fn patch(fields: &Value, without: &[&str]) -> Value {
    let mut patch = fields.as_object().cloned().unwrap_or_default();
    patch.extend(without.iter().map(|field| ((*field).to_owned(), Value::Null)));
    Value::Object(patch)
}

/// The presence of a mark, without what it tells of device and network.
pub(crate) const PRESENCE_WITHOUT_EVIDENCE: &str = "json_set(presence, '$.evidence', json('{}'))";

/// Users with this role.
pub(crate) fn has_role(role: Role) -> Fragment {
    Fragment::sql("EXISTS (SELECT 1 FROM json_each(users.authorizations, '$.roles') WHERE value = ")
        .bind(role.as_str().to_owned())
        .then(")")
}

/// Nothing to do: there is one unit of work at a time.
pub(crate) fn hold_alone(_lock: u32) -> Option<Fragment> {
    None
}

/// What is counted for each lecture: what stands before the conditions on lectures, and behind them.
///
/// A cross join is read in the order in which it is written: lecture by lecture, never all enrolments first.
pub(crate) fn counted_per_lecture(
    counts: &str,
    table: &'static str,
    on: &'static str,
    joined: &'static str,
) -> (String, &'static str) {
    let select = format!(
        "SELECT lectures.id AS lecture_id, lectures.class_id, lectures.lecture_date, {counts} \
             FROM lectures CROSS JOIN {table} ON {on} {joined}"
    );
    (select, " GROUP BY lectures.id, lectures.class_id, lectures.lecture_date")
}

/// A request for leave names a lecture.
pub(crate) const LEAVE_NAMES_LECTURE: &str =
    "EXISTS (SELECT 1 FROM json_each(leave_requests.lecture_ids) AS named WHERE named.value = lectures.id)";

/// Spans of time with their places, as the rows of a table: what stands before the bound JSON array, and behind it.
pub(crate) fn spans() -> (&'static str, &'static str) {
    (
        "(SELECT value ->> '$.place' AS place, value ->> '$.starts' AS starts, value ->> '$.ends' AS ends FROM json_each(",
        "))",
    )
}

/// Rows of jobs that a query finds; there is one writer, so nobody else is about to claim them.
pub(crate) fn claimed() -> (&'static str, &'static str) {
    ("jobs.id IN (", ")")
}

/// Has a table looked at by this index: without statistics SQLite takes one that holds a column for one that holds only the rows that are
/// wanted, and sorts.
pub(crate) fn by_index(name: &str) -> String {
    format!(" INDEXED BY {name}")
}

/// Has the workers of this process told, once the unit is kept.
pub(crate) fn jobs_came(session: &mut Session) {
    session.jobs_came = true;
}

/// Nothing to do: there is one writer, and it holds the whole database.
macro_rules! for_update {
    ($query:expr, $table:ident $(, keeping $kept:ident)?) => {
        $query
    };
}
pub(crate) use for_update;

/// Nothing to do: there is one writer.
pub(crate) const KEEPING_CLASSES: &str = "";

/// Nothing to do: no other unit of work is open while this one is.
macro_rules! keeping {
    ($query:expr, $table:ident) => {
        $query
    };
}
pub(crate) use keeping;

/// Nothing to do: no other unit of work is open while this one is.
macro_rules! for_closing {
    ($query:expr, $table:ident) => {
        $query
    };
}
pub(crate) use for_closing;
