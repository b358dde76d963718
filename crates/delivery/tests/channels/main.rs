//! Channels against servers that speak as the providers do: what they check, they check, and they fail as the real ones fail.

#![expect(clippy::unwrap_used, reason = "a test is to fail where it goes wrong")]

mod fcm;
mod nhn;
mod solapi;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use madang_domain::{
    channels::{Address, Language, Message, Outcome, Template},
    clock::FixedClock,
    devices::DeviceToken,
    text::Phone,
};

const KEY: &str = "01980000-0000-7000-8000-00000000000a";
/// How long a client waits here for an answer.
const PATIENCE: Duration = Duration::from_millis(300);

fn clock() -> Arc<FixedClock> {
    Arc::new(FixedClock::at("2026-09-01T01:00:00Z".parse().unwrap()))
}

fn message(to: Address) -> Message {
    Message {
        key: KEY.parse().unwrap(),
        asked_at: "2026-09-01T01:00:00Z".parse().unwrap(),
        to,
        title: "휴강 안내".to_owned(),
        text: "내일 수채화 기초 3차시는 쉽니다.".to_owned(),
        template: Some(Template {
            code: "LECTURE_CANCELLED".to_owned(),
            variables: BTreeMap::from([("강의".to_owned(), "수채화 기초".to_owned())]),
        }),
        language: Language::Korean,
        link: Some("https://app.example.org/lectures/3".to_owned()),
        data: BTreeMap::from([("kind".to_owned(), "lecture.cancelled".to_owned())]),
    }
}

fn to_device() -> Message {
    message(Address::Device(DeviceToken::parse("fGh-1:APA91b_x").unwrap()))
}

fn to_phone() -> Message {
    message(Address::Phone(Phone::parse("010-1234-5678").unwrap()))
}

/// What an outcome is called, for those whose words are not the point.
fn name(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Accepted { .. } => "accepted",
        Outcome::Pending { .. } => "pending",
        Outcome::Refused { forget_address: true, .. } => "refused and forgotten",
        Outcome::Refused { .. } => "refused",
        Outcome::Later { .. } => "later",
    }
}
