//! Kakao Alimtalk (알림톡), through a relay: NHN Cloud or Solapi.
//!
//! A relay takes a message and delivers it later, so nothing is accepted before its result is known; and what a relay may have taken is
//! looked up by its key, never sent again. Where Kakao can't deliver, the relay sends a text message in its place.

mod nhn;
mod solapi;

use std::time::Duration;

use madang_domain::{
    channels::{Address, Message, Outcome, Template},
    text::Phone,
};

pub use nhn::{NhnAlimtalk, NhnSettings};
pub use solapi::{SolapiAlimtalk, SolapiSettings};

/// How references begin that are our own key, because the relay gave none.
const OUR_KEY: &str = "key:";

fn later(reason: impl Into<String>, after: Option<Duration>) -> Outcome {
    Outcome::Later { after, reason: reason.into() }
}

fn refused(reason: impl Into<String>) -> Outcome {
    Outcome::Refused { reason: reason.into(), forget_address: false }
}

/// Nobody knows whether it was taken: to be looked up by our key.
fn unknown(message: &Message) -> Outcome {
    Outcome::Pending { reference: format!("{OUR_KEY}{}", message.key) }
}

/// What a relay needs of a message.
fn parts(message: &Message) -> Result<(String, &Template), Outcome> {
    let Address::Phone(phone) = &message.to else { return Err(refused("not a phone")) };
    let template = message.template.as_ref().ok_or_else(|| refused("no template"))?;
    Ok((domestic(phone)?, template))
}

/// `01012345678`, as it is dialled in Korea.
fn domestic(phone: &Phone) -> Result<String, Outcome> {
    let number = phone.as_str().strip_prefix("+82").ok_or_else(|| refused("not a Korean number"))?;
    // 1588-1234 and the like have no area code.
    if number.len() == 8 && number.starts_with('1') {
        Ok(number.to_owned())
    } else {
        Ok(format!("0{number}"))
    }
}
