//! What certificates are made with: the templates, the keys of the issuer, and the address under which they are verified.
//!
//! Everything is made from the snapshot of a certification, when it is asked for: documents by `madang-documents`, credentials by
//! `madang-credentials`. Here is only what stands between the record and the two.

use std::sync::Arc;

use madang_auth::{
    issuer::IssuerKeyKeeper,
    tokens::{KeeperError, KeyError},
};
use madang_credentials::{Badge, Issuer, IssuerKey, PublicKey, StatusEntry, did, status};
use madang_documents::{BuiltIn, Certificate, Edition, PrintError, Printer, Template, TemplateFaults};
use madang_domain::certification::{
    CertificateNumber, Certification, Paper, RateRecord, Snapshot,
    rules::{ClassesNeeded, RuleDocument},
    templates::CertificateTemplate,
};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use url::Url;

use crate::answer::BASE;

/// How an issuer is named in a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IssuerMethod {
    /// `did:web`: by the public address.
    Web,
    /// `did:key`: by the key alone, so that nothing has to be asked for.
    Key,
}

/// The keys of the issuer, read.
pub struct IssuerKeys {
    /// Signs.
    pub active: IssuerKey,
    /// All of them, oldest first.
    pub published: Vec<PublicKey>,
}

/// Why there are no papers.
#[derive(Debug, thiserror::Error)]
pub enum PapersUnavailable {
    /// A built-in template can't be printed.
    #[error(transparent)]
    Template(#[from] TemplateFaults),
    /// The public address has no host.
    #[error("the public address has no host")]
    NoHost,
}

/// What certificates are made with.
#[derive(Clone)]
pub struct Papers {
    /// The built-in template.
    fallback: Arc<Template>,
    keeper: IssuerKeyKeeper,
    /// Without a slash at its end.
    address: String,
    did: String,
}

impl Papers {
    /// Papers that are verified under this public address.
    ///
    /// # Errors
    /// When the fonts can't be read, or the address has no host.
    pub fn new(address: &str, keeper: IssuerKeyKeeper) -> Result<Self, PapersUnavailable> {
        let did = Url::parse(address).ok().and_then(|url| did::web(&url)).ok_or(PapersUnavailable::NoHost)?;
        let address = address.trim_end_matches('/').to_owned();
        let fallback = Arc::new(Template::parse(BuiltIn::Portrait.document())?);
        Ok(Self { fallback, keeper, address, did })
    }

    /// Prints one certificate by the template that held when it was issued. It takes some milliseconds of computing.
    ///
    /// # Errors
    /// See [`PrintError`].
    pub fn print(&self, paper: &Paper) -> Result<Vec<u8>, PrintError> {
        let Paper { certification, template } = paper;
        let document = template_of(&certification.snapshot, template.as_ref());
        // A kept template was checked when it was kept; what a newer program reads otherwise is printed as the built-in one.
        let template = Template::parse(document);
        let template = template.as_ref().unwrap_or(&self.fallback);
        Printer::shared()?.print(template, &self.facts(&certification.snapshot), Edition::Certificate)
    }

    /// Prints a preview with facts of nobody.
    ///
    /// # Errors
    /// See [`PrintError`].
    pub fn preview(&self, template: &Template, course: &str, issuer: &str) -> Result<Vec<u8>, PrintError> {
        let facts = Certificate {
            course: course.to_owned(),
            issuer: issuer.to_owned(),
            verification_address: self.verification_address("00000000000000000"),
            ..Certificate::sample()
        };
        Printer::shared()?.print(template, &facts, Edition::Sample)
    }

