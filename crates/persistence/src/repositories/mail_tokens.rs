//! Links in mails.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use madang_domain::{
    accounts::recovery::{MailPurpose, MailToken, MailTokenRepository},
    error::Pending,
    ids::UserId,
    opaque::TokenHash,
};

use super::{Session, one};
use crate::{rows::mail_tokens::MailTokenRow, schema::mail_tokens, types};

impl MailTokenRepository for Session {
    fn keep<'a>(&'a mut self, token: &'a MailToken) -> Pending<'a, ()> {
        Box::pin(async move {
            let earlier = mail_tokens::table.find((types::id(token.user_id), token.purpose.as_str()));
            self.execute(diesel::delete(earlier)).await?;
            self.insert_rows(&[MailTokenRow::from(token)]).await
        })
    }

    fn find<'a>(&'a mut self, purpose: MailPurpose, hash: &'a TokenHash) -> Pending<'a, Option<MailToken>> {
        Box::pin(async move {
            let query = || {
                mail_tokens::table
                    .filter(mail_tokens::hash.eq(&hash.0))
                    .filter(mail_tokens::purpose.eq(purpose.as_str()))
                    .select(MailTokenRow::as_select())
            };
            one::<MailTokenRow, _>(self.rows(query).await?)
        })
    }

    fn take<'a>(&'a mut self, purpose: MailPurpose, hash: &'a TokenHash) -> Pending<'a, Option<MailToken>> {
        Box::pin(async move {
            let taking = || {
                let sent = mail_tokens::table
                    .filter(mail_tokens::hash.eq(&hash.0))
                    .filter(mail_tokens::purpose.eq(purpose.as_str()));
                diesel::delete(sent).returning(MailTokenRow::as_returning())
            };
            one::<MailTokenRow, _>(self.rows(taking).await?)
        })
    }

    fn forget(&mut self, user: UserId) -> Pending<'_, ()> {
        Box::pin(async move {
            let theirs = mail_tokens::table.filter(mail_tokens::user_id.eq(types::id(user)));
            self.execute(diesel::delete(theirs)).await.map(drop)
        })
    }

    fn purge(&mut self, before: DateTime<Utc>) -> Pending<'_, usize> {
        Box::pin(async move {
            let over = mail_tokens::table.filter(mail_tokens::ends_at.lt(types::time(before)));
            self.execute(diesel::delete(over)).await
        })
    }
}
