//! What is wrong with single values of a request: stable names, and texts in both languages.

use super::Language;

/// What is wrong with one value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldFault {
    /// It is missing.
    Missing,
    /// It is not known here.
    Unknown,
    /// It is of another type.
    WrongType,
    /// It is empty.
    Empty,
    /// It has too few characters.
    TooShort {
        /// The fewest.
        min: usize,
    },
    /// It has too many characters or items.
    TooLong {
        /// The most.
        max: usize,
    },
    /// It holds a control character.
    ForbiddenCharacter,
    /// It does not have the form of its kind.
    InvalidFormat,
    /// It is a number out of range.
    OutOfRange {
        /// The smallest.
        min: i64,
        /// The largest.
        max: i64,
    },
    /// It is not one of the values that may stand here.
    NotOneOf {
        /// Those that may.
        allowed: String,
    },
    /// It ends before it begins.
    Reversed,
    /// It can't stand together with another value, or needs one.
    Inconsistent,
    /// It stands twice.
    Twice,
    /// Whom it names was not enrolled on the day.
    NotEnrolled,
    /// Whom it names has a place in the class at that time.
    AlreadyEnrolled,
    /// Whom it names waits for a place in the class.
    AlreadyWaiting,
    /// Whom it names is marked already.
    AlreadyMarked,
    /// It was changed since.
    Changed,
    /// It is too early or too late.
    OutOfTime,
    /// What it names does not exist.
    NoSuchThing,
    /// The rate is below what the rule needs.
    RateTooLow {
        /// What was reached, as a fraction; `None` where nothing was recorded.
        rate: Option<String>,
        /// What is needed.
        threshold: String,
    },
    /// The user was no learner in a class that is asked for.
    ClassMissing,
    /// The policies of too few classes are met.
    TooFewClasses {
        /// Of so many they are.
        met: u64,
        /// So many are needed.
        needed: u64,
    },
    /// Too little time is credited.
    TooFewHours {
        /// So much is, in minutes.
        minutes: u64,
        /// So much is needed, in minutes.
        needed_minutes: u64,
    },
    /// It can't be printed.
    NotPrintable {
        /// Why not, in English.
        why: String,
    },
    /// A person has to decide.
    NeedsDecision {
        /// Why.
        matter: &'static str,
    },
}

