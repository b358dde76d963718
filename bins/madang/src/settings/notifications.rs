//! When classes remind, when the mail of the day goes out, and what the templates of Alimtalk are called.

use std::collections::BTreeMap;

use chrono::NaiveTime;
use madang_domain::notifications::{NoticeKind, NotificationSettings, REMINDER_MINUTES, Reminders};

use super::reader::Reader;

pub(super) fn read(reader: &mut Reader, web_url: &str) -> NotificationSettings {
    let default = Reminders::DEFAULT;
    let mut minutes = |name: &str, default: Option<i32>| {
        let last = *REMINDER_MINUTES.end();
        let wants = format!("minutes from 0 (not at all) to {last}");
        let value = reader.parsed(name, default.unwrap_or_default(), &wants, |n| (0..=last).contains(n));
        (value > 0).then_some(value)
    };
    let reminders = Reminders {
        before_start: minutes("REMIND_BEFORE_START_MINUTES", default.before_start),
        check_in_after: minutes("REMIND_CHECK_IN_MINUTES", default.check_in_after),
        marking_after: minutes("REMIND_MARKING_MINUTES", default.marking_after),
    };
    NotificationSettings {
        reminders,
        digest_at: digest_at(reader),
        alimtalk_templates: alimtalk_templates(reader),
        web_url: web_url.to_owned(),
    }
}

fn digest_at(reader: &mut Reader) -> NaiveTime {
    let text = reader.text("DIGEST_AT").unwrap_or_else(|| "18:00".to_owned());
    NaiveTime::parse_from_str(&text, "%H:%M").unwrap_or_else(|_| {
        reader.problems.push(format!("DIGEST_AT must be a time like 18:00, not `{text}`"));
        NaiveTime::MIN
    })
}

/// `absence=KA01TP1,at_risk=KA01TP2`
fn alimtalk_templates(reader: &mut Reader) -> BTreeMap<NoticeKind, String> {
    let text = reader.text("ALIMTALK_TEMPLATES").unwrap_or_default();
    let mut templates = BTreeMap::new();
    for pair in text.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
        let read = pair.split_once('=').and_then(|(kind, code)| {
            let code = code.trim();
            Some((NoticeKind::parse(kind.trim())?, code.to_owned())).filter(|_| !code.is_empty())
        });
        match read {
            Some((kind, code)) => {
                templates.insert(kind, code);
            }
            None => reader.problems.push(format!(
                "ALIMTALK_TEMPLATES must name kinds of notices and codes, like `absence=KA01TP1`, not `{pair}`"
            )),
        }
    }
    templates
}
