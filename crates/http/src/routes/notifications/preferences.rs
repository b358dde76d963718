//! How one wants to be told.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, get, put};
use chrono::NaiveTime;
use madang_domain::{
    channels::Language,
    notifications::{Choice, KeptPreferences, MailChoice, NoticeKind, Preferences, QuietHours, SameTime},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::NotificationKindValue;
use crate::{
    answer,
    problem::{FieldFault, Problem},
    request::{Authenticated, Body, Checks, if_match},
    routes::shapes::choices,
    state::App,
};

/// The routes.
pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(get_notification_preferences).service(replace_notification_preferences);
}

choices! {
    /// How something is mailed: not at all, in a mail of its own, in the mail of the day.
    MailChoiceValue for MailChoice { Off, AtOnce, Digest }
}

/// A language in which notices are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = NotificationLanguage)]
pub enum LanguageValue {
    /// 한국어.
    #[serde(rename = "ko")]
    Korean,
    /// English.
    #[serde(rename = "en")]
    English,
}

impl From<Language> for LanguageValue {
    fn from(language: Language) -> Self {
        match language {
            Language::Korean => Self::Korean,
            Language::English => Self::English,
        }
    }
}

impl From<LanguageValue> for Language {
    fn from(language: LanguageValue) -> Self {
        match language {
            LanguageValue::Korean => Self::Korean,
            LanguageValue::English => Self::English,
        }
    }
}

/// The hours of each day, in Seoul, in which nothing is sent but what is urgent; over midnight where `to` is earlier.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = QuietHours)]
pub struct QuietHoursShape {
    /// From this time on, as `HH:MM`.
    #[schema(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$", example = "21:00")]
    from: String,
    /// Up to this time, another than `from`.
    #[schema(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$", example = "08:00")]
    to: String,
}

impl From<QuietHours> for QuietHoursShape {
    fn from(hours: QuietHours) -> Self {
        let text = |time: NaiveTime| time.format("%H:%M").to_string();
        Self { from: text(hours.from()), to: text(hours.to()) }
    }
}

/// How one kind of notice is told, beside the inbox, which has all of them.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NotificationChoice)]
pub struct ChoiceShape {
    /// Which kind.
    kind: NotificationKindValue,
    /// By mail, to an address that one has verified.
    email: MailChoiceValue,
    /// To one's devices.
    push: bool,
    /// As an Alimtalk (알림톡).
    alimtalk: bool,
}

/// How one wants to be told.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NotificationPreferences)]
pub struct PreferencesResponse {
    /// In which language.
    language: LanguageValue,
    /// When nothing is sent but what is urgent; null for never.
    quiet_hours: Option<QuietHoursShape>,
    /// Every kind of notice, as it is told.
    #[schema(max_items = 100)]
    kinds: Vec<ChoiceShape>,
    /// Grows by one with each change, 0 where one has never chosen; the `ETag`.
    #[schema(minimum = 0, example = 1)]
    version: i32,
}

impl PreferencesResponse {
    fn of(preferences: &Preferences, version: i32) -> Self {
        let shape = |kind: &NoticeKind| {
            let choice = preferences.choice(*kind);
            ChoiceShape {
                kind: (*kind).into(),
                email: choice.mail.into(),
                push: choice.push,
                alimtalk: choice.alimtalk,
            }
        };
        Self {
            language: preferences.language.into(),
            quiet_hours: preferences.quiet_hours.map(Into::into),
            kinds: NoticeKind::ALL.iter().map(shape).collect(),
            version,
        }
    }

    fn kept(kept: &KeptPreferences) -> Self {
        Self::of(&kept.preferences, kept.stamps.version)
    }
}

/// How one wants to be told from now on; kinds that are not named are told as by default.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplaceNotificationPreferencesRequest {
    /// In which language.
    language: LanguageValue,
    /// When nothing is sent but what is urgent; null for never.
    quiet_hours: Option<QuietHoursShape>,
    /// What is told how; each kind once.
    #[serde(default)]
    #[schema(max_items = 100)]
    kinds: Vec<ChoiceShape>,
}

impl ReplaceNotificationPreferencesRequest {
    fn into_domain(self) -> Result<Preferences, Problem> {
        let mut checks = Checks::new();
        let quiet_hours = checks.optional("/quiet_hours", self.quiet_hours, |shape| {
            let hours = QuietHours::new(time_of(&shape.from)?, time_of(&shape.to)?);
            hours.map_err(|SameTime| FieldFault::Inconsistent)
        });
        let mut choices = BTreeMap::new();
        for (index, one) in self.kinds.into_iter().enumerate() {
            let choice = Choice { mail: one.email.into(), push: one.push, alimtalk: one.alimtalk };
            if choices.insert(NoticeKind::from(one.kind), choice).is_some() {
                checks.fault(&format!("/kinds/{index}/kind"), FieldFault::Twice);
            }
        }
        checks
            .done(|| Some(Preferences { language: self.language.into(), quiet_hours: quiet_hours?, choices }))
    }
}

fn time_of(text: &str) -> Result<NaiveTime, FieldFault> {
    let time = NaiveTime::parse_from_str(text, "%H:%M").map_err(|_| FieldFault::InvalidFormat)?;
    if text.len() == 5 { Ok(time) } else { Err(FieldFault::InvalidFormat) }
}

/// Get one's notification preferences.
///
/// The language, the quiet hours (in Seoul), and over which channels each kind is told. 알림 설정 조회.
#[utoipa::path(tag = "notifications", responses((status = 200, description = "The preferences.", body = PreferencesResponse), (status = 304, description = "Not changed since `If-None-Match`.")))]
#[get("/notification-preferences")]
async fn get_notification_preferences(
    request: HttpRequest,
    caller: Authenticated,
) -> Result<HttpResponse, Problem> {
    let kept = App::of(&request)?.services().notifications.preferences(&caller).await?;
    let body = kept
        .as_ref()
        .map_or_else(|| PreferencesResponse::of(&Preferences::default(), 0), PreferencesResponse::kept);
    Ok(answer::resource(&request, body.version, &body))
}

/// Replace one's notification preferences.
///
/// What is urgent (a lecture begins, one is not checked in, an urgent announcement) is sent in quiet hours too; everything else waits for their end, and
/// is looked at again then. What is mailed as `digest` comes in one mail a day. 알림 설정 변경.
#[utoipa::path(tag = "notifications", request_body = ReplaceNotificationPreferencesRequest,
    responses((status = 200, description = "The preferences.", body = PreferencesResponse)))]
#[put("/notification-preferences")]
async fn replace_notification_preferences(
    request: HttpRequest,
    caller: Authenticated,
    body: Body<ReplaceNotificationPreferencesRequest>,
) -> Result<HttpResponse, Problem> {
    let expected = if_match(&request)?;
    let preferences = body.0.into_domain()?;
    let kept = App::of(&request)?.services().notifications.prefer(&caller, expected, preferences).await?;
    Ok(answer::changed(kept.stamps.version, &PreferencesResponse::kept(&kept)))
}
