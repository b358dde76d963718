//! Rows of `stream_tickets`.

use chrono::{DateTime, Utc};
use madang_domain::{
    ids::UserId,
    stream_tickets::{SignIn, StreamTicket},
};
use uuid::Uuid;

use super::row;

row!(StreamTicketRow, stream_tickets, {
    hash: String,
    stream: String,
    user_id: UserId,
    session_id: Uuid,
    #[serde(serialize_with = "crate::types::instant")]
    usable_until: DateTime<Utc>,
    #[serde(serialize_with = "crate::types::instant")]
    signed_in_until: DateTime<Utc>,
});

impl From<&StreamTicket> for StreamTicketRow {
    fn from(ticket: &StreamTicket) -> Self {
        Self {
            hash: ticket.hash.clone(),
            stream: ticket.stream.clone(),
            user_id: ticket.sign_in.user,
            session_id: ticket.sign_in.session,
            usable_until: ticket.usable_until,
            signed_in_until: ticket.sign_in.until,
        }
    }
}

impl From<StreamTicketRow> for StreamTicket {
    fn from(row: StreamTicketRow) -> Self {
        Self {
            hash: row.hash,
            stream: row.stream,
            sign_in: SignIn { user: row.user_id, session: row.session_id, until: row.signed_in_until },
            usable_until: row.usable_until,
        }
    }
}
