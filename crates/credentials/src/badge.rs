//! The facts of a certificate as an `OpenBadgeCredential`.

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::context;

/// Who issues.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    /// `did:web:…` or `did:key:…`.
    pub did: String,
    /// The name of the organisation.
    pub name: String,
    /// Its address on the web.
    pub url: String,
}

/// Where a credential stands on a status list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusEntry {
    /// The address of the list.
    pub list: String,
    /// The place on it.
    pub index: u32,
}

/// What one credential says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Badge {
    /// The id of the credential, an address or a URN.
    pub id: String,
    /// Who issues it.
    pub issuer: Issuer,
    /// When it was issued.
    pub issued_at: DateTime<Utc>,
    /// From when on it is no longer valid; `None` means never.
    pub valid_until: Option<DateTime<Utc>>,
    /// The id of what was achieved, the same for everybody who completed the course.
    pub achievement_id: String,
    /// The title of the course.
    pub course: String,
    /// What the course is, for people.
    pub description: String,
    /// The rule by which it was decided, for people.
    pub criteria: String,
    /// The number of the certificate.
    pub number: String,
    /// The first day of the classes.
    pub begins_on: NaiveDate,
    /// The last day of the classes.
    pub ends_on: NaiveDate,
    /// The name of the learner, which is told only as a hash.
    pub name: String,
    /// The e-mail address of the learner, which is told only as a hash; `None` where there is none.
    pub email: Option<String>,
    /// What is hashed together with name and address, so that nobody can look hashes up.
    pub salt: String,
    /// Where it is told whether it is revoked.
    pub status: StatusEntry,
    /// The page for people.
    pub verification_address: String,
}

impl Badge {
    /// The credential, not yet signed.
    pub fn credential(&self) -> Value {
        let time = |time: DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::Secs, true);
        let mut credential = json!({
            "@context": [context::CREDENTIALS_V2, context::OPEN_BADGES],
            "id": self.id,
            "type": ["VerifiableCredential", "OpenBadgeCredential"],
            "issuer": {
                "id": self.issuer.did,
                "type": ["Profile"],
                "name": self.issuer.name,
                "url": self.issuer.url,
            },
            "validFrom": time(self.issued_at),
            "awardedDate": time(self.issued_at),
            "name": self.course,
            "credentialSubject": {
                "type": ["AchievementSubject"],
                "identifier": self.identities(),
                "licenseNumber": self.number,
                "activityStartDate": self.begins_on.to_string(),
                "activityEndDate": self.ends_on.to_string(),
                "achievement": {
                    "id": self.achievement_id,
                    "type": ["Achievement"],
                    "achievementType": "CertificateOfCompletion",
                    "name": self.course,
                    "description": self.description,
                    "criteria": { "narrative": self.criteria },
                },
            },
            "credentialStatus": {
                "id": format!("{}#{}", self.status.list, self.status.index),
                "type": "BitstringStatusListEntry",
                "statusPurpose": "revocation",
                "statusListIndex": self.status.index.to_string(),
                "statusListCredential": self.status.list,
            },
            "evidence": [{
                "id": self.verification_address,
                "type": ["Evidence"],
                "name": format!("진위 확인 · Verification of {}", self.number),
            }],
        });
        if let (Some(until), Some(members)) = (self.valid_until, credential.as_object_mut()) {
            members.insert("validUntil".to_owned(), time(until).into());
        }
        credential
    }

    fn identities(&self) -> Vec<Value> {
        let identity = |kind: &str, text: &str| {
            json!({
                "type": "IdentityObject",
                "identityType": kind,
                "hashed": true,
                "salt": self.salt,
                "identityHash": identity_hash(text, &self.salt),
            })
        };
        let email = self.email.as_ref().map(|email| identity("emailAddress", &email.to_lowercase()));
        email.into_iter().chain([identity("name", &self.name)]).collect()
    }
}

/// `sha256$…`: the hash of an identity followed by the salt, as Open Badges hashes it.
pub fn identity_hash(identity: &str, salt: &str) -> String {
    let hash = Sha256::new().chain_update(identity).chain_update(salt).finalize();
    format!("sha256${hash:x}")
}
