//! Problem documents (RFC 9457) and the registry of their codes.
//!
//! A handler returns a [`Problem`]; the envelope turns it into a body, because only there the language, the path and
//! the id of the request are known. How errors become problems is in `problem_from`.

use std::fmt;

use actix_web::{
    HttpResponse, ResponseError,
    http::{
        StatusCode,
        header::{HeaderName, HeaderValue, WWW_AUTHENTICATE},
    },
};
use serde::Serialize;
use utoipa::ToSchema;

mod fields;

pub use fields::{FieldFault, FieldProblem};

/// Declares the codes: name, code, status, Korean text, English text, what to do.
macro_rules! problem_codes {
    ($($name:ident = ($code:literal, $status:literal, $ko:literal, $en:literal, $advice:literal)),+ $(,)?) => {
        /// What went wrong, as a program reads it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ProblemCode {
            $(#[doc = $en] $name,)+
        }

        impl ProblemCode {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// Its stable name.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }

            /// The status that it goes with.
            pub fn status(self) -> StatusCode {
                let status: u16 = match self { $(Self::$name => $status,)+ };
                StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
            }

            /// What it says in this language.
            pub fn text(self, language: Language) -> &'static str {
                match (self, language) { $((Self::$name, Language::Korean) => $ko, (Self::$name, Language::English) => $en,)+ }
            }

            /// What is kept of it as the error of an operation.
            pub fn document(self) -> serde_json::Value {
                serde_json::json!({"code": self.as_str(), "detail": self.text(Language::Korean)})
            }

            /// What a client can do about it.
            pub fn advice(self) -> &'static str {
                match self { $(Self::$name => $advice,)+ }
            }
        }
    };
}

