//! The mails with links: Korean, with English below.

use super::MailPurpose;
use crate::{accounts::User, mail::MailMessage, opaque::OpaqueToken, text::Email};

/// The mail that carries a link. The token stands in the fragment, which browsers send to no server.
pub(super) fn letter(
    purpose: MailPurpose,
    user: &User,
    to: &Email,
    web_url: &str,
    token: &OpaqueToken,
) -> MailMessage {
    let token = token.expose();
    let (name, username) = (user.name.as_str(), user.username.as_str());
    match purpose {
        MailPurpose::ResetPassword => {
            let link = format!("{web_url}/reset-password#token={token}");
            let text = format!(
                "{name}님, 안녕하세요.\n\n\
                 아이디 {username}의 비밀번호를 새로 정하려면 30분 안에 아래 주소를 열어 주세요. 한 번만 쓸 수 있습니다.\n\n\
                 {link}\n\n\
                 요청하지 않으셨다면 이 메일을 무시해 주세요. 비밀번호는 바뀌지 않습니다.\n\n\
                 ---\n\n\
                 Hello,\n\n\
                 To set a new password for the account {username}, open the address above within 30 minutes. It works once.\n\
                 If you did not ask for this, ignore this mail: your password stays as it is.\n"
            );
            MailMessage::new(to, "[마당] 비밀번호 재설정 · Reset your password", text)
        }
        MailPurpose::VerifyEmail => {
            let link = format!("{web_url}/verify-email#token={token}");
            let text = format!(
                "{name}님, 안녕하세요.\n\n\
                 이 이메일 주소가 본인의 것임을 확인하려면 24시간 안에 아래 주소를 열어 주세요. 한 번만 쓸 수 있습니다.\n\n\
                 {link}\n\n\
                 요청하지 않으셨다면 이 메일을 무시해 주세요.\n\n\
                 ---\n\n\
                 Hello,\n\n\
                 To confirm that this e-mail address is yours, open the address above within 24 hours. It works once.\n\
                 If you did not ask for this, ignore this mail.\n"
            );
            MailMessage::new(to, "[마당] 이메일 확인 · Confirm your e-mail address", text)
        }
    }
}
