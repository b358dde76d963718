//! The rotating code of a lecture: an HMAC over a secret of the lecture and a step of time, so nothing is stored.
//!
//! One code has two forms: a payload for the QR code, which names lecture and step, and six digits for those who can't scan.
//! A code of the step before or after the present one is taken too, because clocks differ and people are slow.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::{
    ids::LectureId,
    secrets::{Secrets, hex},
};

/// How long a code is shown.
pub const CODE_STEP_SECONDS: i64 = 15;

/// Steps before and after the present one whose codes are taken.
const TOLERANCE: i64 = 1;
const PURPOSE: &str = "check-in code";
const PREFIX: &str = "MADANG:1";
/// Hexadecimal digits of the proof in a payload: 128 bits.
const PROOF_DIGITS: usize = 32;

/// The code that a lecture shows at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CurrentCode {
    /// What the QR code holds.
    pub payload: String,
    /// The same for typing.
    pub digits: String,
    /// When the next code takes its place.
    pub changes_at: DateTime<Utc>,
}

/// What a good code tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeProof {
    /// The step at which it was shown.
    pub step: i64,
    /// Whether it was scanned; digits are typed.
    pub scanned: bool,
}

/// Why a code is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeProblem {
    /// It is no code of this lecture.
    Wrong,
    /// It was shown too long ago.
    Expired,
    /// It belongs to another lecture.
    OtherLecture,
}

/// The codes of one lecture.
pub(super) struct LectureCodes<'a> {
    secrets: &'a dyn Secrets,
    secret: [u8; 32],
    lecture: LectureId,
}

impl<'a> LectureCodes<'a> {
    pub(super) fn new(secrets: &'a dyn Secrets, lecture: LectureId) -> Self {
        Self { secrets, secret: secrets.derive(PURPOSE, lecture.0.as_bytes()), lecture }
    }

    pub(super) fn at(&self, now: DateTime<Utc>) -> CurrentCode {
        let step = step_of(now);
        CurrentCode { payload: self.payload(step), digits: self.digits(step), changes_at: start_of(step + 1) }
    }

    /// Checks a code at the moment when it is handed in.
    pub(super) fn check(&self, code: &str, now: DateTime<Utc>) -> Result<CodeProof, CodeProblem> {
        if is_digits(code) {
            let step = near(now).find(|step| same(&self.digits(*step), code)).ok_or(CodeProblem::Wrong)?;
            return Ok(CodeProof { step, scanned: false });
        }
        let step = self.signed_step(code)?;
        if near(now).contains(&step) {
            Ok(CodeProof { step, scanned: true })
        } else {
            Err(CodeProblem::Expired)
        }
    }

    /// Checks a code that a device scanned at `captured_at` and hands in later; digits prove no step, so they don't count.
    pub(super) fn check_captured(
        &self,
        code: &str,
        captured_at: DateTime<Utc>,
    ) -> Result<CodeProof, CodeProblem> {
        if is_digits(code) {
            return Err(CodeProblem::Wrong);
        }
        self.check(code, captured_at)
    }

    /// The step that a payload proves.
    fn signed_step(&self, payload: &str) -> Result<i64, CodeProblem> {
        let rest = payload.trim().strip_prefix(PREFIX).and_then(|rest| rest.strip_prefix(':'));
        let mut parts = rest.ok_or(CodeProblem::Wrong)?.split(':');
        let (Some(lecture), Some(step), Some(_), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(CodeProblem::Wrong);
        };
        let lecture = Uuid::try_parse(lecture).map_err(|_| CodeProblem::Wrong)?;
        if lecture != self.lecture.0 {
            return Err(CodeProblem::OtherLecture);
        }
        let step: i64 = step.parse().map_err(|_| CodeProblem::Wrong)?;
        if same(&self.payload(step), payload.trim()) { Ok(step) } else { Err(CodeProblem::Wrong) }
    }

    /// Capitals and digits only, which make a smaller QR code.
    fn payload(&self, step: i64) -> String {
        let mut proof = hex(&self.hash(b'q', step));
        proof.truncate(PROOF_DIGITS);
        format!("{PREFIX}:{}:{step}:{proof}", self.lecture.0.simple()).to_ascii_uppercase()
    }

    fn digits(&self, step: i64) -> String {
        let hash = self.hash(b'd', step);
        let number = hash.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        format!("{:06}", number % 1_000_000)
    }

    fn hash(&self, form: u8, step: i64) -> [u8; 32] {
        let mut message = [form; 9];
        for (place, byte) in message.iter_mut().skip(1).zip(step.to_be_bytes()) {
            *place = byte;
        }
        self.secrets.keyed_hash(&self.secret, &message)
    }
}