problem_codes! {
    MalformedJson = ("MALFORMED_JSON", 400, "요청 본문이 올바른 JSON이 아닙니다.", "The body is not valid JSON.", "Mend the syntax; `detail` names the line and column."),
    MalformedQuery = ("MALFORMED_QUERY", 400, "조회 조건이 올바르지 않습니다.", "A query parameter is unknown or can't be read.", "`errors` names each parameter."),
    MalformedPath = ("MALFORMED_PATH", 400, "주소의 ID 형식이 올바르지 않습니다.", "An id in the path is not a UUID.", "Use ids as they came."),
    MalformedHeader = ("MALFORMED_HEADER", 400, "요청 헤더 값이 올바르지 않습니다.", "A header can't be read.", "`detail` names the header."),
    CursorInvalid = ("CURSOR_INVALID", 400, "커서를 읽을 수 없습니다.", "The cursor can't be read.", "Use `next_cursor` as it came, or begin without one."),
    CursorMismatch = ("CURSOR_MISMATCH", 400, "커서가 이 정렬·필터 조건의 것이 아닙니다.", "The cursor belongs to another sort order or filter.", "Keep sort and filters while walking, or begin without a cursor."),
    PageTooDeep = ("PAGE_TOO_DEEP", 400, "10,000번째 행 이후는 페이지 번호로 볼 수 없습니다. cursor로 이어서 조회하세요.", "Page numbers reach row 10,000 only.", "Walk on with `cursor`: begin with `?cursor=` and follow `next_cursor`."),
    Unauthenticated = ("UNAUTHENTICATED", 401, "로그인이 필요합니다.", "Sign in first.", "Send `Authorization: Bearer <access_token>`."),
    TokenInvalid = ("TOKEN_INVALID", 401, "로그인 정보가 올바르지 않거나 만료되었습니다.", "The access token is invalid or has expired.", "Sign in again."),
    WrongCredentials = ("WRONG_CREDENTIALS", 401, "아이디 또는 비밀번호가 올바르지 않습니다.", "Username or password is wrong.", "Check both; which one is wrong is not told."),
    RefreshTokenInvalid = ("REFRESH_TOKEN_INVALID", 401, "로그인이 끝났습니다. 다시 로그인해 주세요.", "The refresh token is unknown, or its session is over.", "Sign in again."),
    RefreshTokenReused = ("REFRESH_TOKEN_REUSED", 401, "이미 사용된 갱신 토큰입니다. 안전을 위해 로그아웃되었습니다.", "The refresh token was used before, so its session was ended.", "Sign in again; keep only the newest refresh token."),
    AccountDeactivated = ("ACCOUNT_DEACTIVATED", 403, "사용이 중지된 계정입니다.", "The account is deactivated.", "Ask a manager to activate it."),
    AccountSuspended = ("ACCOUNT_SUSPENDED", 403, "이용이 정지된 계정입니다.", "The account is suspended.", "`detail` says why; ask a manager to lift it."),
    FreshSignInRequired = ("FRESH_SIGN_IN_REQUIRED", 403, "본인 확인을 위해 다시 로그인한 뒤 15분 안에 시도해 주세요.", "The account has no password, and the sign-in is too old to prove who you are.", "Sign in again, then ask within 15 minutes."),
    CsrfRefused = ("CSRF_REFUSED", 403, "이 웹페이지에서 보낸 요청인지 확인할 수 없습니다.", "A change by cookie must come from one of our own pages.", "Send `X-Session-Mode: cookie`, from an origin of `PUBLIC_URL`, `WEB_URL` or `CORS_ORIGINS`."),
    Forbidden = ("FORBIDDEN", 403, "이 작업을 할 권한이 없습니다.", "You may not do this.", "Ask an admin for the role."),
    OwnLeaveRequest = ("OWN_LEAVE_REQUEST", 403, "자신의 공결 신청은 처리할 수 없습니다.", "Nobody decides on their own absence.", "Ask somebody else of the staff."),
    RightsNotHeld = ("RIGHTS_NOT_HELD", 403, "본인이 갖지 않은 권한은 주거나 뺄 수 없고, 자신의 권한은 높일 수 없습니다.", "You may not give or take away rights that you do not hold, nor raise your own.", "Ask an admin."),
    NotFound = ("NOT_FOUND", 404, "요청한 주소를 찾을 수 없습니다.", "There is no such address.", "See the API document for the routes."),
    UserNotFound = ("USER_NOT_FOUND", 404, "사용자를 찾을 수 없습니다.", "There is no such user.", "It does not exist, or you may not know of it."),
    SessionNotFound = ("SESSION_NOT_FOUND", 404, "로그인 기기를 찾을 수 없습니다.", "There is no such session.", "It does not exist, has ended, or is not yours."),
    DeviceNotFound = ("DEVICE_NOT_FOUND", 404, "등록된 기기를 찾을 수 없습니다.", "There is no such device.", "It does not exist, or is not yours."),
    ApiKeyNotFound = ("API_KEY_NOT_FOUND", 404, "API 키를 찾을 수 없습니다.", "There is no such API key.", "It does not exist, or you may not know of it."),
    CourseNotFound = ("COURSE_NOT_FOUND", 404, "강의를 찾을 수 없습니다.", "There is no such course.", "It does not exist, or you may not know of it."),
    ClassNotFound = ("CLASS_NOT_FOUND", 404, "수업을 찾을 수 없습니다.", "There is no such class.", "It does not exist, or you may not know of it."),
    LectureNotFound = ("LECTURE_NOT_FOUND", 404, "차시를 찾을 수 없습니다.", "There is no such lecture.", "It does not exist, or you may not know of it."),
    EnrolmentNotFound = ("ENROLMENT_NOT_FOUND", 404, "수강 등록을 찾을 수 없습니다.", "There is no such enrolment.", "It does not exist, has ended, or you may not know of it."),
    AttendanceNotFound = ("ATTENDANCE_NOT_FOUND", 404, "출석 기록을 찾을 수 없습니다.", "There is no such attendance.", "It does not exist, or you may not know of it."),
    PolicyNotFound = ("POLICY_NOT_FOUND", 404, "출석 인정 기준을 찾을 수 없습니다.", "There is no such attendance policy.", "Use an id of the list of policies."),
    LearnerNotFound = ("LEARNER_NOT_FOUND", 404, "이 수업의 수강생을 찾을 수 없습니다.", "There is no such learner in the class.", "The user is and was no learner there, or you may not know of it."),
    LeaveRequestNotFound = ("LEAVE_REQUEST_NOT_FOUND", 404, "공결 신청을 찾을 수 없습니다.", "There is no such leave request.", "It does not exist, or you may not know of it."),
    NotificationNotFound = ("NOTIFICATION_NOT_FOUND", 404, "알림을 찾을 수 없습니다.", "There is no such notice.", "It does not exist, is no longer true, or is not yours."),
    AnnouncementNotFound = ("ANNOUNCEMENT_NOT_FOUND", 404, "공지를 찾을 수 없습니다.", "There is no such announcement.", "It does not exist, was taken back, or you may not know of it."),
    CertificationNotFound = ("CERTIFICATION_NOT_FOUND", 404, "수료 기록을 찾을 수 없습니다.", "There is no such certification.", "It does not exist, or you may not know of it."),
    CheckInSessionNotFound = ("CHECK_IN_SESSION_NOT_FOUND", 404, "이 차시에는 셀프 출석이 열리지 않았습니다.", "The lecture has no check-in session.", "Staff open one with `POST /lectures/{id}/check-in-session`."),
    AttendanceBatchNotFound = ("ATTENDANCE_BATCH_NOT_FOUND", 404, "일괄 기록을 찾을 수 없습니다.", "There is no such batch.", "It does not exist, or you may not know of it."),
    CalendarNotFound = ("CALENDAR_NOT_FOUND", 404, "캘린더를 찾을 수 없습니다.", "There is no such calendar.", "Its address was taken back, or was never given; make another with `POST /calendars`."),
    ReportScheduleNotFound = ("REPORT_SCHEDULE_NOT_FOUND", 404, "보고서 예약을 찾을 수 없습니다.", "There is no such schedule of reports.", "Check the id."),
    OperationHasNoFile = ("OPERATION_HAS_NO_FILE", 404, "작업의 결과 파일이 없습니다.", "No file came of the operation, or it is there no more.", "Follow the operation until it has succeeded; files are kept for 7 days."),
    OperationNotFound = ("OPERATION_NOT_FOUND", 404, "작업을 찾을 수 없습니다.", "There is no such operation.", "It does not exist, or you may not know of it."),
    WebhookEndpointNotFound = ("WEBHOOK_ENDPOINT_NOT_FOUND", 404, "웹훅을 찾을 수 없습니다.", "There is no such webhook endpoint.", "It does not exist, or was deleted."),
    JobNotFound = ("JOB_NOT_FOUND", 404, "대기열에 그런 작업이 없습니다.", "There is no such job.", "It does not exist, or was removed some days after its end."),
    MethodNotAllowed = ("METHOD_NOT_ALLOWED", 405, "이 주소에서 지원하지 않는 메서드입니다.", "This address does not know the method.", "`Allow` lists those that it knows."),
    NotAcceptable = ("NOT_ACCEPTABLE", 406, "지원하지 않는 형식입니다.", "The answer can't be given in this format.", "Ask for JSON, CSV or XLSX."),
    RequestTimeout = ("REQUEST_TIMEOUT", 408, "요청 본문이 제시간에 도착하지 않았습니다.", "The body did not arrive in time.", "Send it again on a better connection."),
    EmailTaken = ("EMAIL_TAKEN", 409, "다른 계정에서 인증된 이메일입니다.", "Another account has verified this address.", "Sign in to that account, or use another address."),
    UsernameTaken = ("USERNAME_TAKEN", 409, "이미 사용 중인 아이디입니다.", "The username is taken.", "Choose another."),
    ProviderNotConfigured = ("PROVIDER_NOT_CONFIGURED", 404, "이 로그인 방식은 제공하지 않습니다.", "This provider is not offered here.", "`GET /auth/providers` lists those that are."),
    IdentityNotFound = ("IDENTITY_NOT_FOUND", 404, "연결된 소셜 계정을 찾을 수 없습니다.", "There is no such identity.", "`GET /users/me/identities` lists your own."),
    SignInExpired = ("SIGN_IN_EXPIRED", 401, "로그인 시간이 지났거나 다른 브라우저에서 시작한 로그인입니다. 다시 시도해 주세요.", "The sign-in was not begun in this browser, was finished already, or took too long.", "Begin again, and let the browser keep the cookie."),
    SignInCancelled = ("SIGN_IN_CANCELLED", 403, "로그인이 취소되었습니다.", "The sign-in was cancelled at the provider.", "Begin again."),
    ProviderRefused = ("PROVIDER_REFUSED", 401, "로그인 정보를 확인할 수 없습니다. 다시 시도해 주세요.", "The provider refuses the code or token.", "Begin again; a code is good for one use and a few minutes."),
    ProviderProofInvalid = ("PROVIDER_PROOF_INVALID", 401, "로그인 정보가 이 서비스의 것이 아닙니다.", "What the provider signed is not meant for this application or this sign-in.", "Begin again; a client must use the application of this installation."),
    ProviderMisconfigured = ("PROVIDER_MISCONFIGURED", 503, "이 로그인 방식의 설정에 문제가 있습니다. 관리자에게 알려 주세요.", "The provider refuses the settings of this installation.", "Tell an operator; the log names the provider's code."),
    ProviderUnavailable = ("PROVIDER_UNAVAILABLE", 503, "로그인 제공자가 응답하지 않습니다. 잠시 후 다시 시도해 주세요.", "The provider does not answer.", "Begin again after `Retry-After` seconds."),
    RedirectNotAllowed = ("REDIRECT_NOT_ALLOWED", 422, "허용되지 않은 주소입니다.", "The address is none to which browsers may be sent.", "Have it added to `SOCIAL_CLIENT_URLS`."),
    AccountLinkRequired = ("ACCOUNT_LINK_REQUIRED", 409, "같은 이메일의 계정이 이미 있습니다. 그 계정으로 로그인한 뒤 연결해 주세요.", "An account with this e-mail address exists, and it is not proven to be yours.", "Sign in to that account, then link with `POST /users/me/identities/authorization`."),
    IdentityTaken = ("IDENTITY_TAKEN", 409, "다른 사용자에게 연결된 소셜 계정입니다.", "The identity is linked to another user.", "Sign in with it, or unlink it there."),
    ProviderAlreadyLinked = ("PROVIDER_ALREADY_LINKED", 409, "이 제공자의 다른 계정이 이미 연결되어 있습니다.", "Another identity of this provider is linked already.", "Unlink that one first."),
    LastSignInMethod = ("LAST_SIGN_IN_METHOD", 409, "마지막 로그인 수단은 해제할 수 없습니다.", "It is the last way to sign in.", "Set a password or link another identity first."),
    LastAdmin = ("LAST_ADMIN", 409, "마지막 관리자의 권한은 없앨 수 없습니다.", "The last admin would be lost.", "Make somebody else an admin first."),
    UserWithdrawn = ("USER_WITHDRAWN", 409, "탈퇴한 사용자의 계정은 수정할 수 없습니다.", "The owner of the account has left.", "Nothing of it can be changed; make a new account."),
    NotMergeable = ("NOT_MERGEABLE", 409, "임시 사용자를 정식 사용자로만 합칠 수 있습니다.", "Only an active temp user can be merged, into an active user that is not temp.", "Check both accounts."),
    MergeConflict = ("MERGE_CONFLICT", 409, "두 사용자 모두 같은 기록을 가지고 있어 합칠 수 없습니다.", "Both users have a record of which there can be only one.", "`errors` names each; choose marks with `marks` or `keep_marks`, revoke one of two certifications, end one of two places. `POST /users/{id}/merge/preview` tells more."),
    NotMerged = ("NOT_MERGED", 409, "합쳐진 사용자가 아닙니다.", "The user has not been merged, or that was undone.", "Nothing to do."),
    MergeUndoExpired = ("MERGE_UNDO_EXPIRED", 409, "합친 지 30일이 지나 되돌릴 수 없습니다.", "The merge was more than 30 days ago.", "Correct the records by hand."),
    MergeChangedSince = ("MERGE_CHANGED_SINCE", 409, "합친 뒤에 수정된 기록이 있어 되돌릴 수 없습니다.", "What the merge left was changed since, so it can't be put back.", "Correct the records by hand; a later merge into the same user is undone first."),
    SequenceTaken = ("SEQUENCE_TAKEN", 409, "같은 수업에 같은 차시 번호가 있습니다.", "Another lecture of the class has this sequence.", "Choose another number, or leave it out."),
    LectureHasMarks = ("LECTURE_HAS_MARKS", 409, "출석 기록이 있는 차시는 지울 수 없습니다.", "The lecture has marks.", "A manager may delete it with `?force=true`; the marks go with it, into the audit log."),
    LectureCancelled = ("LECTURE_CANCELLED", 409, "휴강된 차시입니다.", "The lecture is cancelled.", "Restore it first, if it takes place after all."),
    LectureNotCancelled = ("LECTURE_NOT_CANCELLED", 409, "휴강되지 않은 차시입니다.", "The lecture is not cancelled.", "Nothing to do."),
    ClassFull = ("CLASS_FULL", 409, "수업 정원이 찼습니다.", "The class is full.", "Send `?wait=true` to wait for a place, choose another class, or raise the capacity; a manager may send `?over_capacity=true`."),
    ClassClosed = ("CLASS_CLOSED", 409, "마감된 수업입니다.", "The class is closed.", "A manager may correct a mark with a `reason` (PATCH), or reopen the class."),
    ClassHasUnmarked = ("CLASS_HAS_UNMARKED", 409, "출석이 기록되지 않은 수강생이 있습니다.", "Learners are not marked at lectures that have begun.", "`GET /classes/{id}/closing` lists the lectures; mark them, or close with `?force=true`."),
    ClassNotClosed = ("CLASS_NOT_CLOSED", 409, "마감되지 않은 수업입니다.", "The class is not closed.", "Nothing to do."),
    AlreadyEnrolled = ("ALREADY_ENROLLED", 409, "같은 기간에 이미 등록되어 있습니다.", "The user is enrolled at that time already.", "Change the existing enrolment."),
    EnrolmentEnded = ("ENROLMENT_ENDED", 409, "이미 끝난 수강 등록입니다.", "The enrolment has ended.", "Enrol the user anew."),
    SameClass = ("SAME_CLASS", 409, "이미 그 수업에 등록되어 있습니다.", "The enrolment is in this class already.", "Choose another class."),
    OtherCourse = ("OTHER_COURSE", 409, "같은 강의의 수업으로만 옮길 수 있습니다.", "The class belongs to another course.", "Choose a class of the same course, or end this enrolment and enrol the user there."),
    PastWouldChange = ("PAST_WOULD_CHANGE", 409, "이미 기록된 출석이 있는 날로는 옮길 수 없습니다.", "The move would take marks out of the figures of the old class.", "`detail` names the first day on which it is possible; or leave `on` out."),
    AlreadyWaiting = ("ALREADY_WAITING", 409, "이미 대기 중입니다.", "The user waits for a place in this class already.", "The place comes in turn; end the waiting first to give one otherwise."),
    EnrolmentWaiting = ("ENROLMENT_WAITING", 409, "대기 중인 수강 등록은 수정하거나 옮길 수 없습니다.", "The enrolment is waited for.", "It gets a place in turn; `DELETE` ends the waiting."),
    AlreadyMarked = ("ALREADY_MARKED", 409, "이미 출석이 기록되어 있습니다.", "The user is marked at this lecture already.", "Change the existing mark, or use `on_existing` in bulk."),
    MarkChanged = ("MARK_CHANGED", 409, "그 뒤에 수정된 출석 기록입니다.", "The mark was changed since.", "Decide by hand, or undo the others with `?mode=partial`."),
    AlreadyUndone = ("ALREADY_UNDONE", 409, "이미 되돌린 일괄 기록입니다.", "The batch was undone already.", "Nothing to do."),
    CheckInAlreadyOpen = ("CHECK_IN_ALREADY_OPEN", 409, "셀프 출석이 이미 열려 있거나 예약되어 있습니다.", "The lecture has a check-in session that is not over.", "Close it, or reopen one that is over."),
    CheckInTooEarly = ("CHECK_IN_TOO_EARLY", 409, "아직 출석 시간이 아닙니다.", "Check-in has not begun.", "`detail` tells when it begins."),
    CheckInOver = ("CHECK_IN_OVER", 409, "출석 시간이 끝났습니다.", "Check-in is over.", "Ask the lecturer."),
    NotCheckedIn = ("NOT_CHECKED_IN", 409, "아직 출석하지 않았습니다.", "You have not checked in.", "Check in first."),
    AlreadyCheckedOut = ("ALREADY_CHECKED_OUT", 409, "이미 퇴실했습니다.", "You have checked out.", "Ask the lecturer to correct the mark."),
    NotAway = ("NOT_AWAY", 409, "외출 중이 아닙니다.", "You have not stepped out.", "Nothing to do."),
    PolicyVersionTaken = ("POLICY_VERSION_TAKEN", 409, "같은 기준의 새 버전이 동시에 등록되었습니다.", "Somebody else made the same version at the same moment.", "Send it again; it becomes the next version."),
    LeaveOverlaps = ("LEAVE_OVERLAPS", 409, "같은 기간에 이미 공결 신청이 있습니다.", "Another leave request of the learner covers the same time.", "`detail` names it; withdraw it first, or ask for other days."),
    LeaveNotPending = ("LEAVE_NOT_PENDING", 409, "이미 처리되었거나 취소된 공결 신청입니다.", "The leave request is not pending.", "An approval is taken back by staff with `/withdraw`."),
    LeaveNotApproved = ("LEAVE_NOT_APPROVED", 409, "승인된 공결 신청만 취소할 수 있습니다.", "The leave request is not approved.", "Reject it, if it is pending."),
    AlreadyCertified = ("ALREADY_CERTIFIED", 409, "이미 수료한 강의입니다.", "The user has a certification for this course already.", "Nothing to do."),
    CertificateNotPrintable = ("CERTIFICATE_NOT_PRINTABLE", 409, "수료증을 출력할 수 없습니다.", "The certificate can't be printed.", "`detail` names the character that no font has, or the element whose text does not fit; change the template, or reissue with another name."),
    EvaluationStale = ("EVALUATION_STALE", 409, "판정 이후 출석이나 기준이 바뀌었습니다. 다시 판정하세요.", "The figures have changed since they were evaluated.", "Evaluate again, look at it, and issue with the new evaluation."),
    CertificationEnded = ("CERTIFICATION_ENDED", 409, "이미 효력이 끝난 수료증입니다.", "The certification does not hold any more.", "`detail` names its state; one that has expired can be renewed."),
    CertificationNotExpiring = ("CERTIFICATION_NOT_EXPIRING", 409, "유효기간이 없는 수료증입니다.", "The certification holds for good.", "Nothing to do."),
    CertificateNumbersUsedUp = ("CERTIFICATE_NUMBERS_USED_UP", 409, "올해의 수료 번호를 모두 사용했습니다.", "The certificate numbers of this year are used up.", "There are 999,999 of them in a year."),
    NotEligible = ("NOT_ELIGIBLE", 409, "수료 기준을 충족하지 못했습니다.", "The completion rule is not met.", "`errors` tells what is missing; a manager may give an `override_reason`."),
    TooManyCalendars = ("TOO_MANY_CALENDARS", 409, "캘린더 구독 주소를 더 만들 수 없습니다.", "The user has as many calendars as one may have.", "Take one back with `DELETE /calendars/{id}`."),
    WebhookEndpointDisabled = ("WEBHOOK_ENDPOINT_DISABLED", 409, "사용이 중지된 웹훅입니다.", "The webhook endpoint is disabled.", "Activate it first: `PATCH` with `is_active` true."),
    JobNotChangeable = ("JOB_NOT_CHANGEABLE", 409, "지금 상태에서는 할 수 없는 작업입니다.", "A job in this status can't be changed so.", "Retry what is dead or scheduled; cancel what has not begun."),
    IdempotencyKeyInUse = ("IDEMPOTENCY_KEY_IN_USE", 409, "같은 요청이 처리되고 있습니다.", "The same request is still running.", "Wait, then send it again."),
    PreconditionFailed = ("PRECONDITION_FAILED", 412, "다른 사람이 먼저 수정했습니다.", "The resource has changed since you read it.", "Read it again, then decide."),
    BodyTooLarge = ("BODY_TOO_LARGE", 413, "요청 본문이 너무 큽니다.", "The body is too large.", "Send less at once."),
    UnsupportedMediaType = ("UNSUPPORTED_MEDIA_TYPE", 415, "지원하지 않는 Content-Type입니다.", "The content type is not supported.", "Send `application/json` (or `application/merge-patch+json` to PATCH)."),
    Invalid = ("VALIDATION_ERROR", 422, "요청 값을 확인해 주세요.", "Some values are not valid.", "`errors` names each one."),
    WeakPassword = ("WEAK_PASSWORD", 422, "사용할 수 없는 비밀번호입니다.", "The password can't be used.", "8 characters or more, not a common one, not your name."),
    WrongPassword = ("WRONG_PASSWORD", 422, "현재 비밀번호가 올바르지 않습니다.", "The current password is wrong.", "Give the current password."),
    MailTokenInvalid = ("MAIL_TOKEN_INVALID", 422, "링크가 만료되었거나 이미 사용되었습니다.", "The link is unknown, was used, or is too old.", "Ask for a new mail; the newest one is good for one use."),
    EmailMissing = ("EMAIL_MISSING", 422, "등록된 이메일이 없습니다.", "The account has no e-mail address.", "Set one with `PATCH /users/me`."),
    WebhookAddressRefused = ("WEBHOOK_ADDRESS_REFUSED", 422, "웹훅을 보낼 수 없는 주소입니다.", "Webhooks may not go to this address.", "Use an `https://` address of the public internet; `detail` says why."),
    UploadInvalid = ("UPLOAD_INVALID", 422, "업로드한 파일을 읽을 수 없습니다.", "The upload has no files, or files that can't be read.", "Send CSV or XLSX files, or a zip archive of them, as `multipart/form-data` with file names."),
    ImportFormatUnknown = ("IMPORT_FORMAT_UNKNOWN", 422, "알 수 없는 형식의 파일입니다.", "The files are of no known format.", "Check the header lines, or name the `format`."),
    ImportRefused = ("IMPORT_REFUSED", 422, "오류가 있는 행이 있어 아무것도 저장하지 않았습니다.", "Some rows were refused, so none was kept.", "`result` names file, line and column of each; mend them, or send `skip_bad_rows=true`."),
    SheetRefused = ("SHEET_REFUSED", 422, "출석부에 잘못된 칸이 있어 아무것도 저장하지 않았습니다.", "Some cells were refused, so none was kept.", "`errors` names each cell as `/D5`; mend them, and try with `dry_run=true` first."),
    ReportTooLarge = ("REPORT_TOO_LARGE", 422, "보고서가 너무 커서 바로 만들 수 없습니다.", "The report is too large to be made at once.", "Ask for it with `POST /reports`, or take it as `csv`."),
    OperationInterrupted = ("OPERATION_INTERRUPTED", 503, "작업하던 서버가 중단되었습니다. 저장된 것은 없습니다.", "The server that was at it is gone; nothing of it was kept.", "Ask for it again."),
    NotEnrolled = ("NOT_ENROLLED", 422, "그 차시에 수강 등록되어 있지 않은 사용자입니다.", "The user was not enrolled as a learner on the day of the lecture.", "Enrol the user first, with the right days."),
    LeaveTooLate = ("LEAVE_TOO_LATE", 422, "공결 신청 기한이 지났습니다.", "The deadline for asking for leave has passed.", "`detail` names the last day; staff of the class may still enter it."),
    NotOnLeaveDays = ("NOT_ON_LEAVE_DAYS", 422, "그 기간에 이 수업의 수강생이 아닙니다.", "The user is no learner of the class on any of these days.", "Check the days and the enrolment."),
    UserTwice = ("USER_TWICE", 422, "같은 요청에 같은 사용자가 두 번 있습니다.", "The user stands in the request twice.", "Send one item for each user."),
    BulkRefused = ("BULK_REFUSED", 422, "일부 항목을 처리할 수 없어 아무것도 저장하지 않았습니다.", "Some items were refused, so none was kept.", "`errors` names each item; or send `?mode=partial`."),
    CheckInCodeWrong = ("CHECK_IN_CODE_WRONG", 422, "출석 코드가 올바르지 않습니다.", "The code is wrong.", "Scan or type the code that is shown now."),
    CheckInCodeExpired = ("CHECK_IN_CODE_EXPIRED", 422, "지난 출석 코드입니다. 지금 보이는 코드를 사용하세요.", "The code was shown too long ago.", "Scan the code that is shown now."),
    CheckInCodeOfAnotherLecture = ("CHECK_IN_CODE_OF_ANOTHER_LECTURE", 422, "다른 차시의 출석 코드입니다.", "The code belongs to another lecture.", "Choose the right lecture."),
    CapturedOutOfWindow = ("CAPTURED_OUT_OF_WINDOW", 422, "기기에 저장된 출석 시각을 받을 수 없습니다.", "The captured time is in the future or too long ago.", "Ask the lecturer to mark you."),
    NotALearner = ("NOT_A_LEARNER", 422, "이 강의의 수강생이 아닙니다.", "The user was not a learner in these classes of the course.", "Check the class ids and the enrolments."),
    IdempotencyKeyReused = ("IDEMPOTENCY_KEY_REUSED", 422, "다른 요청에 쓰인 Idempotency-Key입니다.", "The idempotency key was used for another request.", "Use a new key for a new request."),
    TooManyRequests = ("TOO_MANY_REQUESTS", 429, "요청이 너무 많습니다. 잠시 후 다시 시도해 주세요.", "Too many requests, or too many wrong guesses.", "Wait for `Retry-After` seconds; `violated-policies` names the limit, `RateLimit` tells how it stands."),
    PreconditionRequired = ("PRECONDITION_REQUIRED", 428, "If-Match 헤더가 필요합니다.", "This needs `If-Match`.", "Send the ETag that you read."),
    TooManyGuesses = ("TOO_MANY_GUESSES", 429, "출석 코드를 여러 번 잘못 입력했습니다. 잠시 후 다시 시도해 주세요.", "Too many wrong codes.", "Try again after `Retry-After` seconds, or ask the lecturer."),
    TooBusy = ("TOO_BUSY", 503, "지금은 요청이 많습니다. 잠시 후 다시 시도해 주세요.", "Too much work at once.", "Try again after `Retry-After` seconds."),
    Internal = ("INTERNAL", 500, "서버에서 문제가 발생했습니다.", "Something went wrong on the server.", "Report `request_id`."),
    ReadOnly = ("READ_ONLY", 503, "점검 중이라 지금은 조회만 할 수 있습니다. 잠시 후 다시 시도해 주세요.", "The server is being maintained: everything can be read, nothing written.", "Try again after `Retry-After` seconds."),
    Unavailable = ("UNAVAILABLE", 503, "잠시 서비스를 이용할 수 없습니다.", "The service is unavailable for a moment.", "Try again after `Retry-After` seconds."),
}

