//! Why somebody is excused. The reasons are those that Korean institutions ask proof for (`병무, 예비군, 면접, 시험, 경조 …`).

use serde::{Deserialize, Serialize};

/// Why somebody is excused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeaveReason {
    /// 병무: examination for military service, call-up.
    Military,
    /// 예비군·민방위 훈련.
    ReserveForces,
    /// 경조사: weddings and funerals of the family.
    FamilyEvent,
    /// 질병·부상.
    Illness,
    /// 시험: examinations for a qualification or for a job.
    Exam,
    /// 면접: an interview for a job.
    Interview,
    /// 공무·기관 행사: on behalf of the organisation or a public body.
    Official,
    /// 기타.
    Other,
}

impl LeaveReason {
    /// Every reason.
    pub const ALL: [Self; 8] = [
        Self::Military,
        Self::ReserveForces,
        Self::FamilyEvent,
        Self::Illness,
        Self::Exam,
        Self::Interview,
        Self::Official,
        Self::Other,
    ];

    /// The name in the database and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Military => "military",
            Self::ReserveForces => "reserve_forces",
            Self::FamilyEvent => "family_event",
            Self::Illness => "illness",
            Self::Exam => "exam",
            Self::Interview => "interview",
            Self::Official => "official",
            Self::Other => "other",
        }
    }

    /// The name for people, in Korean.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Military => "병무",
            Self::ReserveForces => "예비군·민방위",
            Self::FamilyEvent => "경조사",
            Self::Illness => "질병·부상",
            Self::Exam => "시험",
            Self::Interview => "면접",
            Self::Official => "공무·기관 행사",
            Self::Other => "기타",
        }
    }

    /// Reads its name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == text)
    }
}
