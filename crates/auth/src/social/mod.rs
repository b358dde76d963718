//! Kakao, Naver, Google and Apple: what is asked of their servers, and what of their answers is believed.
//!
//! [`SocialProviders`] serves the domain's port. Each provider's own ways are in the file of its name; `openid` and
//! `oauth` hold what they share, `id_token` checks signed claims, `outgoing` bounds every call, `seal` keeps what must be kept.
//! Not here: who a proven account belongs to (domain), cookies and addresses (http).

mod answers;
mod apple;
mod google;
mod id_token;
mod kakao;
mod naver;
mod oauth;
mod openid;
mod outgoing;
mod providers;
mod seal;
mod settings;

pub use providers::{SocialProviders, SocialSetupError};
pub use settings::{
    AppleApp, AppleKeyError, GoogleApp, Hosts, KakaoApp, NaverApp, SocialApps, check_apple_key,
};
