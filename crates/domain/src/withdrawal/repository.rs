//! The port through which a person is forgotten.

use crate::{
    error::Pending,
    ids::UserId,
    text::{Email, PersonName, Username},
};

/// What stands in the place of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pseudonym {
    /// In the place of the username.
    pub username: Username,
    /// In the place of the name.
    pub name: PersonName,
}

/// Forgets a person. A table that refers to users has its line in `persistence/tests/user_references.rs`, which says whether its
/// rows go or stay.
pub trait Erasure: Send {
    /// Removes what belonged to the person alone: sessions and tokens, sign-ins and streams under way, guesses, stored answers, ids
    /// of other systems, what it takes to undo a merge, and mails to this address that wait or were sent.
    fn remove_belongings<'a>(&'a mut self, user: UserId, email: Option<&'a Email>) -> Pending<'a, ()>;

    /// Takes who it was out of what stays: certifications, requests for leave, the evidence of check-ins, and the audit log's entries
    /// about the account and the certifications. The account itself must say already that its owner has left.
    fn take_out_names<'a>(&'a mut self, user: UserId, pseudonym: &'a Pseudonym) -> Pending<'a, ()>;
}