/// The languages in which a problem is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// 한국어.
    Korean,
    /// English.
    English,
}

impl Language {
    /// Korean unless `Accept-Language` names English before Korean.
    pub fn of(accept: Option<&HeaderValue>) -> Self {
        let accept = accept.and_then(|value| value.to_str().ok()).unwrap_or_default().to_ascii_lowercase();
        let first =
            accept.split(',').map(str::trim).find(|tag| tag.starts_with("ko") || tag.starts_with("en"));
        if first.is_some_and(|tag| tag.starts_with("en")) { Self::English } else { Self::Korean }
    }
}

/// The type of a problem that a limit makes, as registered with IANA.
const QUOTA_EXCEEDED: &str = "https://iana.org/assignments/http-problem-types#quota-exceeded";

/// Why a request was not served.
#[derive(Debug, Clone)]
pub struct Problem {
    code: ProblemCode,
    detail: Option<String>,
    errors: Vec<FieldProblem>,
    headers: Vec<(HeaderName, HeaderValue)>,
    violated: Option<&'static str>,
}

impl Problem {
    /// A problem of this code.
    pub fn new(code: ProblemCode) -> Self {
        Self { code, detail: None, errors: Vec::new(), headers: Vec::new(), violated: None }
    }

    /// With the values that are not valid.
    pub fn invalid(errors: Vec<FieldProblem>) -> Self {
        Self::new(ProblemCode::Invalid).with_errors(errors)
    }

