//! Rules in use elsewhere, as policies: to begin with, and to be checked by a local operator. None of the sources is the text of a statute.

use std::collections::BTreeSet;

use super::{
    AttendedTime, Conversion, Counting, Credits, Excused, ExcusedCap, ExcusedTreatment, LongClass,
    Membership, Period, PolicyDocument, RoundingMode, Share, Span, Times, Unit, Unmarked,
};
use crate::attendance::AttendanceStatus;

/// A policy to begin with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preset {
    /// Its stable name.
    pub name: &'static str,
    /// Its name for people, in Korean.
    pub title: &'static str,
    /// What it does, in Korean.
    pub description: &'static str,
    /// Where the rule was found.
    pub source: &'static str,
    /// The rule.
    pub document: PolicyDocument,
}

/// The name of the preset that every class has until it pins another policy.
pub const DEFAULT: &str = "lecture-80";

/// Every preset, the plain rule first.
pub fn all() -> Vec<Preset> {
    vec![
        lecture_80(),
        hours_then_days_80(),
        three_lates(
            "late3-pooled",
            "지각·조퇴 합산 3회 = 결석 1회",
            "지각과 조퇴를 합쳐 3회가 될 때마다 결석 1회로 봅니다. 공결은 출석으로 인정하고, 기록이 없으면 결석입니다.",
            "kpcre.or.kr FAQ 35: 지각·조퇴·외출 누계 3회 = 결석 1일",
            Counting::Pooled,
        ),
        three_lates(
            "late3-separate",
            "지각 3회·조퇴 3회 각각 = 결석 1회",
            "지각 3회를 결석 1회로, 조퇴 3회를 결석 1회로 따로 봅니다. 서로 더하지 않습니다.",
            "광운대학교 학점은행제 출결 안내: 지각 3회, 조퇴 3회 각각 결석 1회",
            Counting::Separate,
        ),
        credit_bank(),
        half_for_late(),
        points(),
        weight(),
        employer_20_days(),
    ]
}

/// The preset of this name.
pub fn find(name: &str) -> Option<Preset> {
    all().into_iter().find(|preset| preset.name == name)
}

fn lates_and_early_leaves() -> BTreeSet<AttendanceStatus> {
    BTreeSet::from([AttendanceStatus::Late, AttendanceStatus::EarlyLeave])
}

fn lecture_80() -> Preset {
    Preset {
        name: DEFAULT,
        title: "차시 기준 80%",
        description: "열린 차시의 80% 이상 출석하면 됩니다. 지각·조퇴·공결은 출석으로 인정하고, 결석과 기록이 없는 차시는 인정하지 않습니다.",
        source: "배재대학교 평생교육원(pcu.ac.kr/cec/contents/240): 교양·사진·건강 과정 80% 이상",
        document: PolicyDocument::default(),
    }
}

fn hours_then_days_80() -> Preset {
    Preset {
        name: "hours-then-days-80",
        title: "30시간 미만은 시간, 30시간 이상은 일수의 80%",
        description: "훈련 시간이 30시간 미만이면 시간으로, 30시간 이상이면 일수로 셉니다. 하루는 그날 시간의 절반 이상을 들어야 1일입니다. 일수로 셀 때 지각·조퇴를 합쳐 3회면 결석 1일입니다.",
        source: "kpcre.or.kr FAQ 35 (사업주 훈련 수료 기준)",
        document: PolicyDocument {
            unit: Unit::Minutes,
            long_class: Some(LongClass { from_minutes: 30 * 60, unit: Unit::Day }),
            attended_time: AttendedTime::AsRecorded,
            day_min_share: Share::HALF,
            conversion: Some(Conversion {
                statuses: lates_and_early_leaves(),
                every: 3,
                counting: Counting::Pooled,
                resets: Period::WholeClass,
                absence_minutes: None,
            }),
            ..PolicyDocument::default()
        },
    }
}

fn three_lates(
    name: &'static str,
    title: &'static str,
    description: &'static str,
    source: &'static str,
    counting: Counting,
) -> Preset {
    Preset {
        name,
        title,
        description,
        source,
        document: PolicyDocument {
            conversion: Some(Conversion {
                statuses: lates_and_early_leaves(),
                every: 3,
                counting,
                resets: Period::WholeClass,
                absence_minutes: None,
            }),
            ..PolicyDocument::default()
        },
    }
}

