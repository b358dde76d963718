//! The applications at Kakao, Naver, Google and Apple: all of what one needs is set, or nothing.

use madang_auth::{
    secrets::Secret,
    social::{AppleApp, GoogleApp, Hosts, KakaoApp, NaverApp, SocialApps, check_apple_key},
};

use super::Reader;

/// Sign-in through providers.
#[derive(Debug, Clone, Default)]
pub struct SocialSettings {
    /// The applications that are registered.
    pub apps: SocialApps,
    /// Addresses of web clients to which browsers may be sent.
    pub client_urls: Vec<String>,
}

/// Reads the settings.
pub(super) fn read(reader: &mut Reader, public_url: &str) -> SocialSettings {
    SocialSettings {
        apps: SocialApps {
            kakao: kakao(reader),
            naver: naver(reader),
            google: google(reader),
            apple: apple(reader, public_url),
            hosts: hosts(reader),
        },
        client_urls: client_urls(reader),
    }
}

impl Reader {
    fn list(&self, name: &str) -> Vec<String> {
        let text = self.text(name).unwrap_or_default();
        text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
    }
}

fn kakao(reader: &mut Reader) -> Option<KakaoApp> {
    let required = ["KAKAO_REST_API_KEY", "KAKAO_CLIENT_SECRET", "KAKAO_APP_ID"];
    let optional = ["KAKAO_ADMIN_KEY", "KAKAO_NATIVE_APP_KEYS", "KAKAO_SCOPES"];
    let [rest_api_key, client_secret, app_id] = reader.together(required, &optional)?;
    let Ok(app_id) = app_id.parse() else {
        reader.problems.push(format!("KAKAO_APP_ID must be a number, not `{app_id}`"));
        return None;
    };
    Some(KakaoApp {
        rest_api_key,
        client_secret: Secret::new(client_secret),
        app_id,
        admin_key: reader.text("KAKAO_ADMIN_KEY").map(Secret::new),
        native_app_keys: reader.list("KAKAO_NATIVE_APP_KEYS"),
        scopes: reader.list("KAKAO_SCOPES"),
    })
}

fn naver(reader: &mut Reader) -> Option<NaverApp> {
    let [client_id, client_secret] = reader.together(["NAVER_CLIENT_ID", "NAVER_CLIENT_SECRET"], &[])?;
    Some(NaverApp { client_id, client_secret: Secret::new(client_secret) })
}

fn google(reader: &mut Reader) -> Option<GoogleApp> {
    let required = ["GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET"];
    let [client_id, client_secret] = reader.together(required, &["GOOGLE_NATIVE_CLIENT_IDS"])?;
    Some(GoogleApp {
        client_id,
        client_secret: Secret::new(client_secret),
        native_client_ids: reader.list("GOOGLE_NATIVE_CLIENT_IDS"),
    })
}

fn apple(reader: &mut Reader, public_url: &str) -> Option<AppleApp> {
    let required = ["APPLE_CLIENT_ID", "APPLE_TEAM_ID", "APPLE_KEY_ID"];
    let optional = ["APPLE_PRIVATE_KEY_FILE", "APPLE_PRIVATE_KEY", "APPLE_BUNDLE_IDS"];
    let [client_id, team_id, key_id] = reader.together(required, &optional)?;
    let private_key = apple_key(reader)?;
    if !public_url.starts_with("https://") {
        reader.problems.push("APPLE_CLIENT_ID: Apple wants PUBLIC_URL to begin with https://".to_owned());
    }
    Some(AppleApp { client_id, team_id, key_id, private_key, bundle_ids: reader.list("APPLE_BUNDLE_IDS") })
}

fn apple_key(reader: &mut Reader) -> Option<Secret> {
    let text = match (reader.text("APPLE_PRIVATE_KEY_FILE"), reader.text("APPLE_PRIVATE_KEY")) {
        (Some(file), None) => std::fs::read(&file)
            .map_err(|error| format!("APPLE_PRIVATE_KEY_FILE: `{file}` can't be read ({})", error.kind())),
        (None, Some(text)) => Ok(text.replace("\\n", "\n").into_bytes()),
        (None, None) => {
            Err("APPLE_CLIENT_ID needs APPLE_PRIVATE_KEY_FILE or APPLE_PRIVATE_KEY as well".to_owned())
        }
        (Some(_), Some(_)) => {
            Err("APPLE_PRIVATE_KEY_FILE and APPLE_PRIVATE_KEY are both set; set one of them".to_owned())
        }
    };
    let key = text.map(Secret::new).and_then(|key| match check_apple_key(&key) {
        Ok(()) => Ok(key),
        Err(error) => Err(format!("APPLE_PRIVATE_KEY: {error}")),
    });
    key.map_err(|problem| reader.problems.push(problem)).ok()
}

