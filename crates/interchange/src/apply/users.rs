//! Users: found by the source's id, or else by user name.
//!
//! An account made here has no password: its owner asks for a new one, or signs in through a provider. What an import may
//! do to accounts that hold power, and to what accounts may do, is the admins' to say, as it is in the services.

use std::collections::{HashMap, HashSet};

use madang_domain::access::{Action, Authorizations, ClassRole, Role, authorize};
use madang_domain::accounts::{AuthType, User, UserChanges, loses_last_admin, sign_out_after};
use madang_domain::error::RepositoryResult;
use madang_domain::ids::UserId;
use madang_domain::text::{Email, PersonName, Phone, Username};

use super::check::Check;
use super::fields::Field;
use super::run::{BATCH, Run};
use crate::problem::ProblemCode;
use crate::roster::UserRow;

/// A row in domain types.
struct Draft<'r> {
    row: &'r UserRow,
    username: Username,
    name: Option<PersonName>,
    email: Option<Email>,
    phone: Option<Phone>,
    authorizations: Option<Authorizations>,
    /// Notices so far.
    check: Check,
}

/// The accounts that the rows of a batch may mean.
struct Known {
    by_id: HashMap<UserId, User>,
    by_username: HashMap<Username, UserId>,
}

impl Run<'_> {
    pub async fn users(&mut self, rows: &[UserRow]) -> RepositoryResult<()> {
        let mut seen = HashSet::new();
        for rows in rows.chunks(BATCH) {
            let drafts: Vec<Draft<'_>> = rows.iter().filter_map(|row| self.draft_user(row)).collect();
            let mut known = self.known_accounts(&drafts).await?;
            let (mut created, mut links, mut entries) = (Vec::new(), Vec::new(), Vec::new());
            for mut draft in drafts {
                let by_username = known.by_username.get(&draft.username).copied();
                let by_id = self.known_users.candidate(&draft.row.external_id).map(UserId);
                let id = by_id.filter(|id| known.by_id.contains_key(id)).or(by_username);
                let old = id.and_then(|id| known.by_id.get(&id));
                if id.is_some_and(|id| seen.contains(&id)) {
                    draft.check.fault(Field::Username, ProblemCode::RowDuplicate, Some(&draft.row.username));
                } else if by_username.is_some() && by_username != id {
                    draft.check.fault(Field::Username, ProblemCode::UsernameTaken, Some(&draft.row.username));
                }
                let new = match old {
                    None => self.new_user(&mut draft),
                    Some(old) => Some(self.changed_user(&mut draft, old).await?),
                };
                let (external, at_username) = (&draft.row.external_id, draft.username);
                let accepted = self.settle(draft.check, |counts| &mut counts.users);
                let Some(new) = new.filter(|_| accepted) else {
                    self.known_users.refuse(external);
                    continue;
                };
                seen.insert(new.id);
                self.known_users.keep(external, new.id);
                links.extend(self.known_users.link(external, new.id.0));
                match old {
                    None => {
                        self.counts.users.created += 1;
                        entries.push(self.pen.created(&new));
                        created.push(new.clone());
                    }
                    Some(old) if *old == new => self.counts.users.unchanged += 1,
                    Some(old) => {
                        self.counts.users.updated += 1;
                        self.repositories.users().update(&new).await?;
                        entries.push(self.pen.updated(old, &new));
                        sign_out_after(self.repositories, &self.pen, old, &new, self.now).await?;
                    }
                }
                known.by_username.insert(at_username, new.id);
                known.by_id.insert(new.id, new);
            }
            if !created.is_empty() {
                self.repositories.users().insert_many(&created).await?;
            }
            self.keep_traces(&links, &entries).await?;
            self.advance(rows.len());
        }
        Ok(())
    }

    fn draft_user<'r>(&mut self, row: &'r UserRow) -> Option<Draft<'r>> {
        let mut check = Check::new(row.at);
        let username = check.text(Field::Username, &row.username, Username::parse);
        let name = check.optional(Field::Name, row.name.as_deref(), PersonName::parse);
        let (email, phone) = (row.email.as_deref(), row.phone.as_deref());
        let email = check.contact(Field::Email, email, ProblemCode::EmailIgnored, Email::parse);
        let phone = check.contact(Field::Phone, phone, ProblemCode::PhoneIgnored, Phone::parse);
        let authorizations = row.authorizations.as_ref().and_then(|document| {
            let read = serde_json::from_value(document.clone());
            read.map_err(|_| check.fault(Field::Authorizations, ProblemCode::JsonInvalid, None)).ok()
        });
        let Some(username) = username.filter(|_| !check.is_refused()) else {
            self.settle(check, |counts| &mut counts.users);
            self.known_users.refuse(&row.external_id);
            return None;
        };
        Some(Draft { row, username, name, email, phone, authorizations, check })
    }

    async fn known_accounts(&mut self, drafts: &[Draft<'_>]) -> RepositoryResult<Known> {
        let candidates = drafts.iter().filter_map(|draft| self.known_users.candidate(&draft.row.external_id));
        let ids: Vec<UserId> = candidates.map(UserId).collect();
        let usernames: Vec<&str> = drafts.iter().map(|draft| draft.username.as_str()).collect();
        let mut users = Vec::new();
        if !ids.is_empty() {
            users = self.repositories.users().find_many(&ids).await?;
        }
        if !usernames.is_empty() {
            users.extend(self.repositories.users().find_by_usernames(&usernames).await?);
        }
        Ok(Known {
            by_username: users.iter().map(|user| (user.username.clone(), user.id)).collect(),
            by_id: users.into_iter().map(|user| (user.id, user)).collect(),
        })
    }

    fn new_user(&self, draft: &mut Draft<'_>) -> Option<User> {
        let authorizations = draft.authorizations.take().unwrap_or_else(|| granted_roles(&draft.row.roles));
        if authorizations.is_privileged() && !self.may_grant() {
            draft.check.fault(Field::Authorizations, ProblemCode::AuthorizationsForbidden, None);
        }
        let name = draft.name.take().or_else(|| {
            // An address that serves as user name can be longer than a name.
            let name: String = draft.username.as_str().chars().take(PersonName::MAX).collect();
            draft.check.text(Field::Name, &name, PersonName::parse)
        })?;
        Some(User {
            id: UserId(self.known_users.new_id(&draft.row.external_id, self.ids)),
            username: draft.username.clone(),
            auth_type: draft.row.auth_type.unwrap_or(AuthType::Manual),
            password: None,
            kakao_id: None,
            authorizations,
            name,
            email: draft.email.take(),
            phone: draft.phone.take(),
            created_at: self.now,
            updated_at: self.now,
            last_login: None,
            is_active: draft.row.is_active.unwrap_or(true),
            email_verified_at: None,
            suspension: None,
            withdrawn_at: None,
            version: 1,
        })
    }

    async fn changed_user(&mut self, draft: &mut Draft<'_>, old: &User) -> RepositoryResult<User> {
        let changes = UserChanges {
            username: Some(draft.username.clone()),
            name: draft.name.take(),
            email: draft.email.take().map(Some),
            phone: draft.phone.take().map(Some),
            is_active: draft.row.is_active,
        };
        let mut new = changes.apply_to(old);
        if let Some(authorizations) = draft.authorizations.take() {
            new.authorizations = authorizations;
        }
        if new == *old {
            return Ok(new);
        }
        if new.authorizations != old.authorizations && !self.may_grant() {
            draft.check.fault(Field::Authorizations, ProblemCode::AuthorizationsForbidden, None);
        } else if old.authorizations.is_privileged() && !self.may_grant() {
            draft.check.fault(Field::Username, ProblemCode::PrivilegedAccount, None);
        }
        if loses_last_admin(self.repositories, old, &new).await? {
            draft.check.fault(Field::Authorizations, ProblemCode::LastAdmin, None);
        }
        new.version = old.version + 1;
        new.updated_at = self.now;
        Ok(new)
    }

    fn may_grant(&self) -> bool {
        authorize(self.caller, Action::ManagePowerfulUsers).is_ok()
    }
}

/// Being a lecturer in general lets one teach; power over a class comes with its enrolment.
fn granted_roles(roles: &[ClassRole]) -> Authorizations {
    let teaches = roles.contains(&ClassRole::Lecturer);
    let learns = !teaches || roles.iter().any(|role| *role != ClassRole::Lecturer);
    let roles = [(teaches, Role::Lecturer), (learns, Role::Learner)];
    Authorizations::of_roles(roles.into_iter().filter_map(|(held, role)| held.then_some(role)))
}