fn credit_bank() -> Preset {
    Preset {
        name: "credit-bank-4-5",
        title: "학점은행제 4/5 이상",
        description: "수업 시간의 4/5 이상 출석해야 학점이 인정됩니다. 25분 이상 늦으면 결석, 지각 3회와 조퇴 3회는 각각 1시간 결석이고, 공결은 전체 시간의 1/5까지 출석으로 인정합니다.",
        source: "광운대학교 학점은행제 출결 안내(4/5, 각각 3회), edu.edukangnam.ac.kr(3회 = 1시간, 25분), hakjum.com 평가인정 학습과정 운영지침(공결 20%)",
        document: PolicyDocument {
            unit: Unit::Minutes,
            times: Times { absent_after_minutes: Some(24), ..Times::default() },
            conversion: Some(Conversion {
                statuses: lates_and_early_leaves(),
                every: 3,
                counting: Counting::Separate,
                resets: Period::WholeClass,
                absence_minutes: Some(60),
            }),
            excused: Excused {
                treatment: ExcusedTreatment::CountsPresent,
                cap: Some(ExcusedCap {
                    at_most: None,
                    share: Share::new(1, 5).ok(),
                    share_rounding: RoundingMode::Down,
                    per: Period::WholeClass,
                    carry_unused: false,
                }),
                ..Excused::default()
            },
            ..PolicyDocument::default()
        },
    }
}

fn half_for_late() -> Preset {
    Preset {
        name: "half-for-late",
        title: "지각·조퇴 절반 인정",
        description: "지각과 조퇴를 반 차시로 인정합니다. 공결은 출석으로 인정하고, 기록이 없으면 결석입니다.",
        source: "복지관 운영 안내(블로그): 지각 0.5 인정",
        document: PolicyDocument {
            credits: Credits { late: Share::HALF, early_leave: Share::HALF, excused: Share::ONE },
            ..PolicyDocument::default()
        },
    }
}

fn points() -> Preset {
    Preset {
        name: "points-2-1-1-0",
        title: "점수 2-1-1-0 (Moodle)",
        description: "출석 2점, 지각·조퇴·공결 1점, 결석 0점을 만점으로 나눕니다. 기록이 없는 차시는 세지 않습니다.",
        source: "moodle-mod_attendance classes/summary.php, db/install.php (6ff291a)",
        document: PolicyDocument {
            credits: Credits { late: Share::HALF, early_leave: Share::HALF, excused: Share::HALF },
            unmarked: Unmarked::Ignored,
            ..PolicyDocument::default()
        },
    }
}

fn weight() -> Preset {
    let weight = Share::FOUR_FIFTHS;
    Preset {
        name: "weight-0.8",
        title: "지각 0.8 (Canvas)",
        description: "지각과 조퇴를 0.8로 인정합니다. 공결과 기록이 없는 차시는 세지 않습니다.",
        source: "instructure/rollcall-attendance app/models/student_course_stats.rb (3425572): tardy_weight 0.8",
        document: PolicyDocument {
            credits: Credits { late: weight, early_leave: weight, excused: Share::ONE },
            excused: Excused { treatment: ExcusedTreatment::Excluded, cap: None, ..Excused::default() },
            unmarked: Unmarked::Ignored,
            ..PolicyDocument::default()
        },
    }
}

fn employer_20_days() -> Preset {
    Preset {
        name: "employer-20-days",
        title: "일수 80%, 20일 단위 (사업주 훈련)",
        description: "훈련일의 80% 이상 출석해야 합니다. 하루의 절반 이상을 들어야 1일이고, 지각·조퇴를 합쳐 3회면 결석 1일이며, 이 횟수는 훈련일 20일마다 다시 셉니다. 늦게 들어온 사람은 자기 기간으로, 그만둔 사람은 전체 기간으로 셉니다.",
        source: "SYI 20-day calculator (code search 31335113987), nbc-precamp (1일 = 50% 이상), KDT 훈련비 벡터 (53636923676: 중도 입과·중도 탈락)",
        document: PolicyDocument {
            unit: Unit::Day,
            attended_time: AttendedTime::AsRecorded,
            day_min_share: Share::HALF,
            conversion: Some(Conversion {
                statuses: lates_and_early_leaves(),
                every: 3,
                counting: Counting::Pooled,
                resets: Period::ClassDays { days: 20 },
                absence_minutes: None,
            }),
            membership: Membership { late_joiners: Span::PersonalPeriod, leavers: Span::WholePeriod },
            ..PolicyDocument::default()
        },
    }
}
