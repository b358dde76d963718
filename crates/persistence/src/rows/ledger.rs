//! Rows of `ledger_digests` and `ledger_segments`.

use chrono::{DateTime, NaiveDate, Utc};
use madang_domain::attendance::{LedgerDigest, LedgerSegment, Trace};

use super::{known, parsed, row};
use crate::error::Corrupt;

row!(LedgerDigestRow, ledger_digests, {
    month: NaiveDate,
    entries: i64,
    previous: Option<String>,
    digest: String,
    #[serde(serialize_with = "crate::types::instant")]
    sealed_at: DateTime<Utc>,
});

impl From<&LedgerDigest> for LedgerDigestRow {
    fn from(digest: &LedgerDigest) -> Self {
        Self {
            month: digest.month,
            entries: i64::try_from(digest.entries).unwrap_or(i64::MAX),
            previous: digest.previous.clone(),
            digest: digest.digest.clone(),
            sealed_at: digest.sealed_at,
        }
    }
}

impl TryFrom<LedgerDigestRow> for LedgerDigest {
    type Error = Corrupt;

    fn try_from(row: LedgerDigestRow) -> Result<Self, Corrupt> {
        Ok(Self {
            month: row.month,
            entries: parsed(u64::try_from(row.entries), "ledger_digests.entries")?,
            previous: row.previous,
            digest: row.digest,
            sealed_at: row.sealed_at,
        })
    }
}

row!(LedgerSegmentRow, ledger_segments, {
    month: NaiveDate,
    number: i32,
    entries: String,
});

impl From<&LedgerSegment> for LedgerSegmentRow {
    fn from(segment: &LedgerSegment) -> Self {
        Self {
            month: segment.month,
            number: segment.number,
            entries: segment.traces.iter().map(|trace| trace.to_hex()).collect::<Vec<_>>().join(" "),
        }
    }
}

impl TryFrom<LedgerSegmentRow> for LedgerSegment {
    type Error = Corrupt;

    fn try_from(row: LedgerSegmentRow) -> Result<Self, Corrupt> {
        let traces = row.entries.split_ascii_whitespace().map(Trace::parse).collect::<Option<_>>();
        Ok(Self { month: row.month, number: row.number, traces: known(traces, "ledger_segments.entries")? })
    }
}
