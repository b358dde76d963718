//! The channels beside mail: push through FCM, Alimtalk through NHN Cloud or Solapi.

use madang_delivery::{FcmAccount, FcmHosts, NhnSettings, SolapiSettings};

use super::Reader;

/// The channels beside mail; each is offered once its settings are complete.
#[derive(Debug, Clone, Default)]
pub struct MessageSettings {
    /// Push, and where its servers are.
    pub fcm: Option<(FcmAccount, FcmHosts)>,
    /// Alimtalk, and through whom.
    pub alimtalk: Option<AlimtalkRelay>,
}

/// Through whom Alimtalk goes.
#[derive(Debug, Clone)]
pub enum AlimtalkRelay {
    /// NHN Cloud.
    Nhn(NhnSettings),
    /// Solapi.
    Solapi(SolapiSettings),
}

/// Reads the settings.
pub(super) fn read(reader: &mut Reader) -> MessageSettings {
    MessageSettings { fcm: fcm(reader), alimtalk: alimtalk(reader) }
}

fn fcm(reader: &mut Reader) -> Option<(FcmAccount, FcmHosts)> {
    let default = FcmHosts::default();
    let messages = reader.host("FCM_URL", &default.messages);
    let tokens = reader.text("FCM_TOKEN_URL").map(|_| reader.host("FCM_TOKEN_URL", ""));
    let file = reader.text("FCM_SERVICE_ACCOUNT_FILE")?;
    let account = std::fs::read(&file)
        .map_err(|error| format!("`{file}` can't be read ({})", error.kind()))
        .and_then(|text| FcmAccount::parse(&text).map_err(|problem| problem.to_string()));
    match account {
        Ok(account) => Some((account, FcmHosts { messages, tokens })),
        Err(problem) => {
            reader.problems.push(format!("FCM_SERVICE_ACCOUNT_FILE: {problem}"));
            None
        }
    }
}

fn alimtalk(reader: &mut Reader) -> Option<AlimtalkRelay> {
    let nhn_host = reader.host("NHN_URL", NhnSettings::HOST);
    let solapi_host = reader.host("SOLAPI_URL", SolapiSettings::HOST);
    let sms_from = sms_from(reader);
    let nhn = reader.together(["NHN_APP_KEY", "NHN_SECRET_KEY", "NHN_SENDER_KEY"], &[]);
    let solapi = reader.together(["SOLAPI_API_KEY", "SOLAPI_API_SECRET", "SOLAPI_PF_ID"], &[]);
    match (nhn, solapi) {
        (Some(_), Some(_)) => {
            reader.problems.push("NHN_APP_KEY and SOLAPI_API_KEY are both set; choose one relay".to_owned());
            None
        }
        (Some([app_key, secret_key, sender_key]), None) => Some(AlimtalkRelay::Nhn(NhnSettings {
            app_key,
            secret_key,
            sender_key,
            sms_from,
            host: nhn_host,
        })),
        (None, Some([api_key, api_secret, pf_id])) => Some(AlimtalkRelay::Solapi(SolapiSettings {
            api_key,
            api_secret,
            pf_id,
            sms_from,
            host: solapi_host,
        })),
        (None, None) => None,
    }
}

/// The registered number that text messages come from, in digits.
fn sms_from(reader: &mut Reader) -> Option<String> {
    let number = reader.text("ALIMTALK_SMS_FROM")?;
    let digits: String = number.chars().filter(|c| *c != '-').collect();
    if digits.len() < 8 || !digits.chars().all(|c| c.is_ascii_digit()) {
        reader
            .problems
            .push(format!("ALIMTALK_SMS_FROM must be a phone number like 02-1234-5678, not `{number}`"));
    }
    Some(digits)
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Settings, SettingsError},
        AlimtalkRelay,
    };

    fn of(values: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        Settings::from_values(values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    const NHN: [(&str, &str); 3] =
        [("NHN_APP_KEY", "app"), ("NHN_SECRET_KEY", "s3cret"), ("NHN_SENDER_KEY", "sender")];
    const SOLAPI: [(&str, &str); 3] =
        [("SOLAPI_API_KEY", "key"), ("SOLAPI_API_SECRET", "s3cret"), ("SOLAPI_PF_ID", "pf")];

    #[test]
    fn a_relay_is_used_when_all_of_its_settings_are_there_and_only_one() {
        assert!(of(&[]).unwrap().messages.alimtalk.is_none());
        let settings = of(&[&NHN[..], &[("ALIMTALK_SMS_FROM", "02-1234-5678")]].concat()).unwrap();
        assert!(!format!("{settings:?}").contains("s3cret"));
        let Some(AlimtalkRelay::Nhn(nhn)) = settings.messages.alimtalk else { panic!("NHN Cloud") };
        assert_eq!(nhn.sms_from.as_deref(), Some("0212345678"));
        assert!(matches!(of(&SOLAPI).unwrap().messages.alimtalk, Some(AlimtalkRelay::Solapi(_))));
        assert!(of(&[NHN, SOLAPI].concat()).is_err());
        assert!(of(&NHN[..2]).is_err());
        assert!(of(&[&SOLAPI[..], &[("ALIMTALK_SMS_FROM", "센터")]].concat()).is_err());
    }

    #[test]
    fn a_service_account_that_can_not_be_read_stops_the_start() {
        let error = of(&[("FCM_SERVICE_ACCOUNT_FILE", "no-such-file.json")]).unwrap_err();
        assert!(error.to_string().contains("FCM_SERVICE_ACCOUNT_FILE"), "{error}");
        assert!(of(&[("FCM_URL", "fcm.googleapis.com")]).is_err());
    }
}