    fn facts(&self, snapshot: &Snapshot) -> Certificate {
        let issued_on = snapshot.issued_on();
        let (begins_on, ends_on) = snapshot.period().unwrap_or((issued_on, issued_on));
        Certificate {
            number: snapshot.number.for_people(),
            name: snapshot.user_name.clone(),
            roman_name: snapshot.user_name_roman.clone(),
            course: snapshot.course_title.clone(),
            classes: snapshot.classes.iter().map(|class| class.title.clone()).collect(),
            begins_on,
            ends_on,
            minutes: u32::try_from(snapshot.planned_minutes).ok().filter(|minutes| *minutes > 0),
            percent: snapshot.rate.as_ref().map(|rate| rate.percent.clone()),
            issued_on,
            expires_on: snapshot.valid_until(),
            issuer: snapshot.issuer.name.clone(),
            code: snapshot.code.for_people(),
            verification_address: self.verification_address(&snapshot.code.to_string()),
        }
    }

    fn verification_address(&self, code: &str) -> String {
        format!("{}/verify/{code}", self.address)
    }

    /// The `did:web` of this installation.
    pub fn did(&self) -> &str {
        &self.did
    }

    /// The keys of the issuer; the first one is made when it is first needed.
    ///
    /// # Errors
    /// When they can't be read or made.
    pub async fn keys(&self) -> Result<IssuerKeys, KeeperError> {
        let mut active = None;
        let mut published = Vec::new();
        for kept in self.keeper.keys().await? {
            let key = IssuerKey::from_pkcs8(&kept.pkcs8).map_err(|_| KeyError::Malformed)?;
            published.push(key.public());
            if kept.is_active {
                active = Some(key);
            }
        }
        Ok(IssuerKeys { active: active.ok_or(KeeperError::NoActiveKey)?, published })
    }

    /// Who issues, by this method.
    pub fn issuer(&self, name: &str, method: IssuerMethod, keys: &IssuerKeys) -> Issuer {
        let did = match method {
            IssuerMethod::Web => self.did.clone(),
            IssuerMethod::Key => did::key(keys.active.public()),
        };
        Issuer { did, name: name.to_owned(), url: self.address.clone() }
    }

    /// A certification as a badge, not yet signed.
    pub fn badge(&self, certification: &Certification, email: Option<String>, issuer: Issuer) -> Badge {
        let snapshot = &certification.snapshot;
        let issued_on = snapshot.issued_on();
        let (begins_on, ends_on) = snapshot.period().unwrap_or((issued_on, issued_on));
        let (list, index) = place(snapshot.number);
        let classes: Vec<&str> = snapshot.classes.iter().map(|class| class.title.as_str()).collect();
        Badge {
            id: format!("urn:uuid:{}", certification.id),
            issuer,
            issued_at: snapshot.issued_at,
            valid_until: snapshot.expires_at,
            achievement_id: format!("{}{BASE}/courses/{}", self.address, certification.course_id),
            course: snapshot.course_title.clone(),
            description: format!("{} 과정 수료 ({})", snapshot.course_title, classes.join(", ")),
            criteria: criteria(snapshot),
            number: snapshot.number.for_people(),
            begins_on,
            ends_on,
            name: snapshot.user_name.clone(),
            email,
            salt: salt(certification),
            status: StatusEntry { list: self.list_address(&list), index },
            verification_address: self.verification_address(&snapshot.code.to_string()),
        }
    }

    /// Where a status list is.
    pub fn list_address(&self, list: &StatusListId) -> String {
        format!("{}{BASE}/status-lists/{}-{}", self.address, list.year, list.part)
    }
}

/// The elements by which a certificate is printed: those that its rule names, those of its course, or the built-in ones.
fn template_of<'a>(snapshot: &Snapshot, kept: Option<&'a CertificateTemplate>) -> &'a Value {
    let named = BuiltIn::ALL.into_iter().find(|built_in| built_in.name() == snapshot.template);
    match (named, kept.and_then(|kept| kept.document.as_ref())) {
        (Some(built_in), _) => built_in.document(),
        (None, Some(document)) => document,
        (None, None) => BuiltIn::Portrait.document(),
    }
}

