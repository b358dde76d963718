//! What an installation knows of its applications at the providers.

use jsonwebtoken::EncodingKey;
use thiserror::Error;

use crate::secrets::Secret;

/// The applications that an installation has registered; those that are missing are not offered.
#[derive(Debug, Clone, Default)]
pub struct SocialApps {
    /// At Kakao.
    pub kakao: Option<KakaoApp>,
    /// At Naver.
    pub naver: Option<NaverApp>,
    /// At Google.
    pub google: Option<GoogleApp>,
    /// At Apple.
    pub apple: Option<AppleApp>,
    /// Where the providers' servers are.
    pub hosts: Hosts,
}

/// An application at Kakao.
#[derive(Debug, Clone)]
pub struct KakaoApp {
    /// The REST API key.
    pub rest_api_key: String,
    /// The client secret of the REST API key.
    pub client_secret: Secret,
    /// The id of the application: what the access tokens of clients must be made for.
    pub app_id: i64,
    /// The admin key: with it notices of Kakao are genuine, and links are undone.
    pub admin_key: Option<Secret>,
    /// The keys of native apps, to whom ID tokens may be made out as well.
    pub native_app_keys: Vec<String>,
    /// Consents to ask for beside those of Kakao's console; with `openid`, Kakao signs an ID token.
    pub scopes: Vec<String>,
}

/// An application at Naver.
#[derive(Debug, Clone)]
pub struct NaverApp {
    /// The client id.
    pub client_id: String,
    /// The client secret.
    pub client_secret: Secret,
}

/// An application at Google.
#[derive(Debug, Clone)]
pub struct GoogleApp {
    /// The client id of the web application.
    pub client_id: String,
    /// The client secret of the web application.
    pub client_secret: Secret,
    /// The client ids of native apps, to whom ID tokens may be made out as well.
    pub native_client_ids: Vec<String>,
}

/// An application at Apple.
#[derive(Debug, Clone)]
pub struct AppleApp {
    /// The Services ID.
    pub client_id: String,
    /// The Team ID.
    pub team_id: String,
    /// The id of the private key.
    pub key_id: String,
    /// The private key: the text of the `.p8` file.
    pub private_key: Secret,
    /// The bundle ids of native apps, to whom ID tokens may be made out as well.
    pub bundle_ids: Vec<String>,
}

/// The private key is not the text of a `.p8` file with a key for ES256.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the private key is not an EC key in PEM form, as Apple's .p8 file has it")]
pub struct AppleKeyError;

/// Checks that this is the text of a `.p8` file.
///
/// # Errors
/// When it is not.
pub fn check_apple_key(text: &Secret) -> Result<(), AppleKeyError> {
    EncodingKey::from_ec_pem(text.expose()).map(|_| ()).map_err(|_| AppleKeyError)
}

/// Where the providers' servers are, without a slash at the end. Tests point them to servers of their own.
#[derive(Debug, Clone)]
pub struct Hosts {
    /// Kakao's sign-in and tokens.
    pub kakao_auth: String,
    /// Kakao's API.
    pub kakao_api: String,
    /// Naver's sign-in and tokens.
    pub naver_auth: String,
    /// Naver's API.
    pub naver_api: String,
    /// Google's sign-in.
    pub google_auth: String,
    /// Google's tokens.
    pub google_token: String,
    /// Google's public keys.
    pub google_keys: String,
    /// Everything of Apple.
    pub apple: String,
}

impl Default for Hosts {
    fn default() -> Self {
        let own = str::to_owned;
        Self {
            kakao_auth: own("https://kauth.kakao.com"),
            kakao_api: own("https://kapi.kakao.com"),
            naver_auth: own("https://nid.naver.com"),
            naver_api: own("https://openapi.naver.com"),
            google_auth: own("https://accounts.google.com"),
            google_token: own("https://oauth2.googleapis.com"),
            google_keys: own("https://www.googleapis.com"),
            apple: own("https://appleid.apple.com"),
        }
    }
}
