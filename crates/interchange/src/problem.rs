//! What is wrong with a file, row by row, in words for the person who made the file.
//!
//! Reading goes on after a bad row, so that one attempt shows everything there is to repair. Errors leave their row
//! out of the roster; notices say how a row was understood. A message can quote the cell that it is about: show it
//! to whoever imports, and log only code, file and line.

use std::sync::Arc;

/// How many problems of each severity are kept; the rest are only counted.
const KEPT: usize = 1_000;
/// How much of a cell is quoted, in characters.
const QUOTED: usize = 60;

/// A language that messages are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// 한국어.
    #[default]
    Korean,
    /// English.
    English,
}

/// Whether a problem keeps its row out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// The row (or file) was not read.
    Error,
    /// The row was read, or left out on purpose; somebody should know how.
    Notice,
}

macro_rules! problem_codes {
    ($($variant:ident $name:literal $severity:ident $doc:literal, $korean:literal, $english:literal;)+) => {
        /// Everything that can be wrong with a file.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum ProblemCode {
            $(#[doc = $doc] $variant,)+
        }

        impl ProblemCode {
            /// All codes, for documents.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The stable name of the code.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// Whether such a problem keeps its row out.
            pub fn severity(self) -> Severity {
                match self { $(Self::$variant => Severity::$severity,)+ }
            }

            /// The sentence for the code, without column and value.
            pub fn sentence(self, language: Language) -> &'static str {
                match (self, language) {
                    $((Self::$variant, Language::Korean) => $korean,
                      (Self::$variant, Language::English) => $english,)+
                }
            }
        }
    };
}

