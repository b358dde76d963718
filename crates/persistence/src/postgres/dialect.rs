//! What PostgreSQL says differently.

use madang_domain::{access::Role, search::SearchQuery};
use serde_json::Value;
use uuid::Uuid;

use super::Session;
use crate::fragment::Fragment;

/// The rows of a JSON array of objects, as the rows of a table: what stands before the bound array, and behind it.
pub(crate) fn rows_of(table: &'static str, _columns: &[&'static str]) -> (String, String) {
    (format!("json_populate_recordset(NULL::{table}, "), "::json)".to_owned())
}

/// Rows of a searched table of which the index of words says that they have the terms of the search.
pub(crate) fn has_terms(table: &'static str, search: &SearchQuery) -> Fragment {
    Fragment::sql(format!("{table}.search_vector @@ ")).bind(search.to_tsquery()).then("::tsquery")
}

/// Rows of a searched table that hold the text of the search, which needs no index.
pub(crate) fn holds(table: &'static str, search: &SearchQuery) -> Fragment {
    Fragment::sql(format!("strpos({table}.search_text, ")).bind(search.text().to_owned()).then(") > 0")
}

/// Rows of which this column is one of these ids.
///
/// The array is a table of its own here: as an operand of `= ANY` it would be read anew for every row.
pub(crate) fn is_one_of<T: Copy + Into<Uuid>>(column: &'static str, ids: &[T]) -> Fragment {
    let ids: Vec<String> = ids.iter().map(|id| (*id).into().to_string()).collect();
    Fragment::sql(format!("{column} IN (SELECT unnest("))
        .bind(format!("{{{}}}", ids.join(",")))
        .then("::uuid[]))")
}

/// Rows of which this column is one of the texts of a JSON array.
pub(crate) fn is_one_of_texts(column: &'static str, texts: &str) -> Fragment {
    Fragment::sql(format!("{column} IN (SELECT json_array_elements_text("))
        .bind(texts.to_owned())
        .then("::json))")
}

/// The moment so many days after the one in this column.
pub(crate) fn days_from(column: &'static str, days: i8) -> String {
    format!("{column} + interval '{days} day'")
}

/// When a lecture ends.
pub(crate) const END_OF_LECTURE: &str =
    "lectures.lecture_date + lectures.duration_minutes * interval '1 minute'";

/// The classes of lectures from which marks were removed, by what the audit log holds of the marks.
pub(crate) const LECTURES_OF_REMOVED_MARKS: &str = "SELECT lectures.class_id FROM audit_log \
     JOIN lectures ON audit_log.action = 'delete' AND lectures.id = (audit_log.old ->> 'lecture_id')::uuid";

/// A column that holds an object, with these fields in the place of its own, and without those.
pub(crate) fn redacted(column: &'static str, fields: &Value, without: &[&str]) -> Fragment {
    Fragment::sql(format!("({column} - '{{{}}}'::text[]) || ", without.join(",")))
        .bind(fields.to_string())
        .then("::jsonb")
}

/// [`redacted`] for an object within the one in the column, if there is one.
pub(crate) fn redacted_within(
    column: &'static str,
    key: &'static str,
    fields: &Value,
    without: &[&str],
) -> Fragment {
    Fragment::sql(format!(
        "CASE WHEN ({column} -> '{key}') IS NULL THEN {column} ELSE jsonb_set({column}, '{{{key}}}', \
         (({column} -> '{key}') - '{{{}}}'::text[]) || ",
        without.join(",")
    ))
    .bind(fields.to_string())
    .then("::jsonb) END")
}

/// The presence of a mark, without what it tells of device and network.
pub(crate) const PRESENCE_WITHOUT_EVIDENCE: &str = "presence || '{\"evidence\":{}}'::jsonb";

/// Users with this role.
pub(crate) fn has_role(role: Role) -> Fragment {
    Fragment::sql("users.authorizations @> ")
        .bind(serde_json::json!({ "roles": [role.as_str()] }).to_string())
        .then("::jsonb")
}