    /// With one value that is not valid.
    pub fn invalid_field(pointer: &str, fault: FieldFault) -> Self {
        Self::invalid(vec![FieldProblem { pointer: pointer.to_owned(), fault }])
    }

    /// With these values that are not valid.
    #[must_use]
    pub fn with_errors(self, errors: Vec<FieldProblem>) -> Self {
        Self { errors, ..self }
    }

    /// With this in place of the text of the code; for what no text of the registry can say, such as a line number.
    #[must_use]
    pub fn with_detail(self, detail: impl Into<String>) -> Self {
        Self { detail: Some(detail.into()), ..self }
    }

    /// With this header.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Because of the limit of this name.
    #[must_use]
    pub fn violating(self, policy: &'static str) -> Self {
        Self { violated: Some(policy), ..self }
    }

    /// The code.
    pub fn code(&self) -> ProblemCode {
        self.code
    }

    /// The body, for one request.
    pub fn document(&self, language: Language, instance: &str, request_id: &str) -> ProblemDocument {
        let code = self.code.as_str();
        ProblemDocument {
            kind: match self.violated {
                Some(_) => QUOTA_EXCEEDED.to_owned(),
                None => format!("/problems/{}", code.to_ascii_lowercase().replace('_', "-")),
            },
            title: self.code.status().canonical_reason().unwrap_or("Problem").to_owned(),
            status: self.code.status().as_u16(),
            code: code.to_owned(),
            detail: self.detail.clone().unwrap_or_else(|| self.code.text(language).to_owned()),
            instance: instance.to_owned(),
            request_id: request_id.to_owned(),
            errors: self
                .errors
                .iter()
                .map(|error| ProblemError {
                    pointer: error.pointer.clone(),
                    code: error.fault.code().to_owned(),
                    message: error.fault.text(language),
                })
                .collect(),
            violated_policies: self.violated.into_iter().collect(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code.as_str())
    }
}

impl std::error::Error for Problem {}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.code.status()
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::new(self.code.status());
        for (name, value) in &self.headers {
            response.headers_mut().append(name.clone(), value.clone());
        }
        if self.code.status() == StatusCode::UNAUTHORIZED
            && !response.headers().contains_key(WWW_AUTHENTICATE)
        {
            let challenge = HeaderValue::from_static("Bearer realm=\"madang\"");
            response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        }
        response.extensions_mut().insert(self.clone());
        response
    }
}