impl FieldFault {
    /// Its stable name.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Unknown => "unknown_field",
            Self::WrongType => "wrong_type",
            Self::Empty => "empty",
            Self::TooShort { .. } => "too_short",
            Self::TooLong { .. } => "too_long",
            Self::ForbiddenCharacter => "forbidden_character",
            Self::InvalidFormat => "invalid_format",
            Self::OutOfRange { .. } => "out_of_range",
            Self::NotOneOf { .. } => "not_one_of",
            Self::Reversed => "reversed",
            Self::Inconsistent => "inconsistent",
            Self::Twice => "twice",
            Self::NotEnrolled => "not_enrolled",
            Self::AlreadyEnrolled => "already_enrolled",
            Self::AlreadyWaiting => "already_waiting",
            Self::AlreadyMarked => "already_marked",
            Self::Changed => "changed",
            Self::OutOfTime => "out_of_time",
            Self::NoSuchThing => "no_such_thing",
            Self::RateTooLow { .. } => "rate_too_low",
            Self::ClassMissing => "class_missing",
            Self::TooFewClasses { .. } => "too_few_classes",
            Self::TooFewHours { .. } => "too_few_hours",
            Self::NotPrintable { .. } => "not_printable",
            Self::NeedsDecision { .. } => "needs_decision",
        }
    }

    /// What it says in this language.
    pub fn text(&self, language: Language) -> String {
        let korean = language == Language::Korean;
        let pick = |ko: &str, en: &str| if korean { ko.to_owned() } else { en.to_owned() };
        match self {
            Self::Missing => pick("필수 값입니다.", "It is required."),
            Self::Unknown => pick("알 수 없는 항목입니다.", "It is not known here."),
            Self::WrongType => pick("값의 형식이 다릅니다.", "It has another type."),
            Self::Empty => pick("값을 입력해 주세요.", "It is empty."),
            Self::TooShort { min } => {
                pick(&format!("{min}자 이상이어야 합니다."), &format!("It needs {min} characters or more."))
            }
            Self::TooLong { max } => {
                pick(&format!("{max}을(를) 넘을 수 없습니다."), &format!("It holds {max} at most."))
            }
            Self::ForbiddenCharacter => {
                pick("사용할 수 없는 문자가 있습니다.", "It holds a character that is not allowed.")
            }
            Self::InvalidFormat => pick("형식이 올바르지 않습니다.", "It does not have the right form."),
            Self::OutOfRange { min, max } => pick(
                &format!("{min}부터 {max} 사이여야 합니다."),
                &format!("It must be from {min} to {max}."),
            ),
            Self::NotOneOf { allowed } => {
                pick(&format!("다음 중 하나여야 합니다: {allowed}"), &format!("It must be one of: {allowed}"))
            }
            Self::Reversed => pick("끝이 시작보다 앞설 수 없습니다.", "It ends before it begins."),
            Self::Inconsistent => pick(
                "다른 값과 함께 쓸 수 없거나 필요한 값이 빠졌습니다.",
                "It does not fit the other values.",
            ),
            Self::Twice => pick("같은 값이 두 번 있습니다.", "It stands here twice."),
            Self::NotEnrolled => pick(
                "그 차시에 수강 등록되어 있지 않습니다.",
                "The user was not enrolled as a learner on the day of the lecture.",
            ),
            Self::AlreadyEnrolled => {
                pick("같은 기간에 이미 등록되어 있습니다.", "The user is enrolled at that time already.")
            }
            Self::Changed => pick("그 뒤에 수정되었습니다.", "It was changed since."),
            Self::AlreadyWaiting => {
                pick("이미 대기 중입니다.", "The user waits for a place in this class already.")
            }
            Self::AlreadyMarked => {
                pick("이미 출석이 기록되어 있습니다.", "The user is marked at this lecture already.")
            }
            Self::OutOfTime => pick("너무 이르거나 너무 늦습니다.", "It is too early or too late."),
            Self::NoSuchThing => pick("존재하지 않습니다.", "It does not exist."),
            Self::RateTooLow { rate, threshold } => {
                let reached = rate.as_deref().unwrap_or("–");
                pick(
                    &format!("출석률 {reached}이(가) 기준 {threshold}에 미치지 못합니다."),
                    &format!("The rate {reached} is below {threshold}."),
                )
            }
            Self::NotPrintable { why } => {
                pick(&format!("양식에 쓸 수 없는 값입니다. ({why})"), &format!("It can't be printed: {why}."))
            }
            Self::ClassMissing => pick(
                "필요한 수업을 수강하지 않았습니다.",
                "The user was no learner in a class that is asked for.",
            ),
            Self::TooFewClasses { met, needed } => pick(
                &format!("기준을 채운 수업이 {met}개로, 필요한 {needed}개보다 적습니다."),
                &format!("Enough was attended in {met} classes; {needed} are needed."),
            ),
            Self::TooFewHours { minutes, needed_minutes } => pick(
                &format!("인정 시간이 {minutes}분으로, 필요한 {needed_minutes}분보다 적습니다."),
                &format!("{minutes} minutes are credited; {needed_minutes} are needed."),
            ),
            Self::NeedsDecision { matter } => pick(
                &format!("담당자의 결정이 필요합니다. ({matter})"),
                &format!("A person has to decide: {matter}."),
            ),
        }
    }
}

/// One value that is not valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldProblem {
    /// Where: a JSON pointer into the body, or `?name` for a query parameter.
    pub pointer: String,
    /// What is wrong with it.
    pub fault: FieldFault,
}
