//! What a mark can say, and how that is told with and without colours.

use crate::scene::Hatch;

/// What a mark says, or that there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// 출석.
    Present,
    /// 지각.
    Late,
    /// 조퇴.
    EarlyLeave,
    /// 공결.
    Excused,
    /// 결석.
    Absent,
    /// 미기록: there should be a mark, and there is none.
    Unmarked,
}

impl Status {
    /// Every status, in the order in which they are stacked.
    pub const ALL: [Self; 6] =
        [Self::Present, Self::Late, Self::EarlyLeave, Self::Excused, Self::Absent, Self::Unmarked];

    /// For programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Late => "late",
            Self::EarlyLeave => "early_leave",
            Self::Excused => "excused",
            Self::Absent => "absent",
            Self::Unmarked => "unmarked",
        }
    }

    /// For people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Present => "출석",
            Self::Late => "지각",
            Self::EarlyLeave => "조퇴",
            Self::Excused => "공결",
            Self::Absent => "결석",
            Self::Unmarked => "미기록",
        }
    }

    /// In one letter; none for what is usual, so that what is not stands out.
    pub fn letter(self) -> Option<&'static str> {
        match self {
            Self::Present => None,
            Self::Late => Some("지"),
            Self::EarlyLeave => Some("조"),
            Self::Excused => Some("공"),
            Self::Absent => Some("결"),
            Self::Unmarked => Some("?"),
        }
    }

    /// What is drawn over its colour.
    pub fn hatch(self) -> Option<Hatch> {
        match self {
            Self::Present => None,
            Self::Late => Some(Hatch::Rising),
            Self::EarlyLeave => Some(Hatch::Falling),
            Self::Excused => Some(Hatch::Dots),
            Self::Absent => Some(Hatch::Crossed),
            Self::Unmarked => Some(Hatch::Level),
        }
    }
}

/// How many marks there are of each status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// 출석.
    pub present: u64,
    /// 지각.
    pub late: u64,
    /// 조퇴.
    pub early_leave: u64,
    /// 공결.
    pub excused: u64,
    /// 결석.
    pub absent: u64,
    /// 미기록.
    pub unmarked: u64,
}

impl Counts {
    /// Of one status.
    pub fn of(&self, status: Status) -> u64 {
        match status {
            Status::Present => self.present,
            Status::Late => self.late,
            Status::EarlyLeave => self.early_leave,
            Status::Excused => self.excused,
            Status::Absent => self.absent,
            Status::Unmarked => self.unmarked,
        }
    }

    /// Of all statuses.
    pub fn total(&self) -> u64 {
        Status::ALL.iter().fold(0, |sum, status| sum.saturating_add(self.of(*status)))
    }
}