problem_codes! {
    EncodingUnknown "ENCODING_UNKNOWN" Error "A byte is neither UTF-8 nor CP949.",
        "UTF-8도 CP949도 아닌 글자가 있습니다", "a byte is neither UTF-8 nor CP949";
    WorkbookDamaged "WORKBOOK_DAMAGED" Error "The spreadsheet cannot be read.",
        "엑셀 파일을 읽을 수 없습니다", "the spreadsheet cannot be read";
    FileEmpty "FILE_EMPTY" Error "The file has no header.",
        "파일이 비어 있습니다", "the file is empty";
    FileUnrecognised "FILE_UNRECOGNISED" Error "The header fits no table of the format.",
        "어떤 표인지 알 수 없는 머리글입니다", "the header fits no known table";
    FileMissing "FILE_MISSING" Error "The format needs a file that is not there.",
        "필요한 파일이 없습니다", "a file that the format needs is missing";
    ColumnMissing "COLUMN_MISSING" Error "A required column is missing.",
        "필수 열이 없습니다", "a required column is missing";
    ColumnUnknown "COLUMN_UNKNOWN" Error "The format does not know the column.",
        "알 수 없는 열입니다", "the column is unknown";
    ColumnDuplicate "COLUMN_DUPLICATE" Error "The header names a column twice.",
        "같은 이름의 열이 두 번 있습니다", "the column appears twice";
    FieldCount "FIELD_COUNT" Error "The row has more or fewer fields than the header.",
        "칸 수가 머리글과 다릅니다", "the number of fields differs from the header";
    QuoteUnclosed "QUOTE_UNCLOSED" Error "A quotation mark is opened and never closed.",
        "닫히지 않은 따옴표가 있습니다", "a quotation mark is never closed";
    NulCharacter "NUL_CHARACTER" Error "A field holds a NUL character.",
        "NUL 문자가 들어 있습니다", "the field holds a NUL character";
    ValueMissing "VALUE_MISSING" Error "A required field is empty.",
        "값이 비어 있습니다", "a value is required";
    ValueUnknown "VALUE_UNKNOWN" Error "The value is not one of the allowed ones.",
        "허용되지 않는 값입니다", "the value is not an allowed one";
    DateInvalid "DATE_INVALID" Error "Not a date.",
        "날짜(YYYY-MM-DD)가 아닙니다", "not a date (YYYY-MM-DD)";
    TimeInvalid "TIME_INVALID" Error "Not a time of day or instant.",
        "시각이 아닙니다", "not a time";
    NumberInvalid "NUMBER_INVALID" Error "Not a whole number in the allowed range.",
        "정수가 아니거나 범위를 벗어났습니다", "not a whole number in range";
    BooleanInvalid "BOOLEAN_INVALID" Error "Neither true nor false.",
        "true 또는 false가 아닙니다", "neither true nor false";
    JsonInvalid "JSON_INVALID" Error "Not the JSON that the column holds.",
        "JSON 형식이 아닙니다", "not valid JSON for this column";
    WeekdayInvalid "WEEKDAY_INVALID" Error "Not a list of weekdays.",
        "요일이 아닙니다", "not a list of weekdays";
    PeriodReversed "PERIOD_REVERSED" Error "The end lies before the beginning.",
        "끝이 시작보다 빠릅니다", "the end is before the beginning";
    NoSessionDay "NO_SESSION_DAY" Error "No day of the period falls on the weekdays.",
        "기간 안에 해당 요일이 없습니다", "no day of the period falls on these weekdays";
    RowDuplicate "ROW_DUPLICATE" Error "An earlier row describes the same thing.",
        "앞의 행과 같은 항목입니다", "an earlier row describes the same thing";
    ReferenceUnknown "REFERENCE_UNKNOWN" Error "The row refers to something that is neither in the files nor known.",
        "알 수 없는 항목을 가리킵니다", "refers to something unknown";
    ReferenceRefused "REFERENCE_REFUSED" Error "The row refers to a row that was refused.",
        "받아들이지 않은 행을 가리킵니다", "refers to a row that was refused";
    ReferenceMismatch "REFERENCE_MISMATCH" Error "Two columns contradict each other.",
        "다른 열과 맞지 않습니다", "contradicts another column";
    TextTooLong "TEXT_TOO_LONG" Error "The text has more characters than the field holds.",
        "글자 수가 너무 많습니다", "the text is too long";
    TextTooShort "TEXT_TOO_SHORT" Error "The text has fewer characters than the field needs.",
        "글자 수가 너무 적습니다", "the text is too short";
    TextForbidden "TEXT_FORBIDDEN_CHARACTER" Error "The text holds a control character or an invisible one.",
        "쓸 수 없는 문자가 들어 있습니다", "the text holds a forbidden character";
    TextMalformed "TEXT_MALFORMED" Error "The text has not the form of its kind.",
        "형식에 맞지 않습니다", "the text has not the form of its kind";
    UsernameTaken "USERNAME_TAKEN" Error "Another account has the user name.",
        "다른 사용자가 쓰고 있는 아이디입니다", "the user name belongs to another account";
    PrivilegedAccount "PRIVILEGED_ACCOUNT" Error "Only an admin may change an account that holds power.",
        "권한이 있는 계정은 관리자만 바꿀 수 있습니다", "only an admin may change an account that holds power";
    AuthorizationsForbidden "AUTHORIZATIONS_FORBIDDEN" Error "Only an admin may grant roles and permissions.",
        "권한은 관리자만 줄 수 있습니다", "only an admin may grant roles and permissions";
    LastAdmin "LAST_ADMIN" Error "There would be no admin left.",
        "마지막 관리자입니다", "no admin would be left";
    SequenceTaken "SEQUENCE_TAKEN" Error "Another lecture of the class has the sequence.",
        "수업의 다른 차시가 쓰는 번호입니다", "another lecture of the class has this sequence";
    ClassClosed "CLASS_CLOSED" Error "The class has been closed; nothing in it changes.",
        "마감된 수업입니다", "the class is closed";
    AlreadyEnrolled "ALREADY_ENROLLED" Error "The user has a place in the class at that time already.",
        "같은 기간에 이미 수강 등록이 있습니다", "the user is enrolled at that time already";
    NotEnrolled "NOT_ENROLLED" Error "The user was not a learner of the class on the day of the lecture.",
        "차시 당일에 수강생이 아니었습니다", "the user was not enrolled on the day of the lecture";
    CertificationForbidden "CERTIFICATION_FORBIDDEN" Error "Whoever imports may not issue certifications.",
        "수료를 발급할 권한이 없습니다", "the caller may not issue certifications";
    CertificateNumberTaken "CERTIFICATE_NUMBER_TAKEN" Error "Another certificate has this number.",
        "다른 수료증이 이미 쓰는 번호입니다", "another certificate has this number";
    EmailIgnored "EMAIL_IGNORED" Notice "Not an e-mail address; the user was read without it.",
        "이메일 주소가 아니어서 비워 두었습니다", "not an e-mail address; left out";
    PhoneIgnored "PHONE_IGNORED" Notice "Not a telephone number; the user was read without it.",
        "전화번호가 아니어서 비워 두었습니다", "not a telephone number; left out";
    AlreadyCertified "ALREADY_CERTIFIED" Notice "The user has another certification for the course, which stays as it is.",
        "이 강의의 다른 수료가 이미 있어 그대로 두었습니다", "the user has another certification for the course; it stays";
    RoleSkipped "ROLE_SKIPPED" Notice "The role has no counterpart here; the row was left out.",
        "해당하는 역할이 없어 건너뛰었습니다", "the role has no counterpart and was skipped";
    DeletedSkipped "DELETED_SKIPPED" Notice "The roster marks the row as to be deleted; it was left out.",
        "삭제 표시된 행이라 건너뛰었습니다", "the row is marked as deleted and was skipped";
    SessionsCapped "SESSIONS_CAPPED" Notice "The period holds more days than the title names sessions; the last days were left out.",
        "기간의 요일 수가 제목의 회차보다 많아 뒤의 날짜를 뺐습니다", "the period has more days than the title has sessions; the last days were left out";
    SessionsFewer "SESSIONS_FEWER" Notice "The period holds fewer days than the title names sessions.",
        "기간의 요일 수가 제목의 회차보다 적습니다", "the period has fewer days than the title has sessions";
}