/// What went wrong (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemDocument {
    /// A reference that names the kind of problem.
    #[serde(rename = "type")]
    #[schema(example = "/problems/course-not-found")]
    kind: String,
    /// The kind in a few words: the reason phrase of the status.
    #[schema(example = "Not Found")]
    title: String,
    /// The HTTP status.
    #[schema(example = 404, minimum = 400, maximum = 599)]
    status: u16,
    /// What went wrong, as a program reads it; stable. All codes are listed in ERRORS.md.
    #[schema(example = "COURSE_NOT_FOUND")]
    code: String,
    /// What went wrong, as a person reads it: Korean, or English with `Accept-Language: en`.
    #[schema(example = "강의를 찾을 수 없습니다.")]
    detail: String,
    /// The path of the request.
    #[schema(example = "/api/v1/courses/01980000-0000-7000-8000-000000000001")]
    instance: String,
    /// The id of the request, as in `X-Request-ID`.
    #[schema(example = "01980000-0000-7000-8000-00000000000a")]
    request_id: String,
    /// The values that are not valid; empty where that is not what went wrong.
    errors: Vec<ProblemError>,
    /// The limits that were reached; only where that is what went wrong.
    #[serde(rename = "violated-policies", skip_serializing_if = "Vec::is_empty")]
    #[schema(ignore)]
    violated_policies: Vec<&'static str>,
}

/// One value that is not valid.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemError {
    /// Where: a JSON pointer into the body, or `?name` for a query parameter.
    #[schema(example = "/title")]
    pointer: String,
    /// What is wrong with it, as a program reads it.
    #[schema(example = "too_long")]
    code: String,
    /// What is wrong with it, as a person reads it.
    #[schema(example = "200을(를) 넘을 수 없습니다.")]
    message: String,
}

/// The text of `docs/ERRORS.md`.
pub fn errors_document() -> String {
    let mut text = String::from(
        "# Problem codes\n\nGenerated by `make generate` from `crates/http/src/problem.rs`. Every error is an `application/problem+json` \
         document (RFC 9457); `code` is stable, `detail` is for people (Korean, or English with `Accept-Language: en`).\n\n\
         | code | status | meaning | what to do |\n|---|---|---|---|\n",
    );
    for code in ProblemCode::ALL {
        let row = format!(
            "| `{}` | {} | {}<br>{} | {} |\n",
            code.as_str(),
            code.status().as_u16(),
            code.text(Language::English),
            code.text(Language::Korean),
            code.advice(),
        );
        text.push_str(&row);
    }
    text
}
