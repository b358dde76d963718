//! Everything that refers to a user, and what becomes of it when users are merged and when one leaves.
//!
//! A column that is not in the list makes these tests fail: say here what `merging` and `withdrawal` do with it, and teach
//! them to. Columns whose names end in `_by`, `actor` and `principal` tell who did something; a `temp` user, who can't sign in,
//! never did anything, and somebody who has left did it under a pseudonym.

use std::collections::BTreeSet;

use madang_testing::TestDatabase;

/// What becomes of the rows of a `temp` user who is merged.
#[derive(Debug, PartialEq, Eq)]
enum Merging {
    /// They become the real user's.
    Moves,
    /// A `temp` user, who can't sign in, has none, or none that lasts.
    None,
    /// They tell what happened, and to whom it happened then, or say something that the real user has said otherwise.
    Stays,
}

/// What becomes of the rows of a user who leaves.
#[derive(Debug, PartialEq, Eq)]
enum Leaving {
    /// They are removed.
    Removed,
    /// They stay, under a pseudonym, without what tells who it was.
    Stays,
}

const REFERENCES: [(&str, Merging, Leaving); 23] = [
    ("api_keys.owner_id", Merging::None, Leaving::Removed),
    ("attendance_warnings.user_id", Merging::Moves, Leaving::Stays),
    ("attendances.user_id", Merging::Moves, Leaving::Stays),
    ("calendars.user_id", Merging::None, Leaving::Removed),
    // The real user is named on certificates as the real user has said; those that were issued say what they said.
    ("certificate_holders.user_id", Merging::Stays, Leaving::Removed),
    ("certifications.user_id", Merging::Moves, Leaving::Stays),
    ("check_in_guesses.user_id", Merging::None, Leaving::Removed),
    ("devices.user_id", Merging::None, Leaving::Removed),
    ("enrolments.user_id", Merging::Moves, Leaving::Stays),
    ("events.user_id", Merging::Stays, Leaving::Stays),
    ("external_ids.id", Merging::Moves, Leaving::Removed),
    ("identities.user_id", Merging::None, Leaving::Removed),
    // They follow the places and marks: what is noted of a merge is folded into them.
    ("learner_standings.user_id", Merging::Moves, Leaving::Stays),
    ("leave_requests.user_id", Merging::Moves, Leaving::Stays),
    ("mail_tokens.user_id", Merging::None, Leaving::Removed),
    // A `temp` user, who can't sign in, is told nothing.
    ("notices.user_id", Merging::None, Leaving::Removed),
    ("notice_preferences.user_id", Merging::None, Leaving::Removed),
    ("sessions.user_id", Merging::None, Leaving::Removed),
    ("sign_in_flows.user_id", Merging::None, Leaving::Removed),
    ("stream_tickets.user_id", Merging::None, Leaving::Removed),
    ("user_merges.into_id", Merging::Stays, Leaving::Stays),
    ("user_merges.temp_id", Merging::Stays, Leaving::Stays),
    // Who asked holds the answers to their own requests for a day.
    ("idempotency_keys.principal", Merging::None, Leaving::Removed),
];

/// The columns in the list that no name and no foreign key tells to be of users.
const UNTOLD: [&str; 1] = ["external_ids.id"];

fn listed() -> BTreeSet<String> {
    REFERENCES
        .iter()
        .map(|(column, ..)| (*column).to_owned())
        .filter(|column| !UNTOLD.contains(&column.as_str()))
        .collect()
}

#[tokio::test]
async fn every_reference_to_a_user_in_postgres_is_known_to_merging_and_leaving() {
    let db = TestDatabase::postgres().await;
    let columns =
        "SELECT columns.table_name || '.' || columns.column_name AS value FROM information_schema.columns
            WHERE columns.table_schema = 'public' AND columns.column_name IN ('user_id', 'principal')
        UNION SELECT conrelid::regclass::text || '.' || attname FROM pg_constraint
            JOIN pg_attribute ON attrelid = conrelid AND attnum = ANY (conkey)
            WHERE contype = 'f' AND confrelid = 'users'::regclass ORDER BY 1";
    let found: BTreeSet<String> = db.read(columns).await.unwrap().into_iter().collect();
    assert_eq!(found, listed());
}

#[tokio::test]
async fn every_reference_to_a_user_in_sqlite_is_known_to_merging_and_leaving() {
    let db = TestDatabase::sqlite().await;
    let columns = "SELECT tables.name || '.' || columns.name AS value
            FROM sqlite_master AS tables, pragma_table_info(tables.name) AS columns
            WHERE tables.type = 'table' AND columns.name IN ('user_id', 'principal')
        UNION SELECT tables.name || '.' || keys.\"from\"
            FROM sqlite_master AS tables, pragma_foreign_key_list(tables.name) AS keys
            WHERE tables.type = 'table' AND keys.\"table\" = 'users' ORDER BY 1";
    let found: BTreeSet<String> = db.read(columns).await.unwrap().into_iter().collect();
    assert_eq!(found, listed());
}