/// The status list of a part of a year: 131,072 numbers each, from part 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatusListId {
    year: i32,
    part: i32,
}

/// How many numbers stand on one list.
const ENTRIES: i32 = status::ENTRIES.cast_signed();
/// The last place in the register of a year.
const LAST_PLACE: i32 = 999_999;

impl StatusListId {
    /// Reads `2026-1`; `None` where there is no such list.
    pub fn parse(text: &str) -> Option<Self> {
        let (year, part) = text.split_once('-')?;
        let list = Self { year: year.parse().ok()?, part: part.parse().ok()? };
        let exists = list.range().is_some() && text == format!("{}-{}", list.year, list.part);
        exists.then_some(list)
    }

    /// The numbers that stand on it, the first and the last.
    pub fn range(self) -> Option<(CertificateNumber, CertificateNumber)> {
        let first = self.part.checked_sub(1)?.checked_mul(ENTRIES)?.checked_add(1)?;
        let last = first.checked_add(ENTRIES - 1)?.min(LAST_PLACE);
        Some((CertificateNumber::new(self.year, first).ok()?, CertificateNumber::new(self.year, last).ok()?))
    }
}

/// The list on which a number stands, and its place there: numbers have no gaps, so each is its own index.
pub fn place(number: CertificateNumber) -> (StatusListId, u32) {
    let place = number.place() - 1;
    let index = u32::try_from(place % ENTRIES).unwrap_or_default();
    (StatusListId { year: number.year(), part: place / ENTRIES + 1 }, index)
}

/// Different for each certification, and the same each time.
fn salt(certification: &Certification) -> String {
    let hash = Sha256::digest(format!("madang credential {}", certification.id));
    madang_domain::secrets::hex(hash.get(..16).unwrap_or_default())
}

/// The rule by which it was decided, for people. Why somebody was certified although it was not met is nobody else's business.
fn criteria(snapshot: &Snapshot) -> String {
    let rule =
        snapshot.completion.as_ref().map_or_else(RuleDocument::default, |stamp| stamp.document.clone());
    let classes = match &rule.classes {
        ClassesNeeded::All => "수강한 모든 수업에서".to_owned(),
        ClassesNeeded::Any { count } => format!("수업 {count}개 이상에서"),
        ClassesNeeded::Listed { class_ids } => format!("지정된 수업 {}개 모두에서", class_ids.len()),
    };
    let mut rules = vec![format!("{classes} 출석 인정 기준({}) 충족", snapshot.rule)];
    rules.extend(rule.min_hours.map(|hours| format!("총 {hours}시간 이상 이수")));
    rules.extend(rule.approval.then(|| "담당자 승인".to_owned()));
    let mut sentences = vec![rules.join(", ")];
    sentences.extend(
        snapshot.override_reason.is_some().then(|| "이 수료는 담당자가 기준과 별도로 인정함".to_owned()),
    );
    let rate =
        |rate: &RateRecord| format!("출석률 {}% ({}/{})", rate.percent, rate.numerator, rate.denominator);
    sentences.extend(snapshot.rate.as_ref().map(rate));
    sentences.join(". ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_has_one_place_on_one_list() {
        let number = |place| CertificateNumber::new(2026, place).unwrap();
        for (at, list, index) in [
            (1, "2026-1", 0),
            (131_072, "2026-1", 131_071),
            (131_073, "2026-2", 0),
            (999_999, "2026-8", 82_494),
        ] {
            let (found, found_index) = place(number(at));
            assert_eq!((StatusListId::parse(list), index), (Some(found), found_index), "{at}");
            let (first, last) = found.range().unwrap();
            assert!((first..=last).contains(&number(at)));
        }
        for wrong in
            ["", "2026", "2026-0", "2026-9", "2026--1", "2026-01", "1700-1", "2026-1-1", "2026-99999999999"]
        {
            assert_eq!(StatusListId::parse(wrong), None, "{wrong}");
        }
    }
}
