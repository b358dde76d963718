//! The verification page, for people: small, Korean and English, without scripts and without anything from elsewhere.

use std::{fmt::Write as _, sync::LazyLock};

use actix_web::{
    HttpRequest, HttpResponse, get,
    http::{
        StatusCode,
        header::{ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, VARY},
    },
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::{DateTime, NaiveDate, Utc};
use madang_domain::{
    calendar::{TimeZone, local_day},
    certification::{
        CertificateNumber, RevocationCode, Verification, VerificationCode, VerifiedCertificate, VerifiedState,
    },
};
use sha2::{Digest as _, Sha256};

use crate::problem::{Language, Problem};

const STYLE: &str = include_str!("../../../assets/verify.css");

/// Only our own style, and forms that lead back here.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = STANDARD.encode(Sha256::digest(STYLE));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
});

/// Whether a browser asks, for somebody to read.
pub(super) fn is_wanted(request: &HttpRequest) -> bool {
    let accept = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accept.split(',').any(|kind| kind.trim().split(';').next() == Some("text/html"))
}

/// The page where a code is typed; with `?code=…`, the way to its page.
#[get("/verify")]
pub async fn verification_form(request: HttpRequest) -> HttpResponse {
    let query = request.query_string().as_bytes();
    let typed =
        form_urlencoded::parse(query).find(|(name, _)| name == "code").map(|(_, code)| code.into_owned());
    match typed.as_deref().map(VerificationCode::parse) {
        Some(Ok(code)) => {
            HttpResponse::SeeOther().insert_header((LOCATION, format!("/verify/{code}"))).finish()
        }
        Some(Err(_)) => {
            let words = "코드를 다시 확인해 주세요. · Please check the code.";
            html(StatusCode::OK, &format!("<p class=\"fault\">{words}</p>{}", code_form(typed.as_deref())))
        }
        None => html(StatusCode::OK, &code_form(None)),
    }
}

/// What is known of a code.
pub(super) fn verification(code: &str, verification: &Verification) -> HttpResponse {
    let mut body = headline(&verification.state);
    match &verification.certificate {
        Some(certificate) => {
            body.push_str(&facts(certificate));
            if !certificate.is_disclosed {
                body.push_str(&knowledge_forms(code));
            }
        }
        None => body.push_str(&code_form(Some(code))),
    }
    html(StatusCode::OK, &body)
}

/// A refusal, e.g. because there were too many guesses.
pub(super) fn refusal(problem: &Problem) -> HttpResponse {
    let code = problem.code();
    let (korean, english) = (code.text(Language::Korean), code.text(Language::English));
    let body = format!(
        "<div class=\"state unknown\"><p>{korean}</p><p lang=\"en\">{english}</p></div>{}",
        code_form(None)
    );
    html(code.status(), &body)
}

fn headline(state: &VerifiedState) -> String {
    let day = |at: &DateTime<Utc>| local_day(*at, TimeZone::SEOUL);
    let (class, mark, korean, english, more) = match state {
        VerifiedState::Valid => {
            ("valid", "✓", "유효한 수료증입니다", "This certificate is valid", String::new())
        }
        VerifiedState::Expired { at } => {
            let more = format!("<p>{} 만료 · expired</p>", day(at));
            ("expired", "!", "유효 기간이 지났습니다", "This certificate has expired", more)
        }
        VerifiedState::Revoked { at, code } => {
            let (korean, english) = reason(*code);
            let more = format!("<p>{} 취소 · revoked</p><p>사유: {korean} · {english}</p>", day(at));
            ("revoked", "✕", "취소된 수료증입니다", "This certificate was revoked", more)
        }
        VerifiedState::Superseded { at, by } => {
            let mut more = format!("<p>{} 대체 · superseded</p>", day(at));
            if let Some(newer) = by {
                // Writing to a string cannot fail.
                let _ = write!(
                    more,
                    "<p><a href=\"/verify/{}\">새 수료증 보기 · See the new certificate</a></p>",
                    escape(&newer.code.to_string())
                );
            }
            ("expired", "↻", "새 수료증으로 대체되었습니다", "Another certificate took its place", more)
        }
        VerifiedState::Unknown => {
            let more = "<p>코드를 다시 확인해 주세요. · Please check the code.</p>".to_owned();
            ("unknown", "?", "확인되지 않는 코드입니다", "There is no such certificate", more)
        }
    };
    format!(
        "<div class=\"state {class}\"><span class=\"mark\" aria-hidden=\"true\">{mark}</span>\
         <p class=\"big\">{korean}</p><p lang=\"en\">{english}</p>{more}</div>"
    )
}