/// Lets one unit of work at a time pass, until it ends.
#[expect(clippy::unnecessary_wraps, reason = "the other database has nothing to do")]
pub(crate) fn hold_alone(lock: u32) -> Option<Fragment> {
    Some(Fragment::sql(format!("SELECT pg_advisory_xact_lock({lock})")))
}

/// What is counted for each lecture: what stands before the conditions on lectures, and behind them.
///
/// Lecture by lecture: for one join over all of them the planner expects a row or two, because it takes the conditions for
/// independent, and reads every mark of every learner (400 ms instead of 20 ms for a course, at a million marks).
pub(crate) fn counted_per_lecture(
    counts: &str,
    table: &'static str,
    on: &'static str,
    joined: &'static str,
) -> (String, &'static str) {
    let select = format!(
        "SELECT lectures.id AS lecture_id, lectures.class_id, lectures.lecture_date, counted.* FROM lectures \
             CROSS JOIN LATERAL (SELECT {counts} FROM {table} {joined} WHERE {on} HAVING count(*) > 0) AS counted"
    );
    (select, "")
}

/// A request for leave names a lecture.
pub(crate) const LEAVE_NAMES_LECTURE: &str =
    "leave_requests.lecture_ids @> to_jsonb(CAST(lectures.id AS text))";

/// Spans of time with their places, as the rows of a table: what stands before the bound JSON array, and behind it.
pub(crate) fn spans() -> (&'static str, &'static str) {
    (
        "(SELECT * FROM json_to_recordset(",
        "::json) AS given (place integer, starts timestamptz, ends timestamptz))",
    )
}

/// Rows of jobs that a query finds and no other worker is about to claim: what stands before the query, and behind it.
pub(crate) fn claimed() -> (&'static str, &'static str) {
    // As an array the query is run once; as a join it might be run again for every row.
    ("jobs.id = ANY (ARRAY(", " FOR NO KEY UPDATE SKIP LOCKED))")
}

/// Nothing to say: statistics tell which index to take.
pub(crate) fn by_index(_name: &str) -> &'static str {
    ""
}

/// Nothing to do: the database itself tells the workers (see the migration).
pub(crate) fn jobs_came(_session: &mut Session) {}

/// Holds the rows of a table against other writers; rows that refer to them may still be made.
///
/// The clause names the table, because the others of a join are not to be held: `" FOR NO KEY UPDATE OF users"`.
///
/// With `keeping`, the row of another table is also kept from [`for_closing!`], and from nothing else.
macro_rules! for_update {
    ($query:expr, $table:ident) => {
        $crate::fragment::Followed::new($query, concat!(" FOR NO KEY UPDATE OF ", stringify!($table)))
    };
    ($query:expr, $table:ident, keeping $kept:ident) => {
        $crate::fragment::Followed::new(
            $query,
            concat!(" FOR NO KEY UPDATE OF ", stringify!($table), " FOR KEY SHARE OF ", stringify!($kept)),
        )
    };
}
pub(crate) use for_update;

/// Keeps the rows of a table from [`for_closing!`], and from nothing else, until the unit of work ends.
///
/// Any number of units hold the same row at once, and ordinary changes of it go on. A unit that had to wait for a closing
/// sees what that closing left behind, because PostgreSQL reads a row that it locks anew.
macro_rules! keeping {
    ($query:expr, $table:ident) => {
        $crate::fragment::Followed::new($query, concat!(" FOR KEY SHARE OF ", stringify!($table)))
    };
}
pub(crate) use keeping;

/// [`keeping!`] for the classes of a statement that is written out by hand.
pub(crate) const KEEPING_CLASSES: &str = " FOR KEY SHARE OF classes";

/// Holds the rows of a table against every other unit that holds or refers to them, and waits for those under way.
macro_rules! for_closing {
    ($query:expr, $table:ident) => {
        $crate::fragment::Followed::new($query, concat!(" FOR UPDATE OF ", stringify!($table)))
    };
}
pub(crate) use for_closing;