fn is_digits(code: &str) -> bool {
    code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit())
}

/// Compares without telling by the time taken where the two differ.
fn same(left: &str, right: &str) -> bool {
    left.len() == right.len()
        && left.bytes().zip(right.bytes()).fold(0, |all, (one, other)| all | (one ^ other)) == 0
}

fn near(now: DateTime<Utc>) -> std::ops::RangeInclusive<i64> {
    let step = step_of(now);
    step - TOLERANCE..=step + TOLERANCE
}

fn step_of(at: DateTime<Utc>) -> i64 {
    at.timestamp().div_euclid(CODE_STEP_SECONDS)
}

fn start_of(step: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(step * CODE_STEP_SECONDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Mixes rather than hashes, which is enough to tell secrets and messages apart.
    struct Mixer;

    impl Secrets for Mixer {
        fn derive(&self, purpose: &str, subject: &[u8]) -> [u8; 32] {
            self.keyed_hash(&[7; 32], &[purpose.as_bytes(), subject].concat())
        }

        fn keyed_hash(&self, secret: &[u8; 32], message: &[u8]) -> [u8; 32] {
            let mut state = 0xCBF2_9CE4_8422_2325_u64;
            let mut hash = [0; 32];
            for place in 0..32_u8 {
                for byte in secret.iter().chain(message).chain(&[place]) {
                    state = (state ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3);
                }
                hash[usize::from(place)] = (state >> 32).to_be_bytes()[7];
            }
            hash
        }

        fn draw(&self) -> [u8; 32] {
            [1; 32]
        }
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn codes(number: u128) -> LectureCodes<'static> {
        LectureCodes::new(&Mixer, LectureId(Uuid::from_u128(number)))
    }

    #[test]
    fn a_code_holds_for_its_step_and_one_more_on_either_side() {
        let codes = codes(1);
        let shown = codes.at(at("2026-09-01T01:00:07Z"));
        assert_eq!(shown.changes_at, at("2026-09-01T01:00:15Z"));
        for code in [&shown.payload, &shown.digits] {
            for moment in ["01:00:00", "01:00:14.999", "01:00:15", "01:00:29.999", "00:59:45"] {
                assert!(codes.check(code, at(&format!("2026-09-01T{moment}Z"))).is_ok(), "{code} {moment}");
            }
        }
        for moment in ["01:00:30", "00:59:44.999"] {
            let moment = at(&format!("2026-09-01T{moment}Z"));
            assert_eq!(codes.check(&shown.payload, moment), Err(CodeProblem::Expired));
            assert_eq!(codes.check(&shown.digits, moment), Err(CodeProblem::Wrong));
        }
    }

    #[test]
    fn a_code_is_bound_to_its_lecture() {
        let now = at("2026-09-01T01:00:07Z");
        let shown = codes(1).at(now);
        assert_eq!(codes(2).check(&shown.payload, now), Err(CodeProblem::OtherLecture));
        assert_eq!(codes(2).check(&shown.digits, now), Err(CodeProblem::Wrong));
        let renamed = shown
            .payload
            .replace(&Uuid::from_u128(1).simple().to_string(), &Uuid::from_u128(2).simple().to_string());
        assert_eq!(codes(2).check(&renamed, now), Err(CodeProblem::Wrong));
    }

    #[test]
    fn a_payload_that_was_touched_is_wrong() {
        let now = at("2026-09-01T01:00:07Z");
        let codes = codes(1);
        let shown = codes.at(now);
        let later = shown.payload.replace(&step_of(now).to_string(), &(step_of(now) + 1).to_string());
        for payload in [
            later.as_str(),
            "",
            "MADANG:1",
            "MADANG:1:x:y:z",
            "https://example.org",
            &shown.payload[..80],
            "12345",
            "1234567",
            "１２３４５６",
        ] {
            assert_eq!(codes.check(payload, now), Err(CodeProblem::Wrong), "{payload}");
        }
    }

    #[test]
    fn a_captured_code_must_be_of_the_moment_that_it_claims_and_be_scanned() {
        let codes = codes(1);
        let captured_at = at("2026-09-01T01:00:07Z");
        let shown = codes.at(captured_at);
        let proof = codes.check_captured(&shown.payload, captured_at).unwrap();
        assert!(proof.scanned);
        assert_eq!(
            codes.check_captured(&shown.payload, at("2026-09-01T00:40:00Z")),
            Err(CodeProblem::Expired)
        );
        assert_eq!(codes.check_captured(&shown.digits, captured_at), Err(CodeProblem::Wrong));
    }
}
