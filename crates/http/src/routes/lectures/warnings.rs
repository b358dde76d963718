//! What a planner should look at, as JSON: conflicts, marks that a change leaves behind, holidays that are not known.

use chrono::{DateTime, NaiveDate, Utc};
use madang_domain::learning::{
    closed_days::SkippedDay,
    lectures::{LectureWarning, OtherLecture, Planned},
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::shapes::LectureResponse;
use crate::problem::Language;

/// Something to look at; nothing was refused for it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Warning)]
pub struct WarningResponse {
    /// What it is, as a program reads it: `PLACE_TAKEN`, `LECTURER_TAKEN`, `MARKED_NOT_ENROLLED`, `MARKS_NOT_COUNTED`,
    /// `HOLIDAYS_UNPUBLISHED`. The list may grow.
    #[schema(example = "PLACE_TAKEN")]
    code: &'static str,
    /// What it is, as a person reads it.
    #[schema(example = "같은 시간에 같은 장소를 쓰는 차시가 있습니다.")]
    message: String,
    /// The lecture that is in the way; null where none is.
    lecture_id: Option<Uuid>,
    /// Its class.
    class_id: Option<Uuid>,
    /// When it starts.
    lecture_date: Option<DateTime<Utc>>,
    /// The lecturer of both; null where it is not about one.
    user_id: Option<Uuid>,
    /// How many marks it is about; null where it is not about marks.
    #[schema(minimum = 1, example = 2)]
    marks: Option<u64>,
}

impl WarningResponse {
    fn new(code: &'static str, language: Language, ko: &str, en: &str) -> Self {
        let message = match language {
            Language::Korean => ko,
            Language::English => en,
        };
        Self {
            code,
            message: message.to_owned(),
            lecture_id: None,
            class_id: None,
            lecture_date: None,
            user_id: None,
            marks: None,
        }
    }

    fn about(self, other: OtherLecture) -> Self {
        Self {
            lecture_id: Some(other.lecture_id.0),
            class_id: Some(other.class_id.0),
            lecture_date: Some(other.starts_at),
            ..self
        }
    }

    fn of(warning: LectureWarning, language: Language) -> Self {
        match warning {
            LectureWarning::PlaceTaken(other) => Self::new(
                "PLACE_TAKEN",
                language,
                "같은 시간에 같은 장소를 쓰는 차시가 있습니다.",
                "Another lecture is at the same place at the same time.",
            )
            .about(other),
            LectureWarning::LecturerTaken { lecturer, other } => Self {
                user_id: Some(lecturer.0),
                ..Self::new(
                    "LECTURER_TAKEN",
                    language,
                    "강사가 같은 시간에 다른 차시를 맡고 있습니다.",
                    "A lecturer of the class teaches another lecture at the same time.",
                )
                .about(other)
            },
            LectureWarning::MarkedNotEnrolled { marks } => Self {
                marks: Some(marks),
                ..Self::new(
                    "MARKED_NOT_ENROLLED",
                    language,
                    "옮긴 날짜에 수강 등록되어 있지 않은 사용자의 출석 기록이 있습니다. 기록은 남지만 집계되지 않습니다.",
                    "Users who are not enrolled on the new day are marked; the marks stay and do not count.",
                )
            },
            LectureWarning::MarksNotCounted { marks } => Self {
                marks: Some(marks),
                ..Self::new(
                    "MARKS_NOT_COUNTED",
                    language,
                    "휴강된 차시의 출석 기록은 남지만 집계되지 않습니다.",
                    "The marks of the cancelled lecture stay and do not count.",
                )
            },
        }
    }

    /// That the public holidays of these years are not known.
    pub fn unpublished(years: &[i32], language: Language) -> Vec<Self> {
        let warning = |year| {
            Self::new(
                "HOLIDAYS_UNPUBLISHED",
                language,
                &format!("{year}년의 공휴일은 아직 알 수 없어 건너뛰지 못했습니다."),
                &format!("The public holidays of {year} are not known yet, so none was left out."),
            )
        };
        years.iter().map(warning).collect()
    }
}

/// A lecture with what to look at.
pub fn planned(planned: Planned, language: Language) -> LectureResponse {
    let warnings =
        planned.warnings.into_iter().map(|warning| WarningResponse::of(warning, language)).collect();
    LectureResponse::from(planned.lecture).with(warnings)
}

/// A day that a plan left out.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SkippedDay)]
pub struct SkippedDayResponse {
    /// The day.
    #[schema(example = "2026-05-05")]
    date: NaiveDate,
    /// Why.
    reason: SkipReasonValue,
    /// The public holiday; null for a closed day of the organisation.
    #[schema(example = "어린이날")]
    name: Option<&'static str>,
}

/// Why a day was left out: a public holiday, or a day in `holidays` of the request. The list may grow.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SkipReason)]
pub enum SkipReasonValue {
    /// 공휴일.
    PublicHoliday,
    /// 휴무일.
    ClosedDay,
}

impl From<SkippedDay> for SkippedDayResponse {
    fn from(one: SkippedDay) -> Self {
        let reason = one.holiday.map_or(SkipReasonValue::ClosedDay, |_| SkipReasonValue::PublicHoliday);
        Self { date: one.day, reason, name: one.holiday }
    }
}