fn reason(code: RevocationCode) -> (&'static str, &'static str) {
    match code {
        RevocationCode::IssuedInError => ("착오 발급", "issued in error"),
        RevocationCode::Misconduct => ("부정행위", "misconduct"),
        RevocationCode::RecordsCorrected => ("기록 정정", "records corrected"),
        RevocationCode::HolderRequest => ("본인 요청", "request of the holder"),
        RevocationCode::Other => ("기타", "other"),
    }
}

fn facts(certificate: &VerifiedCertificate) -> String {
    let day = |day: NaiveDate| day.format("%Y. %-m. %-d.").to_string();
    let name = match &certificate.name_roman {
        Some(roman) => format!("{} ({roman})", certificate.name),
        None => certificate.name.clone(),
    };
    let rows = [
        ("성명", "Name", Some(name)),
        ("과정", "Course", Some(certificate.course_title.clone())),
        ("기간", "Period", certificate.period.map(|(begin, end)| format!("{} ~ {}", day(begin), day(end)))),
        ("시간", "Hours", certificate.hours.map(|hours| format!("{hours}시간 (hours)"))),
        ("번호", "Number", certificate.number.map(CertificateNumber::for_people)),
        ("발급일", "Issued", Some(day(certificate.issued_on))),
        ("유효 기한", "Valid until", certificate.valid_until.map(day)),
        ("발급 기관", "Issuer", Some(certificate.issuer.clone())),
    ];
    let mut list = "<dl>".to_owned();
    for (korean, english, value) in rows {
        if let Some(value) = value {
            // Writing to a string cannot fail.
            let _ = write!(
                list,
                "<div><dt>{korean} <span lang=\"en\">{english}</span></dt><dd>{}</dd></div>",
                escape(&value)
            );
        }
    }
    list + "</dl>"
}

/// The holder shows the paper, so whoever checks it can read the number from it.
fn knowledge_forms(code: &str) -> String {
    let action = escape(code);
    format!(
        "<section><p>수료증의 번호나 생년월일을 입력하면 이름 전체가 보입니다.<br>\
         <span lang=\"en\">With the number on the paper, or the birth date, the whole name is shown.</span></p>\
         <form action=\"/verify/{action}\"><label for=\"number\">번호 · Number</label><div class=\"row\">\
         <input id=\"number\" name=\"number\" placeholder=\"2026-0123\" required maxlength=\"20\" autocomplete=\"off\">\
         <button>확인</button></div></form>\
         <form action=\"/verify/{action}\"><label for=\"birth\">생년월일 · Birth date</label><div class=\"row\">\
         <input id=\"birth\" name=\"birth_date\" type=\"date\" required><button>확인</button></div></form></section>"
    )
}

fn code_form(typed: Option<&str>) -> String {
    format!(
        "<form action=\"/verify\"><label for=\"code\">수료증의 확인 번호를 입력하세요<br>\
         <span lang=\"en\">Enter the verification code on the certificate</span></label><div class=\"row\">\
         <input id=\"code\" name=\"code\" value=\"{}\" placeholder=\"XXXX-XXXX-XXXX-XXXX-X\" required maxlength=\"64\" \
         autocomplete=\"off\" autocapitalize=\"characters\" spellcheck=\"false\"><button>확인</button></div></form>",
        escape(typed.unwrap_or_default())
    )
}

fn html(status: StatusCode, body: &str) -> HttpResponse {
    let page = format!(
        "<!doctype html><html lang=\"ko\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><meta name=\"robots\" content=\"noindex\">\
         <title>수료증 확인 · Certificate verification</title><style>{STYLE}</style></head><body><main>\
         <h1>수료증 확인 <span lang=\"en\">Certificate verification</span></h1>{body}</main></body></html>"
    );
    HttpResponse::build(status)
        .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((CONTENT_SECURITY_POLICY, POLICY.as_str()))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((VARY, "Accept"))
        .body(page)
}

fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}