fn hosts(reader: &mut Reader) -> Hosts {
    let default = Hosts::default();
    let mut host = |name: &str, default: String| reader.host(name, &default);
    Hosts {
        kakao_auth: host("KAKAO_AUTH_URL", default.kakao_auth),
        kakao_api: host("KAKAO_API_URL", default.kakao_api),
        naver_auth: host("NAVER_AUTH_URL", default.naver_auth),
        naver_api: host("NAVER_API_URL", default.naver_api),
        google_auth: host("GOOGLE_AUTH_URL", default.google_auth),
        google_token: host("GOOGLE_TOKEN_URL", default.google_token),
        google_keys: host("GOOGLE_KEYS_URL", default.google_keys),
        apple: host("APPLE_URL", default.apple),
    }
}

fn client_urls(reader: &mut Reader) -> Vec<String> {
    let urls = reader.list("SOCIAL_CLIENT_URLS");
    for url in &urls {
        let fit = url.split_once("://").is_some_and(|(scheme, rest)| {
            // An app has a scheme of its own, like com.example.app://sign-in.
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+');
            let own = scheme.contains('.') && scheme.chars().all(plain);
            let local = scheme == "http"
                && ["localhost", "127.0.0.1", "[::1]"].iter().any(|host| {
                    rest.strip_prefix(host)
                        .is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/']))
                });
            !rest.is_empty() && (scheme == "https" || own || local)
        });
        if !fit || url.contains(['#', '*', ' ']) {
            reader.problems.push(format!(
                "SOCIAL_CLIENT_URLS must list whole addresses like https://app.example.org/signed-in (http for localhost \
                 only), without # or *; not `{url}`"
            ));
        }
    }
    urls
}

#[cfg(test)]
mod tests {
    use super::super::{Settings, SettingsError};

    fn of(values: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        Settings::from_values(values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    fn problems(values: &[(&str, &str)]) -> String {
        of(values).unwrap_err().to_string()
    }

    #[test]
    fn a_provider_is_offered_when_all_of_its_settings_are_there() {
        assert!(of(&[]).unwrap().social.apps.kakao.is_none());
        let settings = of(&[
            ("KAKAO_REST_API_KEY", "rest"),
            ("KAKAO_CLIENT_SECRET", "secret"),
            ("KAKAO_APP_ID", "1234"),
            ("KAKAO_SCOPES", "openid, account_email"),
        ])
        .unwrap();
        let kakao = settings.social.apps.kakao.unwrap();
        assert_eq!(
            (kakao.app_id, kakao.scopes.as_slice()),
            (1_234, &["openid".to_owned(), "account_email".to_owned()][..])
        );
        assert!(!format!("{kakao:?}").contains("secret\""));
    }

    #[test]
    fn half_of_the_settings_of_a_provider_stop_the_start_and_the_missing_ones_are_named() {
        let text = problems(&[
            ("KAKAO_REST_API_KEY", "rest"),
            ("NAVER_CLIENT_SECRET", "secret"),
            ("GOOGLE_NATIVE_CLIENT_IDS", "app"),
            ("APPLE_CLIENT_ID", "org.example.web"),
        ]);
        for part in [
            "KAKAO_REST_API_KEY needs KAKAO_CLIENT_SECRET, KAKAO_APP_ID",
            "NAVER_CLIENT_SECRET needs NAVER_CLIENT_ID",
            "GOOGLE_NATIVE_CLIENT_IDS needs GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET",
            "APPLE_CLIENT_ID needs APPLE_TEAM_ID, APPLE_KEY_ID",
        ] {
            assert!(text.contains(part), "{text}");
        }
    }

    #[test]
    fn apple_needs_a_key_that_can_be_read_and_an_address_with_tls() {
        let with = |name: &'static str, value: &'static str| {
            problems(&[
                ("APPLE_CLIENT_ID", "org.example.web"),
                ("APPLE_TEAM_ID", "TEAM123456"),
                ("APPLE_KEY_ID", "KEY1234567"),
                (name, value),
            ])
        };
        assert!(
            with("APPLE_BUNDLE_IDS", "org.example.app")
                .contains("needs APPLE_PRIVATE_KEY_FILE or APPLE_PRIVATE_KEY")
        );
        assert!(with("APPLE_PRIVATE_KEY_FILE", "no-such-file.p8").contains("can't be read"));
        assert!(with("APPLE_PRIVATE_KEY", "-----BEGIN PRIVATE KEY-----").contains("not an EC key"));
    }

    #[test]
    fn addresses_of_clients_are_whole_and_safe() {
        let good = "https://app.example.org/signed-in,http://localhost:5173/cb,com.example.app://sign-in";
        assert_eq!(of(&[("SOCIAL_CLIENT_URLS", good)]).unwrap().social.client_urls.len(), 3);
        for bad in [
            "http://app.example.org",
            "http://localhost.example.org/",
            "javascript://x",
            "https://*.example.org",
            "https://a.example/#x",
            "app",
        ] {
            assert!(of(&[("SOCIAL_CLIENT_URLS", bad)]).is_err(), "{bad}");
        }
        assert!(of(&[("KAKAO_AUTH_URL", "kauth.kakao.com")]).is_err());
    }
}
