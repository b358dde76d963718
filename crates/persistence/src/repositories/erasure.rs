//! Forgetting a person.

use diesel::prelude::*;
use madang_domain::{
    error::Pending,
    ids::UserId,
    text::Email,
    withdrawal::{Erasure, Pseudonym},
};
use serde_json::json;

use super::{Session, dialect};
use crate::{
    fragment::Fragment,
    schema::{
        api_keys, calendars, certificate_holders, check_in_guesses, devices, external_ids, idempotency_keys,
        mail_tokens, notice_preferences, notices, refresh_tokens, sessions, sign_in_flows, stream_tickets,
        user_merges,
    },
    types,
};

/// What the log tells of an account that is its owner's alone.
const OF_THE_OWNER: [&str; 5] = ["email", "phone", "kakao_id", "suspension_reason", "email_verified_at"];
/// What a certification tells of its holder beside the name.
const OF_THE_HOLDER: [&str; 3] = ["user_name_roman", "name_roman", "birth_date"];

impl Erasure for Session {
    fn remove_belongings<'a>(&'a mut self, user: UserId, email: Option<&'a Email>) -> Pending<'a, ()> {
        Box::pin(async move {
            let theirs = || sessions::table.filter(sessions::user_id.eq(types::id(user)));
            let tokens = refresh_tokens::session_id.eq_any(theirs().select(sessions::id));
            self.execute(diesel::delete(refresh_tokens::table.filter(tokens))).await?;
            self.execute(diesel::delete(theirs())).await?;
            let links = mail_tokens::table.filter(mail_tokens::user_id.eq(types::id(user)));
            self.execute(diesel::delete(links)).await?;
            let flows = Fragment::sql("sign_in_flows.user_id = ").bind(user.0);
            self.execute(diesel::delete(sign_in_flows::table.filter(flows))).await?;
            let tickets = stream_tickets::table.filter(stream_tickets::user_id.eq(types::id(user)));
            self.execute(diesel::delete(tickets)).await?;
            let guesses = check_in_guesses::table.filter(check_in_guesses::user_id.eq(types::id(user)));
            self.execute(diesel::delete(guesses)).await?;
            let keys = api_keys::table.filter(api_keys::owner_id.eq(types::id(user)));
            self.execute(diesel::delete(keys)).await?;
            let told = notices::table.filter(notices::user_id.eq(types::id(user)));
            self.execute(diesel::delete(told)).await?;
            let wishes = notice_preferences::table.find(types::id(user));
            self.execute(diesel::delete(wishes)).await?;
            let feeds = calendars::table.filter(calendars::user_id.eq(types::id(user)));
            self.execute(diesel::delete(feeds)).await?;
            let devices = devices::table.filter(devices::user_id.eq(types::id(user)));
            self.execute(diesel::delete(devices)).await?;
            let holder = certificate_holders::table.find(types::id(user));
            self.execute(diesel::delete(holder)).await?;
            let answers = idempotency_keys::table.filter(idempotency_keys::principal.eq(types::id(user.0)));
            self.execute(diesel::delete(answers)).await?;
            let known = external_ids::table
                .filter(external_ids::entity.eq("user"))
                .filter(external_ids::id.eq(types::id(user.0)));
            self.execute(diesel::delete(known)).await?;
            let merges = user_merges::table.filter(
                user_merges::temp_id.eq(types::id(user)).or(user_merges::into_id.eq(types::id(user))),
            );
            let nothing = user_merges::record.eq(types::document(json!({})));
            self.execute(diesel::update(merges).set(nothing)).await?;
            if let Some(email) = email {
                self.write_journal().await?;
                let mails = Fragment::sql(
                    "DELETE FROM jobs WHERE status <> 'running' AND kind IN ('mail.send', 'account.forgot_password') \
                     AND lower(COALESCE(payload ->> 'to', payload ->> 'email')) = lower(",
                )
                .bind(email.as_str().to_owned())
                .then(")");
                self.execute(mails.into_statement::<()>()).await?;
            }
            Ok(())
        })
    }

    fn take_out_names<'a>(&'a mut self, user: UserId, pseudonym: &'a Pseudonym) -> Pending<'a, ()> {
        Box::pin(async move {
            let account = json!({"username": pseudonym.username.as_str(), "name": pseudonym.name.as_str()});
            let holder = json!({"user_name": pseudonym.name.as_str()});
            let of_user = |before: &'static str| Fragment::sql(before).bind(user.0);

            let certifications =
                Fragment::sql("UPDATE certifications SET version = version + 1, snapshot = ")
                    .append(dialect::redacted("snapshot", &holder, &OF_THE_HOLDER))
                    .append(of_user(" WHERE user_id = "));
            self.execute(certifications.into_statement::<()>()).await?;
            let leave = Fragment::sql(
                "UPDATE leave_requests SET version = version + 1, description = NULL, decision_note = NULL, evidence = '[]'",
            );
            self.execute(leave.append(of_user(" WHERE user_id = ")).into_statement::<()>()).await?;
            let evidence =
                Fragment::sql("UPDATE attendances SET presence = ").then(dialect::PRESENCE_WITHOUT_EVIDENCE);
            let evidence = evidence.append(of_user(" WHERE presence IS NOT NULL AND user_id = "));
            self.execute(evidence.into_statement::<()>()).await?;

            self.write_journal().await?;
            let entries = Fragment::sql("UPDATE audit_log SET old = ")
                .append(dialect::redacted("old", &account, &OF_THE_OWNER))
                .then(", new = ")
                .append(dialect::redacted("new", &account, &OF_THE_OWNER))
                .append(of_user(" WHERE entity = 'user' AND entity_id = "));
            self.execute(entries.into_statement::<()>()).await?;
            let details = Fragment::sql("UPDATE audit_log SET old = ")
                .append(dialect::redacted("old", &json!({}), &OF_THE_HOLDER))
                .then(", new = ")
                .append(dialect::redacted("new", &json!({}), &OF_THE_HOLDER))
                .append(of_user(" WHERE entity = 'certificate_holder' AND entity_id = "));
            self.execute(details.into_statement::<()>()).await?;
            let entries = Fragment::sql("UPDATE audit_log SET old = ")
                .append(dialect::redacted_within("old", "snapshot", &holder, &OF_THE_HOLDER))
                .then(", new = ")
                .append(dialect::redacted_within("new", "snapshot", &holder, &OF_THE_HOLDER))
                .append(of_user(
                    " WHERE entity = 'certification' AND entity_id IN (SELECT id FROM certifications WHERE user_id = ",
                ))
                .then(")");
            self.execute(entries.into_statement::<()>()).await.map(drop)
        })
    }
}