/// One problem, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file's name inside the bundle.
    pub file: Arc<str>,
    /// The physical line on which the row begins, or its row in a sheet, counted from 1; 0 when the whole file is
    /// meant.
    pub line: u32,
    /// The header of the column, when one column is at fault.
    pub column: Option<Box<str>>,
    /// What is wrong.
    pub code: ProblemCode,
    /// The offending value, shortened, or what the code needs to be understood; never a password.
    pub detail: Option<Box<str>>,
}

impl Problem {
    /// The whole sentence: place, reason and value.
    pub fn message(&self, language: Language) -> String {
        let line = match (self.line, language) {
            (0, _) => String::new(),
            (line, Language::Korean) => format!(" {line}행"),
            (line, Language::English) => format!(" line {line}"),
        };
        let column = match (&self.column, language) {
            (None, _) => String::new(),
            (Some(column), Language::Korean) => format!(" '{column}' 열"),
            (Some(column), Language::English) => format!(" column '{column}'"),
        };
        let detail = self.detail.as_ref().map(|detail| format!(": {detail}")).unwrap_or_default();
        format!("{}{line}{column}: {}{detail}", self.file, self.code.sentence(language))
    }
}

/// Problems of one severity: the first thousand, and how many there were.
#[derive(Debug, Clone, Default)]
pub struct ProblemList {
    kept: Vec<Problem>,
    omitted: u64,
}

impl ProblemList {
    /// The kept problems, in the order in which they were found.
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.kept.iter()
    }

    /// How many problems were found, kept or not.
    pub fn total(&self) -> u64 {
        u64::try_from(self.kept.len()).unwrap_or(u64::MAX).saturating_add(self.omitted)
    }

    /// How many problems were counted but not kept.
    pub fn omitted(&self) -> u64 {
        self.omitted
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// Brings the kept problems into the order of files and lines.
    pub(crate) fn sort(&mut self) {
        self.kept.sort_by(|left, right| (&left.file, left.line).cmp(&(&right.file, right.line)));
    }

    fn push(&mut self, problem: Problem) {
        if self.kept.len() < KEPT {
            self.kept.push(problem);
        } else {
            self.omitted = self.omitted.saturating_add(1);
        }
    }
}

impl<'p> IntoIterator for &'p ProblemList {
    type Item = &'p Problem;
    type IntoIter = std::slice::Iter<'p, Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// Everything that was found while reading.
#[derive(Debug, Clone, Default)]
pub struct Problems {
    /// Rows and files that were not read.
    pub errors: ProblemList,
    /// Rows that were understood in a way worth knowing.
    pub notices: ProblemList,
}

impl Problems {
    /// Adds a problem to the list of its severity.
    pub fn push(&mut self, problem: Problem) {
        match problem.code.severity() {
            Severity::Error => self.errors.push(problem),
            Severity::Notice => self.notices.push(problem),
        }
    }

    pub(crate) fn file(&mut self, file: &Arc<str>, line: u32, code: ProblemCode, detail: Option<&str>) {
        self.push(Problem { file: Arc::clone(file), line, column: None, code, detail: detail.map(shorten) });
    }
}

/// A value short enough to be quoted.
pub(crate) fn shorten(value: &str) -> Box<str> {
    match value.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("{}…", value.get(..end).unwrap_or(value)).into(),
        None => value.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_names_place_reason_and_value_in_both_languages() {
        let problem = Problem {
            file: "classes.csv".into(),
            line: 7,
            column: Some("begin_date".into()),
            code: ProblemCode::DateInvalid,
            detail: Some("2026-13-01".into()),
        };
        assert_eq!(
            problem.message(Language::Korean),
            "classes.csv 7행 'begin_date' 열: 날짜(YYYY-MM-DD)가 아닙니다: 2026-13-01"
        );
        assert_eq!(
            problem.message(Language::English),
            "classes.csv line 7 column 'begin_date': not a date (YYYY-MM-DD): 2026-13-01"
        );
    }

    #[test]
    fn problems_past_the_cap_are_counted() {
        let mut problems = Problems::default();
        let file: Arc<str> = "users.csv".into();
        for line in 0..1_234 {
            problems.file(&file, line, ProblemCode::FieldCount, None);
        }
        problems.file(&file, 9, ProblemCode::RoleSkipped, Some("guardian"));
        assert_eq!(problems.errors.iter().count(), 1_000);
        assert_eq!((problems.errors.omitted(), problems.errors.total()), (234, 1_234));
        assert_eq!(problems.notices.total(), 1);
    }

    #[test]
    fn every_code_has_its_own_name() {
        let mut names: Vec<_> = ProblemCode::ALL.iter().map(|code| code.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ProblemCode::ALL.len());
    }
}
